"""The port between a device actor and its box: epoch gate, planned faults, counters.

A fenced thread raises `Fenced` here before anything is sent; an incarnation that a later one has
followed is refused by the gate, and by the device itself should the gate be another process's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from pyros.errors import LinkLost, Unresponsive
from pyros.kernel.fence import Epoch, EpochGate, Fenced, check_fence
from pyros.link.client import LinkClient
from pyros.link.refusals import Outdated

T = TypeVar("T")


class PlannedFaults(Protocol):
    """What the kernel's fault plan is for a port."""

    def at_port(self, path: str, message: object = None, incarnation: int = 0) -> object | None:
        """Return the fault to commit on this request, None for none."""


class Port:
    """Everything that one incarnation sends to its box goes through here.

    `gate` outlives incarnations: one for each device of this process.
    """

    def __init__(
        self,
        path: str,
        client: LinkClient,
        *,
        epoch: Epoch,
        gate: EpochGate,
        faults: PlannedFaults | None = None,
    ) -> None:
        self.client = client
        self.counts: Counter[str] = Counter()
        self._path, self._epoch, self._gate, self._faults = path, epoch, gate, faults
        self._held: Callable[[], object] | None = None

    def connect(self, timeout_s: float) -> Mapping[str, object]:
        """Return the device's hello; raises DeviceUnreachable."""
        self._admit()
        return self._given(lambda: self.client.connect(timeout_s), "hello")

    def ask(self, what: Callable[[], T], op: str) -> T:
        """Do a read; raises DeviceUnreachable."""
        check_fence()
        return self._given(what, op)

    def order(self, op: str, args: Mapping[str, object], *, key: str) -> Mapping[str, object]:
        """Send an order and return its operation.

        Raises:
            CommandRefused: the device began nothing.
            DeviceUnreachable: nobody knows.
            Fenced: a later incarnation speaks for this device; nothing was sent, or it was refused.
        """
        self._admit()
        return self._given(lambda: self.client.order(op, args, key=key), op)

    def _admit(self) -> None:
        check_fence()
        if not self._gate.admit(self._epoch):
            raise Fenced(f"{self._path}: {self._epoch} is older than {self._gate.highest}")

    def _given(self, send: Callable[[], T], op: str) -> T:
        """Send it, with the fault that the plan has for it."""
        self.counts[op] += 1
        fault = None
        if self._faults is not None:
            fault = self._faults.at_port(self._path, op, self._epoch.incarnation)
        held, self._held = self._held, None
        try:
            done = send() if fault is None else self._spoilt(send, type(fault).__name__)
        except Outdated as error:
            raise Fenced(str(error)) from error
        if held is not None:
            held()  # what was held back arrives now
        return done

    def _spoilt(self, send: Callable[[], T], fault: str) -> T:
        """Commit a fault of the plan by the name of its rule."""
        self.counts[fault] += 1
        match fault:
            case "Disconnect":
                self.client.close()
                raise LinkLost(f"{self._path}: disconnected by the fault plan")
            case "Drop":
                raise Unresponsive(f"{self._path}: the fault plan lost the request")
            case "Delay" | "Corrupt":
                send()  # it arrives, but its answer is of no use any more
                raise Unresponsive(f"{self._path}: the fault plan lost the answer")
            case "Duplicate":
                send()
            case "Reorder":
                self._held = send  # it arrives after the one that follows it
                raise Unresponsive(f"{self._path}: held back by the fault plan")
            case "StaleEpoch":
                raise Fenced(f"{self._path}: the fault plan sent an older epoch")
        return send()
