from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders.planning import CALM, problems, solve
from hypothesis import given

from pyros.scheduling import dump, load
from pyros.scheduling.bench import instance
from pyros.scheduling.document import BadDocument, schema
from pyros.scheduling.model import Problem

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
        (lambda d: d["requests"][0].update(accounts=["none"]), "/requests/0/accounts"),
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


def test_the_schema_names_what_the_reader_takes() -> None:
    """P23: made from the same types."""
    night = schema("night")

    assert night["required"] == ["format", "kind", "site", "night"]
    assert night["additionalProperties"] is False
    request = night["properties"]["requests"]["items"]
    assert request["properties"]["priority"] == {"type": "number", "minimum": 0.0, "maximum": 100.0}
    assert set(dump(instance(1, 1))) == set(night["properties"])


def test_a_document_is_read_from_a_file(tmp_path: Path) -> None:
    """P23."""
    path = tmp_path / "night.json"
    path.write_text(json.dumps(dump(instance(3, 1))), encoding="utf-8")

    assert load(path) == instance(3, 1)
