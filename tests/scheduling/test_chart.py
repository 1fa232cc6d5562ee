"""The picture of a night: numbers that agree with the plan, and a file that is a picture."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders.planning import CALM, SITE, a_night, a_request, at, problems, solve, with_running
from hypothesis import given

from pyros.scheduling import chart
from pyros.scheduling.__main__ import main
from pyros.scheduling.air import airmass
from pyros.scheduling.chart_steps import chart_steps
from pyros.scheduling.discrete_reading import read_discrete
from pyros.scheduling.document import dump
from pyros.scheduling.model import Block, Channel, Constraints, Problem
from pyros.scheduling.plot import NoPlot, draw, plot, save, title_of

PNG, SVG = b"\x89PNG\r\n", b"<?xml"


def crowded() -> Problem:
    """Return a night with more than it holds, a block, and something that runs."""
    asked = [
        a_request(f"{place}", name=f"M{place}", setup={"vis": ("g", "r")}, duration_s=1500.0)
        for place in range(9)
    ]
    block = Block(id="flats", start=at(1.0), end=at(1.2))
    channels = {"vis": Channel(filter_s=0.0)}
    return with_running(a_night(*asked, blocks=(block,), channels=channels))


@given(problems())
@CALM
def test_a_chart_has_a_number_for_each_time_and_a_bar_for_each_slot(problem: Problem) -> None:
    """P22: every bar carries the short name and the id of its request."""
    schedule = solve(problem, moves=0)
    drawn = chart(problem, schedule)
    count = len(drawn["times"])

    assert json.loads(json.dumps(drawn, allow_nan=False)) == drawn
    assert [bar["id"] for bar in drawn["bars"]] == [slot.id for slot in schedule.slots]
    assert {row["id"] for row in drawn["refused"]} == {one.id for one in schedule.refusals}
    for curve in drawn["targets"].values():
        assert len(curve["altitude_deg"]) == len(curve["floor_deg"]) == count
    assert len(drawn["sun_deg"]) == len(drawn["moon_deg"]) == count


@given(problems())
@CALM
def test_inside_its_slot_no_target_is_drawn_below_its_floor(problem: Problem) -> None:
    """P25: what the picture calls the lowest allowed is what the plan has kept to."""
    drawn = chart(problem, solve(problem, moves=0))
    for bar in drawn["bars"]:
        curve = drawn["targets"][bar["id"]]
        for time, height, floor in zip(
            drawn["times"], curve["altitude_deg"], curve["floor_deg"], strict=True
        ):
            if bar["on_target"] <= time <= bar["end"] and not bar["frozen"]:
                assert height >= floor - 0.02, (bar["id"], time)


def test_the_light_follows_without_a_gap_and_the_night_is_dark_in_the_middle() -> None:
    drawn = chart(a_night(a_request()), solve(a_night(a_request())))
    bands = drawn["light"]

    assert bands[0]["start"] == drawn["start"]
    assert bands[-1]["end"] == drawn["end"]
    assert all(one["end"] == two["start"] for one, two in pairwise(bands))
    assert "dark" in {band["state"] for band in bands}


def test_a_picture_may_be_wider_than_the_night_and_finer_than_usual() -> None:
    problem = a_night(a_request())
    span = (at(-4), at(8))
    drawn = chart(problem, solve(problem), span=span, every_s=60.0)

    assert len(drawn["times"]) == 12 * 60 + 1
    assert (drawn["start"], drawn["end"]) == ("2026-03-20T23:14:20Z", "2026-03-21T11:14:20Z")
    sun = np.asarray(drawn["sun_deg"])
    assert sun.max() > -1.0 > -18.0 > sun.min()


def test_the_horizon_lifts_the_floor_where_it_stands_in_the_way() -> None:
    hill = replace(
        SITE, horizon=((0.0, 0.0), (89.0, 0.0), (90.0, 50.0), (180.0, 50.0), (181.0, 0.0))
    )
    limits = Constraints(max_airmass=2.0)
    problem = replace(a_night(a_request(constraints=limits)), site=hill, sky=None)
    floor = chart(problem, solve(problem))["targets"]["1"]["floor_deg"]

    assert max(floor) == pytest.approx(50.0, abs=0.5)
    assert airmass(min(floor)) == pytest.approx(2.0, abs=0.01)


def test_constraints_of_one_that_is_refused_are_drawn_on_demand() -> None:
    """P25, P31: each constraint as a bar over the night."""
    never = a_request("never", constraints=Constraints(min_altitude_deg=89.9))
    problem = a_night(a_request(), never)
    schedule = solve(problem)

    assert chart(problem, schedule)["explained"] == {}
    bars = chart(problem, schedule, explain=["never"])["explained"]["never"]
    assert bars["ALTITUDE"] == []
    assert bars["NIGHT"] == [["2026-03-21T03:14:20Z", "2026-03-21T06:14:20Z"]]


def test_an_empty_plan_of_an_empty_night_is_a_picture_too(tmp_path: Path) -> None:
    """P21."""
    problem = a_night()
    empty = replace(problem, night=replace(problem.night, end=problem.night.start), sky=None)
    for number, one in enumerate((problem, empty)):
        path = tmp_path / f"{number}.png"
        plot(one, solve(one), path)
        assert path.read_bytes().startswith(PNG)


def test_a_picture_says_value_bound_and_gap_and_names_what_is_in_it() -> None:
    problem = crowded()
    schedule = solve(problem)
    numbers = chart(problem, schedule)
    figure = draw(numbers)
    said = {text.get_text() for axes in figure.axes for text in axes.texts}

    assert f"value {schedule.value:.2f}" in title_of(numbers)
    assert f"bound {schedule.bound:.2f}" in title_of(numbers)
    assert f"gap {schedule.gap:.1%}" in title_of(numbers)
    assert {"flats", "runs"} <= said
    assert {bar["name"] for bar in numbers["bars"]} <= said
    assert "g\N{EN DASH}r" in said


def test_the_command_draws_a_picture_by_the_name_of_its_file(tmp_path: Path) -> None:
    """P23: PNG or SVG; the same night gives the same bytes."""
    night = tmp_path / "night.json"
    night.write_text(json.dumps(dump(crowded())), encoding="utf-8")
    for name, magic in (("night.png", PNG), ("night.svg", SVG)):
        first, second = tmp_path / name, tmp_path / f"again-{name}"
        assert main([str(night), "--moves", "0", "--plot", str(first)]) == 0
        assert main([str(night), "--moves", "0", "--plot", str(second)]) == 0
        assert first.read_bytes().startswith(magic)
        assert first.read_bytes() == second.read_bytes()


def test_a_picture_that_cannot_be_drawn_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """P23: it names the extra that would be right, or the file that is wrong."""
    night = tmp_path / "night.json"
    night.write_text(json.dumps(dump(a_night(a_request()))), encoding="utf-8")
    command = [str(night), "--moves", "0", "--plot"]

    assert main([*command, str(tmp_path / "night.docx")]) == 2
    assert "should end in .png or .svg" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "nowhere" / "night.png")]) == 2
    assert "nowhere" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([*command, str(tmp_path / "night.png")]) == 2
    assert capsys.readouterr().err == "a picture needs matplotlib: pip install 'pyros[plot]'\n"
    with pytest.raises(NoPlot, match="pyros"):
        draw({})


STEPS = {
    "format": "pyros-scheduling/1",
    "kind": "discrete",
    "name": "two",
    "t0": "2026-03-21T02:00:00Z",
    "night": [10, 90],
    "step_s": 60,
    "steps": 100,
    "gap": {"fixed_s": 5, "rate_deg_s": 4, "filter_s": 10},
    "value": {"kind": "sinalt", "floor": 0.2, "power": 0.6},
    "phase": [0.0, 0.00437],
    "accounts": [40],
    "requests": {
        "dur": [5, 7],
        "base": [3, 4.5],
        "filter": [0, 1],
        "account": [0, -1],
        "alt": [[0.1, 0.8, 0.1], [0.3, 0.6, 0.0]],
        "vec": [[1, 0, 0], [0, 1, 0]],
        "starts": [[[10, 40]], [[20, 80]]],
    },
}


@pytest.mark.parametrize("constant", [False, True])
def test_a_problem_in_steps_has_a_picture_too(tmp_path: Path, constant: bool) -> None:  # noqa: FBT001
    """P23: where values are constant there are bars and no altitudes."""
    document = {**STEPS, "value": {"kind": "constant"}} if constant else STEPS
    problem = read_discrete(document)
    given = {"slots": [[12, 0], [30, 1]], "bound": 8.0}
    numbers = chart_steps(document, problem, given, value=7.0)
    save(numbers, tmp_path / "night.png")

    assert (tmp_path / "night.png").read_bytes().startswith(PNG)
    assert [(bar["start"], bar["end"]) for bar in numbers["bars"]] == [
        ("2026-03-21T02:12:00Z", "2026-03-21T02:17:00Z"),
        ("2026-03-21T02:30:00Z", "2026-03-21T02:37:00Z"),
    ]
    assert numbers["night"]["start"] == "2026-03-21T02:10:00Z"
    assert numbers["accounts"][0]["used_s"] == 300.0
    assert "value 7.00, bound 8.00, gap 12.5%" in title_of(numbers)
    first = numbers["targets"]["0"]["altitude_deg"][0]
    assert first == pytest.approx(0.0 if constant else 64.16, abs=0.01)
