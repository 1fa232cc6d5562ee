"""An observatory as a process of its own, which can be killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from pyros.kernel.clock import SystemClock
from pyros.store.engine import Store

ROOT = Path(__file__).resolve().parents[2]
SIMULATION = ROOT / "config" / "simulation.yaml"
PATIENCE_S = 120.0
LOOK_S = 0.05


@dataclass
class Process:
    """`pyros run` on simulators with its data in a folder."""

    data: Path
    config: Path
    options: tuple[str, ...] = ("--speed", "60", "--port", "0")
    prefix: tuple[str, ...] = ()
    starts: int = 0

    def start(self):
        """Start it; what it says goes to a file of this start."""
        command = [*self.prefix, sys.executable, "-u", "-m", "pyros", "run", str(self.config)]
        command += ["--simulate", "--data", str(self.data), *self.options]
        self.starts += 1
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            self.popen = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        return self

    @property
    def log(self):
        """What this start says."""
        return self.data.with_name(f"said-{self.starts}.txt")

    @property
    def said(self):
        """What it said so far."""
        return self.log.read_text()

    def wait_for(self, words):
        """Wait for a line with these words, and return it."""
        self.until(lambda: re.search(words, self.said))
        return next(line for line in self.said.splitlines() if re.search(words, line))

    def until(self, holds):
        """Wait until something holds that is seen from outside, and return it."""

        def found():
            ended = self.popen.poll() is not None
            what = holds()
            assert what or not ended, f"it ended: {self.said[-2000:]}"
            return what

        return until(found, lambda: self.said[-2000:])

    @property
    def store(self):
        """Its database, to be read."""
        return Store(f"sqlite:///{self.data / 'pyros.db'}")

    def read(self, query):
        """What a query finds in its database now."""
        store = self.store
        try:
            return store.read(query)
        finally:
            store.close()

    def children(self):
        """Processes below it, at any depth."""
        return children(self.popen.pid)

    def workers(self):
        """Its worker processes: those of the analyzer and, while it plans, of the scheduler."""
        return [pid for pid in self.children() if b"spawn_main" in command_of(pid)]

    def kill(self):
        """SIGKILL, as a power cut would have it."""
        self.popen.kill()
        self.popen.wait(PATIENCE_S)

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(PATIENCE_S)


def until(holds, told=str):
    """Wait until something holds that is seen from outside, and return it."""
    clock, never = SystemClock(), threading.Event()
    end = clock.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert clock.monotonic() < end, f"it never came that far: {told()}"
        clock.wait(never, LOOK_S)
    return found


def a_simulation(folder, *changes):
    """The simulation, changed, in a file beside its strategy and requests.

    Its inlet takes any free port, unless a change names one.
    """
    text = SIMULATION.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SIMULATION.parent / "strategy.yaml", folder)
    shutil.copytree(SIMULATION.parent / "examples", folder / "examples", dirs_exist_ok=True)
    house = folder / "house.yaml"
    house.write_text(text.replace("port: 8098", "port: 0"))
    return house


def command_of(pid):
    """The command line of a process, empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children(pid):
    """Processes below one, at any depth."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = [int(one) for one in task.read_text().split()]
        except OSError:
            continue
        for one in below:
            found += [one, *children(one)]
    return found


def alive(pid):
    """Whether a process runs, and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid):
    """SIGKILL to a process that we started."""
    os.kill(pid, signal.SIGKILL)
