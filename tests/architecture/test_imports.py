"""The floors of the house: an import runs downward only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_contract_of_the_layout_is_kept() -> None:
    """P23: eleven contracts, the scheduling library's own among them."""
    command = Path(sys.executable).with_name("lint-imports")

    found = subprocess.run(
        [command, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout
    assert "Contracts: 11 kept, 0 broken." in found.stdout


def test_every_place_stands_on_a_floor() -> None:
    """A new folder is refused until someone has said where it stands."""
    places = {path.parent.name for path in (ROOT / "pyros").glob("*/__init__.py")}
    settings = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    floors = settings.partition("[importlinter:contract:floors]")[2].partition("exhaustive")[0]

    assert {place for place in places if place not in floors} == set()
