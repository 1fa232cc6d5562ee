"""VTP subscriber: one broker, called again for ever."""

from __future__ import annotations

import logging
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pyros.actors.alerts.handover import INTAKE, Handover
from pyros.actors.alerts.spool import Spool
from pyros.actors.alerts.vtp import Message, Step, Subscriber
from pyros.config.alerts import VtpSource
from pyros.domain.alert import Packet
from pyros.kernel.actor import SupervisedActor
from pyros.messages.events import LinkReported
from pyros.messages.topics import topic_of

log = logging.getLogger(__name__)

POLL_S = 0.5
"""Longest wait for bytes in one turn; a stop comes between two turns."""
CONNECT_S = 3.0
SEND_S = 2.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 1024.0
CHUNK = 65_536
REPORT_S = 10.0


@dataclass(frozen=True, slots=True)
class Listen:
    """To itself: one more turn."""


class Broker(SupervisedActor):
    """Subscribes to one broker.  Its waits count real seconds: brokers live in real time."""

    budgets: ClassVar[Mapping[type, float]] = {Listen: 20.0}

    def __init__(self, source: VtpSource, *, name: str, spool: Spool | None = None) -> None:
        """Subscribe as `name`, our ivorn."""
        super().__init__()
        self._source = source
        self._name = name
        self._spool = spool
        self._line: socket.socket | None = None
        self._tries = 0
        self._packets = self._rejected = 0
        self._last: datetime | None = None
        self._reported_s = 0.0

    def on_start(self) -> None:
        self._handover = Handover(self.context.address(INTAKE), self._spool)
        self._report("connecting")
        self.context.me.offer(Listen())

    def on_receive(self, message: object) -> None:
        if not isinstance(message, Listen):
            return
        wait_s = self._turn()
        if wait_s > 0.0:
            self.context.after(wait_s * self.context.clock.factor, Listen(), key="listen")
        else:
            self.context.me.offer(Listen())

    def on_stop(self) -> None:
        self._hang_up()

    def on_failure(self, *_: object) -> None:
        self._hang_up()

    def _turn(self) -> float:
        """Do one turn; return how long to wait before the next, real seconds."""
        self._handover.retry()
        try:
            if self._line is None:
                self._line = self._call()
                return 0.0
            self._listen(self._line)
        except OSError as error:
            return self._lost(str(error))
        return 0.0

    def _call(self) -> socket.socket:
        source = self._source
        line = socket.create_connection((source.host, source.port), timeout=CONNECT_S)
        line.settimeout(SEND_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._side = Subscriber(
            name=self._name,
            since_s=self._now_s(),
            silent_s=source.silent_s,
            filters=source.xpath_filters,
        )
        self._report("connected")
        return line

    def _listen(self, line: socket.socket) -> None:
        """Take what the broker sends.

        Raises:
            OSError: the line is dead, or silent for too long.
        """
        ready, _, _ = select.select([line], [], [], POLL_S)
        if ready:
            data = line.recv(CHUNK)
            at = self.context.clock.utc()
            self._take(line, self._side.receive(data, now_s=self._now_s(), at=at))
        elif silence := self._side.quiet(self._now_s()):
            raise ConnectionError(silence)
        if self._now_s() - self._reported_s > REPORT_S:
            self._report("connected")

    def _take(self, line: socket.socket, step: Step) -> None:
        """Deliver first, then secure and acknowledge."""
        at = self.context.clock.utc()
        packets = [self._packet(one, at) for one in (*step.events, *step.garbage)]
        for packet in packets:
            self._handover.deliver(packet)
        if step.send:
            line.sendall(step.send)
        for packet in packets:
            self._handover.secure(packet)
        for event in step.events:
            line.sendall(self._side.ack(event, self.context.clock.utc()))
        if packets:
            self._count(len(packets), len(step.garbage), at)
        if step.close:
            raise ConnectionError(step.close)

    def _packet(self, message: Message, at: datetime) -> Packet:
        return Packet(payload=message.payload, source=self._source.name, received=at)

    def _count(self, packets: int, rejected: int, at: datetime) -> None:
        self._tries = 0
        self._packets += packets
        self._rejected += rejected
        self._last = at
        self._report("connected")

    def _lost(self, why: str) -> float:
        self._hang_up()
        ceiling_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**self._tries)
        self._tries = min(self._tries + 1, 10)
        wait_s = ceiling_s * self.context.random.uniform(0.5, 1.0)
        log.warning("broker %s: %s; next try in %.1f s", self._source.name, why, wait_s)
        self._report(f"{why}; next try in {wait_s:.0f} s")
        return wait_s

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _report(self, text: str) -> None:
        self._reported_s = self._now_s()
        report = LinkReported(
            at=self.context.clock.utc(),
            source=self._source.name,
            connected=self._line is not None or text == "connected",
            text=text,
            last_packet_at=self._last,
            packets=self._packets,
            rejected=self._rejected,
        )
        self.context.bus.publish(topic_of(report), report)

    def _now_s(self) -> float:
        return self.context.clock.real_monotonic()
