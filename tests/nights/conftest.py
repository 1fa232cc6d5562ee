"""Three short nights by the command itself, side by side: a seed, the same again, another."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pyros.store.engine import Store

CONFIG = Path(__file__).resolve().parents[2] / "config"
LONGEST_S = 300.0
HOURS = "0.5"


@dataclass(frozen=True)
class Played:
    """A night that was played: exit code, lines, its summary, and the data that it left."""

    code: int
    told: list[str]
    """What was said on the way, on standard error."""
    lines: list[str]
    data: Path

    @property
    def summary(self) -> dict[str, Any]:
        """The JSON object on the last line."""
        return json.loads(self.lines[-1])

    def read(self, query):
        """Return what a query finds in the database of the night."""
        store = Store(f"sqlite:///{self.data / 'pyros.db'}")
        try:
            return store.read(query)
        finally:
            store.close()


@pytest.fixture(scope="session")
def short_config(tmp_path_factory) -> Path:
    """The shipped simulation, its night up to the civil twilight: the dome shuts soon after."""
    folder = tmp_path_factory.mktemp("short") / "config"
    shutil.copytree(CONFIG, folder)
    file = folder / "simulation.yaml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("  twilight: nautical\n", "  twilight: civil\n  alert_sun_deg: -6\n")
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def nights(short_config, tmp_path_factory) -> dict[str, Played]:
    """Play the last half hour of three nights, each in a process of its own."""
    seeds = {"first": "1", "again": "1", "other": "2"}
    folders = {name: tmp_path_factory.mktemp(name) for name in seeds}
    begun = {
        name: subprocess.Popen(
            [
                *(sys.executable, "-m", "pyros", "night", str(short_config), "--json"),
                *("--hours", HOURS, "--alerts", "1", "--seed", seed, "--keep", str(folders[name])),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, seed in seeds.items()
    }
    try:
        ended = {name: process.communicate(timeout=LONGEST_S) for name, process in begun.items()}
    finally:
        for process in begun.values():
            process.kill()
            process.wait()
    return {
        name: Played(
            code=begun[name].returncode,
            told=said.splitlines(),
            lines=out.splitlines(),
            data=folders[name],
        )
        for name, (out, said) in ended.items()
    }


@pytest.fixture(scope="session")
def night(nights) -> Played:
    """The first of them."""
    return nights["first"]
