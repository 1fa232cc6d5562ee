"""Until when the dome may be open, and when its heartbeat is kicked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.devices.permit import Permit, kick_due

times = st.floats(0.0, 1e5)


@given(renewed_s=times, for_s=st.floats(0.1, 60.0), later_s=st.floats(0.0, 100.0))
def test_a_permit_holds_for_its_time_and_not_longer(
    renewed_s: float, for_s: float, later_s: float
) -> None:
    """4.4."""
    permit = Permit(until_s=0.0).renewed(renewed_s, for_s)
    now_s = renewed_s + later_s

    assert permit.valid(now_s) == (now_s < permit.until_s)
    assert permit.valid(now_s) != permit.over(now_s)
    assert (permit.left_s(now_s) > 0.0) == permit.valid(now_s)


@given(now_s=times, kicked_s=st.one_of(st.none(), times))
def test_nobody_kicks_without_a_permit(now_s: float, kicked_s: float | None) -> None:
    """4.4: only while the permit is valid."""
    for permit in (
        Permit(until_s=now_s + 10.0),
        Permit(until_s=now_s, granted=True),
        Permit(until_s=now_s + 10.0, granted=True).withdrawn(now_s),
    ):
        assert not kick_due(permit, kicked_s=kicked_s, now_s=now_s, every_s=2.0)


def test_a_kick_is_due_every_2_s() -> None:
    """4.4: the box closes by itself after 10 s without one."""
    permit = Permit(until_s=100.0, granted=True)

    assert kick_due(permit, kicked_s=None, now_s=5.0, every_s=2.0)
    assert not kick_due(permit, kicked_s=4.0, now_s=5.9, every_s=2.0)
    assert kick_due(permit, kicked_s=4.0, now_s=6.0, every_s=2.0)
