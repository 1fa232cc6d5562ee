"""`pyros check` as an operator meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pyros.cli.main import main

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main(["check", *arguments])
    return exit_.value.code


@pytest.fixture
def file(tmp_path: Path, a_busy_port: int) -> Path:
    """The shipped configuration with its web port taken by somebody else."""
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace("port: 8080", f"port: {a_busy_port}").replace("port: 8098", "port: 0")
    text = text.replace("root: ../data", "root: data")
    copy = tmp_path / "site.yaml"
    copy.write_text(text, encoding="utf-8")
    shutil.copy(SHIPPED.with_name("strategy.yaml"), tmp_path)
    return copy


def test_what_is_missing_is_said_in_one_line_and_ends_with_exit_code_1(file, capsys) -> None:
    """P02."""
    assert ended(str(file), "--json") == 1

    *lines, last = capsys.readouterr().out.splitlines()
    (failed,) = [line for line in lines if line.startswith("FAIL")]
    assert "is used by pid" in failed
    assert json.loads(last)["missing"] == ["web port"]


def test_a_wrong_configuration_is_complained_about_without_a_traceback(file, capsys) -> None:
    """P02, B10."""
    file.write_text(file.read_text(encoding="utf-8").replace("latitude_deg", "lattitude_deg"))

    assert ended(str(file)) == 1

    said = capsys.readouterr().err
    assert "unknown key 'lattitude_deg'" in said
    assert "did you mean 'latitude_deg'?" in said
    assert "Traceback" not in said
