"""What stands behind a device server: a box, real or simulated, that speaks plain maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """What may be wrong with a line."""

    SILENT = "silent"
    """The socket stands, nobody reads it."""
    CUT = "cut"
    """No connection."""
    SLOW = "slow"
    """Each answer comes `by_s` late, real seconds."""
    GARBAGE = "garbage"
    """Answers are spoilt."""
    LOST_ACK = "lost_ack"
    """The order is carried out, the answer is lost."""
    TWICE = "twice"
    """Each answer comes twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What is wrong with a line now."""

    trouble: Trouble
    by_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePart:
    """One part of a frame: its header (key, part, parts, shape, dtype ...) and its raw pixels."""

    header: Mapping[str, object]
    pixels: memoryview


class Device(Protocol):
    """A box; every method brings it up to now first, raises only DeviceErrors, never waits."""

    @property
    def name(self) -> str:
        """The device's name in the configuration."""

    @property
    def verbs(self) -> frozenset[str]:
        """The orders it knows."""

    def boot(self) -> str:
        """Return 16 hex digits, new at each start of the box."""

    def hello(self) -> Mapping[str, object]:
        """Return identity, capabilities, kind, time factor and utc_ms."""

    def snapshot(self) -> Mapping[str, object]:
        """Return device, kind, boot, seq, utc_ms, state, op, ended, faults, interlocks: now."""

    def heard(self) -> None:
        """Know that the owner lives."""

    def begin(self, key: str, verb: str, args: Mapping[str, object]) -> Mapping[str, object]:
        """Begin an order and return its operation; raises CommandRefused if nothing was begun."""

    def operation(self, key: str) -> Mapping[str, object] | None:
        """Return what became of a key, None if it never came."""

    def frame(self, key: str, part: int) -> FramePart:
        """Return a part of a held frame; raises NotNow if there is none."""

    def frames(self) -> list[str]:
        """Return the keys of the frames held."""

    def drop(self, key: str) -> None:
        """Forget a frame; harmless if it is gone."""

    def disturbance(self) -> Disturbance | None:
        """Return what is wrong with its line now; None for a healthy one."""
