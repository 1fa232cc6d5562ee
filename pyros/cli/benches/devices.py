"""How fast orders, samples and frames go between us and a device, beside bare ZMQ."""

from __future__ import annotations

import itertools
import statistics
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

import numpy as np

from pyros.errors import NotNow
from pyros.kernel.clock import SystemClock
from pyros.link.address import parse
from pyros.link.client import LinkClient
from pyros.link.dealer import over_sockets
from pyros.link.device import Disturbance, FramePart
from pyros.link.direct import Direct
from pyros.link.floor import Floor
from pyros.link.frames import cut
from pyros.link.ports import free_ports
from pyros.link.server import DeviceServer
from pyros.link.service import Service
from pyros.link.transport import Transport

ROUNDS = 10
TRIPS = 150
FRAMES = 7
SIDE_PX = 4096
LONG_S = 10.0

AT_MOST = {
    "rtt_ratio": 1.5,
    "frame_ratio": 1.5,
    "order_under_frames_p99_ms": 20.0,
    "order_direct_us": 100.0,
    "order_inproc_us": 300.0,
}
AGAINST = {
    "rtt_ratio": "bare pyzmq and msgpack, messages of equal size, in the same run",
    "frame_ratio": "bare pyzmq, a frame of equal size, no copy, no test of the pixels",
}

FRAME = "f" * 32
STATE: Mapping[str, object] = {
    "phase": "tracking",
    "ra_deg": 123.456789,
    "dec_deg": -12.3456789,
    "altitude_deg": 56.789,
    "azimuth_deg": 234.567,
    "tracking": True,
    "at_park": False,
}


class Still:
    """A device that does nothing, so that only the way to it is measured."""

    name = "still"
    verbs = frozenset({"slew", "abort"})

    def __init__(self, pixels: np.ndarray) -> None:
        self._seq = itertools.count()
        self._part = cut(FRAME, pixels, 0)

    def boot(self) -> str:
        """Return its only boot."""
        return "0" * 16

    def hello(self) -> Mapping[str, object]:
        """Return nothing of interest."""
        return {"identity": {}, "capabilities": {}, "factor": 1.0}

    def snapshot(self) -> Mapping[str, object]:
        """Return a state of usual size."""
        return {
            "device": self.name,
            "kind": "telescope",
            "boot": self.boot(),
            "seq": next(self._seq),
            "utc_ms": 0,
            "state": STATE,
            "op": None,
            "ended": [],
            "faults": [],
            "interlocks": [],
        }

    def heard(self) -> None:
        """Know that the owner lives."""

    def begin(self, key: str, verb: str, args: Mapping[str, object]) -> Mapping[str, object]:
        """Accept everything."""
        return {"key": key, "verb": verb, "goal": args, "state": "accepted"}

    def operation(self, key: str) -> Mapping[str, object] | None:  # noqa: ARG002
        """Know no operation."""
        return None

    def frame(self, key: str, part: int) -> FramePart:
        """Return the frame; raises NotNow for any other."""
        if key != FRAME or part:
            raise NotNow("no such frame")
        return self._part

    def frames(self) -> list[str]:
        """Return the key of the frame."""
        return [FRAME]

    def drop(self, key: str) -> None:
        """Keep it."""

    def disturbance(self) -> Disturbance | None:
        """Be well."""
        return None


def figures() -> dict[str, float]:
    """Return times and ratios of the way to a device; medians, ours and bare in turn.

    Raises:
        StartError: no free ports on this machine.
    """
    pixels = np.random.default_rng(1).integers(0, 65535, (SIDE_PX, SIDE_PX), dtype=np.uint16)
    clock = SystemClock()
    server = DeviceServer(Still(pixels), real_s=clock.real_monotonic)
    first = free_ports(4)
    address = parse(f"tcp://127.0.0.1:{first}")
    inproc = parse("inproc://bench-devices")
    reply = {"v": 1, "id": 1, "ok": True, "boot": "0" * 16, "mono_ms": 1, "operation": {**STATE}}
    frame = pixels.tobytes()
    with (
        _served(Service(server, address)),
        _served(Service(server, inproc)),
        Floor(f"tcp://127.0.0.1:{first + 3}", reply=reply, frame=frame) as floor,
        _client(over_sockets(address), clock) as tcp,
        _client(over_sockets(inproc), clock) as near,
        _client(Direct(server), clock) as direct,
    ):
        ours, bare = _in_turn(lambda: _order(tcp), lambda: floor.round_trip(dict(reply)))
        mine, raw = _frames(tcp, floor)
        return {
            "rtt_ratio": ours / bare,
            "order_tcp_us": ours * 1e6,
            "bare_tcp_us": bare * 1e6,
            "order_inproc_us": _median(lambda: _order(near)) * 1e6,
            "order_direct_us": _median(lambda: _order(direct)) * 1e6,
            "frame_ratio": mine / raw,
            "frame_4096_ms": mine * 1e3,
            "bare_frame_4096_ms": raw * 1e3,
            "order_under_frames_p99_ms": _under_frames(over_sockets(address)) * 1e3,
        }


_KEYS = itertools.count(1)


def _order(client: LinkClient) -> None:
    client.order("slew", {"ra_deg": 1.0, "dec_deg": 2.0}, key=f"{next(_KEYS):032x}")


def _timed(task: Callable[[], object]) -> float:
    before = perf_counter()
    task()
    return perf_counter() - before


def _median(task: Callable[[], object], times: int = ROUNDS * TRIPS) -> float:
    return statistics.median(_timed(task) for _ in range(times))


def _in_turn(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Return the median of both, measured in turn so that the machine's mood strikes both."""
    mine: list[float] = []
    raw: list[float] = []
    for _ in range(ROUNDS):
        raw.extend(_timed(bare) for _ in range(TRIPS))
        mine.extend(_timed(ours) for _ in range(TRIPS))
    return statistics.median(mine), statistics.median(raw)


def _frames(client: LinkClient, floor: Floor) -> tuple[float, float]:
    mine: list[float] = []
    raw: list[float] = []
    for _ in range(FRAMES):
        raw.append(_timed(floor.fetch))
        mine.append(_timed(lambda: client.fetch(FRAME, LONG_S)))
    return statistics.median(mine), statistics.median(raw)


def _under_frames(transport: Transport) -> float:
    """Return the 99th percentile of an abort's round trip while frames flow beside it."""
    clock, over = SystemClock(), threading.Event()

    def fetch_on() -> None:
        with _client(transport, clock) as other:
            while not over.is_set():
                other.fetch(FRAME, LONG_S)

    # a reader beside us, as the one that fetches while an actor orders
    beside = threading.Thread(target=fetch_on, name="frames")  # noqa: TID251
    beside.start()
    try:
        with _client(transport, clock) as client:
            times = [
                _timed(lambda: client.order("abort", {}, key=f"{next(_KEYS):032x}"))
                for _ in range(TRIPS * 2)
            ]
    finally:
        over.set()
        beside.join()
    return float(np.percentile(times, 99))


@contextmanager
def _client(transport: Transport, clock: SystemClock) -> Iterator[LinkClient]:
    client = LinkClient("still", transport, epoch=(1, 1), real_s=clock.real_monotonic)
    client.connect(LONG_S)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _served(service: Service) -> Iterator[None]:
    service.start()
    try:
        yield
    finally:
        service.stop()
