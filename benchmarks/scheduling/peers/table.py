"""Whom we are compared with: on which classes, with which package, how it is installed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One other scheduler."""

    module: str
    package: str
    """Name of what is imported."""
    install: str
    group: str
    """Name under which `--peers` asks for it and its like."""
    classes: tuple[str, ...]
    """The first is that of the default run."""
    size: int = 100
    """Number of requests where nobody asks for another."""
    limit_s: float | None = None
    """Seconds; None: it knows no limit."""
    lenient: bool = False
    """Its slews are not judged: it has other ones."""


ASTROPLAN = "pip install astroplan"
LCO = "pip install git+https://github.com/observatorycontrolsystem/adaptive_scheduler"
PEERS = {
    "astroplan_priority": Peer(
        module="peers.astroplan_priority",
        package="astroplan",
        install=ASTROPLAN,
        group="astroplan",
        classes=("F",),
        lenient=True,
    ),
    "astroplan_sequential": Peer(
        module="peers.astroplan_sequential",
        package="astroplan",
        install=ASTROPLAN,
        group="astroplan",
        classes=("F",),
        size=10,
        lenient=True,
    ),
    "cpsat": Peer(
        module="peers.cpsat",
        package="ortools",
        install="pip install ortools",
        group="ilp",
        classes=("Eq", "E"),
        limit_s=30.0,
    ),
    "highs": Peer(
        module="peers.highs",
        package="highspy",
        install="pip install highspy",
        group="ilp",
        classes=("Eq", "E"),
        limit_s=30.0,
    ),
    "lco": Peer(
        module="peers.lco",
        package="adaptive_scheduler",
        install=LCO,
        group="lco",
        classes=("E",),
        limit_s=60.0,
    ),
    "lco_60s": Peer(
        module="peers.lco_60s",
        package="adaptive_scheduler",
        install=LCO,
        group="lco",
        classes=("E",),
        limit_s=60.0,
    ),
}


def asked(words: tuple[str, ...]) -> dict[str, Peer]:
    """Return the peers of names or groups; `all` and `none` are words too.

    Raises:
        ValueError: nobody has such a name.
    """
    groups = {peer.group for peer in PEERS.values()}
    unknown = set(words) - groups - PEERS.keys() - {"all", "none"}
    if unknown:
        known = ", ".join(["all", "none", *sorted(groups), *PEERS])
        raise ValueError(f"no peer '{min(unknown)}'; there are: {known}")
    return {
        name: peer
        for name, peer in PEERS.items()
        if "none" not in words and {"all", name, peer.group} & set(words)
    }
