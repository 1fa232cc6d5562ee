"""Alerts: the single writer of alerts.  It publishes first and waits for no disk."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from pyros.actors.alerts.desk import KEPT, Desk
from pyros.actors.alerts.filing import Filing, Record
from pyros.actors.alerts.ids import Ids
from pyros.actors.alerts.settings import Settings
from pyros.actors.alerts.spool import Key, Spool, sha256
from pyros.domain.alert import Packet
from pyros.domain.execution import Outcome
from pyros.domain.request import FINAL
from pyros.errors import PyrosError
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.ref import BoundedFuture
from pyros.messages.commands import AcceptAlerts, SendTestAlert
from pyros.messages.events import (
    AlertAccepted,
    AlertWithdrawn,
    Event,
    ExecutionEnded,
    HouseStatus,
    ImageTaken,
    NoticeStored,
    SlewStarted,
)
from pyros.messages.topics import STREAMS, is_stream, topic_of
from pyros.sky.coords import radec
from pyros.sky.site import Site
from pyros.store import alerts as shelf
from pyros.store import ids as id_blocks
from pyros.store.alerts import StoredNotice
from pyros.store.engine import Session
from pyros.store.intake import Entry, Recalled, enter, kept, recall
from pyros.store.writer import Write

log = logging.getLogger(__name__)

STORE = "/infrastructure/store-writer"
RECALL_S = 3.0
"""A start waits so long for the store; without it alerts go on with what comes."""
SWEEP_S = 30.0
TICK_S = 10.0
RETRY_S = 2.0
HUSH_S = 0.15
"""Rows wait so long, real seconds: the slew of the alert they tell of goes first."""
DRILL_ALTITUDE_DEG = 85.0
"""Where a drill without coordinates points: near the zenith, where every telescope may go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """To itself: time has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """To itself: compare the spool with the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """To itself: hand the store what it could not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """From the store: blocks of ids by name, first and count; empty if it could not."""

    blocks: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """From the store: what of the spool is safe, and what is not in the store at all."""

    safe: tuple[Key, ...] = ()
    missing: tuple[Packet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    blocks: Mapping[str, tuple[int, int]]
    recalled: Recalled
    spooled: tuple[Packet, ...]


class Alerts(SupervisedActor):
    """Takes packets from its sources, and orders from people."""

    budgets: ClassVar[Mapping[type, float]] = {}

    def __init__(self, settings: Settings, site: Site) -> None:
        super().__init__()
        self._settings = settings
        self._site = site
        self._spool = Spool(settings.spool) if settings.spool is not None else None
        self._ids = Ids(lambda: int(self.context.clock.utc().timestamp() * 1000))
        self._desk = Desk(settings, self._ids.take)
        self._unwritten: deque[Write] = deque()
        self._unconfirmed: dict[Key, Write] = {}
        self._in_sweep: set[Key] = set()
        self._safe: tuple[Key, ...] = ()
        self._asked = False

    def on_start(self) -> None:
        context = self.context
        spooled = self._recall()
        held = context.subscribe(
            "house", STREAMS[SlewStarted], STREAMS[ImageTaken], STREAMS[ExecutionEnded]
        )
        for status in held.values():
            self._house(status)
        now = context.clock.utc()
        for event in self._desk.standing(now):
            context.bus.publish(topic_of(event), event, stream=is_stream(event))
        context.every(TICK_S, Tick())
        context.every(SWEEP_S, Sweep())
        for packet in spooled:
            context.me.offer(packet)

    def on_receive(self, message: object) -> object:
        now = self.context.clock.utc()
        match message:
            case Packet():
                self._carry_out(self._desk.receive(message, now))
                self._refill()
            case SlewStarted():
                self._carry_out(self._desk.commanded(message.sequence_id, message.at))
            case ImageTaken(image=image) if image.sequence_id is not None:
                self._carry_out(self._desk.first_light(image.sequence_id, image.start))
            case ExecutionEnded(outcome=Outcome.DONE | Outcome.CANCELLED):
                self._carry_out(self._desk.over(message.execution.sequence_id, now))
            case HouseStatus():
                self._house(message)
            case SendTestAlert():
                return self._drill(message)
            case AcceptAlerts():
                self._accept(message)
            case _:
                self._housekeeping(message)
        return None

    def _housekeeping(self, message: object) -> None:
        match message:
            case Tick():
                self._carry_out(self._desk.tick(self.context.clock.utc()))
            case Sweep():
                self._sweep()
            case Swept():
                self._swept(message)
            case Reserved():
                self._asked = False
                self._take_blocks(message.blocks)
            case Push():
                self._push()
            case _:
                pass

    def _carry_out(self, filing: Filing) -> None:
        """Hand the rows to the store's mailbox, then publish.  Neither waits.

        In this order whoever hears of an alert and writes about it comes behind its rows.
        """
        if filing.rows:
            entry = _entry(filing, self.context.clock.utc())
            write = Write(work=partial(_enter, entry), what="alert", hush_s=HUSH_S)
            if filing.record is not None and self._spool is not None:
                self._unconfirmed[filing.record.packet.source, filing.record.sha256] = write
            self._write(write)
        for event in filing.events:
            self.context.bus.publish(topic_of(event), event, stream=is_stream(event))
        for event in filing.events:
            _note(event)

    def _drill(self, order: SendTestAlert) -> str:
        """Send a test alert and return its alert's name."""
        now = self.context.clock.utc()
        ra_deg, dec_deg = order.ra_deg, order.dec_deg
        if ra_deg is None or dec_deg is None:
            ra_deg, dec_deg = (float(x) for x in radec(self._site, DRILL_ALTITUDE_DEG, 180.0, now))
        filing = self._desk.drill(order, now, ra_deg, dec_deg)
        self._carry_out(filing)
        self._refill()
        return filing.record.alert.name if filing.record and filing.record.alert else ""

    def _accept(self, order: AcceptAlerts) -> None:
        self._desk.accept(accept=order.accept)
        work = partial(_turn, order)
        self._write(Write(work=work, what="switch accept_alerts"))

    def _house(self, status: object) -> None:
        night = status.night if isinstance(status, HouseStatus) else None
        if night is not None and night.alert_start is not None and night.alert_end is not None:
            self._desk.night = (night.alert_start, night.alert_end)

    # the store

    def _write(self, write: Write) -> None:
        self._unwritten.append(write)
        self._push()

    def _push(self) -> None:
        """Tell the store-writer what waits, in order; what it cannot take now waits on."""
        store = self.context.address(STORE)
        while self._unwritten:
            if not store.offer(self._unwritten[0]):
                self.context.after(RETRY_S, Push(), key="push")
                return
            self._unwritten.popleft()

    def _recall(self) -> tuple[Packet, ...]:
        """Take over what the store knows; return packets that have no row yet."""
        now = self.context.clock.utc()
        wanted = dict(self._ids.low())
        since = now - KEPT
        accept = self._settings.policy.accept
        work = partial(
            _start, self._spool, wanted, partial(recall, since=since, now=now, accept=accept)
        )
        try:
            found: _Start = self.context.address(STORE).ask(
                Write(work=work, what="recall"), RECALL_S
            )
        except PyrosError as away:
            log.warning("alerts start without the store: %s", away)
            return ()
        self._take_blocks(found.blocks)
        self._take_over(found.recalled)
        return found.spooled

    def _take_over(self, recalled: Recalled) -> None:
        self._desk.accept(accept=recalled.accept)
        for alert in recalled.alerts:
            request = recalled.requests.get(alert.id)
            over = frozenset(
                one.id for one in (request.sequences if request else ()) if one.state in FINAL
            )
            self._desk.recall_alert(alert, request, over)
        older = {one.id: one.merged_into for one in recalled.alerts if one.merged_into}
        for stored in recalled.notices:
            alert_id = older.get(stored.alert_id or 0, stored.alert_id)
            causes = stored.fields.get("causes", [])
            found = frozenset(map(str, causes)) if isinstance(causes, list) else frozenset()
            self._desk.recall_notice(_packet(stored), alert_id, found)
        for ivorn, mission, event_id in recalled.tombstones:
            self._desk.recall_tombstone(ivorn, mission, event_id)

    def _refill(self) -> None:
        """Ask for more ids when few are left; the answer comes as a message."""
        wanted = {} if self._asked else self._ids.low()
        if wanted:
            self._asked = True
            self._ask(partial(_reserve, wanted), "ids", Reserved(blocks={}))

    def _sweep(self) -> None:
        if self._spool is not None:
            work = partial(_compare, self._spool, self._safe)
            self._safe, self._in_sweep = (), set(self._unconfirmed)
            self._ask(work, "spool", None)
        self._refill()

    def _swept(self, swept: Swept) -> None:
        """Forget what is safe; write again what a dying store-writer lost; take up the rest."""
        self._safe = swept.safe
        missing = {(packet.source, sha256(packet.payload)) for packet in swept.missing}
        for key in self._in_sweep - missing:
            self._unconfirmed.pop(key, None)
        for packet in swept.missing:
            lost = self._unconfirmed.get((packet.source, sha256(packet.payload)))
            if lost is not None:
                self._write(lost)
            elif not self._desk.seen(packet):
                self.context.me.offer(packet)

    def _ask(self, work: Callable[[Session], object], what: str, otherwise: object) -> None:
        """Have the store do `work`; its result, or `otherwise`, comes to me as a message."""
        mine = self.context.mine

        def answered(future: BoundedFuture) -> None:
            answer = otherwise if future.error is not None else future.get(0.0)
            if answer is not None:
                mine.offer(answer)

        store = self.context.address(STORE)
        store.begin_ask(Write(work=work, what=what), RECALL_S).on_done(answered)

    def _take_blocks(self, blocks: Mapping[str, tuple[int, int]]) -> None:
        for name, (first, count) in blocks.items():
            self._ids.add(name, first, count)


def _note(event: Event) -> None:
    """Say in the log what came in and what became of it."""
    match event:
        case NoticeStored(reasons=()):
            log.info("%s from %s: for %s", event.ivorn, event.source, event.alert_name or "nobody")
        case NoticeStored():
            reasons = "; ".join(event.reasons)
            log.info("%s from %s moves nothing: %s", event.ivorn, event.source, reasons)
        case AlertAccepted(alert=alert):
            log.warning("%s: to be observed at once (%s)", alert.name, alert.rule)
        case AlertWithdrawn(alert=alert):
            log.warning("%s: withdrawn (%s)", alert.name, event.reason)
        case _:
            pass


def _enter(entry: Entry, session: Session) -> None:
    enter(session, entry)


def _turn(order: AcceptAlerts, session: Session) -> None:
    shelf.turn(session, "accept_alerts", order.accept, by=order.ordered_by, at=order.at)


def _reserve(wanted: Mapping[str, int], session: Session) -> Reserved:
    blocks = {
        name: (id_blocks.reserve(session, name, count), count) for name, count in wanted.items()
    }
    return Reserved(blocks=blocks)


def _start(
    spool: Spool | None,
    wanted: Mapping[str, int],
    look_back: partial[Recalled],
    session: Session,
) -> _Start:
    """Reserve ids and read back the last days; runs in the store-writer's thread."""
    blocks = _reserve(wanted, session).blocks
    swept = _compare(spool, (), session) if spool is not None else None
    missing = swept.missing if swept is not None else ()
    return _Start(blocks=blocks, recalled=look_back(session), spooled=missing)


def _compare(spool: Spool, drop: tuple[Key, ...], session: Session) -> Swept | None:
    """Delete what was found safe before; say what is safe now and what has no row.

    None if the disk does not let us.

    Two steps, because a row counts only once its transaction is through.
    """
    try:
        spool.drop(drop)
        keys = spool.kept()
        safe = kept(session, keys) if keys else frozenset()
        missing = spool.load(key for key in keys if key not in safe)
    except OSError as error:
        log.warning("spool of alerts: %s", error)
        return None
    return Swept(safe=tuple(safe), missing=tuple(missing))


def _entry(filing: Filing, now: datetime) -> Entry:
    return Entry(
        at=now,
        notice=_stored(filing.record) if filing.record is not None else None,
        alerts=filing.alerts,
        request=filing.request,
        targets=filing.targets,
        cancelled=filing.cancelled,
        withdrawn=filing.withdrawn,
        buried=filing.buried,
    )


def _stored(record: Record) -> StoredNotice:
    packet = record.packet
    return StoredNotice(
        id=record.id,
        source=packet.source,
        ivorn=record.ivorn,
        sha256=record.sha256,
        place=packet.place,
        received_at=packet.received,
        raw=packet.payload,
        kind=record.kind,
        fields=record.fields,
        problems=record.problems,
        reasons=record.reasons,
        alert_id=record.alert.id if record.alert else None,
        alert_name=record.alert.name if record.alert else "",
    )


def _packet(stored: StoredNotice) -> Packet:
    return Packet(
        payload=stored.raw,
        source=stored.source,
        received=stored.received_at,
        topic=str(stored.fields.get("topic", "")),
        place=stored.place,
    )
