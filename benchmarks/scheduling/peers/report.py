"""What a solver's process says at its end: its slots, what it needed, on one line."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

Instance = dict[str, Any]
Found = dict[str, Any]
"""`slots`, and whatever else the solver says of itself: version, bound, status."""


def peak_mib() -> float:
    """Return the most that this process has had in memory, MiB.

    Not `ru_maxrss`: that begins with what the parent had before this program was loaded.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024.0
    return 0.0


def run(
    solve: Callable[[Instance, float], Found], before: Callable[[], None] | None = None
) -> None:
    """Solve the instance in the file that the command line names, within seconds, and report.

    What is done `before` is not counted.
    """
    parser = ArgumentParser(description=solve.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S")
    options = parser.parse_args()
    instance = json.loads(options.file.read_text(encoding="utf-8"))
    if before is not None:
        before()
    wall, cpu = perf_counter(), process_time()
    found = solve(instance, options.limit)
    report = {
        "kind": "answer",
        "sha256": instance.get("sha256"),
        "bound": None,
        **found,
        "wall_s": round(perf_counter() - wall, 3),
        "cpu_s": round(process_time() - cpu, 3),
        "rss_mib": round(peak_mib(), 1),
    }
    sys.stdout.write(json.dumps(report) + "\n")
