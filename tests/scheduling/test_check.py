from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from builders.planning import a_night, a_request, armed_of, at, solve

from pyros.scheduling import check
from pyros.scheduling.model import (
    Account,
    AccountKind,
    Block,
    Channel,
    Constraints,
    Problem,
    Running,
)
from pyros.scheduling.timetable import Refusal, Schedule, Slot

ACCOUNTS = {"night:P1": Account(kind=AccountKind.NIGHT, left_s=1200.0)}
MINUTE = timedelta(minutes=1)


def _problem() -> Problem:
    return a_night(
        a_request("a", accounts=("night:P1",), setup={"vis": ("g", "r")}),
        a_request("b", accounts=("night:P1",), setup={"vis": ("i", "i")}),
        a_request("c", one_of="x"),
        a_request("d", one_of="x", priority=10.0),
        a_request("e", duration_s=20000.0),
        accounts=ACCOUNTS,
        channels={"vis": Channel(filter_s=20.0)},
    )


def _changed(schedule: Schedule, place: int, **changes: object) -> Schedule:
    slots = list(schedule.slots)
    slots[place] = dataclasses.replace(slots[place], **changes)
    return dataclasses.replace(schedule, slots=tuple(slots))


def _moved(slot: Slot, by: timedelta) -> dict[str, object]:
    return {name: getattr(slot, name) + by for name in ("start", "on_target", "end")}


def _twin(schedule: Schedule) -> Schedule:
    slot = next(slot for slot in schedule.slots if slot.id == "c")
    return dataclasses.replace(schedule, slots=(*schedule.slots, dataclasses.replace(slot, id="d")))


DAMAGES: dict[str, tuple[str, Callable[[Schedule], Schedule]]] = {
    "moved": ("sums", lambda s: _changed(s, 0, **_moved(s.slots[0], -MINUTE))),
    "moved onto the next": ("order", lambda s: _changed(s, 0, **_moved(s.slots[0], 5 * MINUTE))),
    "outside the night": ("night", lambda s: _changed(s, 0, **_moved(s.slots[0], -300 * MINUTE))),
    "doubled": ("once", lambda s: dataclasses.replace(s, slots=(*s.slots, s.slots[0]))),
    "dropped": ("complete", lambda s: dataclasses.replace(s, slots=s.slots[1:])),
    "a stranger": ("complete", lambda s: _changed(s, 0, id="stranger")),
    "cut short": ("feasible", lambda s: _changed(s, 0, end=s.slots[0].end - MINUTE)),
    "no set-up": ("order", lambda s: _changed(s, 1, start=s.slots[1].on_target)),
    "both of a pair": ("once", _twin),
    "worth more": ("sums", lambda s: _changed(s, 0, value=99.0)),
    "sum": ("sums", lambda s: dataclasses.replace(s, value=s.value + 1.0)),
    "above its bound": ("sums", lambda s: dataclasses.replace(s, bound=s.value / 2)),
    "a gap unsaid": ("sums", lambda s: dataclasses.replace(s, idle=s.idle[1:])),
    "says it was armed": ("frozen", lambda s: _changed(s, 0, frozen=True)),
    "refused and placed": (
        "complete",
        lambda s: dataclasses.replace(s, refusals=(*s.refusals, Refusal(id="a", code="SUN"))),
    ),
}


@pytest.mark.parametrize(("rule", "damage"), DAMAGES.values(), ids=DAMAGES.keys())
def test_each_kind_of_damage_is_found(rule: str, damage: Callable[[Schedule], Schedule]) -> None:
    """P23, P26, P27: the checker refuses what was done to a valid schedule."""
    problem = _problem()
    schedule = solve(problem)
    assert check(problem, schedule) == []

    assert rule in {violation.rule for violation in check(problem, damage(schedule))}


def test_an_account_that_is_overdrawn_is_found() -> None:
    """P27, P28."""
    problem = _problem()
    schedule = solve(problem)
    poorer = dataclasses.replace(
        problem, accounts={"night:P1": dataclasses.replace(ACCOUNTS["night:P1"], left_s=1199.0)}
    )

    assert "quota" in {violation.rule for violation in check(poorer, schedule)}


def test_an_armed_slot_that_moved_is_found() -> None:
    """P50."""
    problem = _problem()
    schedule = solve(problem)
    armed = dataclasses.replace(armed_of(schedule, 0), end=schedule.slots[0].end + MINUTE)

    found = check(dataclasses.replace(problem, armed=(armed,)), schedule)

    assert "frozen" in {violation.rule for violation in found}


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": (Block(id="flats", start=at(0.0), end=at(3.0)),)},
        {"running": Running(id="other", end=at(3.0))},
    ],
)
def test_a_slot_inside_what_is_fixed_is_found(changes: dict[str, object]) -> None:
    """P29."""
    schedule = solve(_problem())

    found = check(dataclasses.replace(_problem(), **changes), schedule)

    assert "blocks" in {violation.rule for violation in found}


@pytest.mark.parametrize(
    "limits",
    [
        {"min_altitude_deg": 88.0},
        {"max_airmass": 1.0},
        {"sun_max_altitude_deg": -70.0},
        {"moon_min_distance_deg": 170.0, "moon_counts": "always"},
        {"ha_min_h": 6.0},
        {"ha_max_h": -6.0},
    ],
)
def test_a_constraint_that_does_not_hold_is_found(limits: dict[str, object]) -> None:
    """P25."""
    schedule = solve(_problem())
    strict = [
        dataclasses.replace(one, constraints=dataclasses.replace(Constraints(), **limits))
        for one in _problem().requests
    ]

    found = check(dataclasses.replace(_problem(), requests=tuple(strict)), schedule)

    assert "feasible" in {violation.rule for violation in found}
