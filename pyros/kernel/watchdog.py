"""Finds actors whose handler runs over its budget, and leaves them to themselves."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

from pyros.kernel import nursery
from pyros.kernel.cell import ExitKind, ExitReason
from pyros.kernel.lifecycle import COUNTERS, LIFECYCLE, Counters, HungDetected
from pyros.kernel.logs import quiet
from pyros.kernel.systemd import notify

if TYPE_CHECKING:
    from pyros.kernel.cell import ActorCell
    from pyros.kernel.services import Services

log = quiet(__name__)

LATE_SCANS = 5
"""A scan that comes later than this many periods says that the whole process stood still."""


class Watchdog:
    """Scans all cells every `scan_s` real seconds, in a thread of its own."""

    def __init__(self, services: Services, scan_s: float) -> None:
        self._services = services
        self._scan_s = scan_s
        self._credits: dict[tuple[str, int], tuple[float, float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kernel-watchdog", daemon=True)
        self.last_scan = time.monotonic()

    def start(self) -> None:
        """Begin to scan."""
        self.last_scan = time.monotonic()
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(5.0)

    @property
    def alive(self) -> bool:
        """Whether it still scans."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.wait(self._scan_s):
            try:
                self.scan(time.monotonic())
            except Exception:
                log.exception("a scan of the watchdog failed")

    def scan(self, now: float) -> None:
        """Judge everybody at `now`; a late scan only credits the time lost to who was busy."""
        gap_s = now - self.last_scan
        if int(now) != int(self.last_scan):
            notify("WATCHDOG=1")
        self.last_scan = now
        busy = [c for c in list(self._services.table.cells.values()) if c.busy_since]
        if gap_s > LATE_SCANS * self._scan_s:
            log.warning("the process stood still for %.1f s", gap_s)
            self._credit(busy, gap_s)
            return
        for cell in busy:
            since = cell.busy_since
            if since and now - since - self._credit_of(cell, since) > cell.budget:
                self._judge(cell, now - since, since)
        publish_counters(self._services)

    def _credit(self, busy: list[ActorCell], gap_s: float) -> None:
        kept = {}
        for cell in busy:
            since = cell.busy_since
            kept[cell.path, cell.incarnation] = since, self._credit_of(cell, since) + gap_s
        self._credits = kept

    def _credit_of(self, cell: ActorCell, since: float) -> float:
        credited_since, credit_s = self._credits.get((cell.path, cell.incarnation), (0.0, 0.0))
        return credit_s if credited_since == since else 0.0

    def _judge(self, cell: ActorCell, busy_s: float, since: float) -> None:
        stack = stack_of(cell.thread)
        if cell.busy_since == since and not cell.fenced:
            declare_hung(self._services, cell, busy_s, stack)


def declare_hung(services: Services, cell: ActorCell, busy_s: float, stack: str) -> None:
    """Say that `cell` hangs, fence it, and tell its parent."""
    message = cell.message
    kind = "" if message is None else type(message.message).__name__
    hung = HungDetected(
        path=cell.path,
        incarnation=cell.incarnation,
        at=services.clock.utc(),
        message_type=kind,
        budget_s=cell.budget,
        busy_s=busy_s,
        stack=stack,
    )
    services.bus.publish(LIFECYCLE, hung, stream=True)
    text = f"{kind or 'a hook'} took longer than {cell.budget:g} s"
    reason = ExitReason(kind=ExitKind.HUNG, text=text, traceback=stack, message_type=kind)
    nursery.abandon(services, cell, reason)


def stack_of(thread: threading.Thread | None) -> str:
    """What a thread is doing now, as text; empty if that cannot be seen."""
    ident = None if thread is None else thread.ident
    frame = None if ident is None else sys._current_frames().get(ident)  # noqa: SLF001 documented
    return "" if frame is None else "".join(traceback.format_stack(frame))


def publish_counters(services: Services) -> None:
    """Publish the kernel's counters if they have changed."""
    counters = Counters(
        dead_letters=services.dead_letters.count,
        abandoned=len(services.table.running_abandoned()),
        restarts=services.restarts,
    )
    if services.bus.latest(COUNTERS) != counters:
        services.bus.publish(COUNTERS, counters)
