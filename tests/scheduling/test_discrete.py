from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scheduling.instances import canonical, instance
from pyros.scheduling.cells import Answer, MoveKind
from pyros.scheduling.discrete import answer, cells
from pyros.scheduling.discrete_reading import digest, read_discrete
from pyros.scheduling.faults import BadDocument

A = instance("A-100-2")
E = instance("E-100-2")
SMALL: dict[str, Any] = {
    "format": "pyros-scheduling/1",
    "kind": "discrete",
    "step_s": 30,
    "steps": 100,
    "gap": {"constant": 2},
    "value": {"kind": "constant"},
    "requests": {"dur": [5, 7], "base": [3, 4.5], "starts": [[[0, 10], [20, 95]], []]},
}


def test_a_file_without_ephemeris_is_read_as_it_stands(tmp_path: Path) -> None:
    """P23: from a path, its text, or the parsed object."""
    path = tmp_path / "a.json"
    path.write_text(canonical(A), encoding="utf-8")

    for source in (path, path.read_text(encoding="utf-8"), A):
        problem = read_discrete(source)
        assert problem.name == "A-100-2"
        assert problem.sha256 == A["sha256"]
        assert problem.duration.tolist() == A["requests"]["dur"]
        assert problem.room.tolist() == A["accounts"]
        assert problem.vec.tolist() == A["requests"]["vec"]


def test_what_a_small_file_leaves_out_is_not_needed() -> None:
    """P23: no accounts, no filters, no directions where the gap is constant."""
    columns = cells(read_discrete(SMALL))

    assert columns.starts(0).tolist() == [*range(11), *range(20, 96)]
    assert columns.starts(1).size == 0
    assert set(columns.values(0).tolist()) == {3.0}
    assert (columns.moves.kind, columns.moves.settle_s) == (MoveKind.CONSTANT, 60.0)
    assert (columns.account.size, columns.room.size, columns.units) == (0, 0, 2)


def test_the_columns_are_those_of_the_file() -> None:
    """P27: starts, costs and moves."""
    columns = cells(read_discrete(A))

    for row, spans in enumerate(A["requests"]["starts"]):
        expected = [step for first, last in spans for step in range(first, last + 1)]
        assert columns.starts(row).tolist() == expected
        paid = columns.account_of[row], columns.account_of[row + 1]
        assert columns.account[slice(*paid)].tolist() == [A["requests"]["account"][row]]
        assert columns.cost[slice(*paid)].tolist() == [A["requests"]["dur"][row]]
    wheel_s = columns.moves.wheel_s
    assert (wheel_s[0, 0], wheel_s[0, 1], wheel_s[3, 5]) == (0.0, 10.0, 0.0)
    assert columns.moves.in_turn


def test_an_answer_names_slots_by_step_and_row() -> None:
    """P23."""
    empty = np.zeros(0)
    found = Answer(
        order=np.array([7, 3], dtype=np.int32),
        starts=np.array([10, 500], dtype=np.int32),
        value=1.0,
        bound=2.0,
        unit_price=empty,
        account_price=empty,
        reduced=empty,
    )

    document = json.loads(json.dumps(answer(read_discrete(A), found)))

    assert document["slots"] == [[10, 7], [500, 3]]
    assert (document["kind"], document["sha256"], document["bound"]) == (
        "answer",
        A["sha256"],
        2.0,
    )


def _set(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return change


FAULTS = {
    "/format": _set("format", to="pyros-scheduling/9"),
    "/kind": _set("kind", to="night"),
    "/colour": _set("colour", to=1),
    "/requests/colour": _set("requests", "colour", to=[1]),
    "/sha256": _set("sha256", to="0" * 64),
    "/step_s": _set("step_s", to=0),
    "/steps": _set("steps", to=10.5),
    "/gap": _set("gap", to=None),
    "/gap/filter_s": _set("gap", "filter_s", to=-1.0),
    "/value/kind": _set("value", "kind", to="sin"),
    "/value/power": _set("value", "power", to=True),
    "/phase": _set("phase", to=[1.0]),
    "/phase/1": _set("phase", 1, to=float("nan")),
    "/accounts/3": _set("accounts", 3, to=-1),
    "/requests": _set("requests", to=[]),
    "/requests/dur": _set("requests", "dur", to=3),
    "/requests/dur/4": _set("requests", "dur", 4, to=0),
    "/requests/base/4": _set("requests", "base", 4, to="3"),
    "/requests/account/5": _set("requests", "account", 5, to=10),
    "/requests/filter/99": _set("requests", "filter", 99, to=1.5),
    "/requests/alt/7": _set("requests", "alt", 7, to=[0.1, 0.2]),
    "/requests/alt/7/1": _set("requests", "alt", 7, to=[0.1, 10**400, 0.2]),
    "/requests/vec": _set("requests", "vec", to=[[1, 0, 0]]),
    "/requests/starts/8": _set("requests", "starts", 8, to=4),
    "/requests/starts/8/0": _set("requests", "starts", 8, to=[[5, 4]]),
    "/requests/starts/8/1": _set("requests", "starts", 8, to=[[5, 9], [9, 12]]),
}


@pytest.mark.parametrize("pointer", FAULTS)
def test_a_fault_is_named_with_its_place_and_what_would_be_right(pointer: str) -> None:
    """P23: and it is the only one."""
    document = copy.deepcopy(A)
    FAULTS[pointer](document)
    if pointer != "/sha256":
        document["sha256"] = digest(document)

    with pytest.raises(BadDocument) as caught:
        read_discrete(document)

    assert [fault.pointer for fault in caught.value.faults] == [pointer]
    assert all(fault.right.startswith(("should", "known")) for fault in caught.value.faults)


@given(st.sets(st.sampled_from(sorted(FAULTS.keys() - {"/requests", "/requests/dur"})), min_size=2))
def test_all_faults_are_named_at_once(pointers: set[str]) -> None:
    """P23: whichever of them there are together; of two at one place, one may hide the other."""
    document = copy.deepcopy(A)
    for pointer in sorted(pointers):
        try:
            FAULTS[pointer](document)
        except (TypeError, IndexError):
            return  # the place is gone with another fault
    if "/sha256" not in pointers:
        document["sha256"] = digest(document)

    with pytest.raises(BadDocument) as caught:
        read_discrete(document)

    found = {fault.pointer for fault in caught.value.faults}
    hidden = {one for one in pointers for other in pointers if one.rpartition("/")[0] == other}
    shared = {one for one in pointers if one.startswith(("/requests/starts/8", "/requests/alt/7"))}
    assert pointers - hidden - shared - {"/value/power", "/phase", "/phase/1", "/steps"} <= found


rubbish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
places = [(key,) for key in A] + [("requests", key) for key in A["requests"]]


@given(st.sampled_from(places), rubbish)
def test_rubbish_is_read_or_refused_and_never_an_error(place: tuple[str, ...], to: object) -> None:
    """P23."""
    document = copy.deepcopy(E)
    _set(*place, to=to)(document)
    if place != ("sha256",):
        document["sha256"] = digest(document)
    try:
        cells(read_discrete(document))
    except BadDocument as error:
        assert error.faults  # noqa: PT017 - what else is raised fails


def test_a_night_without_requests_is_an_empty_problem() -> None:
    """P21."""
    columns = cells(read_discrete({**SMALL, "requests": {"dur": [], "base": [], "starts": []}}))

    assert (columns.jobs, columns.value.size) == (0, 0)
