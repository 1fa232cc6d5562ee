"""The judgement of Alerts: one packet, one order or one fact to all that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pyros.actors.alerts import unified, voevent
from pyros.actors.alerts.book import Book, Change, Heard, member_of, retracted_names
from pyros.actors.alerts.filing import Filing, Record, joined
from pyros.actors.alerts.gate import FOREIGN, PASSING, Reason, gate
from pyros.actors.alerts.pursuit import Pursuits
from pyros.actors.alerts.settings import Settings
from pyros.actors.alerts.spool import sha256
from pyros.actors.alerts.templates import SVOM, drill_packet
from pyros.domain.alert import Alert, AlertState, Nature, Notice, Packet, Stamps
from pyros.domain.request import Request
from pyros.messages.commands import SendTestAlert
from pyros.messages.events import AlarmRaised, AlertChanged, Event, NoticeStored

KEPT = timedelta(days=7)
"""How long alerts that are over, and retractions of unknown ones, are remembered."""
UNREADABLE_BYTES = 65_536
"""So much of a packet that cannot be read is kept."""
SEEN = 100_000
"""So many names and sums are remembered; what came before them is too old to move anything."""
FINAL = frozenset({AlertState.RETRACTED, AlertState.EXPIRED, AlertState.MERGED})


class Desk:
    """The single writer of alerts.  Times are aware UTC; nothing here waits for anything."""

    def __init__(self, settings: Settings, take_id: Callable[[str], int]) -> None:
        self._settings = settings
        self._policy = settings.policy
        self._take_id = take_id
        self._book = Book()
        self._drills: dict[int, Alert] = {}
        self._pursuits = Pursuits(settings, take_id)
        self._seen: dict[tuple[str, str], str] = {}
        self._shown: dict[int, bool] = {}
        self.night: tuple[datetime, datetime] | None = None
        """When the Sun is low enough for alerts, if anybody said it."""

    def seen(self, packet: Packet) -> bool:
        """Return whether these very bytes came from this source before."""
        return (packet.source, sha256(packet.payload)) in self._seen

    def accept(self, *, accept: bool) -> None:
        """Open or close the gate for all."""
        self._policy = replace(self._policy, accept=accept)

    def receive(self, packet: Packet, now: datetime) -> Filing:
        """Return what follows from a packet; nothing from one that came before."""
        digest = sha256(packet.payload)
        if (packet.source, digest) in self._seen:
            return Filing()
        try:
            notice = _read(packet)
        except voevent.Unreadable as why:
            self._seen[packet.source, digest] = digest
            return self._unreadable(packet, digest, str(why), now)
        renamed = notice.ivorn != "" and (packet.source, notice.ivorn.lower()) in self._seen
        self._remember(packet, notice, digest)
        reasons = self._judge(notice, packet.source, now)
        record = self._record(packet, digest, notice, reasons, named=not renamed)
        return self._follow_up(packet, notice, reasons, record, now)

    def drill(self, order: SendTestAlert, now: datetime, ra_deg: float, dec_deg: float) -> Filing:
        """Return what follows from a test alert: the whole chain, for this one packet.

        The gate's reasons role, test, source and authority are set aside; it is never joined
        with another alert.
        """
        alert_id = self._take_id("alerts")
        ivorn = f"{self._settings.authority}#drill-{alert_id}"
        payload = drill_packet(
            ivorn=ivorn, event_id=f"drill{alert_id}", now=now, ra_deg=ra_deg, dec_deg=dec_deg
        )
        packet = Packet(payload=payload, source="drill", received=now)
        notice = voevent.read(payload, publisher=SVOM)
        reasons = tuple(
            one for one in self._judge(notice, "drill", now) if one.cause not in FOREIGN
        )
        record = self._record(packet, sha256(payload), notice, reasons)
        alert = Alert(
            id=alert_id,
            name=f"TEST-{now:%y%m%d}-{alert_id}",
            state=AlertState.CANDIDATE if reasons else AlertState.ACTIVE,
            drill=True,
            real_slew=order.real_slew,
            burst_at=notice.burst_at,
            burst_origin=notice.burst_origin.value,
            ra_deg=notice.ra_deg,
            dec_deg=notice.dec_deg,
            r90_deg=notice.position.r90_deg if notice.position else None,
            position_from=f"drill by {order.ordered_by}",
            members=(("drill", ivorn),),
            reasons=tuple(map(str, reasons)),
            stamps=_stamps(packet, notice),
        )
        self._drills[alert_id] = alert
        return self._filed(record, self._serve(alert, [notice], notice, now), alert_id, now)

    def commanded(self, sequence_id: int, at: datetime) -> Filing:
        """Return what follows when the telescope goes to a sequence."""
        return self._stamp(sequence_id, commanded=at)

    def first_light(self, sequence_id: int, at: datetime) -> Filing:
        """Return what follows when an image of a sequence was taken."""
        return self._stamp(sequence_id, first_light=at)

    def over(self, sequence_id: int, now: datetime) -> Filing:
        """Return what follows when a sequence is done with for good."""
        alert_id = self._pursuits.ended(sequence_id)
        return self._news(self._alert(alert_id), now) if alert_id is not None else Filing()

    def tick(self, now: datetime) -> Filing:
        """Return what follows from the time that has passed."""
        filings = []
        for alert in [*self._book.alerts(), *self._drills.values()]:
            progress = self._pursuits.in_progress(alert, now)
            if alert.state not in FINAL and not progress and self._is_old(alert, now):
                expired = replace(alert, state=AlertState.EXPIRED)
                self._put(expired)
                filings.append(self._news(expired, now))
            elif progress is not self._shown.get(alert.id, False):
                filings.append(self._news(alert, now))
        self._book.forget(now - KEPT)
        return joined(*filings)

    def recall_alert(self, alert: Alert, request: Request | None, over: frozenset[int]) -> None:
        """Take over an alert of an earlier run; its notices follow by `recall_notice`."""
        if alert.drill:
            self._drills[alert.id] = alert
        elif alert.state is not AlertState.MERGED:
            self._book.know(alert)
        if request is not None:
            self._pursuits.recall(alert, request, over)

    def recall_notice(self, packet: Packet, alert_id: int | None, causes: frozenset[str]) -> None:
        """Take over a packet of an earlier run with the gate's verdict of then."""
        digest = sha256(packet.payload)
        self._seen[packet.source, digest] = digest
        try:
            notice = _read(packet)
        except voevent.Unreadable:
            return
        self._remember(packet, notice, digest)
        if notice.withdraws and not causes & FOREIGN:
            self._book.withdraw(notice)
        elif alert_id is not None and alert_id not in self._drills:
            heard = Heard(notice=notice, fit=causes <= PASSING, passed=not causes)
            self._book.enter(alert_id, heard)

    def recall_tombstone(self, ivorn: str, mission: str, event_id: str) -> None:
        """Take over a retraction of something unknown."""
        self._book.bury(ivorn=ivorn, member=(mission, event_id) if event_id else None)

    def standing(self, now: datetime) -> tuple[Event, ...]:
        """Return how every alert in progress stands, for whoever begins to listen."""
        alerts = [*self._book.alerts(), *self._drills.values()]
        held = [one for one in alerts if self._pursuits.in_progress(one, now)]
        return tuple(self._changed(alert, now) for alert in held)

    def _remember(self, packet: Packet, notice: Notice, digest: str) -> None:
        self._seen[packet.source, digest] = digest
        if notice.ivorn:
            self._seen[packet.source, notice.ivorn.lower()] = digest
        while len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]

    def _judge(self, notice: Notice, source: str, now: datetime) -> tuple[Reason, ...]:
        burst_at, _ = self._book.time_with(notice)
        gone = self._book.is_withdrawn(notice)
        return gate(notice, self._policy, source=source, now=now, burst_at=burst_at, withdrawn=gone)

    def _follow_up(
        self,
        packet: Packet,
        notice: Notice,
        reasons: tuple[Reason, ...],
        record: Record,
        now: datetime,
    ) -> Filing:
        causes = {one.cause for one in reasons}
        if causes & FOREIGN:
            return self._filed(record, Filing(), None, now)
        if notice.withdraws:
            return self._filed(record, self._take_back(notice, now), None, now)
        if notice.nature is not Nature.BURST:
            return self._filed(record, Filing(), None, now)
        heard = Heard(notice=notice, fit=causes <= PASSING, passed=not causes)
        change = self._book.take(heard, lambda: self._new(packet, notice))
        filing = self._serve_change(change, packet, notice, reasons, now)
        return self._filed(record, filing, change.after.id, now)

    def _new(self, packet: Packet, notice: Notice) -> Alert:
        alert_id = self._take_id("alerts")
        day = notice.burst_at or packet.received
        return Alert(id=alert_id, name=f"A{day:%y%m%d}-{alert_id}", stamps=_stamps(packet, notice))

    def _serve_change(
        self,
        change: Change,
        packet: Packet,
        notice: Notice,
        reasons: tuple[Reason, ...],
        now: datetime,
    ) -> Filing:
        alert = change.after
        filings = []
        for younger in change.merged:
            if self._pursuits.follows(younger.id) and not self._pursuits.follows(alert.id):
                alert = self._pursuits.adopt(alert, younger)
                filings.append(self._news(younger, now))
            else:
                text = f"the same burst as {alert.name}"
                taken = self._pursuits.withdraw(younger, text, now)
                filings.append(joined(taken, self._news(younger, now)))
        if alert.state is AlertState.CANDIDATE:
            alert = replace(alert, reasons=tuple(map(str, reasons)))
        elif not self._pursuits.follows(alert.id) and not reasons:
            alert = replace(alert, stamps=_stamps(packet, notice))
        self._put(alert)
        own = self._serve(alert, self._book.notices(alert.id), self._book.best(alert.id), now)
        return joined(own, *filings)

    def _serve(
        self, alert: Alert, notices: list[Notice], best: Notice | None, now: datetime
    ) -> Filing:
        """Return what an alert's state asks for, and the news of it."""
        match alert.state:
            case AlertState.ACTIVE:
                filing = self._pursuits.pursue(
                    alert, notices, best, now=now, night=self._is_night(now)
                )
            case AlertState.RETRACTED:
                filing = self._pursuits.withdraw(alert, "retracted by its publisher", now)
            case _:
                filing = Filing(alerts=(alert,))
        (after,) = filing.alerts
        self._put(after)
        return joined(filing, Filing(events=(self._changed(after, now),)))

    def _take_back(self, notice: Notice, now: datetime) -> Filing:
        changes = self._book.withdraw(notice)
        filings = []
        for change in changes:
            alert = change.after
            notices, best = self._book.notices(alert.id), self._book.best(alert.id)
            followed = self._pursuits.follows(alert.id)
            filings.append(self._serve(alert, notices, best, now))
            if followed:
                text = f"alert {alert.name} is {alert.state}: {notice.kind} of {notice.mission}"
                told = AlarmRaised(at=now, key=f"alert:{alert.name}", severity="NOTICE", text=text)
                filings.append(Filing(events=(told,)))
        stones = [(ivorn, "", "") for ivorn in retracted_names(notice)]
        members = (member_of(notice),) if notice.event_id else ()
        stones += [("", family, event_id) for family, event_id in members]
        gone = tuple(member for one in changes for member in one.after.withdrawn)
        return joined(*filings, Filing(withdrawn=gone, buried=tuple(stones)))

    def _filed(self, record: Record, filing: Filing, alert_id: int | None, now: datetime) -> Filing:
        """Return a filing with its record, and the news of the packet last."""
        alert = self._alert(alert_id) if alert_id is not None else None
        record = replace(record, alert=alert)
        stored = NoticeStored(
            at=now,
            notice_id=record.id,
            source=record.packet.source,
            ivorn=str(record.fields.get("ivorn", "")),
            kind=record.kind,
            reasons=record.reasons,
            alert_id=alert.id if alert else None,
            alert_name=alert.name if alert else "",
        )
        return joined(filing, Filing(events=(stored,), record=record))

    def _unreadable(self, packet: Packet, digest: str, why: str, now: datetime) -> Filing:
        cut = replace(packet, payload=packet.payload[:UNREADABLE_BYTES])
        record = Record(
            id=self._take_id("notices"),
            packet=cut,
            sha256=digest,
            kind="unreadable",
            reasons=(why,),
        )
        return self._filed(record, Filing(), None, now)

    def _record(
        self,
        packet: Packet,
        digest: str,
        notice: Notice,
        reasons: tuple[Reason, ...],
        *,
        named: bool = True,
    ) -> Record:
        causes = [one.cause.value for one in reasons]
        fields = {**_fields(packet, notice), "causes": causes}
        return Record(
            id=self._take_id("notices"),
            packet=packet,
            sha256=digest,
            ivorn=notice.ivorn if named else "",
            kind=notice.kind,
            fields=fields,
            problems=notice.problems,
            reasons=tuple(map(str, reasons)),
        )

    def _stamp(
        self,
        sequence_id: int,
        *,
        commanded: datetime | None = None,
        first_light: datetime | None = None,
    ) -> Filing:
        alert_id = self._pursuits.of_sequence(sequence_id)
        if alert_id is None:
            return Filing()
        self._pursuits.begun(alert_id)
        alert = self._alert(alert_id)
        old = alert.stamps
        new = replace(
            old,
            commanded=old.commanded or commanded,
            first_light=old.first_light or first_light,
        )
        if new == old:
            return Filing()
        alert = replace(alert, stamps=new)
        self._put(alert)
        at = first_light or commanded or alert.stamps.received
        events = (self._changed(alert, at),) if at is not None else ()
        return Filing(events=events, alerts=(alert,))

    def _news(self, alert: Alert, now: datetime) -> Filing:
        return Filing(events=(self._changed(alert, now),), alerts=(alert,))

    def _changed(self, alert: Alert, at: datetime) -> AlertChanged:
        progress = self._pursuits.in_progress(alert, at)
        self._shown[alert.id] = progress
        return AlertChanged(at=at, name=alert.name, alert=alert, in_progress=progress)

    def _alert(self, alert_id: int) -> Alert:
        drill = self._drills.get(alert_id)
        return drill if drill is not None else self._book.alert(alert_id)

    def _put(self, alert: Alert) -> None:
        if alert.drill:
            self._drills[alert.id] = alert
        else:
            self._book.put(alert)

    def _is_old(self, alert: Alert, now: datetime) -> bool:
        since = alert.burst_at or alert.stamps.received
        limit = timedelta(seconds=600.0 if alert.drill else self._policy.max_age_s)
        return since is not None and now - since > limit

    def _is_night(self, now: datetime) -> bool | None:
        return None if self.night is None else self.night[0] <= now <= self.night[1]


def _read(packet: Packet) -> Notice:
    if packet.payload.lstrip()[:1] in {b"{", b"["}:
        return unified.read(packet.payload, topic=packet.topic)
    return voevent.read(packet.payload, topic=packet.topic)


def _stamps(packet: Packet, notice: Notice) -> Stamps:
    return Stamps(
        burst=notice.burst_at,
        written=notice.written,
        sent=packet.sent,
        received=packet.received,
    )


def _fields(packet: Packet, notice: Notice) -> Mapping[str, object]:
    return {
        "ivorn": notice.ivorn,
        "form": notice.form,
        "topic": packet.topic,
        "role": notice.role,
        "mission": notice.mission,
        "instrument": notice.instrument,
        "nature": notice.nature.value,
        "event_id": notice.event_id_written,
        "ra_deg": notice.ra_deg,
        "dec_deg": notice.dec_deg,
        "error_deg": notice.error_deg,
        "burst_at": notice.burst_at.isoformat() if notice.burst_at else None,
        "written": notice.written.isoformat() if notice.written else None,
        "significance": notice.significance,
        "doubts": list(notice.doubts),
        "citations": [f"{one.cite}:{one.ivorn}" for one in notice.citations],
    }
