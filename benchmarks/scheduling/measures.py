"""What is measured: solves, events, refusals, the sky, the start, and the peers."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.scheduling.desk import Desk
from benchmarks.scheduling.goals import profiles_of
from benchmarks.scheduling.peers.table import Peer
from benchmarks.scheduling.processes import python_with

Later = Callable[[], Any]
"""Ratios wait for the end of the run: a bound may still fall."""
REPLAY_S, REFUSALS_S, OURS_S = 5.0, 2.0, 4.0
MIB_DECIMALS = 1


def solves(desk: Desk, name: str, seeds: tuple[int, ...], profiles: tuple[int, ...]) -> Later:
    """Solve a class and size with each budget; return its block."""
    instances = [f"{name}-{seed}" for seed in seeds]
    return block(desk, instances, seeds, profiles or profiles_of(name))


def block(
    desk: Desk, instances: list[str], seeds: tuple[int, ...], profiles: tuple[int, ...]
) -> Later:
    """Solve instances with each budget; return {"1s": figures}."""
    rows = {
        seconds: [(one, desk.solved(one, "solve", float(seconds))) for one in instances]
        for seconds in profiles
    }
    return lambda: {f"{seconds}s": _block(desk, seeds, found) for seconds, found in rows.items()}


def _block(
    desk: Desk, seeds: tuple[int, ...], found: list[tuple[str, dict[str, Any] | None]]
) -> dict[str, Any]:
    good = [(name, row) for name, row in found if row is not None and row["valid"]]
    ratios = [desk.ledger.ratio(name, row["value"]) or 0.0 for name, row in good]
    gaps = [1.0 - row["value"] / row["bound"] for _, row in good if row["bound"]]
    return {
        "seeds": list(seeds),
        "valid": len(good),
        "ratio_min": _rounded(min, ratios),
        "ratio_median": _rounded(median, ratios),
        "gap_median": _rounded(median, gaps),
        "wall_s_max": _rounded(max, [row["wall_s"] for _, row in good]),
        "cpu_s_median": _rounded(median, [row["cpu_s"] for _, row in good]),
        "rss_mib_max": _rounded(max, [row["rss_mib"] for _, row in good], MIB_DECIMALS),
    }


def events(desk: Desk, name: str, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Replay the nights of a class and size; return how each event was answered."""
    rows: list[dict[str, Any]] = []
    for seed in seeds:
        told = desk.told(f"{name}-{seed}", "replay", REPLAY_S)
        rows += [] if told is None else told["events"]
        desk.say(f"  {name}-{seed}: {0 if told is None else len(told['events'])} events")
    valid = [row for row in rows if row["valid"]]
    if len(valid) < len(rows):
        desk.complain(f"{name}: {len(rows) - len(valid)} answers to events break a rule")
    first, polished = ([row[key] for row in valid] for key in ("first_ms", "polished_ms"))
    ratios = [row["ratio"] for row in valid]
    return {
        "count": len(rows),
        "valid": len(valid),
        "first_ms_p50": _rounded(median, first, 1),
        "first_ms_p99": _rounded(_p99, first, 1),
        "polished_ms_p99": _rounded(_p99, polished, 1),
        "ratio_min": _rounded(min, ratios),
        "ratio_median": _rounded(median, ratios),
    }


def reasons(desk: Desk, names: list[str]) -> dict[str, Any]:
    """Confirm every refusal of the plans of some nights."""
    found = [told for name in names if (told := desk.told(name, "refusals", REFUSALS_S))]
    for told, name in zip(found, names, strict=False):
        for text in told["violations"]:
            desk.complain(f"{name}: {text}")
    count, confirmed, certified = (
        sum(told[key] for told in found) for key in ("count", "confirmed", "certified")
    )
    wrong = [text for told in found for text in told["wrong"]]
    if wrong:
        desk.complain(f"{count - confirmed} refusals are not confirmed, such as {wrong[0]}")
    share = confirmed / count if count else None
    return {"count": count, "confirmed": confirmed, "certified": certified, "share": share}


def sky(desk: Desk, names: list[str]) -> dict[str, float]:
    """Return the milliseconds that visibility takes, by number of requests."""
    found = {name.split("-")[1]: desk.told(name, "seeing", 0.0) for name in names}
    return {n: told["visibility_ms"] for n, told in found.items() if told is not None}


def start(desk: Desk, name: str) -> dict[str, float]:
    """Return the seconds of a fresh process to its first plan: nothing compiled, then cached."""
    found = {}
    with TemporaryDirectory(prefix="pyros-bench-") as folder:
        for key in ("cold", "cached"):
            told = desk.told(name, "starting", 1.0, environment={"NUMBA_CACHE_DIR": folder})
            if told is not None:
                found[key] = told["took_s"]
    return found


def compared(
    desk: Desk, peers: dict[str, Peer], seed: int, sizes: dict[str, tuple[int, ...]]
) -> tuple[Later, dict[str, str]]:
    """Run the peers and ours on the same files; return their blocks and how to install who lacks.

    `sizes` are the numbers of requests by class; none: each peer's own class and size.
    """
    rows: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    for peer_name, peer in peers.items():
        python = python_with(peer.package)
        if python is None:
            missing[peer_name] = peer.install
        for letter in peer.classes if sizes else peer.classes[:1]:
            for n in sizes.get(letter, ()) if sizes else (peer.size,):
                name = f"{letter}-{n}-{seed}"
                row = None if python is None else _peer(desk, name, peer, python)
                rows.setdefault(name, {})[peer_name] = row
    for name, block_ in rows.items():
        block_["ours"] = desk.solved(name, "solve", OURS_S)

    def later() -> dict[str, Any]:
        return {
            name.rpartition("-")[0]: {who: _compared(desk, name, row) for who, row in one.items()}
            for name, one in rows.items()
        }

    return later, missing


def _peer(desk: Desk, name: str, peer: Peer, python: str) -> dict[str, Any] | None:
    limit_s = peer.limit_s or 0.0
    row = desk.solved(name, peer.module, limit_s, lenient=peer.lenient, python=python)
    return None if row is None else {**row, "lenient": peer.lenient, "limit_s": peer.limit_s}


def _compared(desk: Desk, name: str, row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    ratio = desk.ledger.ratio(name, row["value"])
    return {
        "version": row.get("version"),
        "valid": row["valid"],
        "ratio": None if ratio is None else round(ratio, 4),
        **{key: row[key] for key in ("wall_s", "cpu_s", "rss_mib", "scheduled")},
        "lenient": row.get("lenient", False),
        "limit_s": row.get("limit_s", OURS_S),
        "status": row.get("status"),
    }


def _rounded(take: Callable[[list[float]], float], values: list[float], digits: int = 4) -> Any:  # noqa: ANN401
    return round(take(values), digits) if values else None


def _p99(values: list[float]) -> float:
    if len(values) < 2:
        return max(values)
    return quantiles(values, n=100, method="inclusive")[98]
