"""install.sh (P07): makes the environment, asks before it makes it again."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PYTHON = """\
#!/bin/sh
# A Python that makes environments in no time and writes down what it was asked for.
echo "$@" >> "$LOG"
case "$*" in
    *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *version_info*) exit ${TOO_OLD:-0} ;;
    *"import ensurepip"*) exit ${NO_VENV:-0} ;;
    *"pip install"*) exit ${NO_PIP:-0} ;;
    --version) echo Python 3.9.2 ;;
esac
"""


class Checkout:
    """A folder with install.sh and a Python of our own making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self._python = folder / "python"
        self._python.write_text(PYTHON)
        self._python.chmod(0o755)
        shutil.copy(ROOT / "install.sh", folder)

    def install(self, *options: str, stdin: int = subprocess.DEVNULL, **environment: str):
        """Run install.sh; stdin is no terminal unless one is given."""
        return subprocess.run(
            ["bash", "install.sh", *options],  # noqa: S607
            cwd=self.folder,
            env={**os.environ, "PYTHON": str(self._python), "LOG": str(self.log), **environment},
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self, words: str) -> int:
        """Return how often Python was asked for something."""
        return self.log.read_text().count(words) if self.log.exists() else 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    assert checkout.install().returncode == 0
    (checkout.folder / ".venv" / "mark").touch()
    return checkout


def kept(checkout: Checkout) -> bool:
    return (checkout.folder / ".venv" / "mark").exists()


def test_the_first_run_makes_the_environment_and_installs(checkout) -> None:
    """P07."""
    done = checkout.install()

    assert done.returncode == 0, done.stderr
    assert checkout.asked("-m venv .venv") == 1
    assert checkout.asked("--editable .\n") == 1
    assert "ready: make run" in done.stdout


def test_a_second_run_without_a_terminal_asks_nothing_and_keeps_it(installed) -> None:
    """P07: default no; no question without a terminal."""
    done = installed.install()

    assert done.returncode == 0
    assert kept(installed)
    assert "[y/N]" not in done.stdout + done.stderr


@pytest.mark.parametrize(("answer", "stays"), [(b"\n", True), (b"n\n", True), (b"y\n", False)])
def test_at_a_terminal_it_asks_and_the_default_is_no(installed, answer, stays) -> None:
    """P07."""
    person, terminal = pty.openpty()
    os.write(person, answer)

    done = installed.install(stdin=terminal)

    os.close(person)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "Make it again? [y/N]" in done.stderr
    assert kept(installed) is stays


@pytest.mark.parametrize(("option", "stays"), [("--recreate", False), ("--keep", True)])
def test_an_option_answers_the_question(installed, option, stays) -> None:
    """P07."""
    assert installed.install(option).returncode == 0
    assert kept(installed) is stays


def test_a_half_made_environment_is_made_again(checkout) -> None:
    (checkout.folder / ".venv").mkdir()

    done = checkout.install("--keep")

    assert done.returncode == 0, done.stderr
    assert "not whole" in done.stdout
    assert checkout.asked("-m venv .venv") == 1


def test_the_tests_get_what_they_need_on_request(checkout) -> None:
    checkout.install("--test")

    assert checkout.asked("--editable .[test]") == 1
    assert (checkout.folder / ".venv" / "installed-test").exists()


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"TOO_OLD": "1"}, "Python 3.9.2 is too old: Python 3.11 or later is needed"),
        ({"NO_VENV": "1"}, "cannot make virtual environments (Debian: apt install python3-venv)"),
        ({"PYTHON": "no-such-python"}, "no no-such-python here: install Python 3.11 or later"),
        ({"NO_PIP": "1"}, "pip could not install PyROS"),
    ],
)
def test_what_is_missing_is_one_line_with_its_remedy(checkout, environment, line) -> None:
    """P02, P07."""
    done = checkout.install(**environment)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert line in done.stderr


def test_an_unknown_option_is_refused(checkout) -> None:
    done = checkout.install("--force")

    assert done.returncode == 1
    assert "may be: --recreate, --keep, --test" in done.stderr
