"""Bursts of a trial, and the sender that waits until each packet is acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyros.actors import tree
from pyros.actors.alerts.spool import Spool
from pyros.actors.alerts.templates import burst_packet
from pyros.actors.scheduler.settings import site_of
from pyros.cli.faults.premises import Premises
from pyros.domain.alert import Packet
from pyros.sky.coords import radec

SEND_AGAIN_S = 5.0
ALTITUDE_DEG = (45.0, 80.0)


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
            self._unheard = self._packet()
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

    def _packet(self) -> Packet:
        config, now = self.site.config, self.site.clock.utc()
        self.sent += 1
        chance = np.random.default_rng([self.sent, int(now.timestamp())])
        altitude_deg = float(chance.uniform(*ALTITUDE_DEG))
        azimuth_deg = float(chance.uniform(0.0, 360.0))
        ra_deg, dec_deg = (float(x) for x in radec(site_of(config), altitude_deg, azimuth_deg, now))
        payload = burst_packet(now=now, ra_deg=ra_deg, dec_deg=dec_deg, number=self.sent)
        return Packet(payload=payload, source=config.alerts.sources[0].name, received=now)
