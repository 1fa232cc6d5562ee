from __future__ import annotations

import math

import pytest
from builders.planning import CALM, a_night, mounts
from hypothesis import given
from hypothesis import strategies as st

from pyros.scheduling.model import Axis, Channel, Mount, MountKind
from pyros.scheduling.transition import Pointing, Transitions, turn_s

HOUR_DEG = 15.041 / 360.0
"""Of the sky in one step of 10 s."""
angles = st.floats(-179.0, 179.0)
decs = st.floats(-80.0, 85.0)


def _pointing(hour_angle: float, dec: float, first: str = "g", last: str = "g") -> Pointing:
    ra, height = math.radians(-hour_angle), math.radians(dec)
    return Pointing(
        vector=(math.cos(ra) * math.cos(height), math.sin(ra) * math.cos(height), math.sin(height)),
        hour_angle0_deg=hour_angle,
        dec_deg=dec,
        first_filters={"vis": first},
        last_filters={"vis": last},
    )


def _transitions(mount: Mount, filter_s: float = 0.0, combine: str = "max") -> Transitions:
    problem = a_night(mount=mount, channels={"vis": Channel(filter_s=filter_s)}, combine=combine)
    return Transitions(problem, step_s=10.0, hour_deg_per_step=HOUR_DEG)


def test_an_axis_speeds_up_and_slows_down() -> None:
    """P26: a short move never reaches the full rate."""
    axis = Axis(rate_deg_s=4.0, accel_deg_s2=2.0)

    assert turn_s(axis, 2.0) == pytest.approx(2.0)
    assert turn_s(axis, 40.0) == pytest.approx(12.0)
    assert turn_s(Axis(rate_deg_s=4.0), 40.0) == pytest.approx(10.0)
    assert turn_s(axis, 0.0) == 0.0


@CALM
@given(mounts, angles, decs, angles, decs)
def test_there_and_back_takes_the_same_time_and_at_least_one_step(
    mount: Mount, ha1: float, dec1: float, ha2: float, dec2: float
) -> None:
    """P26: at one instant, whichever the mount."""
    one, two = _pointing(ha1, dec1), _pointing(ha2, dec2)
    transitions = _transitions(mount)

    there, back = transitions.steps(one, 0, 0, two, 0), transitions.steps(two, 0, 0, one, 0)

    assert there == back
    assert there >= max(1, math.ceil(mount.settle_s / 10.0))


def test_a_german_mount_turns_over_at_the_meridian_and_a_fork_does_not() -> None:
    """P26."""
    before, behind = _pointing(-1.0, 30.0), _pointing(1.0, 30.0)
    german = _transitions(Mount(kind=MountKind.GERMAN, settle_s=0.0))
    fork = _transitions(Mount(kind=MountKind.FORK, settle_s=0.0))

    assert german.steps(before, 0, 0, behind, 0) == math.ceil(178.0 / 4.0 / 10.0)
    assert fork.steps(before, 0, 0, behind, 0) == 1


def test_filters_turn_beside_the_move_or_after_it() -> None:
    """P65: what is the same on both sides is not changed."""
    mount = Mount(axes=(Axis(rate_deg_s=1.0),), settle_s=0.0)
    one, two, same = _pointing(0.0, 0.0), _pointing(30.0, 0.0, "r"), _pointing(30.0, 0.0, "g")

    assert _transitions(mount, 20.0).steps(one, 0, 0, two, 0) == 3
    assert _transitions(mount, 20.0, "sum").steps(one, 0, 0, two, 0) == 5
    assert _transitions(mount, 20.0, "sum").steps(one, 0, 0, same, 0) == 3


def test_from_an_unknown_place_every_axis_takes_a_quarter_turn() -> None:
    """P26: never too short."""
    mount = Mount(axes=(Axis(rate_deg_s=3.0),), settle_s=5.0)

    assert _transitions(mount).steps(None, 0, 0, _pointing(0.0, 0.0), 0) == 4
