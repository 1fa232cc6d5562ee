"""The figures of each part, in one shape."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from pyros.cli.bench import available, machine, measured
from pyros.cli.main import main


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main(["bench", *arguments])
    return exit_.value.code


def test_a_figure_says_whether_its_bound_holds() -> None:
    part = SimpleNamespace(
        figures=lambda: {"slew_ms": 21.0, "value_ratio": 0.9, "night_s": 3.0, "restarts": 2},
        AT_MOST={"slew_ms": 20.0, "night_s": 3.0},
        AT_LEAST={"value_ratio": 0.5},
        AGAINST={"slew_ms": "one send on a bare socket"},
    )

    figures = measured(part)

    assert {key: figure.holds for key, figure in figures.items()} == {
        "slew_ms": False,
        "value_ratio": True,
        "night_s": True,
        "restarts": None,
    }
    assert [figure.unit for figure in figures.values()] == ["ms", "ratio", "s", ""]
    assert str(figures["slew_ms"]) == "21 ms  (bound 20)  MISSED  beside one send on a bare socket"


def test_the_last_line_is_one_json_object(capsys) -> None:
    assert ended("sky", "--json") == 0

    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["bench"] == "sky"
    assert said["machine"] == json.loads(json.dumps(machine()))
    assert said["figures"]["altaz_single_ms"]["value"] > 0.0


def test_an_unknown_bench_is_a_usage_error_that_names_the_known_ones(capsys) -> None:
    assert ended("nothing") == 2
    assert "sky" in capsys.readouterr().err


def test_places_and_whole_houses_are_measured_by_name() -> None:
    assert {"sky", "scheduling"} <= available().keys()
