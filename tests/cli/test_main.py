"""The command `pyros` itself: what it lists, and how it ends."""

from __future__ import annotations

import sys

import click
import pytest

import pyros
from pyros.cli import main as command
from pyros.errors import StartError


def ended(*arguments: str) -> int:
    """Run `pyros` with these arguments and return its exit code."""
    with pytest.raises(SystemExit) as exit_:
        command.main(list(arguments))
    return exit_.value.code


def test_help_lists_every_subcommand_with_one_line(capsys) -> None:
    code = ended("--help")

    said = capsys.readouterr().out
    assert code == 0
    assert "check" in said
    assert "Check each prerequisite of a start." in said


def test_help_imports_no_subcommand(monkeypatch) -> None:
    """A subcommand that is broken or slow to load costs the others nothing."""
    monkeypatch.setattr(command, "import_module", None)

    assert ended("--help") == 0


def test_the_version_is_that_of_the_package(capsys) -> None:
    assert ended("--version") == 0
    assert pyros.__version__ in capsys.readouterr().out


def test_an_unknown_subcommand_is_a_usage_error(capsys) -> None:
    assert ended("observe") == 2
    assert "No such command 'observe'" in capsys.readouterr().err


def test_a_subcommand_that_is_not_there_does_not_break_the_others(monkeypatch, capsys) -> None:
    missing = command.Subcommand("no_such_module", "nothing", "Does nothing.")
    monkeypatch.setitem(command.SUBCOMMANDS, "nothing", missing)

    assert ended("nothing") == 2
    assert ended("--help") == 0
    assert "nothing" not in capsys.readouterr().out


def test_an_error_of_ours_is_one_line_and_exit_code_1(monkeypatch, capsys) -> None:
    """P02: never a traceback."""

    @click.command()
    def fail() -> None:
        raise StartError("port 8080 is used by pid 1 (init); take another port")

    monkeypatch.setattr(command.LazyGroup, "get_command", lambda *_: fail)

    assert ended("fail") == 1
    said = capsys.readouterr()
    assert said.err == "pyros: port 8080 is used by pid 1 (init); take another port\n"
    assert said.out == ""


def test_a_bug_keeps_its_traceback(monkeypatch) -> None:
    @click.command()
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(command.LazyGroup, "get_command", lambda *_: fail)

    with pytest.raises(ZeroDivisionError):
        command.main(["fail"])


def test_the_exit_code_of_a_subcommand_is_kept(monkeypatch) -> None:
    @click.command()
    def fail() -> None:
        sys.exit(3)

    monkeypatch.setattr(command.LazyGroup, "get_command", lambda *_: fail)

    assert ended("fail") == 3


def test_ctrl_c_ends_with_130(monkeypatch, capsys) -> None:
    @click.command()
    def fail() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.LazyGroup, "get_command", lambda *_: fail)

    assert ended("fail") == 130
    assert "stopped" in capsys.readouterr().err
