"""Values of devices to plain maps and back."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.orders import Exposure, Frame
from pyros.domain.devices.plain import from_plain, operation_from, state_from, to_plain
from pyros.domain.devices.state import CameraState, DomeState, Identity, Sample, WeatherState
from pyros.errors import InvalidValue

AT = datetime(2026, 3, 1, 4, 5, 6, 789000, tzinfo=UTC)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OPERATIONS = st.builds(
    Operation,
    key=st.text("0123456789abcdef", min_size=32, max_size=32),
    verb=st.text(min_size=1, max_size=8),
    goal=st.dictionaries(st.text(max_size=5), FLOATS | st.text(max_size=5) | st.booleans()),
    deadline_s=FLOATS,
    state=st.sampled_from(OpState),
    progress=st.floats(0.0, 1.0),
    eta_s=st.none() | FLOATS,
    error=st.text(max_size=10),
)
EXPOSURES = st.builds(
    Exposure,
    exposure_s=st.floats(0.0, 1e5),
    frame=st.sampled_from(Frame),
    binning_x=st.integers(1, 8),
    window=st.none() | st.tuples(*[st.integers(0, 4000)] * 4),
)


@given(OPERATIONS)
def test_any_operation_survives_the_way_through_text(operation: Operation) -> None:
    assert operation_from(json.loads(json.dumps(to_plain(operation)))) == operation


@given(EXPOSURES)
def test_any_exposure_survives_the_way_through_text(exposure: Exposure) -> None:
    assert from_plain(Exposure, json.loads(json.dumps(to_plain(exposure)))) == exposure


def test_a_snapshot_comes_back_as_it_was() -> None:
    sample = Sample(value=3.5, at=AT, unit="m/s")
    state = WeatherState(device="w", sampled_at=AT, phase="ok", sensors={"wind_m_s": sample})

    plain = json.loads(json.dumps(to_plain(state)))
    back = state_from(Kind.WEATHER, plain, device="w", sampled_at=AT)

    assert back == state


@pytest.mark.parametrize("bad", [math.nan, math.inf, "12", True, [1]])
def test_a_field_that_cannot_be_read_is_unknown_and_the_snapshot_says_so(bad: object) -> None:
    state = state_from(
        Kind.CAMERA,
        {"phase": "idle", "temperature_C": bad, "power_pct": 50.0},
        device="c",
        sampled_at=AT,
        faults=("other",),
    )

    assert isinstance(state, CameraState)
    assert state.temperature_C is None
    assert state.power_pct == 50.0
    assert state.faults == ("other", "garbled")


def test_a_whole_number_is_as_good_as_a_float_and_a_missing_field_is_unknown() -> None:
    state = state_from(Kind.DOME, {"azimuth_deg": 90}, device="d", sampled_at=AT)

    assert isinstance(state, DomeState)
    assert state.azimuth_deg == 90.0
    assert state.open_switch is None
    assert state.faults == ()


@pytest.mark.parametrize(
    ("reading", "value", "good"),
    [
        ({"value": 1.5, "good": True}, 1.5, True),
        ({"value": False, "good": True}, False, True),
        ({"value": math.nan, "good": True}, None, False),
        ({"value": [1], "good": True}, None, False),
        ({"value": 1.5, "good": "yes"}, 1.5, False),
        ({"value": 1.5}, 1.5, False),
    ],
)
def test_a_reading_that_is_not_plainly_good_is_not_good(reading, value, good) -> None:
    plain = {"sensors": {"wind_m_s": {**reading, "at": AT.isoformat()}}}

    state = state_from(Kind.WEATHER, plain, device="w", sampled_at=AT)

    assert state.sensors["wind_m_s"].value == value
    assert state.sensors["wind_m_s"].good is good


def test_a_reading_without_its_time_costs_all_sensors() -> None:
    plain = {"sensors": {"wind_m_s": {"value": 1.0, "at": "2026-03-01T00:00:00", "good": True}}}

    state = state_from(Kind.WEATHER, plain, device="w", sampled_at=AT)

    assert state.sensors == {}
    assert "garbled" in state.faults


@pytest.mark.parametrize(
    ("plain", "name"),
    [
        ({}, "exposure_s"),
        ({"exposure_s": "1"}, "exposure_s"),
        ({"exposure_s": 1.0, "frame": "SKY"}, "frame"),
        ({"exposure_s": 1.0, "window": [1, 2]}, "window"),
        ({"exposure_s": 1.0, "binning_x": 1.5}, "binning_x"),
        (None, "Exposure"),
    ],
)
def test_what_is_wrong_is_named(plain: object, name: str) -> None:
    with pytest.raises(InvalidValue) as wrong:
        from_plain(Exposure, plain)
    assert wrong.value.parameter == name


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert from_plain(Identity, {"maker": "us", "colour": "red"}) == Identity(maker="us")


def test_what_has_no_plain_form_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        to_plain(object())
