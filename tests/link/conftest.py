"""A box of a few lines behind a server, and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from pyros.errors import InvalidValue, NotNow
from pyros.link.client import LinkClient
from pyros.link.device import Disturbance, FramePart, Trouble
from pyros.link.direct import Direct
from pyros.link.frames import cut
from pyros.link.server import DeviceServer

BOOT = "00000000000000aa"


class Seconds:
    """Real seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Box:
    """A device that counts what it was really told to do."""

    name = "box"
    verbs = frozenset({"open", "close_shutter", "abort"})

    def __init__(self) -> None:
        self.boots = 1
        self.seq = 0
        self.done: list[tuple[str, str]] = []
        self.operations: dict[str, dict[str, object]] = {}
        self.trouble: Trouble | None = None
        self.by_s = 0.0
        self.extra: dict[str, object] = {}
        self.busy = False
        self.pixels = {"b" * 32: np.arange(12, dtype="<u2").reshape(3, 4)}

    def boot(self) -> str:
        return f"{self.boots:016x}"

    def hello(self) -> Mapping[str, object]:
        return {"identity": {}, "capabilities": {"verbs": []}, "factor": 1.0}

    def snapshot(self) -> Mapping[str, object]:
        self.seq += 1
        return {
            "device": self.name,
            "kind": "dome",
            "boot": self.boot(),
            "seq": self.seq,
            "utc_ms": 0,
            "state": dict(self.extra),
            "op": None,
            "ended": [],
            "faults": [],
            "interlocks": [],
        }

    def heard(self) -> None:
        pass

    def begin(self, key: str, verb: str, args: Mapping[str, object]) -> Mapping[str, object]:
        if self.busy:
            raise NotNow("busy")
        if args.get("width") == -1:
            raise InvalidValue("width", -1, allowed="0 to 9")
        self.done.append((verb, key))
        self.operations[key] = {"key": key, "verb": verb, "state": "accepted"}
        return self.operations[key]

    def operation(self, key: str) -> Mapping[str, object] | None:
        return self.operations.get(key)

    def frame(self, key: str, part: int) -> FramePart:
        if key not in self.pixels:
            raise NotNow("no frame")
        found = cut(key, self.pixels[key], part, exposure_s=1.0)
        if self.trouble is None:
            return found
        return FramePart(header={**found.header, "crc32": 1}, pixels=found.pixels)

    def frames(self) -> list[str]:
        return list(self.pixels)

    def drop(self, key: str) -> None:
        self.pixels.pop(key, None)

    def disturbance(self) -> Disturbance | None:
        return None if self.trouble is None else Disturbance(trouble=self.trouble, by_s=self.by_s)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box, seconds: Seconds) -> DeviceServer:
    return DeviceServer(box, real_s=seconds)


@pytest.fixture
def client(server: DeviceServer, seconds: Seconds) -> LinkClient:
    """A client of epoch (1, 1) that has connected."""
    made = LinkClient("box", Direct(server), epoch=(1, 1), real_s=seconds)
    made.connect(1.0)
    return made
