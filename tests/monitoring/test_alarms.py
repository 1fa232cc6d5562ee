"""Alarms: raised once, risen, cleared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pyros.actors.monitoring import alarms
from pyros.actors.monitoring.alarms import Alarms, Severity, Trouble
from pyros.actors.monitoring.samples import Counting
from pyros.domain.conditions import Conditions
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.devices.state import CameraState, DomeState, State
from pyros.messages.events import DeviceStatus

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
SAFE = Conditions(at=AT, complete=True, safe=True)
UNSAFE = Conditions(at=AT, complete=True, safe=False)


def status(name: str, kind: Kind, snapshot: State | None, **fields: object) -> DeviceStatus:
    plain = DeviceStatus(
        at=AT,
        device=name,
        kind=kind,
        life=DeviceState.READY,
        since=AT,
        blocking=True,
        simulated=True,
        unit="x",
        snapshot=snapshot,
    )
    return replace(plain, **fields)


def keys(*told: DeviceStatus, conditions: Conditions = SAFE, waited_s: float = 0.0) -> set[str]:
    known = Alarms(unsafe_since=AT)
    now = AT + timedelta(seconds=waited_s)
    _, found = alarms.troubles(known, told, conditions, Counting(), now)
    return {trouble.key for trouble in found}


def test_a_lost_device_is_an_alarm_as_it_matters() -> None:
    """P16: serious if blocking, else a warning."""
    lost = status("plc", Kind.PLC, None, life=DeviceState.DISABLED)
    _, found = alarms.troubles(
        Alarms(), [lost, replace(lost, device="w", blocking=False)], SAFE, Counting(), AT
    )

    assert [(each.key, each.severity) for each in found] == [
        ("device-lost:plc", Severity.SERIOUS),
        ("device-lost:w", Severity.WARNING),
    ]
    assert keys(replace(lost, life=DeviceState.OUT)) == set()


def test_a_dome_not_seen_closed_in_time_is_critical() -> None:
    """B6: by its switches, never by what was ordered."""
    dome = DomeState(
        device="dome", sampled_at=AT, phase="closing", open_switch=False, closed_switch=False
    )
    told = status("dome", Kind.DOME, dome)

    assert keys(told, conditions=UNSAFE, waited_s=179.0) == set()
    assert keys(told, conditions=UNSAFE, waited_s=180.0) == {"not-closed:dome"}
    assert keys(told, conditions=SAFE, waited_s=999.0) == set()
    shut = replace(told, snapshot=replace(dome, phase="closed", closed_switch=True))
    assert keys(shut, conditions=UNSAFE, waited_s=999.0) == set()


def test_a_cooler_off_its_set_point_is_a_warning() -> None:
    """8: cooler_drift W."""
    camera = CameraState(
        device="c", sampled_at=AT, temperature_C=-67.0, setpoint_C=-70.0, cooler_on=True
    )

    assert keys(status("c", Kind.CAMERA, camera)) == {"cooler:c"}
    assert keys(status("c", Kind.CAMERA, replace(camera, temperature_C=-69.5))) == set()


def test_sources_that_disagree_are_told() -> None:
    """sensors_disagree: the worst counts, and a person should know."""
    counts = Counting(by_quantity={"humidity_pct": {"a": 30.0, "b": 60.0}})
    _, found = alarms.troubles(Alarms(), [], SAFE, counts, AT)

    assert [each.key for each in found] == ["spread:humidity_pct"]


def test_an_open_alarm_is_raised_once_and_again_only_when_it_rises() -> None:
    """8: key = rule + subject."""
    warning = Trouble(key="k", severity=Severity.WARNING, text="w")
    known, first = alarms.step(Alarms(), [warning], AT)
    known, again = alarms.step(known, [warning], AT)
    known, worse = alarms.step(known, [replace(warning, severity=Severity.CRITICAL)], AT)
    known, milder = alarms.step(known, [warning], AT)
    _, gone = alarms.step(known, [], AT)

    assert [len(one.raised) for one in (first, again, worse, milder)] == [1, 0, 1, 0]
    assert known.open["k"].severity is Severity.CRITICAL
    assert [alarm.key for alarm in gone.cleared] == ["k"]
