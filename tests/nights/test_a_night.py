"""The end of a night, played by `pyros night`: what it leaves, and that it can be played again."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise

from pyros.domain.execution import Outcome
from pyros.domain.image import Level
from pyros.domain.schedule import Cause
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.store import images, ledger, observations

KEYS = [
    "seed",
    "night_hours",
    "wall_s",
    "cpu_s",
    "sequences_executed",
    "sequences_refused",
    "schedules",
    "images",
    "alerts",
    "alert_to_slew_ms",
    "alert_to_slew_virtual_s",
    "restarts",
    "holds",
    "invariants",
    "violations",
    "trace_sha256",
]
MORNING = datetime.fromisoformat("2026-11-26T12:00+00:00")
SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0)


def last_night(played):
    return played.read(observations.nights)[0]


def executions(played):
    return played.read(lambda session: observations.executions(session, last_night(played).date))


def test_the_same_seed_plays_the_same_night_and_another_seed_another(nights) -> None:
    """S96: the hash of all messages in order is the same in another process, whatever it waits."""
    traces = {name: played.summary["trace_sha256"] for name, played in nights.items()}

    assert all(re.fullmatch(r"[0-9a-f]{64}", trace) for trace in traces.values())
    assert traces["first"] == traces["again"] != traces["other"]


def test_every_invariant_holds_in_every_night(nights) -> None:
    """P04, P26, P28: exit code 0 says so, too."""
    for played in nights.values():
        assert played.summary["violations"] == []
        assert set(played.summary["invariants"].values()) == {True}
        assert played.code == 0


def test_the_summary_has_the_keys_that_are_documented(night, pages) -> None:
    """The reference names each key, in this order; what is counted is in the database."""
    page = (pages.REFERENCE / "night.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    stored = night.read(lambda session: images.count(session, last_night(night).date))

    assert list(night.summary) == KEYS == documented[: len(KEYS)]
    assert documented[len(KEYS) :] == list(night.summary["invariants"])
    assert night.summary["images"] == stored > 0
    assert night.summary["night_hours"] == 0.5
    assert night.summary["sequences_executed"] == sum(
        one.outcome is Outcome.DONE for one in executions(night)
    )


def test_the_limits_of_the_night_are_computed_once_and_kept(night) -> None:
    """P24, P26: as the sky says, to the second; every execution began within them."""
    limits, kept = night_of(SITE, MORNING, "civil"), last_night(night)

    assert (kept.start, kept.end) == (limits.start, limits.end)
    assert executions(night)
    assert all(kept.start <= one.start <= kept.end for one in executions(night))


def test_the_majordome_orders_the_first_schedule_and_its_sequences_follow_each_other(night) -> None:
    """P29, P45: between two slots lies the way from one to the other, and no blank space."""
    schedules = night.read(lambda session: observations.schedules(session, limit=100))
    first = schedules[-1]
    slots = sorted(first.slots, key=lambda slot: slot.start)

    assert first.cause is Cause.FIRST
    assert first.made_at == last_night(night).first_schedule_at
    assert len(slots) > 3
    assert all(two.start - one.end < timedelta(seconds=60) for one, two in pairwise(slots))


def test_a_burst_takes_the_telescope_at_once_and_what_it_interrupts_gets_its_quota_back(
    night,
) -> None:
    """P46, P47: the slew leaves in the virtual instant of the packet."""
    interrupted = [one for one in executions(night) if one.outcome is Outcome.INTERRUPTED]
    bursts = [one for one in executions(night) if one.alert_id is not None]

    assert night.summary["alerts"] == night.summary["alert_to_slew_ms"]["n"] == 1
    assert night.summary["alert_to_slew_virtual_s"] == {"p50": 0.0, "p99": 0.0, "n": 1}
    assert len(interrupted) == len(bursts) == 1
    assert night.read(ledger.mismatches) == ()


def test_the_end_leaves_everything_safe_and_calibrated(night) -> None:
    """P52, P66: dome seen shut, telescope seen parked, then bias and dark frames, then closed."""
    kept = last_night(night)
    frames = night.read(lambda session: images.list(session, night=kept.date, limit=10_000))
    raw = [one.frame for one in frames if one.level is Level.L0]

    assert kept.end == kept.paused_at <= kept.safe_at <= kept.calibrated_at
    assert (raw.count("BIAS"), raw.count("DARK")) == (2 * 5, 2 * 3)


def test_a_line_an_hour_says_how_far_it_is(night) -> None:
    """It goes to standard error; the last line of standard output is the summary."""
    hours = [line for line in night.told if re.match(r"\d\d:\d\d UTC  [A-Z]+: \d+ sequences", line)]

    assert hours
    assert night.lines[0].startswith("night of 0.5 h in ")
