"""Packets stamped anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pyros.actors.alerts import voevent
from pyros.actors.alerts.gate import Door, Policy, gate
from pyros.actors.alerts.stamp import fresh, shift_to

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_a_fresh_packet_was_written_now_and_is_as_late_as_it_was(ours) -> None:
    """P43: the burst keeps its distance from the notice."""
    payload = ours.eclairs(late_s=30.0)
    notice = voevent.read(fresh(payload, shift=shift_to(payload, NOW), serial=77))

    assert notice.written == NOW
    assert notice.burst_at == NOW - timedelta(seconds=30)


def test_a_fresh_packet_is_another_event_of_the_same_publisher(ours) -> None:
    """P43: so it can be tried again and again."""
    payload = ours.eclairs()
    old, new = voevent.read(payload), voevent.read(fresh(payload, shift=timedelta(0), serial=77))

    assert new.authority == old.authority
    assert new.ivorn != old.ivorn
    assert new.event_id != old.event_id
    assert new.position == old.position


def test_packets_of_one_call_stay_packets_of_one_burst(ours) -> None:
    """P43: and a retraction still names what it takes back."""
    shift = timedelta(days=10)
    first = voevent.read(fresh(ours.eclairs(), shift=shift, serial=5))
    taken = voevent.read(fresh(ours.svom_retraction(), shift=shift, serial=5))

    assert first.event_id == taken.event_id
    assert taken.citations[0].ivorn == first.ivorn


def test_every_dev_packet_can_be_stamped_anew(manifest, packets) -> None:
    """P43: those that might move a telescope when they were written, might now."""
    policy = Policy(doors={"f": Door(authorities=("ivo://nasa.gsfc.gcn", "ivo://org.svom"))})
    for row in manifest:
        if row["format"] != "voevent":
            continue
        payload = (packets / "dev" / row["file"]).read_bytes()
        notice = voevent.read(fresh(payload, shift=shift_to(payload, NOW), serial=123456))
        reasons = gate(notice, policy, source="f", now=NOW, burst_at=notice.burst_at)
        assert (not reasons) is row["may_move_telescope"], (row["file"], reasons)


def test_what_is_no_packet_cannot_be_stamped() -> None:
    """P43."""
    with pytest.raises(voevent.Unreadable):
        fresh(b"<html/>", shift=timedelta(0), serial=1)
