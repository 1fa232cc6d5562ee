"""A crash at deliveries of the reference night."""

from __future__ import annotations

from pyros.cli.faults.points import crash_everywhere

EVERY = 31
"""`pyros chaos --crash-points` takes every one."""


def test_whoever_dies_at_whatever_delivery_the_night_keeps_what_must_hold() -> None:
    """S97, B5, B13: the burst is observed, nothing is lost or done twice, all ends shut."""
    told: list[str] = []

    summary = crash_everywhere(seed=0, every=EVERY, tell=told.append)

    assert summary["violations"] == []
    assert summary["failed"] == 0
    assert summary["points"] >= 25
    assert summary["deliveries"] > 20 * EVERY
    assert summary["actors"] >= 8
    assert told
