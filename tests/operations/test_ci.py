""".ci/run: the README's test command, and pytest's closing line last."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKE = """\
#!/bin/sh
echo "$1 with packets in ${PYROS_PACKETS:-nowhere}"
printf '\\033[32m=== 3 passed, 1 skipped in 2.10s ===\\033[0m\\n'
echo "make: *** [Makefile:14: test] Error 1" >&2
exit ${MAKE_ENDS:-0}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".ci").mkdir(parents=True)
    (folder / "bin").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    (folder / "bin" / "make").write_text(MAKE)
    (folder / "bin" / "make").chmod(0o755)
    return folder


def run(checkout: Path, **environment: str) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items() if name != "PYROS_PACKETS"}
    path = f"{checkout / 'bin'}:{inherited['PATH']}"
    return subprocess.run(
        [checkout / ".ci" / "run"],
        env={**inherited, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 2])
def test_it_ends_with_the_closing_line_and_the_code_of_the_tests(checkout, code: int) -> None:
    """P08."""
    done = run(checkout, MAKE_ENDS=str(code))

    assert done.returncode == code
    assert done.stdout.splitlines()[-1] == "=== 3 passed, 1 skipped in 2.10s ==="


def test_it_takes_the_packets_that_lie_beside_the_checkout(checkout: Path) -> None:
    assert "test with packets in nowhere" in run(checkout).stdout

    packets = checkout.parent / "shared" / "packets"
    packets.mkdir(parents=True)

    assert f"test with packets in {packets}" in run(checkout).stdout
    assert "test with packets in /elsewhere" in run(checkout, PYROS_PACKETS="/elsewhere").stdout


def test_the_readme_names_the_command_that_it_runs() -> None:
    """P08: what a person types and what runs on every commit are one."""
    assert "    make test\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make test 2>&1" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
