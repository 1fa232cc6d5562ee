"""A whole night in virtual time: the house on simulators, bursts at their instants, a verdict."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter, process_time

import numpy as np

from pyros.actors.scheduler.settings import site_of
from pyros.actors.tree import ALERTS
from pyros.cli.invariants import judge
from pyros.cli.made_up import made_up_burst
from pyros.cli.one_process import rehearsed
from pyros.cli.tale import Stopwatch, Tale, spread
from pyros.config.model import Config
from pyros.domain.execution import Outcome
from pyros.errors import StartError
from pyros.kernel.lifecycle import LIFECYCLE
from pyros.messages.events import ExecutionEnded, ImageTaken, NightClosed
from pyros.messages.topics import STREAMS
from pyros.sky.night import night_of
from pyros.store import images, observations
from pyros.store.engine import Session
from pyros.system.observatory import Observatory, build

BEFORE = timedelta(minutes=15)
"""A rehearsal starts so long before the night: to open, and to plan."""
AFTER = timedelta(minutes=75)
"""So long after the night it ends at the latest, if the house does not close it earlier."""
STILL = timedelta(seconds=90)
"""A closed night is watched for so long: its last images are reduced."""
CHUNK_S = 10.0
HOUR_S = 3600.0
HEARD = (
    "device/*",
    "conditions",
    "holds",
    STREAMS[ExecutionEnded],
    STREAMS[ImageTaken],
    STREAMS[NightClosed],
    "slews",
    LIFECYCLE,
)

Tell = Callable[[str], None]
"""Takes a line for people, once a virtual hour."""


def rehearse(config: Config, *, alerts: int = 3, tell: Tell = lambda _: None) -> dict[str, object]:
    """Run the night of `config` in virtual time, from its instant of start; return its summary.

    Raises:
        StartError: it does not say at which instant it starts, or no night comes then.
    """
    start = config.clock.start
    if not isinstance(start, datetime):
        raise StartError("clock.start: a rehearsal starts at an instant")
    began, began_cpu = perf_counter(), process_time()
    night = _span(config, start)
    with rehearsed(config, start) as virtual, _seldom_swept():
        seed = virtual.outside.seed
        observatory = build(config, virtual.outside)
        tale, watch = Tale(), Stopwatch(observatory.bus)
        observatory.system.start()
        house = _House(observatory, virtual.runtime.run_for, tale, watch, tell)
        _pass(house, night.end, bursts=_bursts(night, seed, alerts))
        digest = virtual.runtime.trace
        violations = judge(observatory, tale.record)
        counts = observatory.store.read(_counts)
        observatory.stop()
    return {
        "seed": seed,
        "night_hours": round(night.hours, 2),
        "wall_s": round(perf_counter() - began, 2),
        "cpu_s": round(process_time() - began_cpu, 2),
        "sequences_executed": tale.executed,
        **counts,
        "alerts": tale.record.alerts_sent,
        "alert_to_slew_ms": spread(watch.real_ms),
        "alert_to_slew_virtual_s": spread(watch.virtual_s),
        "restarts": tale.restarts,
        "holds": tale.holds,
        "invariants": {name: not found for name, found in violations.items()},
        "violations": [f"{name}: {one}" for name, found in violations.items() for one in found],
        "trace_sha256": digest,
    }


@contextmanager
def _seldom_swept() -> Iterator[None]:
    """Look for garbage in rings a hundred times less often: messages and facts make none."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(before[0] * 100, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """The part of a night that is rehearsed."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / HOUR_S


def _span(config: Config, start: datetime) -> _Night:
    limits = night_of(site_of(config), start + BEFORE, config.night.twilight)
    if limits.start is None or limits.end is None or limits.end <= start + BEFORE:
        raise StartError(f"no night comes within {BEFORE} of {start}: {limits.why or 'it is over'}")
    return _Night(start=max(limits.start, start + BEFORE), end=limits.end)


def _bursts(night: _Night, seed: int, count: int) -> list[datetime]:
    """Return when bursts come: in the night, not in its first or last tenth."""
    chance = np.random.default_rng([seed, 77])
    shares = sorted(chance.uniform(0.1, 0.9, count))
    return [night.start + float(share) * (night.end - night.start) for share in shares]


@dataclass(frozen=True, slots=True)
class _House:
    """A house under way, and who looks on."""

    observatory: Observatory
    run_for: Callable[[float], None]
    tale: Tale
    watch: Stopwatch
    tell: Tell

    @property
    def now(self) -> datetime:
        return self.observatory.system.clock.utc()


def _pass(house: _House, end: datetime, *, bursts: list[datetime]) -> None:
    """Let the night pass until the house has closed it, with its bursts at their instants."""
    heard = house.observatory.bus.subscribe(HEARD, lambda: None)
    until, told_at, tale = end + AFTER, house.now, house.tale
    while house.now < until:
        if bursts and house.now >= bursts[0]:
            bursts.pop(0)
            _send_burst(house, len(bursts))
        house.run_for(CHUNK_S)
        was_closed = tale.closed
        for published in heard.take_in_order()[0]:
            tale.hear(published.value)
        if tale.closed and not was_closed:
            until = min(until, house.now + STILL)
        if (house.now - told_at).total_seconds() >= HOUR_S:
            told_at = house.now
            house.tell(_line(told_at, tale))
    heard.close()
    house.watch.close()


def _line(now: datetime, tale: Tale) -> str:
    return (
        f"{now:%H:%M} UTC  {tale.mode}: {tale.executed} sequences, {tale.images} images, "
        f"{tale.record.alerts_sent} alerts"
    )


def _send_burst(house: _House, number: int) -> None:
    """Hand a packet of a made-up burst, high in the sky, to the alerts' own door."""
    now = house.now
    packet = made_up_burst(house.observatory.config, now, number)
    house.tale.record.alerts_sent += 1
    house.watch.start(now)
    house.observatory.system.address(ALERTS).tell(packet)


def _counts(session: Session) -> dict[str, int]:
    night = observations.nights(session)[0]
    schedules = observations.schedules(session, limit=10_000)
    refused = {one.sequence_id for schedule in schedules for one in schedule.refusals}
    executed = {
        one.sequence_id
        for one in observations.executions(session, night.date)
        if one.outcome is Outcome.DONE
    }
    return {
        "sequences_refused": len(refused - executed),
        "schedules": len(schedules),
        "images": images.count(session, night.date),
    }
