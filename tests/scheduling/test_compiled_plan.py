"""Large tiers are searched by the compiled solver; what holds of every plan holds of these.

The first run on a machine compiles the solver's loops, some 40 s; they are kept beside the source.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import pytest
from builders.planning import CALM, a_request, at, problems, sky_of
from hypothesis import given, settings

import pyros.scheduling.lines as of_lines
from pyros.scheduling import Budget, Problem, check, improve, plan
from pyros.scheduling.bench import instance
from pyros.scheduling.model import Armed, Initial, Running, Series, Tier
from pyros.scheduling.plan import COMPILED, PLAIN
from pyros.scheduling.summary import FOLLOWS

FEW = Budget(moves=2)
BLOCKED = """
import sys
class No:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('numba', 'scipy'):
            raise ImportError(name)
sys.meta_path.insert(0, No())
from pyros.scheduling import Budget, check, plan
from pyros.scheduling.bench import instance
problem = instance(80, 1)
schedule = plan(problem, budget=Budget(moves=2))
print(schedule.solver, len(check(problem, schedule)), len(schedule.slots) > 10)
"""
SMALL = """
import sys
from pyros.scheduling import Budget, plan
from pyros.scheduling.bench import instance
plan(instance(40, 1), budget=Budget(moves=2))
print(sorted({name.split('.')[0] for name in sys.modules} & {'numba', 'scipy'}))
"""


def _crowded(n: int = 80, seed: int = 1) -> Problem:
    problem = instance(n, seed)
    return dataclasses.replace(problem, sky=sky_of(problem.site, problem.night), fill=False)


def _python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    return done.stdout.strip()


@settings(CALM, max_examples=20)
@given(problem=problems(most=14))
def test_every_stage_of_any_problem_holds_and_none_is_above_its_bound(problem: Problem) -> None:
    """P21, P23, P27, P46: all mounts, windows, quotas, alternatives, tiers, what is fixed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_lines, "LARGE", 1)
        before = 0.0
        for schedule in improve(problem, budget=FEW):
            assert check(problem, schedule) == []
            for tier in schedule.tiers:
                assert tier.value <= tier.bound * (1.0 + 1e-9) + 1e-9
            alerts = sum(one.value for one in schedule.tiers if one.tier == Tier.ALERT)
            assert alerts >= before - 1e-9
            before = alerts
        assert plan(problem, budget=FEW) == schedule


@settings(CALM, max_examples=8)
@given(problem=problems(most=14))
def test_no_plan_of_the_plain_search_is_above_the_compiled_bound(problem: Problem) -> None:
    """P23: two bounds, two searches; each value below each bound (one tier)."""
    asked = tuple(dataclasses.replace(one, tier=Tier.ROUTINE) for one in problem.requests)
    problem = dataclasses.replace(problem, requests=asked)
    plain = plan(problem, budget=Budget(moves=20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_lines, "LARGE", 1)
        compiled = plan(problem, budget=FEW)

    assert plain.value <= compiled.bound * (1.0 + 1e-9) + 1e-9
    assert compiled.value <= plain.bound * (1.0 + 1e-9) + 1e-9
    proven = {one.id for one in compiled.refusals if one.certified}
    better = {slot.id for slot in plain.slots if not slot.filler}
    assert plain.value <= compiled.value or not proven & better


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowded_night_is_planned_no_worse_than_by_the_plain_search(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P23, P27: and its bound is closer."""
    problem = _crowded(120, seed)
    compiled = plan(problem, budget=Budget(moves=20))
    monkeypatch.setattr(of_lines, "available", lambda: False)
    plain = plan(problem, budget=Budget(moves=20))

    assert (plain.solver, compiled.solver) == (PLAIN, COMPILED)
    assert check(problem, compiled) == []
    assert compiled.value >= plain.value
    assert compiled.bound < plain.bound


def test_what_runs_is_armed_or_fixed_stays_in_a_large_plan() -> None:
    """P46: and the place where the telescope looks is known."""
    problem = _crowded()
    start, armed = problem.night.start, problem.requests[5]
    problem = dataclasses.replace(
        problem,
        now=start,
        initial=Initial(ra_deg=120.0, dec_deg=10.0),
        running=Running(id="x", end=at(0.3), ra_deg=120.0, dec_deg=10.0),
        armed=(Armed(id=armed.id, start=at(0.4), on_target=at(0.425), end=at(0.9)),),
        requests=(
            *problem.requests,
            a_request("alert", tier=Tier.ALERT, window=(at(1.0), at(3.0))),
        ),
    )
    schedule = plan(problem, budget=FEW)

    assert schedule.solver == COMPILED
    assert check(problem, schedule) == []
    assert {"alert", armed.id} <= {slot.id for slot in schedule.slots}


def test_a_night_by_seconds_holds_at_every_stage_once_the_solver_is_loaded() -> None:
    """P21, P30: it fills the first line, too; each stage is worth no less than the one before."""
    problem = _crowded()
    assert plan(problem, budget=FEW).solver == COMPILED
    values = []
    for schedule in improve(problem, budget=Budget(seconds=0.3)):
        assert check(problem, schedule) == []
        assert schedule.solver == COMPILED
        values.append(schedule.value)

    assert len(values) == 3
    assert values == sorted(values)


def test_a_large_plan_made_again_from_itself_is_worth_no_less() -> None:
    """P21, P30."""
    problem = _crowded()
    one = plan(problem, budget=FEW)
    two = plan(problem, one, FEW)

    assert two.value >= one.value - 1e-9


def test_a_tier_with_series_stays_with_the_plain_search() -> None:
    """P23: a series is held in its rhythm, which columns do not know."""
    problem = _crowded()
    members = tuple(one.id for one in problem.requests[:2])
    series = {"s": Series(members=members, min_s=60.0, max_s=7200.0)}
    schedule = plan(dataclasses.replace(problem, series=series), budget=FEW)

    assert schedule.solver == PLAIN
    assert check(dataclasses.replace(problem, series=series), schedule) == []


def test_without_a_compiler_a_large_night_is_planned_plainly() -> None:
    """P23: numba and scipy are wanted, not needed."""
    assert _python(BLOCKED) == f"{PLAIN} 0 True"


def test_a_small_night_loads_no_compiler() -> None:
    """P21: it is planned before that would be there."""
    assert _python(SMALL) == "[]"


def test_nobody_waits_for_many_reasons_but_the_full_plan_says_them_all() -> None:
    """P25: and a next plan has those of the one before from its first stage on."""
    problem = _crowded(120)
    first, *_, full = improve(problem, budget=FEW)

    again = next(improve(problem, previous=full, budget=FEW))

    assert {one.text for one in first.refusals} == {FOLLOWS}
    assert FOLLOWS not in {one.text for one in full.refusals}
    known = {one.id: one for one in full.refusals}
    assert [one for one in again.refusals if one.text != FOLLOWS] == [
        known[one.id] for one in again.refusals if one.id in known
    ]
