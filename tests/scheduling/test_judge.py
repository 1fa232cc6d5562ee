from __future__ import annotations

import ast
import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scheduling import judge as room
from benchmarks.scheduling.instances import canonical, instance
from benchmarks.scheduling.judge import gap, judge, worth
from pyros.scheduling.discrete import cells
from pyros.scheduling.discrete_reading import read_discrete

Dice = random.Random
NAMES = ("A-100-1", "B-1000-1", "D-1000-1", "E-100-1", "Eq-100-1", "F-100-1")
INSTANCES = {name: instance(name) for name in NAMES}


def _by_hand(name: str, seed: int = 0) -> dict[str, Any]:
    """Return a crowded answer that keeps every rule, by its own simple way: earliest next start."""
    document, rng = INSTANCES[name], Dice(seed)
    requests, room = document["requests"], list(document["accounts"])
    slots: list[list[int]] = []
    end, previous = 0, None
    order = [j for j in range(document["n"]) if requests["starts"][j]]
    rng.shuffle(order)
    for index in sorted(order, key=lambda j: requests["starts"][j][-1][1])[
        :: rng.choice((1, 2, 3))
    ]:
        after = end if previous is None else end + gap(document, previous, index)
        account, steps = requests["account"][index], requests["dur"][index]
        spans = [max(low, after) for low, high in requests["starts"][index] if high >= after]
        if spans and (account < 0 or room[account] >= steps):
            slots.append([spans[0], index])
            end, previous = spans[0] + steps, index
            if account >= 0:
                room[account] -= steps
    return {"kind": "answer", "sha256": document["sha256"], "slots": slots, "bound": None}


ANSWERS = {name: [_by_hand(name, seed) for seed in range(4)] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_keeps_the_rules_is_worth_the_sum_of_its_slots(name: str) -> None:
    """P27: in float64, from the coefficients of the file."""
    for answer in ANSWERS[name]:
        verdict = judge(INSTANCES[name], answer)
        assert verdict["valid"], verdict["faults"][:3]
        assert verdict["scheduled"] == len(answer["slots"]) > 5
        assert verdict["value"] == pytest.approx(
            sum(worth(INSTANCES[name], step, index) for step, index in answer["slots"])
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_judge_and_the_solver_see_the_same_values(name: str) -> None:
    """P27: the cells are the judge's values to float32."""
    columns = cells(read_discrete(INSTANCES[name]))
    for row in range(0, columns.jobs, 37):
        steps, values = columns.starts(row), columns.values(row)
        for place in range(0, steps.size, 211):
            expected = worth(INSTANCES[name], int(steps[place]), row)
            assert values[place] == pytest.approx(expected, rel=1e-6)


def _moved(slots: list[list[int]], document: dict[str, Any], rng: random.Random) -> str:
    """Move a slot to where it may not start."""
    slot = rng.choice(slots)
    spans = document["requests"]["starts"][slot[1]]
    slot[0] = rng.choice([spans[0][0] - 1, spans[-1][1] + 1, -1, 10**9])
    return "may not start"


def _doubled(slots: list[list[int]], document: dict[str, Any], rng: random.Random) -> str:
    slots.append(list(rng.choice(slots)))
    return "more than once"


def _overlapped(slots: list[list[int]], document: dict[str, Any], rng: random.Random) -> str:
    """Put one slot one step nearer to the one before it than its gap allows."""
    place = rng.randrange(1, len(slots))
    before, slot = slots[place - 1], slots[place]
    end = before[0] + document["requests"]["dur"][before[1]]
    slot[0] = end + gap(document, before[1], slot[1]) - rng.randrange(1, 20)
    return f"from {before[1]} to {slot[1]}" if slot[0] >= before[0] else "needed"


def _unpaid(slots: list[list[int]], document: dict[str, Any], rng: random.Random) -> str:
    if not document["accounts"]:
        return _doubled(slots, document, rng)
    spent = [0] * len(document["accounts"])
    for _, index in slots:
        spent[document["requests"]["account"][index]] += document["requests"]["dur"][index]
    account = rng.choice([number for number, paid in enumerate(spent) if paid])
    document["accounts"] = list(document["accounts"])
    document["accounts"][account] = spent[account] - rng.randrange(1, spent[account] + 1)
    return f"account {account} pays"


def _unknown(slots: list[list[int]], document: dict[str, Any], rng: random.Random) -> str:
    rng.choice(slots)[1] = rng.choice([-1, document["n"], 10**12])
    return "no list of slots"


def _garbled(slots: list[Any], document: dict[str, Any], rng: random.Random) -> str:
    rubbish = ["x", None, [1], [1, 2, 3], [1.5, 2], [True, 3], {"step": 1}, [None, 3]]
    slots[rng.randrange(len(slots))] = rng.choice(rubbish)
    return "no list of slots"


DAMAGE = (_moved, _doubled, _overlapped, _unpaid, _unknown, _garbled)


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damaged_answer_is_refused_with_what_is_wrong(damage: Any) -> None:
    """P27: 600 answers of each kind of damage, 3,600 in all, none is worth anything."""
    rng = Dice(damage.__name__)
    for _ in range(600):
        name = rng.choice(("A-100-1", "Eq-100-1", "F-100-1"))
        document, answer = dict(INSTANCES[name]), copy.deepcopy(rng.choice(ANSWERS[name]))
        word = damage(answer["slots"], document, rng)
        verdict = judge(document, answer)
        assert not verdict["valid"]
        assert verdict["value"] == 0.0
        assert any(word in fault for fault in verdict["faults"]), (word, verdict["faults"])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=500)
@given(values, st.sampled_from(("slot", "answer")))
def test_rubbish_is_an_invalid_answer_and_no_error(rubbish: object, place: str) -> None:
    """P27."""
    sha256 = INSTANCES["E-100-1"]["sha256"]
    answer = {"sha256": sha256, "slots": [rubbish]} if place == "slot" else rubbish

    assert not judge(INSTANCES["E-100-1"], answer)["valid"]


def test_an_answer_to_another_instance_is_refused() -> None:
    """P27."""
    answer = ANSWERS["E-100-1"][0]

    verdict = judge(INSTANCES["Eq-100-1"], answer)

    assert "answers another instance" in verdict["faults"]


def test_leniency_forgives_slews_and_nothing_else() -> None:
    """P27: in favour of schedulers that know no such gaps."""
    answer = copy.deepcopy(ANSWERS["F-100-1"][0])
    document, rng = dict(INSTANCES["F-100-1"]), Dice(1)
    first, second = answer["slots"][:2]
    start = first[0]
    document["requests"] = {**document["requests"], "starts": [[[0, 4000]]] * 100}
    second[0] = start + 1

    assert not judge(document, answer)["valid"]
    assert judge(document, answer, lenient=True)["valid"]
    _doubled(answer["slots"], document, rng)
    assert not judge(document, answer, lenient=True)["valid"]


def test_an_empty_answer_is_valid_and_worth_nothing() -> None:
    """P21."""
    answer = {"sha256": INSTANCES["A-100-1"]["sha256"], "slots": []}

    assert judge(INSTANCES["A-100-1"], answer) == {
        "valid": True,
        "value": 0.0,
        "scheduled": 0,
        "faults": [],
    }


def test_gaps_are_the_slew_the_wheel_and_five_seconds_in_whole_steps() -> None:
    """P26: ceil((5 + angle / 4 + 10 for a filter) / 10), at least one."""
    document = INSTANCES["A-100-1"]
    requests = document["requests"]
    vec = np.array(requests["vec"])
    for one, two in [(0, 1), (3, 9), (17, 4), (5, 5), (60, 61)]:
        angle = np.degrees(
            np.arctan2(np.linalg.norm(np.cross(vec[one], vec[two])), vec[one] @ vec[two])
        )
        extra = 10.0 * (requests["filter"][one] != requests["filter"][two])
        assert gap(document, one, two) == max(1, int(np.ceil((5.0 + angle / 4.0 + extra) / 10.0)))
    assert gap(INSTANCES["E-100-1"], 0, 1) == 1


def test_the_judge_is_short_and_knows_nothing_of_ours() -> None:
    """P27: standard library only, fewer than 80 lines, runs alone."""
    text = Path(room.__file__).read_text(encoding="utf-8")
    modules = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert len(text.splitlines()) < 80


def test_the_judge_runs_alone_on_two_files(tmp_path: Path) -> None:
    """P27: anybody may judge a file with it."""
    for name, document in (("i", INSTANCES["F-100-1"]), ("a", ANSWERS["F-100-1"][1])):
        (tmp_path / name).write_text(canonical(document), encoding="utf-8")

    command = [sys.executable, "-I", room.__file__, str(tmp_path / "i"), str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, check=True, text=True)

    assert json.loads(done.stdout) == judge(INSTANCES["F-100-1"], ANSWERS["F-100-1"][1])
