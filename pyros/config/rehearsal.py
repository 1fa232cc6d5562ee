"""The same house for a rehearsal: every device simulated, another speed, another seed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pyros.config.devices import AnyDevice, Camera, Dome
from pyros.config.model import Config, Simulation

LONGEST_POLL_S = {"weather": 7.0}
"""It is read so often at least: it makes the conditions, and its samples age."""
CALM_HEARTBEAT_S, CALM_KICK_S = 20.0, 8.0
"""A dome of a rehearsal waits so long at least for the next beat of its heart, and gets one so
often: at each look."""
SILENCE_REAL_S = 2.0
"""So long at least is silence borne when time runs fast, real seconds."""
LONGEST_SAMPLE_AGE_S = 60.0
READOUT_POLL_S = 2.0
"""A camera that reads out is looked at so often; it says itself when it will be done."""
IMAGES_AT_ONCE = 8
"""So many images of a rehearsal are under way, whatever the number of processes."""
SMALL_PX = 128
"""Side of a rehearsed frame, pixels."""


def simulated(config: Config) -> Config:
    """Return `config` with a simulator in the place of every device (P15)."""
    devices = {
        name: device.model_copy(update={"driver": "simulated", "address": None})
        for name, device in config.devices.items()
    }
    simulation = config.simulation or Simulation()
    return config.model_copy(update={"devices": devices, "simulation": simulation})


def with_clock(
    config: Config,
    *,
    factor: float | None = None,
    start: Literal["now", "dusk"] | datetime | None = None,
) -> Config:
    """Return `config` with time running at `factor` from `start`; None leaves what is there."""
    wanted = {"factor": factor, "start": start}
    changes = {key: value for key, value in wanted.items() if value is not None}
    return config.model_copy(update={"clock": config.clock.model_copy(update=changes)})


def with_seed(config: Config, seed: int) -> Config:
    """Return `config` with another simulated night."""
    simulation = (config.simulation or Simulation()).model_copy(update={"seed": seed})
    return config.model_copy(update={"simulation": simulation})


def in_folder(config: Config, root: Path) -> Config:
    """Return `config` with its data below `root`, in a database of its own."""
    data = config.data.model_copy(update={"root": root, "database": None})
    return config.model_copy(update={"data": data})


def quick(config: Config, poll_s: float) -> Config:
    """Return `config` for a night in virtual time: small frames, devices read every `poll_s`.

    No rule is left out: a dome's heart beats, if less often, and a moving device is read as ever.
    Several images may wait at once for the instant at which they are reduced.
    """
    devices = {name: _quick(device, poll_s) for name, device in config.devices.items()}
    analyzer = config.analyzer.model_copy(
        update={"workers": max(config.analyzer.workers, IMAGES_AT_ONCE)}
    )
    kick_s = max(CALM_KICK_S, config.safety.kick_s)
    safety = config.safety.model_copy(update={"kick_s": kick_s})
    return config.model_copy(update={"devices": devices, "analyzer": analyzer, "safety": safety})


def _quick(device: AnyDevice, poll_s: float) -> AnyDevice:
    changes: dict[str, object] = {}
    slower: dict[str, float] = {}
    if isinstance(device, Dome):
        changes["heartbeat_s"] = max(CALM_HEARTBEAT_S, device.heartbeat_s)
    if isinstance(device, Camera):
        detector = {"width_px": SMALL_PX, "height_px": SMALL_PX}
        changes["detector"] = device.detector.model_copy(update=detector)
        slower["moving_s"] = max(READOUT_POLL_S, device.poll.moving_s)
    wanted_s = min(poll_s, LONGEST_POLL_S.get(device.kind, poll_s))
    slower["ready_s"] = max(wanted_s, device.poll.ready_s)
    changes["poll"] = device.poll.model_copy(update=slower)
    return device.model_copy(update=changes)


def patient(config: Config) -> Config:
    """Return `config` with the limits that guard against silence fit for its clock's speed.

    They are observatory seconds, but whoever is silent thinks in real ones: at thirty times the
    speed a dome's heartbeat of 10 s would be a third of a second, and a busy computer would shut
    it.  At the speed of a real observatory nothing changes.
    """
    least_s = SILENCE_REAL_S * config.clock.factor
    safety, limits = config.safety, config.site.limits
    if config.clock.factor == 1.0:
        return config
    changes = {
        "conditions_max_age_s": max(safety.conditions_max_age_s, least_s),
        "permit_s": max(safety.permit_s, least_s),
    }
    age_s = min(LONGEST_SAMPLE_AGE_S, max(limits.sample_max_age_s, least_s))
    site = config.site.model_copy(
        update={"limits": limits.model_copy(update={"sample_max_age_s": age_s})}
    )
    devices = {
        name: device.model_copy(update={"heartbeat_s": max(device.heartbeat_s, least_s)})
        if isinstance(device, Dome)
        else device
        for name, device in config.devices.items()
    }
    return config.model_copy(
        update={"safety": safety.model_copy(update=changes), "site": site, "devices": devices}
    )
