"""Boots, holds, alarms, audit and log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pyros.domain.audit import AuditEntry, LogLine
from pyros.domain.holds import Hold, HoldKind
from pyros.store import alarms, house


@pytest.fixture
def hold(dusk):
    def build(key="operator", **changes):
        return Hold(key=key, kind=HoldKind.OPERATOR, since=dusk, **{"by": "ada", **changes})

    return build


def test_boot_numbers_rise_whatever_the_clock_says(store, dusk):
    """S75: an epoch grows across restarts, also when the clock was set back."""
    first = store.write(lambda s: house.boot(s, dusk, "1.0", "a: 1"))
    second = store.write(lambda s: house.boot(s, dusk - timedelta(days=9), "1.0", ""))
    third = store.write(lambda s: house.boot(s, dusk + timedelta(days=1), "1.0", ""))

    assert first == int(dusk.timestamp())
    assert second == first + 1
    assert third == first + 86400


def test_a_boot_that_was_killed_has_no_end(store, dusk):
    """P04: a restart knows whether the last one ended in order."""
    one, two = (store.write(lambda s: house.boot(s, dusk, "1", "")) for _ in range(2))
    store.write(lambda s: house.boot_ended(s, one, dusk, 0, "stopped"))

    assert store.read(lambda s: house.ended_in_order(s, one))
    assert not store.read(lambda s: house.ended_in_order(s, two))


def test_a_hold_outlives_the_process_until_it_is_lifted(store, hold, dusk):
    """P20: placed twice it is one; lifted and placed again it is a new row."""
    for reason in ("wind", "still wind"):
        store.write(lambda s, r=reason: house.place_hold(s, hold(reason=r), dusk))
    assert store.read(house.holds) == (hold(reason="still wind"),)

    store.write(lambda s: house.lift_hold(s, hold(), dusk, "bob"))
    assert store.read(house.holds) == ()
    store.write(lambda s: house.lift_hold(s, "operator", dusk))
    store.write(lambda s: house.place_hold(s, hold()))

    assert len(store.read(house.holds)) == 1
    assert store.read(lambda s: s.exec_driver_sql("SELECT count(*) FROM hold").scalar()) == 2


def test_an_alarm_counts_up_while_it_is_open(store, dusk):
    """Domain 8: a higher severity takes the acknowledgement away."""

    def raised(severity):
        store.write(lambda s: alarms.raise_alarm(s, "disk", severity, "full", dusk))
        return store.read(alarms.alarms)[0]

    raised("WARNING")
    store.write(lambda s: alarms.acknowledge(s, "disk", by="ada", at=dusk))
    lower = raised("NOTICE")
    higher = raised("CRITICAL")

    assert (lower.severity, lower.count, lower.acknowledged_by) == ("WARNING", 2, "ada")
    assert (higher.severity, higher.count, higher.acknowledged_by) == ("CRITICAL", 3, "")


def test_a_cleared_alarm_is_another_one_when_it_comes_again(store, dusk):
    """Domain 8: and what is not open cannot be cleared."""
    store.write(lambda s: alarms.clear_alarm(s, "disk", dusk))
    for _ in range(2):
        store.write(lambda s: alarms.raise_alarm(s, "disk", "WARNING", "full", dusk))
        store.write(lambda s: alarms.clear_alarm(s, "disk", dusk))

    assert store.read(alarms.alarms) == ()
    assert [one.count for one in store.read(lambda s: alarms.alarms(s, only_open=False))] == [1, 1]


def test_an_audit_entry_is_found_by_who(store, dusk):
    """P20, P89: what was done and what was refused."""
    park = AuditEntry(at=dusk, who="ada", action="park", before={"at_park": False}, after={"a": 1})
    refused = AuditEntry(at=dusk, who="eve", action="open", outcome="REFUSED", reason="no right")

    stored = [store.write(lambda s, e=entry: house.audit(s, e)) for entry in (park, refused)]

    assert store.read(house.audit_entries) == tuple(reversed(stored))
    assert store.read(lambda s: house.audit_entries(s, who="ada")) == (stored[0],)


def test_the_log_of_an_actor_scrolls_back_to_its_first_line(store, dusk):
    """P90: page by page, by id."""
    lines = [
        LogLine(at=dusk, level="INFO", actor=actor, text=str(n), fields={"n": n})
        for n in range(50)
        for actor in ("/a", "/b")
    ]
    store.write(lambda s: house.log(s, lines))

    seen, before = [], None
    while page := store.read(lambda s, b=before: house.log_lines(s, "/a", before_id=b, limit=7)):
        seen += [line.text for line in page]
        before = page[-1].id

    assert seen == [str(n) for n in reversed(range(50))]
