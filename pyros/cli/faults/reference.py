"""The reference night: a few minutes in which a house does everything it is for.

It opens, plans, slews, exposes in both channels, is interrupted by a burst, saves the burst's
first frames, and shuts at a person's word.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyros.actors.scheduler.settings import site_of
from pyros.cli.faults.bursts import Bursts
from pyros.cli.faults.ending import all_that_must_hold
from pyros.cli.faults.premises import Premises
from pyros.cli.night import DATE, shipped
from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.errors import PyrosError
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.sim import SimRuntime
from pyros.sky.night import night_of

INTO_THE_NIGHT = timedelta(hours=1)
POLL_S = 9.0
STEP_S = 2.0
LATE_S = 1800.0
"""Whatever has died, the next thing is done within this, virtual seconds."""
FRAMES_OF_THE_BURST = 2

REQUEST = """\
short_name: reference
programme: survey
sequences:
  - name: reference
    target: {ra_deg: 10.7, dec_deg: 41.3}
    priority: 80
    constraints: {min_altitude_deg: 25, moon_min_distance_deg: 5}
    albums:
      - channel: vis
        plans:
          - {filter: r, exposure_s: 20, count: 2}
      - channel: nir
        plans:
          - {exposure_s: 15, count: 2}
"""


class ViolatedError(PyrosError):
    """Something that must hold did not."""


def reference(root: Path) -> Config:
    """Return the configuration of the reference night, with its one request below `root`."""
    wished = root / "requests"
    wished.mkdir(parents=True, exist_ok=True)
    (wished / "reference.yaml").write_text(REQUEST)
    config = rehearsal.in_folder(rehearsal.simulated(load(shipped())), root / "site")
    evening = datetime.fromisoformat(DATE).replace(tzinfo=UTC) + timedelta(hours=20)
    limits = night_of(site_of(config), evening, config.night.twilight)
    if limits.start is None:
        raise ViolatedError(f"no night on {DATE}")
    config = rehearsal.with_clock(config, factor=1.0, start=limits.start + INTO_THE_NIGHT)
    simulation = config.simulation
    if simulation is not None:
        config = config.model_copy(
            update={"simulation": simulation.model_copy(update={"requests": wished})}
        )
    return rehearsal.quick(config, POLL_S)


def play(config: Config, sim: SimRuntime, plan: FaultPlan) -> None:
    """Play the reference night on a runtime, with a plan of faults.

    Raises:
        ViolatedError: something that must hold did not; it says all that did not.
    """
    start = config.clock.start
    if isinstance(start, datetime):
        sim.clock.step_utc((start - sim.clock.utc()).total_seconds())
    site = Premises(config, seed=0, runtime=sim, plan=plan)
    with contextlib.closing(site):
        site.start()
        missed = list(_missed(site))
        found = dict(all_that_must_hold(site))
    broken = missed + [f"{name}: {one}" for name, each in found.items() for one in each]
    if broken:
        raise ViolatedError("; ".join(broken))


def _missed(site: Premises) -> Iterator[str]:
    """Do one thing after another; yield what did not come."""
    heard = site.heard
    if not _await(site, lambda: heard.slews > 0):
        yield "nothing was ever observed"
    site.run_for(15.0)
    bursts = Bursts(site, [site.clock.monotonic()])
    if not _await(site, lambda: _sent(bursts, site)):
        yield "the burst was never accepted"
    if not _await(site, lambda: heard.alert_images >= FRAMES_OF_THE_BURST):
        yield "the burst was not observed"


def _sent(bursts: Bursts, site: Premises) -> bool:
    bursts.send_due(site.clock.monotonic())
    return site.heard.record.alerts_sent > 0


def _await(site: Premises, done: Callable[[], bool]) -> bool:
    until = site.clock.monotonic() + LATE_S
    while not done() and site.clock.monotonic() < until:
        site.run_for(STEP_S)
    return done()
