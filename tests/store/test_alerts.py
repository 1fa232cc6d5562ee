"""Alerts and everything that came for them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from pyros.domain.alert import Alert, AlertState, Stamps
from pyros.store import alerts, ids
from pyros.store.alerts import StoredNotice, StrategyText

NUMBERS = itertools.count(1)
"""A switch of its own for each example: they share one store."""


@pytest.fixture
def a_notice(dusk):
    def build(**changes):
        columns = {"source": "vtp", "ivorn": "ivo://x#1", "sha256": "a" * 64, "raw": b"<x/>"}
        return StoredNotice(received_at=dusk, **{**columns, **changes})

    return build


@pytest.fixture
def an_alert(dusk):
    def build(**changes):
        columns = {
            "name": "GRB 261125A",
            "burst_at": dusk,
            "burst_origin": "trigger",
            "ra_deg": 10.0,
            "dec_deg": -5.0,
            "r90_deg": 0.1,
            "members": (("SVOM", "sb26112501"), ("Swift", "123")),
            "reasons": ("too old",),
            "stamps": Stamps(burst=dusk, received=dusk + timedelta(seconds=20)),
        }
        return Alert(**{**columns, **changes})

    return build


def test_a_packet_is_kept_byte_for_byte(store, a_notice):
    """P36: with what was read from it and why it moved nothing."""
    notice = a_notice(
        raw=bytes(range(256)), fields={"ra": 1.5}, problems=("dec",), reasons=("role test",)
    )

    stored = store.write(lambda s: alerts.add_notice(s, notice))

    assert store.read(alerts.notices) == (stored,)
    assert replace(stored, id=0) == notice


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, False),
        ({"sha256": "b" * 64}, False),
        ({"ivorn": "ivo://x#2"}, True),
        ({"source": "kafka"}, True),
        ({"ivorn": ""}, True),
    ],
)
def test_a_packet_seen_twice_is_one(store, a_notice, changes, kept):
    """P40: by its ivorn, for each source; never an error."""
    store.write(lambda s: alerts.add_notice(s, a_notice()))

    second = store.write(lambda s: alerts.add_notice(s, a_notice(**changes)))

    assert (second is not None) is kept


def test_a_packet_without_a_name_is_known_by_its_bytes(store, a_notice):
    """P40."""
    store.write(lambda s: alerts.add_notice(s, a_notice(ivorn="")))

    assert store.write(lambda s: alerts.add_notice(s, a_notice(ivorn=""))) is None
    assert store.write(lambda s: alerts.add_notice(s, a_notice(ivorn="", sha256="b" * 64)))


def test_an_alert_is_found_as_it_was_written(store, an_alert, dusk):
    """P36: every field, every stamp."""
    stored = store.write(lambda s: alerts.save_alert(s, an_alert()))

    assert store.read(lambda s: alerts.load(s, stored.id)) == stored
    assert store.read(lambda s: alerts.by_name(s, stored.name)) == stored
    assert store.read(lambda s: alerts.alert_of_member(s, "Swift", "123")) == stored
    assert store.read(lambda s: alerts.alerts(s, dusk)) == (stored,)
    assert store.read(lambda s: alerts.alerts(s, dusk + timedelta(days=1))) == ()


def test_an_id_reserved_on_the_hot_path_is_kept(store, an_alert):
    """P47: rows follow the slew."""
    first = store.write(lambda s: ids.reserve(s, "alerts", 5))

    stored = store.write(lambda s: alerts.save_alert(s, an_alert(id=first + 2)))
    other = store.write(lambda s: alerts.save_alert(s, an_alert(name="B", members=())))

    assert stored.id == first + 2
    assert other.id >= first + 5


def test_each_change_of_an_alert_is_a_revision(store, an_alert, dusk):
    """P39: what changed, by which notice; the same again is none."""
    stored = store.write(lambda s: alerts.save_alert(s, an_alert(), at=dusk, notice="n1"))
    better = replace(stored, ra_deg=10.2, state=AlertState.ACTIVE, position_from="n2")
    for _ in range(2):
        store.write(lambda s: alerts.save_alert(s, better, at=dusk, notice="n2"))

    first, second = store.read(lambda s: alerts.revisions(s, stored.id))
    assert (first["n"], first["notice"]) == (1, "n1")
    assert second["changed"] == {"state": "active", "ra_deg": 10.2, "position_from": "n2"}


def test_an_event_of_a_mission_belongs_to_one_alert(store, an_alert):
    """P40: whichever alert claims it last has it."""
    store.write(lambda s: alerts.save_alert(s, an_alert()))
    other = store.write(
        lambda s: alerts.save_alert(s, an_alert(name="B", members=(("Swift", "123"),)))
    )

    assert store.read(lambda s: alerts.alert_of_member(s, "Swift", "123")) == other


def test_a_withdrawn_member_stays_a_member(store, an_alert, dusk):
    """P39: marked, and known to be so."""
    stored = store.write(lambda s: alerts.save_alert(s, an_alert()))

    store.write(lambda s: alerts.withdraw(s, "SVOM", "sb26112501", dusk))

    assert store.read(lambda s: alerts.withdrawn(s, stored.id)) == {("SVOM", "sb26112501")}
    assert store.read(lambda s: alerts.load(s, stored.id)) == stored


def test_a_retraction_before_its_original_is_remembered_for_seven_days(store, dusk):
    """P39: by ivorn, or by mission and event; an empty name matches nothing."""
    store.write(lambda s: alerts.bury(s, ivorn="i", mission="SVOM", event_id="e", at=dusk))

    def buried(days=0.0, **name):
        full = {"ivorn": "", "mission": "", "event_id": "", **name}
        at = dusk + timedelta(days=days)
        return store.read(lambda s: alerts.buried(s, at=at, **full))

    assert buried(ivorn="i")
    assert buried(mission="SVOM", event_id="e", days=6.9)
    assert not buried(mission="Swift", event_id="e")
    assert not buried()
    assert not buried(ivorn="i", days=7.1)
    store.write(lambda s: alerts.forget_tombstones(s, dusk + timedelta(days=8)))
    assert store.read(lambda s: alerts.tombstones(s, dusk)) == ()


def test_the_last_strategy_made_default_counts(store, dusk):
    """P38: each text is a version for ever; the same text makes none."""
    text = StrategyText(name="first", text="a", author="ada", at=dusk)
    one = store.write(lambda s: alerts.add_strategy(s, text))
    same = store.write(lambda s: alerts.add_strategy(s, text))
    two = store.write(lambda s: alerts.add_strategy(s, replace(text, text="b")))
    assert store.read(alerts.default_strategy) is None

    for version in (two, one):
        store.write(lambda s, v=version: alerts.make_default(s, v.id, by="ada", at=dusk))

    assert (one.version, same.version, two.version) == ("first@1", "first@1", "first@2")
    assert store.read(alerts.default_strategy) == one


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.booleans(), max_size=5))
def test_a_switch_stands_as_it_was_turned_last(store, dusk, turns):
    """P43: and each turn stays on record."""
    name = f"switch-{next(NUMBERS)}"
    for value in turns:
        store.write(lambda s, v=value: alerts.turn(s, name, v, by="ada", at=dusk))

    expected = turns[-1] if turns else True
    assert store.read(lambda s: alerts.switch(s, name, default=True)) is expected


def test_a_notice_is_never_changed(store, a_notice):
    """P36: append-only."""
    store.write(lambda s: alerts.add_notice(s, a_notice()))

    with pytest.raises(IntegrityError, match="append-only"):
        store.write(lambda s: s.exec_driver_sql("UPDATE notice SET raw = x''"))
