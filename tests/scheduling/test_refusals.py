from __future__ import annotations

import dataclasses

import pytest
from builders.planning import CALM, SITE, a_night, a_request, at, problems, solve
from hypothesis import given

from pyros.scheduling import confirm
from pyros.scheduling.model import (
    Account,
    AccountKind,
    Block,
    Constraints,
    Mount,
    MountKind,
    Night,
    Problem,
    Target,
)
from pyros.scheduling.timetable import Refusal

MOON_DOWN = Target(ra_deg=30.0, dec_deg=15.0)
"""Near the young Moon, low in the west when the night begins."""
EVENING = Night(start=at(0.0), end=at(0.4))
LOW = Target(ra_deg=150.0, dec_deg=-40.0)


def _limits(**limits: object) -> Constraints:
    return dataclasses.replace(Constraints(), **limits)


CASES: list[tuple[str, Problem, str]] = [
    (
        "ALTITUDE",
        a_night(a_request(target=LOW, constraints=_limits(min_altitude_deg=30.0))),
        "Never above 30 deg between 03:14 and 06:14: best 18.",
    ),
    (
        "AIRMASS",
        a_night(a_request(target=LOW, constraints=_limits(max_airmass=2.0))),
        "Air mass never below 2 between",
    ),
    (
        "SUN",
        a_night(a_request(constraints=_limits(sun_max_altitude_deg=-80.0))),
        "Sun never below -80 deg between",
    ),
    (
        "MOON_DISTANCE",
        a_night(
            a_request(
                target=MOON_DOWN,
                constraints=_limits(moon_min_distance_deg=40.0, moon_counts="always"),
            ),
            night=EVENING,
            sky=None,
        ),
        "deg at best (03:2",
    ),
    (
        "MOON_LIGHT",
        a_night(
            a_request(constraints=_limits(moon_max_illumination=0.01)), night=EVENING, sky=None
        ),
        "% lit at best",
    ),
    (
        "HOUR_ANGLE",
        a_night(a_request(constraints=_limits(ha_min_h=4.0))),
        "limit 4 h",
    ),
    (
        "HORIZON",
        a_night(a_request(), site=dataclasses.replace(SITE, horizon=((0.0, 89.9), (180.0, 89.9)))),
        "Never above the local horizon",
    ),
    (
        "ZENITH",
        a_night(a_request(), mount=Mount(zenith_max_deg=20.0)),
        "Too near the zenith",
    ),
    (
        "WINDOW",
        a_night(a_request(window=(at(-5.0), at(-1.0)))),
        "Window ends 2026-03-21 02:14, the night is 03:14 to 06:14.",
    ),
    (
        "NOT_BEFORE",
        a_night(a_request(not_before=at(4.0))),
        "Not before 2026-03-21 07:14, and behind it no room",
    ),
    (
        "TOO_LONG",
        a_night(a_request(duration_s=20000.0)),
        "Needs 333 min 20 s, longest possible 180 min at 03:14",
    ),
    (
        "MERIDIAN",
        a_night(
            a_request(target=Target(ra_deg=138.0, dec_deg=30.0), duration_s=10700.0),
            mount=Mount(kind=MountKind.GERMAN),
        ),
        "meridian",
    ),
    (
        "FIXED_BLOCK",
        a_night(a_request(), blocks=(Block(id="flats", start=at(0.0), end=at(3.0)),)),
        "What is fixed, flats (03:14 to 06:14), leaves no room for it",
    ),
    (
        "QUOTA_NIGHT",
        a_night(
            a_request(accounts=("night:P1",)),
            accounts={"night:P1": Account(kind=AccountKind.NIGHT, left_s=360.0)},
            fill=False,
        ),
        "night:P1 has 6 min left tonight, 10 min needed.",
    ),
    (
        "QUOTA_PERIOD",
        a_night(
            a_request(accounts=("p",)),
            accounts={"p": Account(kind=AccountKind.PERIOD, left_s=0.0)},
            fill=False,
        ),
        "p has 0 s left in this period, 10 min needed.",
    ),
    (
        "QUOTA_USER",
        a_night(
            a_request(accounts=("u",)),
            accounts={"u": Account(kind=AccountKind.MEMBER, left_s=599.0)},
            fill=False,
        ),
        "u has 9 min 59 s left for its user, 10 min needed.",
    ),
    (
        "NO_ROOM",
        a_night(
            a_request("1", window=(at(1.0), at(1.2)), priority=20.0),
            a_request("2", window=(at(1.0), at(1.2)), priority=50.0, name="m67/2"),
        ),
        "Would displace m67/2 (worth",
    ),
]


@pytest.mark.parametrize(("code", "problem", "text"), CASES, ids=[case[0] for case in CASES])
def test_each_code_has_its_numbers_in_words(code: str, problem: Problem, text: str) -> None:
    """P25, P31: each refused sequence keeps the reason, with the numbers."""
    refusal = _refusal(problem, "1")

    assert refusal.code == code
    assert text in refusal.text


@pytest.mark.parametrize("problem", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_each_refusal_is_confirmed_by_its_own_change(problem: Problem) -> None:
    """P25: applied and nothing else, the change admits the request."""
    schedule = solve(problem)

    for refusal in schedule.refusals:
        assert confirm(problem, schedule, refusal).confirmed


def test_a_refusal_says_what_would_be_enough() -> None:
    """P25: best 18 deg means that a limit of 18 deg would do."""
    refusal = _refusal(CASES[0][1], "1")

    assert refusal.change["set"] == "constraints/min_altitude_deg"
    assert refusal.change["to"] == pytest.approx(refusal.numbers["best"], abs=0.02)
    assert refusal.certified


def test_a_request_that_would_win_with_a_higher_priority_is_told_which() -> None:
    """P25, P27."""
    problem = CASES[-1][1]
    refusal = _refusal(problem, "1")
    wins = refusal.change["to"]
    raised = [
        dataclasses.replace(one, priority=float(wins)) if one.id == "1" else one
        for one in problem.requests
    ]

    schedule = solve(dataclasses.replace(problem, requests=tuple(raised)))

    assert wins == 51
    assert [slot.id for slot in schedule.slots] == ["1"]


def test_two_constraints_that_only_together_forbid_it_are_both_named() -> None:
    """P25."""
    limits = _limits(min_altitude_deg=89.0, sun_max_altitude_deg=-80.0)

    refusal = _refusal(a_night(a_request(constraints=limits)), "1")

    assert (refusal.code, refusal.also) == ("SUN", ("ALTITUDE",))
    assert "Sun never below" in refusal.text
    assert "Never above 89 deg" in refusal.text


@CALM
@given(problems())
def test_every_refusal_of_every_plan_is_confirmed(problem: Problem) -> None:
    """P25, P31: nobody is told a reason that is not one."""
    schedule = solve(problem)

    for refusal in schedule.refusals:
        assert refusal.text
        assert confirm(problem, schedule, refusal).confirmed, refusal


def test_a_refusal_of_something_that_is_not_asked_for_is_not_confirmed() -> None:
    problem: Problem = a_night(a_request())
    schedule = solve(problem)

    assert not confirm(problem, schedule, Refusal(id="9", code="SUN")).confirmed
    assert not confirm(problem, schedule, Refusal(id="1", code="SUN")).confirmed


def _refusal(problem: Problem, name: str) -> Refusal:
    return next(refusal for refusal in solve(problem).refusals if refusal.id == name)


def test_a_request_beside_what_gains_more_is_shown_whom_it_would_displace() -> None:
    """P25: the ids are data, for links."""
    numbers = _refusal(CASES[-1][1], "1").numbers

    assert [name for name, _ in numbers["displaced"]] == ["2"]
