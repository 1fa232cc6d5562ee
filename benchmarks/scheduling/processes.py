"""Each solve in a process of its own: what it says on its last line, or why it said nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
"""Beyond its limit; a solver without limits has this alone."""


class Failed(Exception):
    """A process ended without an answer."""


def said(
    module: str,
    *arguments: str | Path,
    python: str = sys.executable,
    patience_s: float = PATIENCE_S,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a module of the benchmark and return the JSON object on its last line.

    Raises:
        Failed: it ended with an error, too late, or without such a line.
    """
    command = [python, "-m", f"benchmarks.scheduling.{module}", *map(str, arguments)]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            check=False,
            text=True,
            timeout=patience_s,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{module}: no answer in {patience_s:g} s") from None
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        answer = None
    if done.returncode or not isinstance(answer, dict):
        last = (done.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise Failed(f"{module}: exit code {done.returncode}: {last}")
    return answer


@cache
def python_with(package: str) -> str | None:
    """Return an interpreter that has a package: one in `peers` beside ours, or ours; else None."""
    for python in (Path(sys.prefix) / "peers" / "bin" / "python", Path(sys.executable)):
        look = f"import sys, importlib.util as u; sys.exit(u.find_spec({package!r}) is None)"
        command = [str(python), "-c", look]
        if python.exists() and subprocess.run(command, check=False).returncode == 0:  # noqa: S603
            return str(python)
    return None
