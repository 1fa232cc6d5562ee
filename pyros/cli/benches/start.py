"""From `pyros run` to the first simulated frame, and what it keeps in memory (B1)."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter

import pyros
from pyros.errors import StartError
from pyros.kernel.clock import SystemClock

STARTS = 3
PATIENCE_S = 120.0
LOOK_S = 0.02
SETTLE_S = 5.0
"""So long after the first frame memory is looked at: a worker is warm by then."""

AT_MOST = {
    "first_frame_s": 5.0,
    "control_MiB": 150.0,
    "all_MiB": 250.0,
}
AGAINST = {
    "first_frame_s": "INDI 1.0, chimera 3.3, pyobs 19, POCS 130",
    "all_MiB": "chimera 98 without scheduler, dashboard, alerts; pyobs 180; POCS 538",
}


def figures() -> dict[str, float]:
    """Return seconds from the start of the process, and resident memory, MiB: medians."""
    found = [_once() for _ in range(STARTS)]
    return {name: median(one[name] for one in found) for name in found[0]}


def _once() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="pyros-bench-") as folder:
        return _measured(Path(folder))


def _measured(root: Path) -> dict[str, float]:
    began = perf_counter()
    with _observatory(root) as process:
        found: dict[str, float] = {}

        def since(name: str) -> None:
            found[name] = perf_counter() - began

        for line in _lines(process):
            if line.startswith("supervision tree up"):
                since("tree_s")
            elif " up: " in line:
                since("all_ready_s")
            elif line.startswith("dashboard:"):
                _await(partial(_answers, line), process)
                since("dashboard_s")
                break
        _await(lambda: any(root.glob("**/L0/*.fits")), process)
        since("first_frame_s")
        SystemClock().wait(Event(), SETTLE_S)
        family = [process.pid, *_children(process.pid)]
        memory = {
            "control_MiB": _resident_mib(process.pid),
            "workers_MiB": sum(_resident_mib(pid) for pid in family[1:]),
            "all_MiB": sum(_resident_mib(pid, shared_once=True) for pid in family),
        }
    return found | memory


@contextmanager
def _observatory(root: Path) -> Iterator[subprocess.Popen[str]]:
    config = Path(pyros.__file__).resolve().parents[1] / "config" / "simulation.yaml"
    command = [sys.executable, "-m", "pyros", "run", str(config), "--simulate"]
    process = subprocess.Popen(  # noqa: S603  our own command
        [*command, "--data", str(root), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30.0)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    if process.stdout is None:
        return
    for line in process.stdout:
        yield line.strip()
    raise StartError(f"the observatory ended with code {process.wait()} before it was up")


def _await(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    clock, never = SystemClock(), Event()
    end = clock.monotonic() + PATIENCE_S
    while not there():
        if process.poll() is not None or clock.monotonic() > end:
            raise StartError("the observatory did not come that far")
        clock.wait(never, LOOK_S)


def _answers(line: str) -> bool:
    found = re.search(r"http://\S+", line)
    if found is None:
        return False
    try:
        with urllib.request.urlopen(f"{found[0]}/healthz", timeout=1.0) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    """Return the processes below one, at any depth."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *_children(child)]
    return found


def _resident_mib(pid: int, *, shared_once: bool = False) -> float:
    """Return what a process has in memory; pages of several count once over all if so wished."""
    word = "Pss:" if shared_once else "Rss:"
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(word):
            return float(line.split()[1]) / 1024.0
    return 0.0
