"""The last line of a command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pyros.cli.summary import print_summary, summary


@dataclass(frozen=True)
class Latency:
    p50: float
    n: int


def test_a_summary_is_one_line_of_json(capsys) -> None:
    values = {
        "at": datetime(2026, 3, 1, 2, 3, tzinfo=UTC),
        "latency": Latency(1.5, 3),
        "root": Path("/data"),
        "names": frozenset({"b", "a"}),
    }

    print_summary(values)

    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert json.loads(said) == {
        "at": "2026-03-01T02:03:00+00:00",
        "latency": {"p50": 1.5, "n": 3},
        "root": "/data",
        "names": ["a", "b"],
    }


def test_a_figure_that_is_no_number_is_no_summary() -> None:
    with pytest.raises(ValueError, match="JSON"):
        summary({"p99": float("nan")})


def test_what_has_no_form_in_json_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        summary({"what": object()})
