"""The gate: default deny, each mark closes it, and every reason is told."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from pyros.actors.alerts import voevent
from pyros.actors.alerts.gate import Cause, Door, Policy, gate
from pyros.domain.alert import Notice

T0 = datetime(2026, 3, 21, 4, 0, tzinfo=UTC)
DOOR = Door(authorities=("ivo://org.svom", "ivo://nasa.gsfc.gcn"))
POLICY = Policy(doors={"vtp": DOOR})


def _causes(notice: Notice, policy: Policy = POLICY, **keys: object) -> set[Cause]:
    given = {"source": "vtp", "now": T0 + timedelta(seconds=30), "burst_at": notice.burst_at}
    return {one.cause for one in gate(notice, policy, **{**given, **keys})}


@pytest.fixture
def good(ours) -> Notice:
    notice = voevent.read(ours.eclairs())
    assert _causes(notice) == set()
    return notice


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"role": "test"}, Cause.ROLE),
        ({"role_written": False}, Cause.ROLE),
        ({"packet_type": 201}, Cause.KIND),
        ({"packet_type": None}, Cause.KIND),
        ({"mission": ""}, Cause.KIND),
        ({"test_marks": ("Test_Submission is true",)}, Cause.TEST),
        ({"no_burst_marks": ("Def_NOT_a_GRB is true",)}, Cause.NO_BURST),
        ({"retraction": True}, Cause.NO_BURST),
        ({"position": None}, Cause.POSITION),
        ({"ivorn": "ivo://somebody.else/x#1"}, Cause.AUTHORITY),
        ({"ivorn": "ivo://org.svomish/fsc#1"}, Cause.AUTHORITY),
        ({"written": T0 - timedelta(days=2)}, Cause.TIME),
        ({"written": T0 + timedelta(days=1)}, Cause.TIME),
    ],
)
def test_each_single_mark_closes_the_gate(good: Notice, change: dict, cause: Cause) -> None:
    """P35, B9."""
    assert _causes(replace(good, **change)) == {cause}


@pytest.mark.parametrize(
    ("keys", "cause"),
    [
        ({"source": "unknown"}, Cause.SOURCE),
        ({"burst_at": None}, Cause.TIME),
        ({"burst_at": T0 + timedelta(seconds=91)}, Cause.TIME),
        ({"withdrawn": True}, Cause.WITHDRAWN),
        ({"policy": replace(POLICY, accept=False)}, Cause.CLOSED),
        ({"policy": replace(POLICY, max_r90_deg=0.01)}, Cause.POSITION),
        ({"policy": replace(POLICY, allowed={})}, Cause.KIND),
        ({"policy": Policy(doors={"vtp": replace(DOOR, moves=False)})}, Cause.SOURCE),
    ],
)
def test_so_does_what_lies_outside_of_the_packet(good: Notice, keys: dict, cause: Cause) -> None:
    """P35, P38."""
    assert _causes(good, **keys) == {cause}


def test_every_reason_is_told_and_not_only_the_first(good: Notice) -> None:
    """B9: stored and shown with the reasons why not."""
    bad = replace(good, role="test", position=None, test_marks=("the name says TEST",))

    assert _causes(bad) == {Cause.ROLE, Cause.TEST, Cause.POSITION}


def test_a_notice_that_says_nothing_passes_nowhere() -> None:
    """P35: a missing field is never a default that allows."""
    empty = Notice(ivorn="ivo://org.svom/fsc#x")

    assert {Cause.ROLE, Cause.KIND, Cause.POSITION, Cause.TIME} <= _causes(empty)


MARKED = {
    "Fermi Def_NOT_a_GRB": (("Trigger_ID", "Def_NOT_a_GRB", "true"), "Def_NOT_a_GRB"),
    "Fermi test": (("Trigger_ID", "Test_Submission", "true"), "Test_Submission"),
}


@pytest.mark.parametrize("name", sorted(MARKED))
def test_flags_of_fermi_are_read(ours, name: str) -> None:
    """P35."""
    param, word = MARKED[name]
    payload = ours.gbm()
    group, flag, value = param
    old = f'name="{flag}" value="false"'.encode()
    assert old in payload, group
    notice = voevent.read(payload.replace(old, f'name="{flag}" value="{value}"'.encode()))

    assert any(word in mark for mark in (*notice.test_marks, *notice.no_burst_marks))


@pytest.mark.parametrize(("index", "passes"), [("4", True), ("8", False), ("", False)])
def test_flight_positions_of_gbm_need_a_burst_as_most_likely(ours, index, passes) -> None:
    """P35: solar flares and particles come the same way; a missing index closes, too."""
    params = (("", "Most_Likely_Index", index),) if index else ()
    payload = ours.gbm(stage="Flt_Pos_", kind=111, params=params, late_s=20.0)
    notice = voevent.read(payload)

    assert (_causes(notice) == set()) is passes


def test_a_notice_has_no_field_that_nobody_fills(ours) -> None:
    """P36: what a notice can say is said of a full packet, or empty for a reason."""
    notice = voevent.read(ours.eclairs())
    empty = {one.name for one in fields(notice) if not getattr(notice, one.name)}

    assert empty == {
        "topic",
        "citations",
        "retraction",
        "withdraws",
        "test_marks",
        "no_burst_marks",
        "doubts",
        "classification",
        "problems",
    }
