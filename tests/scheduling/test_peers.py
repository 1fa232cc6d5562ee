from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scheduling.instances import make, write
from benchmarks.scheduling.judge import judge, worth
from benchmarks.scheduling.peers.report import peak_mib
from benchmarks.scheduling.peers.table import PEERS, asked
from benchmarks.scheduling.processes import Failed, python_with, said

SMALL = {letter: make(letter, 8, 3) for letter in ("E", "Eq", "F")}


def _answer(name: str, letter: str, folder: Path, limit_s: float = 5.0) -> dict[str, Any]:
    peer = PEERS[name]
    python = python_with(peer.package)
    if python is None:
        pytest.skip(f"{peer.package} is not installed here: {peer.install}")
    return said(peer.module, write(SMALL[letter], folder), "--limit", str(limit_s), python=python)


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("cpsat", "E"),
        ("cpsat", "Eq"),
        ("highs", "E"),
        ("highs", "Eq"),
        ("lco", "E"),
        ("lco_60s", "E"),
    ],
)
def test_a_model_of_a_peer_keeps_the_rules_of_the_judge(
    name: str, letter: str, tmp_path: Path
) -> None:
    """P27: the same file, the same judge."""
    answer = _answer(name, letter, tmp_path)

    verdict = judge(SMALL[letter], answer)

    assert verdict["faults"] == []
    assert verdict["value"] > 0.0
    assert answer["rss_mib"] > 10.0


@pytest.mark.parametrize("letter", ["E", "Eq"])
def test_cp_sat_finds_the_best_of_a_handful(letter: str, tmp_path: Path) -> None:
    """P27: as looking at every set of requests, in every order, does."""
    answer = _answer("cpsat", letter, tmp_path)

    value = judge(SMALL[letter], answer)["value"]

    assert value == pytest.approx(_best(SMALL[letter]))
    assert answer["bound"] == pytest.approx(value)


def _best(instance: dict[str, Any]) -> float:
    """Return the most that any set of requests is worth: constant values, constant gaps."""
    found, all_of_them = 0.0, range(instance["n"])
    for size in range(1, instance["n"] + 1):
        for chosen in combinations(all_of_them, size):
            value = sum(worth(instance, 0, index) for index in chosen)
            if value > found and _fits(instance, chosen):
                found = value
    return found


def _fits(instance: dict[str, Any], chosen: tuple[int, ...]) -> bool:
    requests = instance["requests"]
    spent = [0] * len(instance["accounts"])
    for index in chosen:
        if requests["account"][index] >= 0:
            spent[requests["account"][index]] += requests["dur"][index]
    if any(paid > room for paid, room in zip(spent, instance["accounts"], strict=True)):
        return False
    ends = {frozenset(): -instance["gap"]["constant"]}
    for _ in chosen:
        grown: dict[frozenset[int], int] = {}
        for done, end in ends.items():
            for index in set(chosen) - done:
                after = end + instance["gap"]["constant"]
                fits = [max(a, after) for a, b in requests["starts"][index] if b >= after]
                if fits:
                    key, until = done | {index}, fits[0] + requests["dur"][index]
                    grown[key] = min(until, grown.get(key, until))
        ends = grown
    return bool(ends)


@pytest.mark.parametrize("name", ["astroplan_priority"])
def test_astroplan_answers_within_what_is_forgiven(name: str, tmp_path: Path) -> None:
    """P27: its starts lie near feasible ones; its slews are not judged."""
    answer = _answer(name, "F", tmp_path)

    verdict = judge(SMALL["F"], answer, lenient=PEERS[name].lenient)

    assert verdict["faults"] == []
    assert verdict["value"] > 0.0
    assert answer["dropped"] <= 1


def test_peers_are_asked_for_by_name_or_by_group() -> None:
    """P23."""
    assert list(asked(("all",))) == list(PEERS)
    assert not asked(("none",))
    assert list(asked(("ilp",))) == ["cpsat", "highs"]
    assert list(asked(("highs", "astroplan_priority"))) == ["astroplan_priority", "highs"]
    with pytest.raises(ValueError, match="no peer 'gurobi'; there are: all, none, astroplan"):
        asked(("gurobi",))


def test_a_package_that_nobody_has_is_not_there() -> None:
    """P23: its peer is null, with the line that would install it."""
    assert python_with("a_scheduler_that_nobody_wrote") is None
    assert all(peer.install.startswith("pip install ") for peer in PEERS.values())


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    """P23: its last line on standard error."""
    broken = tmp_path / "x.json"
    broken.write_text("{}", encoding="utf-8")

    with pytest.raises(Failed, match=r"seeing: exit code 1: KeyError: 't0'"):
        said("seeing", broken)


def test_peak_memory_is_that_of_this_process() -> None:
    """P23: in MiB, from the kernel's own count."""
    block = bytearray(64 * 2**20)
    block[:: 2**12] = b"x" * len(block[:: 2**12])

    assert 64.0 < peak_mib() < 64_000.0
