"""Which readings are worth a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.monitoring import series
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.devices.state import CameraState, Sample, WeatherState
from pyros.messages.events import DeviceStatus

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def camera(s: float, temperature_C: float | None) -> DeviceStatus:
    at = AT + timedelta(seconds=s)
    return DeviceStatus(
        at=at,
        device="camera",
        kind=Kind.CAMERA,
        life=DeviceState.READY,
        since=AT,
        blocking=False,
        simulated=True,
        unit="vis",
        snapshot=CameraState(device="camera", sampled_at=at, temperature_C=temperature_C),
    )


def written(*statuses: DeviceStatus) -> list[series.Row]:
    last: series.Last = {}
    rows: list[series.Row] = []
    for status in statuses:
        new = series.worth(last, status)
        last = series.after(last, new)
        rows.extend(new)
    return rows


def test_a_value_in_its_dead_band_is_written_once_a_minute() -> None:
    """P13, P59."""
    rows = written(*(camera(s, -70.0 + 0.04 * (s % 2)) for s in range(121)))

    assert [(row.at - AT).total_seconds() for row in rows] == [0.0, 60.0, 120.0]
    assert rows[0].unit == "C"


def test_a_value_that_leaves_its_dead_band_is_written_at_once() -> None:
    """P13: 0.1 C of a temperature."""
    rows = written(camera(0, -70.0), camera(1, -69.89), camera(2, -69.85), camera(3, -69.7))

    assert [row.value for row in rows] == [-70.0, -69.89, -69.7]


@given(st.lists(st.floats(-80.0, 20.0), min_size=1, max_size=50))
def test_what_is_written_is_never_further_from_the_truth_than_the_dead_band(
    values: list[float],
) -> None:
    """P13: from the rows the curve can be drawn."""
    last: series.Last = {}
    for s, value in enumerate(values):
        last = series.after(last, series.worth(last, camera(s, value)))
        kept = last["camera", "temperature_C"].value
        assert kept is not None
        assert abs(kept - value) <= 0.1 + 1e-9


def test_a_sensor_that_becomes_bad_is_written_as_bad() -> None:
    """P59: with its own time and its own unit."""
    good = WeatherState(
        device="weather", sampled_at=AT, sensors={"rain": Sample(value=False, at=AT)}
    )
    bad = replace(
        good,
        sensors={"rain": Sample(value=float("nan"), at=AT + timedelta(seconds=1), good=True)},
    )
    rows = [*series.rows_of("weather", good), *series.rows_of("weather", bad)]

    assert [(row.quantity, row.value, row.good) for row in rows] == [
        ("rain", 0.0, True),
        ("rain", None, False),
    ]


def test_a_status_is_a_row_at_a_change_and_every_minute() -> None:
    """P13."""
    first = series.status_row(None, camera(0, -70.0))
    assert first is not None
    assert series.status_row(first, camera(59, -70.0)) is None
    assert series.status_row(first, camera(60, -70.0)) is not None
    lost = replace(camera(1, -70.0), life=DeviceState.DISABLED)
    changed = series.status_row(first, lost)
    assert changed is not None
    assert changed.state == "DISABLED"
