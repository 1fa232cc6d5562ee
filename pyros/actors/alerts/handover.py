"""A packet from a source: to the intake first, to the disk next, then to the sender's receipt."""

from __future__ import annotations

import logging
from collections import deque
from typing import Protocol

from pyros.actors.alerts.spool import Spool
from pyros.domain.alert import Packet

log = logging.getLogger(__name__)

INTAKE = "/always_on/alerts/intake"
"""Where the single writer of alerts lives."""


class Mailbox(Protocol):
    """Who takes packets: an actor's address."""

    def offer(self, message: object) -> bool:
        """Take a message now, or say that it cannot."""


class Handover:
    """Hands packets over; what the intake cannot take now is offered again."""

    def __init__(self, intake: Mailbox, spool: Spool | None) -> None:
        self._intake = intake
        self._spool = spool
        self._waiting: deque[Packet] = deque()

    def deliver(self, packet: Packet) -> None:
        """Give the intake a packet, behind those that it could not take before."""
        self._waiting.append(packet)
        self.retry()

    def retry(self) -> None:
        """Offer what waits once more."""
        while self._waiting and self._intake.offer(self._waiting[0]):
            self._waiting.popleft()

    def secure(self, packet: Packet) -> str:
        """Put a packet on the disk while the intake decides; return why it is not, if so."""
        if self._spool is None:
            return ""
        try:
            self._spool.keep(packet)
        except OSError as error:
            log.warning("%s: a packet is not on the disk: %s", packet.source, error)
            return str(error)
        return ""
