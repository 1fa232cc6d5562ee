"""Receive port: authors hand in one packet a connection and get ack, or nak with the reason."""

from __future__ import annotations

import ipaddress
import logging
import select
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from pyros.actors.alerts.broker import CHUNK, POLL_S, REPORT_S, SEND_S, Listen
from pyros.actors.alerts.gate import under
from pyros.actors.alerts.handover import INTAKE, Handover
from pyros.actors.alerts.spool import Spool
from pyros.actors.alerts.vtp import Message, Receiver, Step
from pyros.config.alerts import InletSource
from pyros.domain.alert import Packet
from pyros.errors import StartError
from pyros.kernel.actor import SupervisedActor
from pyros.messages.events import LinkReported
from pyros.messages.topics import topic_of

log = logging.getLogger(__name__)


class Inlet(SupervisedActor):
    """Listens at one port."""

    budgets: ClassVar[Mapping[type, float]] = {Listen: 20.0}

    def __init__(self, source: InletSource, *, name: str, spool: Spool | None = None) -> None:
        """Answer as `name`, our own authority."""
        super().__init__()
        self._source = source
        self._name = name
        self._spool = spool
        self._allowed = tuple(ipaddress.ip_network(one) for one in source.allow)
        self._door: socket.socket | None = None
        self._lines: dict[socket.socket, Receiver] = {}
        self._packets = self._rejected = 0
        self._last: datetime | None = None
        self._reported_s = 0.0

    def on_start(self) -> None:
        self._handover = Handover(self.context.address(INTAKE), self._spool)
        self._door = self._open()
        self._report()
        self.context.me.offer(Listen())

    def on_receive(self, message: object) -> None:
        if isinstance(message, Listen):
            self._turn()
            self.context.me.offer(Listen())

    def on_stop(self) -> None:
        self._close_all()

    def on_failure(self, *_: object) -> None:
        self._close_all()

    def _open(self) -> socket.socket:
        host, port = self._source.host, self._source.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            door.close()
            text = f"alerts.sources {self._source.name}: {host}:{port}: {error.strerror}"
            raise StartError(f"{text}; choose another port or stop who listens there") from None
        door.listen(16)
        door.settimeout(0.0)
        return door

    def _turn(self) -> None:
        self._handover.retry()
        door = self._door
        if door is None:
            return
        ready, _, _ = select.select([door, *self._lines], [], [], POLL_S)
        for one in ready:
            if one is door:
                self._admit(door)
            else:
                self._serve(one)
        now_s = self.context.clock.real_monotonic()
        for line, side in list(self._lines.items()):
            if why := side.quiet(now_s):
                self._hang_up(line, why)
        if now_s - self._reported_s > REPORT_S:
            self._report()

    def _admit(self, door: socket.socket) -> None:
        try:
            line, peer = door.accept()
        except OSError:  # gone again
            return
        host = ipaddress.ip_address(str(peer[0]).partition("%")[0])
        full = len(self._lines) >= self._source.connections
        if full or not any(host in network for network in self._allowed):
            log.warning("inlet %s: %s turned away", self._source.name, host)
            line.close()
            return
        line.settimeout(SEND_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines[line] = Receiver(
            name=self._name,
            since_s=self.context.clock.real_monotonic(),
            limit=self._source.max_bytes,
        )

    def _serve(self, line: socket.socket) -> None:
        side = self._lines[line]
        try:
            step = side.receive(line.recv(CHUNK), at=self.context.clock.utc())
            if step.send:
                line.sendall(step.send)
            self._take(line, side, step)
        except OSError as error:
            self._hang_up(line, str(error))

    def _take(self, line: socket.socket, side: Receiver, step: Step) -> None:
        """Deliver first, then secure and answer; one packet a connection."""
        for message in (*step.events, *step.garbage):
            refusal = self._refusal(message)
            garbage = bool(message.text)
            if not refusal or garbage:
                at = self.context.clock.utc()
                packet = Packet(payload=message.payload, source=self._source.name, received=at)
                self._handover.deliver(packet)
                self._handover.secure(packet)
                self._last = at
                self._packets += 1
            self._rejected += bool(refusal)
            line.sendall(side.answer(message, refusal, self.context.clock.utc()))
            self._hang_up(line, refusal)
            self._report()
            return
        if step.close:
            self._hang_up(line, "" if step.close == "the author closed" else step.close)

    def _refusal(self, message: Message) -> str:
        """Return why a packet is not taken, empty if it is."""
        if message.text:
            return message.text
        if not self._source.tests_only:
            return ""
        authority = message.ivorn.partition("#")[0]
        if message.role == "test" and under(authority, self._name):
            return ""
        return f"only packets with role test of {self._name} are taken here"

    def _hang_up(self, line: socket.socket, why: str) -> None:
        if why:
            log.warning("inlet %s: %s", self._source.name, why)
        self._lines.pop(line, None)
        line.close()

    def _close_all(self) -> None:
        for line in (*self._lines, *([self._door] if self._door else [])):
            line.close()
        self._lines.clear()
        self._door = None

    def _report(self) -> None:
        self._reported_s = self.context.clock.real_monotonic()
        host, port = self._door.getsockname()[:2] if self._door is not None else ("", 0)
        report = LinkReported(
            at=self.context.clock.utc(),
            source=self._source.name,
            connected=self._door is not None,
            text=f"listens at {host}:{port}",
            last_packet_at=self._last,
            packets=self._packets,
            rejected=self._rejected,
        )
        self.context.bus.publish(topic_of(report), report)
