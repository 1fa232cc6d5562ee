"""Pages and live channel: how soon a page knows (B12), what a publish costs with fifty pages."""

from __future__ import annotations

from pathlib import Path

import pyros
from pyros.config.load import load
from pyros.web import bench

AT_MOST = bench.AT_MOST
CONFIG = Path(pyros.__file__).resolve().parent.parent / "config" / "simulation.yaml"


def figures() -> dict[str, float]:
    """Return the figures of the web of the simulated observatory."""
    return bench.figures(load(CONFIG))
