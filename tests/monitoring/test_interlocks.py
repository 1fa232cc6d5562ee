"""The controller's word closes, it opens nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pyros.actors.monitoring import interlocks
from pyros.actors.monitoring.interlocks import Controller
from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.state import PlcState, Sample

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
WELL = PlcState(device="plc", sampled_at=AT, phase="ok", is_safe=True, heartbeat=1)


def seen(**fields: object) -> Controller:
    state = replace(WELL, **fields)
    return Controller(life=DeviceState.READY, at=AT, beat_at=AT, state=state)


def reasons(controller: Controller, age_s: float = 0.0) -> tuple[str, ...]:
    return interlocks.forbidden([controller], AT + timedelta(seconds=age_s), 15.0)


def test_a_controller_that_is_well_forbids_nothing() -> None:
    """P56."""
    assert reasons(seen()) == ()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"phase": "local"}, "local mode"),
        ({"phase": "stopped"}, "PLC stopped"),
        ({"is_safe": False, "reasons": ("vault door",)}, "vault door"),
        ({"is_safe": None}, "PLC does not say that it is safe"),
        ({"interlocks": ("emergency stop",)}, "emergency stop"),
        ({"inputs": {"emergency_stop": Sample(value=True, at=AT)}}, "emergency stop"),
        ({"inputs": {"person_inside": Sample(value=True, at=AT)}}, "person inside"),
        (
            {"inputs": {"emergency_stop": Sample(value=None, at=AT, good=False)}},
            "emergency stop: unknown",
        ),
    ],
)
def test_whatever_it_forbids_or_does_not_know_is_a_reason(
    fields: dict[str, object], why: str
) -> None:
    """4.5: unknown is unsafe."""
    assert reasons(seen(**fields)) == (why,)


def test_silence_and_a_heartbeat_at_rest_are_the_same() -> None:
    """P56: heartbeat_frozen S."""
    assert reasons(seen(), age_s=16.0) == ("PLC silent",)
    lost = replace(seen(), life=DeviceState.DISABLED)
    assert reasons(lost) == ("PLC silent",)
    frozen, now = seen(), AT
    for _ in range(4):
        now += timedelta(seconds=5)
        frozen = interlocks.heard(frozen, DeviceState.READY, WELL, now)

    assert interlocks.forbidden([frozen], now, 15.0) == ("PLC silent",)
