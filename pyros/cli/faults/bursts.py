"""Bursts of a trial, and the sender that waits until each packet is acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from pyros.actors import tree
from pyros.actors.alerts.spool import Spool
from pyros.cli.faults.premises import Premises
from pyros.cli.made_up import made_up_burst
from pyros.domain.alert import Packet

SEND_AGAIN_S = 5.0


@dataclass(slots=True)
class Bursts:
    """Bursts that are to come at their instants, by the clock's monotonic."""

    site: Premises
    due: list[float]
    sent: int = 0
    _unheard: Packet | None = None
    _again_s: float = 0.0

    def next_due(self) -> float | None:
        """When something is to be sent next."""
        if self._unheard is not None:
            return self._again_s
        return self.due[0] if self.due else None

    def send_due(self, now: float) -> None:
        """Send what is due; what is not acknowledged is sent again, as brokers do."""
        if self._unheard is None and self.due and self.due[0] <= now:
            self.due.pop(0)
            self.sent += 1
            self._unheard = made_up_burst(self.site.config, self.site.clock.utc(), self.sent)
        if self._unheard is None or self._again_s > now:
            return
        if self._is_acknowledged(self._unheard):
            self.site.heard.record.alerts_sent += 1
            self._unheard = None
        else:
            self._again_s = now + SEND_AGAIN_S

    def _is_acknowledged(self, packet: Packet) -> bool:
        """Hand it over as an inlet does: told first, acknowledged once it is on disk."""
        house = self.site.up
        if house is None:
            return False
        house.system.address(tree.ALERTS).offer(packet)
        try:
            Spool(self.site.config.data.root / "spool").keep(packet)
        except OSError:
            return False
        return True
