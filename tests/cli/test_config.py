"""`pyros config` as an admin meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyros.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "config" / "simulation.yaml"
WRONG = ROOT / "tests" / "config" / "wrong" / "double.yaml"


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([*arguments])
    return exit_.value.code


def test_a_good_file_is_said_to_be_good(capsys) -> None:
    assert ended("config", "check", str(SHIPPED)) == 0
    assert capsys.readouterr().out == f"{SHIPPED}: good (7 devices, 2 channels)\n"


def test_a_wrong_file_gives_every_complaint_and_exit_code_1(capsys) -> None:
    """P02, B10."""
    assert ended("config", "check", str(WRONG)) == 1

    said = capsys.readouterr().out
    assert f"{WRONG}:3:1: error: key 'site' stands twice" in said
    assert f"{WRONG}:4:1: error: key 'web' stands twice" in said
    assert said.endswith("2 errors\n")


def test_editors_get_the_complaints_as_json(capsys) -> None:
    assert ended("config", "check", "--format", "json", str(WRONG)) == 1

    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert [(one["line"], one["column"], one["code"]) for one in said["complaints"]] == [
        (3, 1, "double_key"),
        (4, 1, "double_key"),
    ]


def test_a_file_that_cannot_be_read_is_exit_code_2(tmp_path, capsys) -> None:
    assert ended("config", "check", str(tmp_path / "none.yaml")) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_what_is_in_force_is_shown_with_its_defaults(capsys) -> None:
    assert ended("config", "show", str(SHIPPED)) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["night"]["schedule_lead_s"] == 300.0
    assert said["clock"]["factor"] == 30.0


def test_the_schema_is_json(capsys) -> None:
    assert ended("config", "schema") == 0
    assert "devices" in json.loads(capsys.readouterr().out)["properties"]
