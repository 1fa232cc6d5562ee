"""Limits against silence at another speed."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pyros.config import rehearsal
from pyros.config.devices import Dome
from pyros.config.load import load

SIMULATION = load(Path(__file__).parents[2] / "config" / "simulation.yaml")


def test_a_real_observatory_keeps_every_limit_to_the_letter() -> None:
    """P03: a development speed changes nothing for a real one."""
    real = rehearsal.with_clock(SIMULATION, factor=1.0)

    assert rehearsal.patient(real) == real


@given(st.floats(0.1, 1000.0))
def test_silence_is_borne_two_real_seconds_at_any_speed_and_never_less_than_by_default(
    factor: float,
) -> None:
    """P03: no rule is left out, whatever the time factor."""
    fast = rehearsal.patient(rehearsal.with_clock(SIMULATION, factor=factor))

    dome = next(one for one in fast.devices.values() if isinstance(one, Dome))
    for limit_s, default_s in (
        (fast.safety.permit_s, 15.0),
        (fast.safety.conditions_max_age_s, 15.0),
        (dome.heartbeat_s, 10.0),
    ):
        assert limit_s == max(default_s, 2.0 * factor if factor != 1.0 else 0.0)
