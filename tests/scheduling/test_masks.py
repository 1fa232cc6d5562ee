"""All requests of a night together are seen as each of them alone."""

from __future__ import annotations

import dataclasses

import numpy as np
from builders.planning import CALM, at, problems, sky_of
from hypothesis import given
from hypothesis import strategies as st

from pyros.scheduling.bench import instance
from pyros.scheduling.grid import Grid
from pyros.scheduling.masks import Many, plain
from pyros.scheduling.model import Armed, Block, Problem, Running
from pyros.scheduling.visibility import starts_of

horizons = st.sampled_from([(), ((0.0, 20.0), (90.0, 50.0), (180.0, 10.0), (270.0, 60.0))])
blocks = st.sampled_from(
    [
        (),
        (Block(id="flats", start=at(1.0), end=at(1.2)),),
        (Block(id="short", start=at(0.5), end=at(0.5 + 10 / 3600)),),
    ]
)


def _alike(problem: Problem) -> int:
    """Compare every request with itself alone; return how many may start at all."""
    grid, seen = Grid(problem), 0
    requests = [one for one in problem.requests if plain(grid.view, one)]
    many = Many(grid.view, problem.value, requests).starts()
    for row, request in enumerate(requests):
        cells = slice(many.cell_of[row], many.cell_of[row + 1])
        direction, length = grid.direction(request), grid.view.length(request)
        tests = grid.view.tests(request, direction)
        alone = np.flatnonzero(starts_of(tests, length, grid.view.steps))
        assert many.step[cells].tolist() == alone.tolist(), request
        worth = grid.worth(request, direction, alone)
        np.testing.assert_allclose(many.value[cells], worth, rtol=1e-9)
        pointing = grid.pointing(request)
        np.testing.assert_allclose(many.icrs[row], pointing.vector, atol=1e-12)
        assert abs(many.dec_deg[row] - pointing.dec_deg) < 1e-9
        assert abs(many.hour_angle0_deg[row] - pointing.hour_angle0_deg) < 1e-9
        seen += bool(alone.size)
    return seen


@CALM
@given(problems(), horizons, blocks, st.sampled_from([90.0, 60.0]), st.booleans())
def test_together_they_start_when_each_alone_may_and_are_worth_the_same(
    problem: Problem,
    horizon: tuple[tuple[float, float], ...],
    fixed: tuple[Block, ...],
    zenith_max_deg: float,
    turns: bool,  # noqa: FBT001
) -> None:
    """P22, P24: every mount, constraint, horizon and block."""
    site = dataclasses.replace(problem.site, horizon=horizon)
    mount = dataclasses.replace(problem.mount, zenith_max_deg=zenith_max_deg)
    asked = tuple(dataclasses.replace(one, flip_within=turns) for one in problem.requests)
    _alike(dataclasses.replace(problem, site=site, mount=mount, blocks=fixed, requests=asked))


def test_a_crowded_night_is_seen_alike() -> None:
    """P21: of some hundred requests most may start."""
    problem = instance(300, 1)
    problem = dataclasses.replace(problem, sky=sky_of(problem.site, problem.night))
    assert _alike(problem) > 200


def test_what_runs_and_what_is_armed_is_kept_free() -> None:
    """P46: nothing starts in it, and what is armed is not looked at."""
    problem = instance(20, 1)
    start = problem.night.start
    ident = problem.requests[3].id
    problem = dataclasses.replace(
        problem,
        now=start,
        running=Running(id="x", end=at(0.3)),
        armed=(Armed(id=ident, start=at(0.4), on_target=at(0.41), end=at(0.6)),),
    )
    assert not plain(Grid(problem).view, problem.requests[3])
    assert _alike(problem) > 0
