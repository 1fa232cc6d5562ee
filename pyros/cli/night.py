"""`pyros night`: a whole simulated night in virtual time, and what must hold after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import click
import numpy as np

import pyros
from pyros.actors.alerts.templates import burst_packet
from pyros.actors.scheduler.settings import site_of
from pyros.actors.tree import ALERTS
from pyros.cli.invariants import Record, judge
from pyros.cli.one_process import rehearsed_outside
from pyros.cli.summary import print_summary
from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.alert import Packet
from pyros.domain.execution import Outcome
from pyros.errors import StartError
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages import events
from pyros.sky.coords import radec
from pyros.sky.night import NightLimits, night_of
from pyros.store import images, observations
from pyros.store.engine import Session
from pyros.system.observatory import Observatory, build

DATE = "2026-11-25"
BEFORE = timedelta(minutes=40)
AFTER = timedelta(minutes=75)
"""A rehearsal starts so long before the night and ends so long after it: opening, calibrations."""
CHUNK_S = 10.0
BURST_ALTITUDE_DEG = (45.0, 80.0)
QUICK_POLL_S = 5.0


@dataclass(slots=True)
class Tale:
    """What is counted while a night passes."""

    record: Record = field(default_factory=Record)
    executed: int = 0
    restarts: int = 0
    holds: dict[str, int] = field(default_factory=dict)
    slew_ms: list[float] = field(default_factory=list)
    told_at: float | None = None
    before: frozenset[str] = frozenset()

    def hear(self, event: object) -> None:
        """Count one event."""
        self.record.see(event)
        match event:
            case events.ExecutionEnded(outcome=Outcome.DONE):
                self.executed += 1
            case events.HoldsChanged(holds=holds):
                now = frozenset(hold.key for hold in holds)
                for key in sorted(now - self.before):
                    self.holds[key] = self.holds.get(key, 0) + 1
                self.before = now
            case ChildDown(kind=kind) if kind not in {"normal", "shutdown"}:
                self.restarts += 1
            case _:
                pass

    def slewed(self) -> None:
        """Note that a slew order has just left: the first after a burst is that burst's."""
        if self.told_at is not None:
            self.slew_ms.append((perf_counter() - self.told_at) * 1e3)
            self.told_at = None


@click.command()
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--seed", type=int, default=1, help="Same seed, same night.")
@click.option("--speed", default="max", help="max: as fast as it goes; others: pyros run.")
@click.option("--date", default=DATE, help="Evening of the night.")
@click.option("--alerts", type=click.IntRange(0, 50), default=3, help="Bursts in the night.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder that keeps the data.")
def night(config: Path | None, **choices: object) -> None:
    """Run a whole night of CONFIG (by default the simulation) and judge it."""
    if choices["speed"] != "max":
        raise StartError("pyros night knows --speed max; for others: pyros run --speed X")
    wanted = _wanted(load(config or _shipped()), int(str(choices["seed"])), str(choices["date"]))
    keep = choices["keep"]
    with tempfile.TemporaryDirectory(prefix="pyros-night-") as folder:
        root = keep.absolute() if isinstance(keep, Path) else Path(folder)
        summary = rehearse(rehearsal.in_folder(wanted, root), alerts=int(str(choices["alerts"])))
    for line in _in_words(summary):
        click.echo(line)
    if choices["as_json"]:
        print_summary(summary)
    held = summary["invariants"]
    raise SystemExit(0 if isinstance(held, dict) and all(held.values()) else 1)


def _shipped() -> Path:
    return Path(pyros.__file__).resolve().parents[1] / "config" / "simulation.yaml"


def _wanted(config: Config, seed: int, date: str) -> Config:
    """Return the configuration for a rehearsal: all simulated, small frames, calm polling."""
    config = rehearsal.with_seed(rehearsal.simulated(config), seed)
    try:
        evening = datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        raise StartError(f"--date {date}: should be a day, as {DATE}") from None
    noon = evening + timedelta(hours=12) - timedelta(hours=config.site.longitude_deg / 15.0)
    limits = night_of(site_of(config), noon + timedelta(minutes=1), config.night.twilight)
    if limits.start is None:
        raise StartError(f"no night on {date}: {limits.why}")
    start = (limits.start - BEFORE).replace(microsecond=0)
    return rehearsal.quick(rehearsal.with_clock(config, factor=1.0, start=start), QUICK_POLL_S)


def rehearse(config: Config, *, alerts: int = 3) -> dict[str, object]:
    """Run the night of `config` in virtual time; return its summary."""
    start = config.clock.start
    if not isinstance(start, datetime):
        raise StartError("a rehearsal starts at an instant")
    began = perf_counter()
    seed = config.simulation.seed if config.simulation is not None else 0
    runtime = SimRuntime(seed=seed, start=start)
    with rehearsed_outside(config, runtime) as outside:
        observatory = build(config, outside)
        limits = night_of(site_of(config), start + BEFORE, config.night.twilight)
        tale = Tale()
        observatory.system.start()
        _pass(observatory, runtime, tale, limits, bursts=_bursts(limits, seed, alerts))
        digest = runtime.trace
        violations = judge(observatory, tale.record)
        counts = observatory.store.read(_counts)
        observatory.stop()
    return _summary(seed, limits, perf_counter() - began, tale, violations, counts, digest)


def _bursts(limits: NightLimits, seed: int, count: int) -> list[datetime]:
    """Return when bursts come: in the night, not in its first or last half hour."""
    if limits.start is None or limits.end is None or not count:
        return []
    chance = np.random.default_rng([seed, 77])
    length_s = (limits.end - limits.start).total_seconds()
    shares = sorted(chance.uniform(1800.0, length_s - 1800.0, count))
    return [limits.start + timedelta(seconds=float(share)) for share in shares]


def _pass(
    observatory: Observatory,
    runtime: SimRuntime,
    tale: Tale,
    limits: NightLimits,
    *,
    bursts: list[datetime],
) -> None:
    """Let the night pass, hearing all that is published, with its bursts at their instants."""
    if limits.end is None:
        return
    heard = observatory.bus.subscribe(
        ["device/*", "conditions", "holds", "executions", "slews", LIFECYCLE], lambda: None
    )
    slews = observatory.bus.subscribe(["slews"], tale.slewed)
    clock = runtime.clock
    while clock.utc() < limits.end + AFTER:
        if bursts and clock.utc() >= bursts[0]:
            bursts.pop(0)
            _send_burst(observatory, tale, len(bursts))
        runtime.run_for(CHUNK_S)
        for published in heard.take_in_order()[0]:
            tale.hear(published.value)
        slews.take()
    heard.close()
    slews.close()


def _send_burst(observatory: Observatory, tale: Tale, number: int) -> None:
    """Hand a packet of a made-up burst, high in the sky, to the alerts' own door."""
    now = observatory.system.clock.utc()
    chance = np.random.default_rng([number, int(now.timestamp())])
    altitude_deg = float(chance.uniform(*BURST_ALTITUDE_DEG))
    site = site_of(observatory.config)
    ra_deg, dec_deg = (
        float(x) for x in radec(site, altitude_deg, float(chance.uniform(0.0, 360.0)), now)
    )
    source = observatory.config.alerts.sources[0]
    payload = burst_packet(now=now, ra_deg=ra_deg, dec_deg=dec_deg, number=number)
    packet = Packet(payload=payload, source=source.name, received=now)
    tale.record.alerts_sent += 1
    tale.told_at = perf_counter()
    observatory.system.address(ALERTS).tell(packet)


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
        "schedules": len(schedules),
        "sequences_refused": len(refused - executed),
        "images": images.count(session, night.date),
    }


def _summary(  # noqa: PLR0913, PLR0917  the parts of one line
    seed: int,
    limits: NightLimits,
    wall_s: float,
    tale: Tale,
    violations: dict[str, tuple[str, ...]],
    counts: dict[str, int],
    digest: str,
) -> dict[str, object]:
    hours = 0.0
    if limits.start is not None and limits.end is not None:
        hours = (limits.end - limits.start).total_seconds() / 3600.0
    return {
        "seed": seed,
        "night_hours": round(hours, 2),
        "wall_s": round(wall_s, 2),
        "sequences_executed": tale.executed,
        "sequences_refused": counts["sequences_refused"],
        "schedules": counts["schedules"],
        "images": counts["images"],
        "alerts": tale.record.alerts_sent,
        "alert_to_slew_ms": _spread(tale.slew_ms),
        "restarts": tale.restarts,
        "holds": tale.holds,
        "invariants": {name: not found for name, found in violations.items()},
        "violations": [f"{name}: {one}" for name, found in violations.items() for one in found],
        "trace_sha256": digest,
    }


def _spread(milliseconds: list[float]) -> dict[str, float | int | None]:
    if not milliseconds:
        return {"p50": None, "p99": None, "n": 0}
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "n": len(milliseconds)}


def _in_words(summary: dict[str, object]) -> Iterator[str]:
    yield (
        f"night of {summary['night_hours']} h in {summary['wall_s']} s: "
        f"{summary['sequences_executed']} sequences executed, "
        f"{summary['sequences_refused']} refused, {summary['images']} images, "
        f"{summary['alerts']} alerts, {summary['restarts']} restarts"
    )
    violations = summary["violations"]
    yield from (f"VIOLATED {one}" for one in violations) if isinstance(violations, list) else ()
