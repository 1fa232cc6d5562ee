"""What the keys of a configuration must say to each other; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pyros.config.alerts import InletSource
from pyros.config.complaint import did_you_mean
from pyros.config.devices import Camera, Device, Dome, FilterWheel, Telescope, Weather
from pyros.config.document import KeyPath
from pyros.config.model import Config

ANYWHERE = {"0.0.0.0", "::", "127.0.0.1", "localhost", "::1"}  # noqa: S104  compared, not bound


@dataclass(frozen=True, slots=True)
class Problem:
    """Two keys that do not go together, said at one of them."""

    at: KeyPath
    code: str
    message: str
    remedy: str


def problems(config: Config) -> Iterator[Problem]:
    """Return every contradiction in `config`."""
    yield from _channels(config)
    yield from _wheels(config)
    yield from _house(config)
    yield from _drivers(config)
    yield from _ports(config)
    yield from _simulation(config)
    yield from _programmes(config)
    yield from _alerts(config)
    yield from _safety(config)


def _unknown(at: KeyPath, what: str, name: str, known: Iterator[str] | list[str]) -> Problem:
    return Problem(at, "unknown_name", f"no {what} '{name}'", did_you_mean(name, known))


def _of_kind(config: Config, kind: type[Device]) -> dict[str, Device]:
    return {name: one for name, one in config.devices.items() if isinstance(one, kind)}


def _channels(config: Config) -> Iterator[Problem]:
    cameras, wheels = _of_kind(config, Camera), _of_kind(config, FilterWheel)
    for name, channel in config.channels.items():
        at: KeyPath = ("channels", name)
        if channel.camera not in cameras:
            yield _unknown((*at, "camera"), "camera", channel.camera, list(cameras))
        if channel.wheel is not None and channel.wheel not in wheels:
            yield _unknown((*at, "wheel"), "filter wheel", channel.wheel, list(wheels))
    for name, camera in cameras.items():
        assert isinstance(camera, Camera)  # noqa: S101
        own = config.channels.get(camera.channel)
        at = ("devices", name, "channel")
        if own is None:
            yield _unknown(at, "channel", camera.channel, list(config.channels))
        elif own.camera != name and own.camera in cameras:
            message = f"channel '{camera.channel}' is made of '{own.camera}'"
            yield Problem(at, "channel_of_another", message, "one channel has one camera")


def _wheels(config: Config) -> Iterator[Problem]:
    carriers = [*_of_kind(config, Camera), *_of_kind(config, Telescope)]
    for name, wheel in config.devices.items():
        if not isinstance(wheel, FilterWheel):
            continue
        at: KeyPath = ("devices", name)
        if wheel.attached_to not in carriers:
            what = "camera or telescope"
            yield _unknown((*at, "attached_to"), what, wheel.attached_to, carriers)
        yield from _filters(at, wheel)
    for name, channel in config.channels.items():
        attached = config.devices.get(channel.wheel or "")
        if isinstance(attached, FilterWheel) and attached.attached_to in carriers:
            yield from _light_path(name, channel.camera, attached, config)


def _filters(at: KeyPath, wheel: FilterWheel) -> Iterator[Problem]:
    names: set[str] = set()
    slots: set[int] = set()
    for i, one in enumerate(wheel.filters):
        if one.name in names:
            where: KeyPath = (*at, "filters", i, "name")
            yield Problem(where, "double_name", f"filter '{one.name}' stands twice", "name it anew")
        if one.slot in slots:
            where = (*at, "filters", i, "slot")
            yield Problem(where, "double_slot", f"slot {one.slot} holds two", "a slot holds one")
        names.add(one.name)
        slots.add(one.slot)
    if wheel.rest_filter is not None and wheel.rest_filter not in names:
        yield _unknown((*at, "rest_filter"), "filter", wheel.rest_filter, sorted(names))


def _light_path(name: str, camera: str, wheel: FilterWheel, config: Config) -> Iterator[Problem]:
    on_telescope = isinstance(config.devices[wheel.attached_to], Telescope)
    if not on_telescope and wheel.attached_to != camera:
        yield Problem(
            ("channels", name, "wheel"),
            "wheel_elsewhere",
            f"is attached to '{wheel.attached_to}', not to '{camera}'",
            f"attach it to '{camera}' or to the telescope, or take the key away",
        )


def _house(config: Config) -> Iterator[Problem]:
    for kind, word in ((Telescope, "telescope"), (Dome, "dome")):
        found = list(_of_kind(config, kind))
        for extra in found[1:]:
            message = f"a second {word}; '{found[0]}' is the first"
            yield Problem(("devices", extra), "second", message, f"one observatory has one {word}")
    if not _of_kind(config, Telescope):
        yield Problem(("devices",), "no_telescope", "no telescope", "add one of kind: telescope")
    measured = {
        quantity
        for one in config.devices.values()
        if isinstance(one, Weather)
        for quantity in one.quantities
    }
    for i, quantity in enumerate(config.site.limits.needed):
        if quantity not in measured:
            at: KeyPath = ("site", "limits", "needed", i)
            message = f"no weather station measures '{quantity}', so the dome would never open"
            yield Problem(at, "not_measured", message, did_you_mean(quantity, measured))


def _drivers(config: Config) -> Iterator[Problem]:
    for name, device in config.devices.items():
        if device.driver == "pyros" and not (device.address or "").startswith("tcp://"):
            yield Problem(
                ("devices", name, "address"),
                "no_address",
                "driver pyros needs the address of its box",
                "write address: tcp://host:port",
            )


def _ports(config: Config) -> Iterator[Problem]:
    """Find two that want one port of one host."""
    taken: dict[tuple[str, int], str] = {}
    for owner, at, host, port in _wanted(config):
        place = ("here" if host in ANYWHERE else host, port)
        if port and place in taken:
            message = f"port {port} of {host} is taken by {taken[place]}"
            yield Problem(at, "port_twice", message, "give each a port of its own")
        taken.setdefault(place, owner)


def _wanted(config: Config) -> Iterator[tuple[str, KeyPath, str, int]]:
    yield "web", ("web", "port"), config.web.host, config.web.port
    for i, source in enumerate(config.alerts.sources):
        if isinstance(source, InletSource):
            owner = f"alerts source '{source.name}'"
            yield owner, ("alerts", "sources", i, "port"), source.host, source.port
    for name, device in config.devices.items():
        if device.address is not None and device.address.startswith("tcp://"):
            host, _, port = device.address.removeprefix("tcp://").rpartition(":")
            yield f"device '{name}'", ("devices", name, "address"), host, int(port)
            frames = device.frames_port
            if frames is not None:
                yield f"frames of '{name}'", ("devices", name, "frames_port"), host, frames


def _simulation(config: Config) -> Iterator[Problem]:
    simulated = {name for name, one in config.devices.items() if one.driver == "simulated"}
    real = config.real_devices
    if simulated and config.simulation is None:
        message = f"is missing, but '{min(simulated)}' is simulated"
        yield Problem(("simulation",), "no_simulation", message, "write simulation: {seed: 1}")
    if not simulated and config.simulation is not None:
        message = "no device is simulated"
        yield Problem(("simulation",), "nothing_simulated", message, "take the block away")
    if real and (config.clock.factor != 1.0 or config.clock.start != "now"):
        message = f"time is not ours to change: '{real[0]}' is real"
        yield Problem(("clock",), "real_time", message, "take the block away, or use --simulate")
    if real and config.web.development:
        message = f"a real device is never played with: '{real[0]}' is real"
        remedy = "take the key away; it is for files in which every device is simulated"
        yield Problem(("web", "development"), "real_device", message, remedy)
    for i, fault in enumerate(config.simulation.faults if config.simulation else ()):
        if fault.device not in simulated:
            at: KeyPath = ("simulation", "faults", i, "device")
            yield _unknown(at, "simulated device", fault.device, sorted(simulated))


def _programmes(config: Config) -> Iterator[Problem]:
    periods = {period.code for period in config.periods}
    ordered = sorted(enumerate(config.periods), key=lambda pair: pair[1].start)
    for (_, before), (i, after) in pairwise(ordered):
        if after.start <= before.end:
            message = f"begins before '{before.code}' ends"
            yield Problem(("periods", i, "start"), "overlap", message, "periods never overlap")
    seen: set[str] = set()
    for i, programme in enumerate(config.programmes):
        if programme.code in seen:
            message = f"programme '{programme.code}' stands twice"
            yield Problem(("programmes", i, "code"), "double_name", message, "give it another code")
        seen.add(programme.code)
        for j, allocation in enumerate(programme.allocations):
            if allocation.period not in periods:
                at: KeyPath = ("programmes", i, "allocations", j, "period")
                yield _unknown(at, "period", allocation.period, sorted(periods))


def _alerts(config: Config) -> Iterator[Problem]:
    names: set[str] = set()
    for i, source in enumerate(config.alerts.sources):
        if source.name in names:
            message = f"source '{source.name}' stands twice"
            at: KeyPath = ("alerts", "sources", i, "name")
            yield Problem(at, "double_name", message, "give it another name")
        names.add(source.name)
    codes = [programme.code for programme in config.programmes]
    if config.alerts.sources and config.alerts.programme not in codes:
        yield _unknown(("alerts", "programme"), "programme", config.alerts.programme, codes)
    strategy = config.alerts.strategy
    if strategy is not None and not strategy.is_file():
        message = f"no file {strategy}"
        yield Problem(("alerts", "strategy"), "no_file", message, "a path from this file's folder")


def _safety(config: Config) -> Iterator[Problem]:
    safety = config.safety
    if safety.permit_renewal_s * 2 > safety.permit_s:
        message = f"{safety.permit_renewal_s:g} s is too rare for a permit of {safety.permit_s:g} s"
        at: KeyPath = ("safety", "permit_renewal_s")
        yield Problem(at, "no_margin", message, "renew it at least twice within permit_s")
    for name, dome in config.devices.items():
        if isinstance(dome, Dome) and safety.kick_s * 2 > dome.heartbeat_s:
            at = ("devices", name, "heartbeat_s")
            message = f"{dome.heartbeat_s:g} s is too short for a kick each {safety.kick_s:g} s"
            yield Problem(at, "no_margin", message, "at least twice safety.kick_s")
