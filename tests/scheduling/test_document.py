from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from builders.planning import CALM, problems, solve
from hypothesis import given
from jsonschema import Draft202012Validator

from pyros.scheduling import dump, load
from pyros.scheduling.bench import instance
from pyros.scheduling.document import sha256
from pyros.scheduling.faults import BadDocument
from pyros.scheduling.model import Problem
from pyros.scheduling.schemas import FOLDER, MADE, made, schema

GOOD = {
    "format": "pyros-scheduling/1",
    "kind": "night",
    "site": {"lat_deg": 31.0439, "lon_deg": -115.4637, "horizon": [[0, 20], [90, 25]]},
    "night": {"start": "2026-03-21T03:14:20Z", "end": "2026-03-21T12:23:40Z"},
    "mount": {"kind": "german", "axes": [{"rate_deg_s": 4, "accel_deg_s2": 2}]},
    "channels": {"vis": {"filter_s": 10}},
    "accounts": {"night:P1": {"kind": "night", "left_s": 7200, "enforce": True}},
    "requests": [
        {
            "id": "512",
            "target": {"ra_deg": 291.366, "dec_deg": 42.784},
            "duration_s": 720,
            "setup": {"vis": ["g", "r"]},
            "window": ["2026-03-21T09:00:00Z", None],
            "accounts": ["night:P1"],
            "constraints": {"max_airmass": 2.0},
        }
    ],
}


@CALM
@given(problems())
def test_what_is_written_is_read_back(problem: Problem) -> None:
    """P23: the interface is a document; every input can be replayed."""
    schedule = solve(problem)

    assert load(json.dumps(dump(problem))) == problem
    assert load(json.dumps(dump(schedule))) == schedule


def test_a_document_written_by_hand_is_read() -> None:
    """P23."""
    problem = load(GOOD)

    assert isinstance(problem, Problem)
    assert problem.requests[0].setup == {"vis": ("g", "r")}
    assert problem.night.step_s == 10.0


def test_every_fault_is_named_at_once_with_its_place() -> None:
    """P23: pointer, what is wrong, what would be right."""
    bad = json.loads(json.dumps(GOOD))
    bad["site"]["lat_deg"] = 91
    bad["night"]["end"] = "tomorrow"
    bad["requests"][0]["duration_s"] = "long"
    bad["requests"][0]["colour"] = "red"
    bad["mount"]["kind"] = "dobson"
    bad["accounts"]["night:P1"]["left_s"] = float("inf")
    del bad["requests"][0]["target"]["dec_deg"]

    with pytest.raises(BadDocument) as caught:
        load(bad)

    assert {fault.pointer for fault in caught.value.faults} == {
        "/site/lat_deg",
        "/night/end",
        "/requests/0/duration_s",
        "/requests/0/colour",
        "/requests/0/target/dec_deg",
        "/mount/kind",
        "/accounts/night:P1/left_s",
    }
    assert "should be -90 to 90" in str(caught.value)
    assert "simple, fork, german, altaz" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: d["requests"].append(d["requests"][0]), "/requests/1/id"),
        (lambda d: d["requests"][0].update(accounts=["none"]), "/requests/0/accounts/0"),
        (lambda d: d["night"].update(end="2026-03-21T01:00:00Z"), "/night/end"),
        (lambda d: d.update(kind="day"), "/kind"),
        (lambda d: d.update(format="9"), "/format"),
        (lambda d: d["requests"][0].update(window=[None]), "/requests/0/window"),
        (lambda d: d.update(requests={}), "/requests"),
        (lambda d: d["night"].update(step_s=True), "/night/step_s"),
    ],
)
def test_what_types_cannot_say_is_a_fault_too(change, pointer: str) -> None:
    """P23."""
    bad = json.loads(json.dumps(GOOD))
    change(bad)

    with pytest.raises(BadDocument) as caught:
        load(bad)

    assert pointer in {fault.pointer for fault in caught.value.faults}


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_document_is_refused_in_a_line(text: str) -> None:
    """P23."""
    with pytest.raises(BadDocument):
        load(text)


def _night(path: str, value: object) -> dict:
    """Return the good night with one value put in at a path, or taken out."""
    document = json.loads(json.dumps(GOOD))
    *way, last = path.split("/")
    place = document
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return document


GONE = object()
TRACK = [[61120.0, 150.0, 20.0], [61121.0, 151.0, 20.5]]
GOOD_CHANGES: list[tuple[str, object]] = [
    ("now", None),
    ("now", "2026-03-21T04:00:00.25+01:00"),
    ("requests", []),
    ("requests/0/target", {"track": TRACK}),
    ("requests/0/flip_within", True),
    ("series", {"rr": {"members": ["512"], "min_s": 60, "max_s": 120.5, "whole": True}}),
    ("mount/axes", [{"rate_deg_s": 4}, {"rate_deg_s": 3}]),
    ("channels/vis", {"per_slot_s": 2, "slots": ["g", "r"], "focus": {"g": 0.1}}),
    (
        "blocks",
        [
            {
                "id": "a/b",
                "start": "2026-03-21T04:00:00Z",
                "end": "2026-03-21T05:00:00Z",
                "position": {"ra_deg": 1, "dec_deg": 2},
            }
        ],
    ),
    ("initial", {"ra_deg": 1, "dec_deg": 2, "filters": {"vis": "g"}}),
]
BAD_CHANGES: list[tuple[str, object]] = [
    ("site/lat_deg", 91),
    ("site/lat_deg", "31"),
    ("site/lat_deg", None),
    ("site/lat_deg", True),
    ("site/height_m", float("inf")),
    ("site/horizon", [[0, 20, 3]]),
    ("site/horizon", [[400, 20]]),
    ("site/horizon", 3),
    ("site/colour", "red"),
    ("site", GONE),
    ("night/start", "tomorrow"),
    ("night/start", "2026-03-21 03:14:20Z"),
    ("night/start", "2026-03-21T03:14:20"),
    ("night/start", 3),
    ("night/step_s", 4),
    ("mount/kind", "dobson"),
    ("mount/axes", []),
    ("mount/axes", [{"rate_deg_s": 1}] * 3),
    ("mount/axes", [{"rate_deg_s": 0}]),
    ("accounts/night:P1/kind", "week"),
    ("accounts/night:P1/enforce", 1),
    ("channels", []),
    ("wheels", "side by side"),
    ("requests/0/id", ""),
    ("requests/0/id", 512),
    ("requests/0/id", GONE),
    ("requests/0/priority", 101),
    ("requests/0/setup", {"vis": ["g"]}),
    ("requests/0/window", [None]),
    ("requests/0/tier", "first"),
    ("requests/0/target", {}),
    ("requests/0/target", {"ra_deg": 1}),
    ("requests/0/target", {"track": []}),
    ("requests/0/target", {"track": [[1, 2]]}),
    ("requests/0/target", {"track": [[1, 361, 2]]}),
    ("requests/0/constraints/max_airmass", 0.9),
    ("series", {"rr": {"members": []}}),
    ("series", {"rr": {}}),
    ("format", "pyros-scheduling/2"),
    ("kind", GONE),
]


@pytest.mark.parametrize(("path", "value"), GOOD_CHANGES)
def test_reader_and_schema_take_the_same_good_documents(path: str, value: object) -> None:
    """P23: whoever writes documents may check them with any tool."""
    document = _night(path, value)

    assert isinstance(load(document), Problem)
    assert list(Draft202012Validator(schema("night")).iter_errors(document)) == []


@pytest.mark.parametrize(("path", "value"), BAD_CHANGES)
def test_reader_and_schema_refuse_the_same_bad_documents(path: str, value: object) -> None:
    """P23: and the reader says where."""
    document = _night(path, value)

    with pytest.raises(BadDocument) as caught:
        load(document)

    assert any(fault.pointer.startswith(f"/{path}") for fault in caught.value.faults)
    assert not Draft202012Validator(schema("night")).is_valid(document)


BETWEEN_PARTS: list[tuple[str, object, str]] = [
    ("requests/0/setup", {"uv": ["a", "a"]}, "/requests/0/setup/uv"),
    ("requests/0/target", {"track": TRACK[::-1]}, "/requests/0/target/track"),
    ("series", {"a/b": {"members": ["513"]}}, "/series/a~1b/members/0"),
    ("series", {"a": {"members": ["512", "512"]}}, "/series/a/members/1"),
    ("series", {"a": {"members": ["512"], "min_s": 9, "max_s": 8}}, "/series/a/max_s"),
    ("channels/vis", {"per_slot_s": 2}, "/channels/vis/slots"),
    (
        "armed",
        [
            {
                "id": "9",
                "start": "2026-03-21T04:00:00Z",
                "on_target": "2026-03-21T04:00:00Z",
                "end": "2026-03-21T05:00:00Z",
            }
        ],
        "/armed/0/id",
    ),
    ("requests/0/window", ["2026-03-21T09:00:00Z", "2026-03-21T08:00:00Z"], "/requests/0/window/1"),
    ("night/start", "2026-02-30T00:00:00Z", "/night/start"),
]


@pytest.mark.parametrize(("path", "value", "pointer"), BETWEEN_PARTS)
def test_what_only_the_reader_can_see_is_named_too(path: str, value: object, pointer: str) -> None:
    """P23."""
    with pytest.raises(BadDocument) as caught:
        load(_night(path, value))

    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def test_faults_of_types_and_between_parts_come_together() -> None:
    """P23: nobody mends one fault to be told of the next."""
    document = _night("site/lat_deg", 91)
    document["requests"][0]["accounts"] = ["none"]

    with pytest.raises(BadDocument) as caught:
        load(document)

    assert {fault.pointer for fault in caught.value.faults} == {
        "/site/lat_deg",
        "/requests/0/accounts/0",
    }


@CALM
@given(problems())
def test_what_is_written_agrees_with_its_schema(problem: Problem) -> None:
    """P23."""
    for value, kind in ((problem, "night"), (solve(problem), "schedule")):
        document = json.loads(json.dumps(dump(value)))
        assert list(Draft202012Validator(schema(kind)).iter_errors(document)) == []


@pytest.mark.parametrize("kind", MADE)
def test_the_schemas_in_the_package_are_those_of_the_types(kind: str) -> None:
    """P23: `python -m pyros.scheduling.schemas` makes them anew."""
    assert schema(kind) == made(kind)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_each_schema_is_one(path: Path) -> None:
    """P23."""
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@CALM
@given(problems())
def test_the_hash_is_that_of_the_canonical_document(problem: Problem) -> None:
    """P23: anybody can compute it."""
    text = json.dumps(dump(problem), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert sha256(problem) == hashlib.sha256(text.encode()).hexdigest()


def test_a_document_is_read_from_a_file(tmp_path: Path) -> None:
    """P23."""
    path = tmp_path / "night.json"
    path.write_text(json.dumps(dump(instance(3, 1))), encoding="utf-8")

    assert load(path) == instance(3, 1)
