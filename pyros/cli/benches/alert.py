"""From a packet on the socket to the telescope's slew order, in a running observatory (B9)."""

from __future__ import annotations

import contextlib
import queue
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

import pyros
from pyros.actors.alerts import voevent
from pyros.actors.alerts.templates import SVOM, burst_packet, retraction_packet
from pyros.actors.alerts.vtp import Frames, frame
from pyros.cli.author import CHUNK
from pyros.cli.made_up import place_overhead
from pyros.cli.one_process import simulated_outside, starting_instant
from pyros.config import rehearsal
from pyros.config.alerts import InletSource
from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.holds import Mode
from pyros.drivers.interface import Driver
from pyros.errors import DeviceError, StartError
from pyros.kernel.clock import SystemClock
from pyros.kernel.context import Context
from pyros.kernel.memory import settle
from pyros.messages.events import ExecutionProgress, HoldsChanged, LinkReported
from pyros.system.observatory import Observatory, build, listen

PACKETS = 200
FLOOR = 200
OPEN_S = 300.0
"""The dome must be open and the house observing so soon, real seconds."""
SPEED = 10.0
"""Between two packets: faster than a night, to have the dome open and the slew done soon."""
CALM_S = 0.5
"""So long the house runs at a night's own pace before a packet comes, real seconds."""
SLEW_S = 10.0
"""A packet that moved nothing after so long is a failure of the bench, not a slow slew."""
BREATH_S = 2.0
"""Between two packets, at least: what one alert causes settles before the next one comes."""
OPEN = 3
"""So many bursts are open at a time, more than a night has; older ones are retracted."""
BURST_AGE = timedelta(seconds=10)
"""How old a burst is in a packet of `burst_packet`."""

AT_MOST = {"p99_ms": 20.0}
AGAINST = {"p99_ms": "floor_p99_ms: read the frame, parse, one exchange with a device"}

Sent = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a measurement needs of a house: where to send, and when a slew has left."""

    port: int
    slews: queue.SimpleQueue[float]
    """Instants (real monotonic) at which a slew order had left for the mount."""
    exchange: Callable[[], object]
    """One question to the telescope over its socket, and its answer."""
    clock: SystemClock
    """The clock of the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A burst that was sent."""

    ivorn: str
    event_id: str
    payload: bytes


def figures(packets: int = PACKETS) -> dict[str, float]:
    """Return median and 99th percentile of the way, and of its bare floor, ms."""
    with tempfile.TemporaryDirectory(prefix="pyros-bench-") as folder:
        config = _config(Path(folder))
        with _running(config) as (observatory, hooks):
            delays_ms = _delays_ms(observatory, hooks, packets)
            floor_ms = _floor(observatory, hooks, FLOOR)
    return {
        "p50_ms": _percentile(delays_ms, 50.0),
        "p99_ms": _percentile(delays_ms, 99.0),
        "max_ms": max(delays_ms),
        "packets_n": float(len(delays_ms)),
        "floor_p50_ms": _percentile(floor_ms, 50.0),
        "floor_p99_ms": _percentile(floor_ms, 99.0),
    }


def _config(root: Path) -> Config:
    file = Path(pyros.__file__).resolve().parents[1] / "config" / "simulation.yaml"
    config = rehearsal.in_folder(rehearsal.simulated(load(file)), root)
    inlet = InletSource(
        kind="inlet", name="bench", port=0, tests_only=False, authorities=("ivo://org.svom",)
    )
    alerts = config.alerts.model_copy(update={"sources": (inlet,)})
    simulation = config.simulation
    if simulation is not None:
        simulation = simulation.model_copy(update={"transport": "tcp"})
    web = config.web.model_copy(update={"port": 0})
    config = config.model_copy(update={"alerts": alerts, "simulation": simulation, "web": web})
    return rehearsal.patient(rehearsal.with_clock(config, factor=SPEED))


@contextlib.contextmanager
def _running(config: Config) -> Iterator[tuple[Observatory, Hooks]]:
    """Run the whole house, with a watch on its telescope, until it observes."""
    slews: queue.SimpleQueue[float] = queue.SimpleQueue()
    drivers: list[Driver] = []
    name = next(key for key, one in config.devices.items() if one.kind == "telescope")
    clock = SystemClock(config.clock.factor, starting_instant(config))
    with (
        contextlib.closing(listen(config)) as listener,
        simulated_outside(config, clock, listener=listener) as plain,
    ):
        watched = _watched(plain.drivers[name], slews, drivers)
        outside = replace(plain, drivers={**plain.drivers, name: watched})
        observatory = build(config, outside)
        observatory.system.start()
        settle(observatory.system.services.timers, clock)
        try:
            port = _await(observatory, "alerts/link/*", _port_of)
            _await(observatory, "holds", _observing)
            driver = drivers[-1]
            yield (
                observatory,
                Hooks(port=port, slews=slews, exchange=lambda: driver.sample(1.0), clock=clock),
            )
        finally:
            observatory.stop()


def _watched(
    make: Callable[[Context], Driver], slews: queue.SimpleQueue[float], drivers: list[Driver]
) -> Callable[[Context], Driver]:
    """Return a maker whose drivers note when a slew has left."""

    def maker(context: Context) -> Driver:
        driver = make(context)
        slew = getattr(driver, "slew")  # noqa: B009  a telescope's; other drivers have none
        line = driver.port.client.line  # type: ignore[attr-defined]  # ours, over a socket

        def noted(*places: float, **keys: object) -> object:
            operation = slew(*places, **keys)
            slews.put(line.sent_s)
            return operation

        setattr(driver, "slew", noted)  # noqa: B010
        drivers.append(driver)
        return driver

    return maker


def _port_of(value: object) -> int | None:
    if isinstance(value, LinkReported) and value.text.startswith("listens at"):
        return int(value.text.rpartition(":")[2])
    return None


def _observing(value: object) -> bool | None:
    return True if isinstance(value, HoldsChanged) and value.mode is Mode.OBSERVING else None


def _exposing(value: object) -> bool | None:
    return True if isinstance(value, ExecutionProgress) and "exposure" in value.step else None


def _await(observatory: Observatory, topics: str, wanted: Callable[[object], int | None]) -> int:
    """Return what `wanted` makes of the first value on `topics` that it takes.

    Raises:
        StartError: none came in time.
    """
    news = threading.Event()
    subscription = observatory.bus.subscribe([topics], news.set)
    values = [one.value for one in subscription.initial.values()]
    clock, end = SystemClock(), perf_counter() + OPEN_S
    while perf_counter() < end:
        for value in values:
            found = wanted(value)
            if found is not None:
                subscription.close()
                return found
        clock.wait(news, 1.0)
        news.clear()
        values = [one.value for one in subscription.take()[0].values()]
    raise StartError(f"bench alert: nothing on {topics} in {OPEN_S:g} s")


def _delays_ms(observatory: Observatory, hooks: Hooks, packets: int) -> list[float]:
    """Send bursts one by one, each when the one before has settled; return their delays."""
    delays: list[float] = []
    sent: deque[Burst] = deque()
    for number in range(packets):
        _await(observatory, "holds", _observing)
        _await(observatory, "progress", _exposing)
        with _at_its_own_pace(observatory, hooks.clock):
            burst = _burst(observatory, number)
            delays.append(_one(hooks, burst.payload))
        sent.append(burst)
        if len(sent) > OPEN:
            _send(hooks, _retraction(observatory, sent.popleft()))
        SystemClock().wait(threading.Event(), BREATH_S)
    return delays


@contextlib.contextmanager
def _at_its_own_pace(observatory: Observatory, clock: SystemClock) -> Iterator[None]:
    """Let the house run as fast as in a real night, and calm down, for as long as this lasts."""
    clock.run_at(1.0)
    try:
        SystemClock().wait(threading.Event(), CALM_S)
        yield
    finally:
        clock.run_at(SPEED)
        observatory.system.services.timers.after(0.0, lambda: None)  # who slept too long wakes


def _one(hooks: Hooks, payload: bytes) -> float:
    """Send a burst; return how long its slew order took, ms."""
    with _line(hooks) as line:
        _drain(hooks.slews)
        began = SystemClock().real_monotonic()
        line.sendall(frame(payload))
        try:
            ended = hooks.slews.get(timeout=SLEW_S)
        except queue.Empty:
            raise StartError("bench alert: a packet moved nothing") from None
        line.recv(CHUNK)
    return (ended - began) * 1000.0


def _send(hooks: Hooks, payload: bytes) -> None:
    with _line(hooks) as line:
        line.sendall(frame(payload))
        line.recv(CHUNK)


def _line(hooks: Hooks) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", hooks.port), timeout=SLEW_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _burst(observatory: Observatory, number: int) -> Burst:
    """Return a burst of its own, high in the sky, that happens now: it outranks the one before."""
    now = observatory.system.clock.utc() + BURST_AGE
    chance = np.random.default_rng([number, 9])
    ra_deg, dec_deg = place_overhead(observatory.config, now, chance)
    event_id = f"sb{now:%y%m%d}00-{number}"
    return Burst(
        ivorn=f"{SVOM}#{event_id}_eclairs-wakeup",
        event_id=event_id,
        payload=burst_packet(now=now, ra_deg=ra_deg, dec_deg=dec_deg, event_id=event_id),
    )


def _retraction(observatory: Observatory, burst: Burst) -> bytes:
    return retraction_packet(
        ivorn=f"{burst.ivorn}-retracted",
        event_id=burst.event_id,
        now=observatory.system.clock.utc(),
        cites=burst.ivorn,
    )


def _drain(slews: queue.SimpleQueue[float]) -> None:
    while not slews.empty():
        slews.get()


def _floor(observatory: Observatory, hooks: Hooks, rounds: int) -> list[float]:
    """Return what reading a frame, parsing it and one exchange cost without a house, ms."""
    payload = frame(_burst(observatory, 0).payload)
    delays: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        author = socket.create_connection(door.getsockname()[:2])
        line, _ = door.accept()
        with author, line:
            for end in (author, line):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            frames = Frames()
            for _ in range(rounds):
                began = perf_counter()
                author.sendall(payload)
                found: list[bytes] = []
                while not found:
                    found = frames.feed(line.recv(CHUNK))
                voevent.read(found[0])
                with contextlib.suppress(DeviceError):
                    hooks.exchange()
                delays.append((perf_counter() - began) * 1000.0)
    return delays


def _percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))
