"""The command `pyros chaos`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pyros.cli.chaos import chaos

KEYS = {
    "seed",
    "hours",
    "faults",
    "wall_s",
    "committed",
    "missed",
    "alerts",
    "downs",
    "starts",
    "exit_codes",
    "violations",
    "invariants",
    "trace_sha256",
    "violated",
    "fewest_faults",
}


def run(*words: str):
    return CliRunner().invoke(chaos, words)


def test_its_last_line_is_one_json_object_with_a_verdict() -> None:
    """P04: 0 violated is exit code 0."""
    ran = run("--faults", "5", "--hours", "0.5", "--alerts", "0", "--json")

    summary = json.loads(ran.stdout.splitlines()[-1])
    assert set(summary) == KEYS
    assert summary["faults"] == 5
    assert summary["violated"] == 0
    assert summary["fewest_faults"] == []
    assert ran.exit_code == 0


@pytest.mark.parametrize("words", [("--only", "3;4"), ("--hours", "40"), ("--faults", "-1")])
def test_a_wrong_option_is_told_in_words(words) -> None:
    ran = run("--faults", "5", *words)

    assert ran.exit_code == 2
    assert words[0] in ran.output
