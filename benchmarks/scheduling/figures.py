"""The run in the shape that every bench has: {key: {value, unit, bound, holds, against}}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.scheduling.goals import at

PLAIN = {
    "valid": "n",
    "ratio_min": "ratio",
    "ratio_median": "ratio",
    "gap_median": "ratio",
    "wall_s_max": "s",
    "cpu_s_median": "s",
    "rss_mib_max": "MiB",
    "first_ms_p50": "ms",
    "first_ms_p99": "ms",
    "polished_ms_p99": "ms",
}


def figures(measured: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the goals first, then whatever else was measured, then the peers."""
    found = {
        goal["key"]: {
            "value": goal["value"],
            "unit": goal["unit"],
            "bound": goal["bound"],
            "holds": goal["met"],
            "against": beside(measured, goal["key"]),
        }
        for goal in measured["goals"]
    }
    for key, value, unit in _others(measured):
        if key not in found and value is not None:
            plain = {"value": value, "unit": unit, "bound": None, "holds": None, "against": ""}
            found[key] = plain
    return found


def beside(measured: Mapping[str, Any], key: str) -> str:
    """Return what the peers have reached on the class of a figure, in words."""
    letter = key.partition("_")[0]
    rows = [
        f"{who} {row['ratio']:.3f} on {name}"
        for name, block in measured.get("peers", {}).items()
        for who, row in block.items()
        if name.startswith(f"{letter}-") and who != "ours" and row and row["ratio"] is not None
    ]
    return ", ".join(rows) if key.endswith("_ratio") else ""


def _others(measured: Mapping[str, Any]) -> Iterator[tuple[str, float | None, str]]:
    for name, profiles in measured.get("solve", {}).items():
        for seconds, block in profiles.items():
            yield from _block(f"{name}_{seconds}".replace("-", "_"), block)
    for name, block in measured.get("events", {}).items():
        yield from _block(name.replace("-", "_"), block)
    for key in ("count", "confirmed", "certified"):
        yield f"refusals_{key}", at(measured, ("refusals", key)), "n"
    for name, block in measured.get("peers", {}).items():
        for who, row in block.items():
            if row is not None:
                stem = f"{name}_{who}".replace("-", "_")
                yield f"{stem}_ratio", row["ratio"], "ratio"
                yield f"{stem}_wall_s", row["wall_s"], "s"


def _block(stem: str, block: Mapping[str, Any]) -> Iterator[tuple[str, float | None, str]]:
    for key, unit in PLAIN.items():
        if key in block:
            yield f"{stem}_{key}", block[key], unit
