from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.scheduling import instances, ledger, page
from benchmarks.scheduling.figures import figures
from benchmarks.scheduling.goals import GOALS, judged, profiles_of
from benchmarks.scheduling.instances import make, write
from benchmarks.scheduling.ledger import Ledger
from benchmarks.scheduling.run import Asked, measure, names_of
from pyros.cli.bench import bench
from pyros.cli.benches import scheduling as command

ROW = {"valid": True, "wall_s": 1.0, "cpu_s": 1.5, "rss_mib": 200.0, "scheduled": 30}


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a file of bounds of two instances that stands in for the real one."""
    path = tmp_path / "bounds.json"
    rows = {
        "A-100-1": {"sha256": make("A", 100, 1)["sha256"], "bound": 1000.0, "value": 900.0},
        "A-100-2": {"sha256": make("A", 100, 2)["sha256"], "bound": None, "value": None},
    }
    for module in (instances, ledger):
        monkeypatch.setattr(module, "BOUNDS", path)
    instances.save({"made_with": {"numpy": "2.4.6"}, "instances": rows})
    return path


def _kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["instances"]
    return found


def test_a_bound_only_falls_and_a_value_only_rises(bounds: Path) -> None:
    """P23: whatever a later run finds."""
    book = Ledger()
    for value, bound in ((950.0, 990.0), (800.0, 995.0), (960.0, None)):
        book.add("A-100-1", value, bound)

    assert book.record() == ["A-100-1"]
    assert _kept(bounds)["A-100-1"] | {"sha256": ""} == {
        "sha256": "",
        "bound": 990.0,
        "value": 960.0,
    }
    assert book.ratio("A-100-1", 495.0) == 0.5

    worse = Ledger()
    worse.add("A-100-1", 100.0, 2000.0)
    assert worse.record() == []


def test_a_bound_is_rounded_up_and_a_value_down(bounds: Path) -> None:
    """P23: so that neither says more than was proven."""
    book = Ledger()
    book.add("A-100-2", 12.34567, 23.45612)
    book.record()

    assert _kept(bounds)["A-100-2"]["bound"] == 23.457
    assert _kept(bounds)["A-100-2"]["value"] == 12.345


def test_a_value_above_a_bound_is_an_error_and_nothing_is_kept(bounds: Path) -> None:
    """P23: one of the two is wrong."""
    before = bounds.read_bytes()
    book = Ledger()
    book.add("A-100-1", 1000.5, None)
    book.add("A-100-2", 1.0, 2.0)

    assert book.broken == ["A-100-1: value 1000.5000 above bound 1000.0000"]
    assert book.record() == []
    assert bounds.read_bytes() == before


def test_an_instance_that_nobody_knows_is_measured_and_not_kept(bounds: Path) -> None:
    """P23."""
    book = Ledger()
    assert book.ratio("X-1-1", 1.0) is None
    book.add("X-1-1", 3.0, 4.0)

    assert book.ratio("X-1-1", 3.0) == 0.75
    assert book.record() == []


def test_a_goal_is_met_at_its_bound_and_missed_beyond_it() -> None:
    """P23: at least for ratios, at most for times; what was not measured is no goal."""
    measured = {
        "solve": {"A-1000": {"1s": {"ratio_min": 0.97}, "5s": {"ratio_min": 0.9799}}},
        "events": {"G-1000": {"first_ms_p99": 40.1, "polished_ms_p99": 100.0, "ratio_min": None}},
        "start_s": {"cached": 4.0},
    }

    met = {goal["key"]: goal["met"] for goal in judged(measured)}

    assert met == {
        "A_1000_1s_ratio": True,
        "A_1000_5s_ratio": False,
        "G_1000_first_ms_p99": False,
        "G_1000_polished_ms_p99": True,
        "start_cached_s": True,
    }


def test_keys_of_goals_are_unique_and_budgets_follow_from_them() -> None:
    """P23."""
    assert len({goal.key for goal in GOALS}) == len(GOALS)
    assert profiles_of("A-1000") == (1, 5)
    assert profiles_of("A-10000") == (10,)
    assert profiles_of("F-300") == (5,)


def _measured() -> dict[str, Any]:
    return {
        "version": "1",
        "date": "2026-03-21",
        "machine": {"cores": 2, "cpu": "x", "python": "3", "numpy": "2", "numba": None}
        | {"scipy": "1", "pyerfa": "2"},
        "solve": {
            "F-1000": {
                "4s": {
                    "seeds": [1, 2, 3],
                    "valid": 3,
                    "ratio_min": 0.981,
                    "ratio_median": 0.983,
                    "gap_median": 0.02,
                    "wall_s_max": 4.1,
                    "cpu_s_median": 7.0,
                    "rss_mib_max": 300.0,
                }
            }
        },
        "events": {},
        "refusals": {"count": 10, "confirmed": 9, "certified": 3, "share": 0.9},
        "visibility_ms": {"1000": 16.0},
        "start_s": {"cached": 2.0, "cold": 0.7},
        "peers": {
            "F-100": {
                "astroplan_priority": ROW
                | {"version": "0.10", "ratio": 0.84, "lenient": True, "limit_s": None},
                "ours": ROW | {"version": None, "ratio": 0.982, "lenient": False, "limit_s": 4.0},
            },
            "E-100": {"highs": None},
        },
        "install": {"highs": "pip install highspy"},
        "complaints": ["1 refusals are not confirmed, such as 7 SUN"],
        "ok": False,
    }


def test_figures_are_the_goals_with_the_peers_beside_them() -> None:
    """B14: one shape for every bench."""
    measured = _measured()
    measured["goals"] = judged(measured)

    found = figures(measured)

    assert found["F_1000_4s_ratio"] == {
        "value": 0.981,
        "unit": "ratio",
        "bound": 0.98,
        "holds": True,
        "against": "astroplan_priority 0.840 on F-100",
    }
    assert found["refusals_confirmed_ratio"]["holds"] is False
    assert found["F_100_astroplan_priority_ratio"]["value"] == 0.84
    assert found["F_1000_4s_rss_mib_max"]["holds"] is None
    assert {frozenset(one) for one in found.values()} == {
        frozenset({"value", "unit", "bound", "holds", "against"})
    }


def test_the_page_shows_ours_beside_theirs_and_says_who_is_missing() -> None:
    """P23: and what was not as it must be."""
    measured = _measured()
    measured["goals"] = judged(measured)

    text = page.page(measured)

    assert "| `F_1000_4s_ratio` | 0.981  | >= 0.98 | holds |" in text
    assert "| `refusals_confirmed_ratio` | 0.9  | >= 1 | **missed** |" in text
    assert "| F-100 | astroplan_priority (1) | 0.10 | none | yes | 84.0 % |" in text
    assert "| E-100 | highs | not installed: `pip install highspy` |" in text
    assert "9 of 10 refusals are confirmed" in text
    assert "Not as it must be: 1 refusals are not confirmed" in text


def test_a_later_run_adds_to_the_page_and_another_machine_begins_it_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """P23."""
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results.json")
    page.keep(_measured())
    later = _measured() | {"solve": {"A-100": {}}, "refusals": {"count": 0}, "complaints": []}

    merged = page.keep(later)
    assert list(merged["solve"]) == ["F-1000", "A-100"]
    assert merged["refusals"]["count"] == 10
    elsewhere = later | {"machine": _measured()["machine"] | {"cpu": "y"}}
    assert list(page.keep(elsewhere)["solve"]) == ["A-100"]


def test_classes_and_sizes_make_names() -> None:
    """P23."""
    assert names_of((), ()) == ()
    assert names_of(("A", "E"), (100,)) == ("A-100", "E-100")
    assert names_of(("B",), ()) == ("B-1000", "B-10000")
    assert names_of((), (300,)) == ("A-300",)
    with pytest.raises(ValueError, match="no class 'Q'; there are: A, B"):
        names_of(("Q",), ())


def test_numbers_are_lists_and_spans() -> None:
    """P23."""
    assert command.numbers("1-3,7") == (1, 2, 3, 7)
    assert command.numbers("") == ()
    with pytest.raises(ValueError, match="'x' should be a number or a span"):
        command.numbers("1,x")


def test_somebody_elses_file_is_measured_alone(tmp_path: Path) -> None:
    """P23: its answers are judged as ours are; nothing of it is kept."""
    pytest.importorskip("numba")
    document = make("E", 20, 77)
    del document["name"], document["sha256"], document["sky"], document["events"]
    for key in ("account", "filter", "vec", "alt"):
        del document["requests"][key]
    path = write({**document, "name": "theirs"}, tmp_path)

    found = measure(Asked(files=(path,), profiles=(1,)), lambda _: None)

    assert found["complaints"] == []
    assert found["ok"]
    block = found["solve"]["theirs"]["1s"]
    assert block["valid"] == 1
    assert 0.9 < block["ratio_min"] <= 1.0


def test_a_file_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """P23."""
    document = make("A", 20, 77)
    document["requests"]["dur"][3], document["steps"] = 0, "x"
    path = write(document, tmp_path)

    done = CliRunner().invoke(bench, ["scheduling", "--instance", str(path)])

    assert done.exit_code == 2
    for pointer in ("/sha256", "/steps", "/requests/dur/3"):
        assert pointer in done.output


def test_the_command_writes_files_and_measures_nothing(tmp_path: Path) -> None:
    """P23."""
    arguments = ["scheduling", "--make", str(tmp_path), "--class", "E", "--n", "100"]
    done = CliRunner().invoke(bench, [*arguments, "--seeds", "1-2"])

    assert done.exit_code == 0, done.output
    assert sorted(one.name for one in tmp_path.iterdir()) == ["E-100-1.json", "E-100-2.json"]


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [("--class", "Q", "no class"), ("--seeds", "a", "span"), ("--peers", "who", "no peer")],
)
def test_a_wrong_word_is_a_usage_error_that_names_the_right_ones(
    option: str, value: str, word: str
) -> None:
    """P23."""
    done = CliRunner().invoke(bench, ["scheduling", option, value])

    assert done.exit_code == 2
    assert word in done.output
