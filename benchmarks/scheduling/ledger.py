"""The best bound and the best value known of each instance: `bounds.json`.

A bound may only fall, a value only rise.  A ratio is a value over the best known bound.
"""

from __future__ import annotations

import json
import math
from typing import Any

from benchmarks.scheduling.instances import BOUNDS, save

DECIMALS = 3
TOLERANCE = 1e-6
"""Of a bound: cells are float32, the judge is float64."""


class Ledger:
    """What is known, and what this run adds."""

    def __init__(self) -> None:
        known: dict[str, Any] = {"made_with": {}, "instances": {}}
        self._known = json.loads(BOUNDS.read_text("utf-8")) if BOUNDS.exists() else known
        self._rows: dict[str, dict[str, Any]] = {}
        self.broken: list[str] = []
        """Values above a bound: one of the two is wrong."""

    def add(self, name: str, value: float, bound: float | None) -> None:
        """Note a value that the judge has accepted, and a bound that a solver has proven."""
        row = self._row(name)
        if bound is not None and math.isfinite(bound):
            row["bound"] = bound if row["bound"] is None else min(bound, row["bound"])
        row["value"] = value if row["value"] is None else max(value, row["value"])
        if row["bound"] is not None and row["value"] > row["bound"] * (1.0 + TOLERANCE) + TOLERANCE:
            self.broken.append(f"{name}: value {row['value']:.4f} above bound {row['bound']:.4f}")

    def ratio(self, name: str, value: float) -> float | None:
        """Return a value over the best bound known by now."""
        bound = self._row(name)["bound"]
        if bound is None:
            return None
        return value / bound if bound > 0.0 else 1.0

    def record(self) -> list[str]:
        """Write what this run has improved of the common instances; return their names.

        Nothing is written if a value was above a bound.
        """
        better = []
        for name, row in self._rows.items():
            known = self._known["instances"].get(name)
            if known is None or self.broken:
                continue
            rounded = {"bound": _up(row["bound"]), "value": _down(row["value"])}
            fresh = {key: one for key, one in rounded.items() if one is not None}
            if any(known[key] != one for key, one in fresh.items()):
                known.update(fresh)
                better.append(name)
        if better:
            save(self._known)
        return better

    def _row(self, name: str) -> dict[str, Any]:
        if name not in self._rows:
            known = self._known["instances"].get(name, {})
            self._rows[name] = {key: known.get(key) for key in ("bound", "value")}
        return self._rows[name]


def _up(value: float | None) -> float | None:
    scale = 10.0**DECIMALS
    return None if value is None else math.ceil(round(value * scale, 3)) / scale


def _down(value: float | None) -> float | None:
    scale = 10.0**DECIMALS
    return None if value is None else math.floor(round(value * scale, 3)) / scale
