"""A night with planned faults, and what was violated in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from pyros.cli.faults.bursts import Bursts
from pyros.cli.faults.commit import Villain, disk_as_before
from pyros.cli.faults.ending import all_that_must_hold
from pyros.cli.faults.premises import Premises
from pyros.cli.faults.strokes import Stroke
from pyros.config import rehearsal
from pyros.config.model import Config

CALM_S = 900.0
"""After the last fault the house has so long to be whole again, virtual seconds."""
CHUNK_S = 10.0
FOLDER = "site"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a night of faults came to."""

    committed: int
    missed: int
    alerts: int
    downs: int
    starts: int
    exit_codes: tuple[int, ...]
    violations: tuple[str, ...]
    invariants: dict[str, bool]
    trace_sha256: str


@dataclass(slots=True, kw_only=True)
class Trial:
    """One night of `config` below `root`, for `span_s` from its start, with `alerts` bursts."""

    config: Config
    root: Path
    seed: int
    span_s: float
    alerts: int = 3
    tell: Tell = field(default=lambda _: None)

    def play(self, strokes: Sequence[Stroke]) -> Verdict:
        """Play the night with these faults and judge it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(self.root):  # what is said of files is the same wherever they are
            return self._play(strokes)

    def _play(self, strokes: Sequence[Stroke]) -> Verdict:
        site = Premises(rehearsal.in_folder(self.config, Path(FOLDER)), seed=self.seed)
        villain = Villain(site)
        with contextlib.closing(site), disk_as_before():
            site.start()
            self._pass(site, villain, list(strokes))
            villain.take_back_all()
            site.run_for(CALM_S)
            found = dict(all_that_must_hold(site))
        return _verdict(site, villain, found)

    def _pass(self, site: Premises, villain: Villain, strokes: list[Stroke]) -> None:
        clock, began = site.clock, site.clock.monotonic()
        bursts = Bursts(site, self._bursts(began))
        told_at = began
        while (now := clock.monotonic()) < began + self.span_s:
            villain.take_back_due(now)
            while strokes and began + strokes[0].at_s <= now:
                villain.commit(strokes.pop(0))
            bursts.send_due(now)
            due = [began + strokes[0].at_s] if strokes else []
            due += [one for one in (villain.next_due(), bursts.next_due()) if one is not None]
            pause_s = min([CHUNK_S, *(one - now for one in due if one > now)])
            site.run_for(pause_s)
            if now - told_at >= 3600.0:
                told_at = now
                self.tell(_line(clock.utc(), site, villain))

    def _bursts(self, began: float) -> list[float]:
        chance = np.random.default_rng([self.seed, 77])
        return sorted(began + float(s) * self.span_s for s in chance.uniform(0.1, 0.9, self.alerts))


def _verdict(site: Premises, villain: Villain, found: dict[str, tuple[str, ...]]) -> Verdict:
    return Verdict(
        committed=len(villain.committed),
        missed=len(villain.missed),
        alerts=site.heard.record.alerts_sent,
        downs=site.heard.downs,
        starts=site.starts,
        exit_codes=tuple(site.exit_codes[:-1]),
        violations=tuple(f"{name}: {one}" for name, each in found.items() for one in each),
        invariants={name: not each for name, each in found.items()},
        trace_sha256=site.runtime.trace,
    )


def _line(now: datetime, site: Premises, villain: Villain) -> str:
    record = site.heard.record
    return (
        f"{now:%H:%M} UTC  {len(villain.committed)} faults, {site.heard.downs} actors down, "
        f"{site.starts} starts, {record.alerts_sent} alerts"
    )
