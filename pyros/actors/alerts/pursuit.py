"""How alerts are followed: a request when one becomes active, amended in place, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pyros.actors.alerts.facts import facts_of
from pyros.actors.alerts.filing import Filing
from pyros.actors.alerts.request import Order, request_of, tiles
from pyros.actors.alerts.settings import Settings
from pyros.actors.alerts.strategy import AlertPlan, Choice, choose
from pyros.domain.alert import Alert, AlertState, Notice, Position
from pyros.domain.burst import separation_deg
from pyros.domain.request import Request
from pyros.domain.request import Sequence as Pointing
from pyros.domain.target import FixedTarget
from pyros.messages.events import AlertAccepted, AlertWithdrawn

DRILL_S = 600.0
"""A drill that may slew ends after so long, seconds."""


@dataclass(slots=True, kw_only=True)
class Pursuit:
    """What is observed of one alert."""

    request_id: int
    plan: AlertPlan
    ra_deg: float
    dec_deg: float
    sequences: dict[int, Pointing]
    ended: set[int] = field(default_factory=set)
    begun: bool = False

    def open(self, now: datetime) -> list[int]:
        """Return the sequences that may still be observed."""
        return [
            number
            for number, one in self.sequences.items()
            if number not in self.ended and one.window_end > now
        ]


class Pursuits:
    """All alerts that are followed, by alert id."""

    def __init__(self, settings: Settings, take_id: Callable[[str], int]) -> None:
        self._settings = settings
        self._take_id = take_id
        self._running: dict[int, Pursuit] = {}

    def in_progress(self, alert: Alert, now: datetime) -> bool:
        """Return whether an alert is active with something left to observe."""
        pursuit = self._running.get(alert.id)
        return alert.state is AlertState.ACTIVE and pursuit is not None and bool(pursuit.open(now))

    def of_sequence(self, sequence_id: int | None) -> int | None:
        """Return the alert that a sequence serves."""
        return next(
            (key for key, one in self._running.items() if sequence_id in one.sequences), None
        )

    def begun(self, alert_id: int) -> None:
        """Remember that the telescope went there."""
        if alert_id in self._running:
            self._running[alert_id].begun = True

    def ended(self, sequence_id: int) -> int | None:
        """Remember that a sequence is over; return its alert."""
        alert_id = self.of_sequence(sequence_id)
        if alert_id is not None:
            self._running[alert_id].ended.add(sequence_id)
        return alert_id

    def recall(self, alert: Alert, request: Request, over: frozenset[int]) -> None:
        """Follow on what an earlier run began."""
        if not request.sequences:
            return
        target = request.sequences[0].target
        choice = self._choose(alert, [], None, now=alert.stamps.decided, night=None)
        self._running[alert.id] = Pursuit(
            request_id=request.id,
            plan=choice.plan or AlertPlan(name="recalled", grid=len(request.sequences)),
            ra_deg=target.ra_deg,
            dec_deg=target.dec_deg,
            sequences={one.id: one for one in request.sequences},
            ended=set(over),
            begun=alert.stamps.commanded is not None,
        )

    def adopt(self, older: Alert, younger: Alert) -> Alert:
        """Let an older alert go on with what a younger one, found to be the same, began."""
        self._running[older.id] = pursuit = self._running.pop(younger.id)
        return replace(
            older,
            request_id=pursuit.request_id,
            rule=younger.rule,
            strategy_version=younger.strategy_version,
            stamps=younger.stamps,
        )

    def follows(self, alert_id: int) -> bool:
        """Return whether there is a request for an alert."""
        return alert_id in self._running

    def pursue(
        self,
        alert: Alert,
        notices: Sequence[Notice],
        best: Notice | None,
        *,
        now: datetime,
        night: bool | None,
    ) -> Filing:
        """Return what an active alert leads to, with the alert as it is then as the only one."""
        choice = self._choose(alert, notices, best, now=now, night=night)
        alert = replace(
            alert, rule=choice.rule, strategy_version=self._settings.strategy.version, reasons=()
        )
        if choice.plan is None:
            return self._record_only(alert, choice, now)
        if alert.id in self._running:
            return self._amend(alert, now)
        return self._begin(alert, choice.plan, now)

    def withdraw(self, alert: Alert, reason: str, now: datetime) -> Filing:
        """Return what takes an alert's request back; nothing if it has none."""
        pursuit = self._running.pop(alert.id, None)
        if pursuit is None:
            return Filing(alerts=(alert,))
        ids = tuple(number for number in pursuit.sequences if number not in pursuit.ended)
        event = AlertWithdrawn(at=now, alert=alert, sequence_ids=ids, reason=reason)
        return Filing(events=(event,), alerts=(alert,), cancelled=((pursuit.request_id, reason),))

    def _choose(
        self,
        alert: Alert,
        notices: Sequence[Notice],
        best: Notice | None,
        *,
        now: datetime | None,
        night: bool | None,
    ) -> Choice:
        at = now or alert.burst_at
        if at is None:
            return Choice(plan=None, rule="")
        facts = facts_of(alert, notices, best, now=at, night=night)
        return choose(facts, self._settings.strategy)

    def _record_only(self, alert: Alert, choice: Choice, now: datetime) -> Filing:
        text = f"strategy {alert.strategy_version}, rule '{choice.rule}': recorded, not observed"
        alert = replace(alert, reasons=(text, *choice.passed_over))
        return self.withdraw(alert, text, now)

    def _begin(self, alert: Alert, plan: AlertPlan, now: datetime) -> Filing:
        if alert.drill:
            plan = replace(plan, visit_s=min(plan.visit_s, DRILL_S))
        request = self._request(alert, plan, now)
        if request is None:
            text = f"plan {plan.name}: its validity of {plan.validity_s:g} s is over"
            return Filing(alerts=(replace(alert, reasons=(text,)),))
        sequences = {one.id: one for one in request.sequences}
        target = request.sequences[0].target
        self._running[alert.id] = Pursuit(
            request_id=request.id,
            plan=plan,
            ra_deg=target.ra_deg,
            dec_deg=target.dec_deg,
            sequences=sequences,
        )
        shadow = alert.drill and not alert.real_slew
        alert = replace(
            alert,
            request_id=None if shadow else request.id,
            stamps=replace(alert.stamps, decided=now),
        )
        event = AlertAccepted(
            at=now,
            alert=alert,
            sequences=request.sequences,
            interrupt="no" if shadow else plan.interrupt,
        )
        return Filing(events=(event,), alerts=(alert,), request=None if shadow else request)

    def _request(self, alert: Alert, plan: AlertPlan, now: datetime) -> Request | None:
        if alert.burst_at is None or alert.ra_deg is None or alert.dec_deg is None:
            return None
        settings = self._settings
        order = Order(
            name=alert.name,
            alert_id=alert.id,
            burst_at=alert.burst_at,
            ra_deg=alert.ra_deg,
            dec_deg=alert.dec_deg,
            programme=settings.programme,
            owner=settings.owner,
            strategy_version=settings.strategy.version,
            field_deg=settings.field_deg,
        )
        request = request_of(
            order,
            plan,
            now=now,
            request_id=self._take_id("requests"),
            sequence_ids=[self._take_id("sequences") for _ in range(plan.grid)],
        )
        if request is None or not alert.drill:
            return request
        until = now + timedelta(seconds=DRILL_S)
        short = tuple(replace(one, window_end=until) for one in request.sequences)
        return replace(request, sequences=short)

    def _amend(self, alert: Alert, now: datetime) -> Filing:
        """Point what is left at the better position, if it moved enough to matter."""
        pursuit = self._running[alert.id]
        alert = replace(alert, request_id=pursuit.request_id)
        left = pursuit.open(now)
        moved_fov = _moved_deg(pursuit, alert) / self._settings.field_deg
        if not left or moved_fov < self._settings.ignore_fov or pursuit.plan.on_update == "keep":
            return Filing(alerts=(alert,))
        amended = dict(_retargeted(pursuit, alert, left, self._settings.field_deg))
        pursuit.sequences |= amended
        pursuit.ra_deg, pursuit.dec_deg = _place(alert)
        at_once = not pursuit.begun or moved_fov > self._settings.abort_fov
        event = AlertAccepted(
            at=now,
            alert=alert,
            sequences=tuple(amended.values()),
            interrupt=pursuit.plan.interrupt if at_once else "no",
            amends=True,
        )
        targets = {number: one.target for number, one in amended.items()}
        return Filing(events=(event,), alerts=(alert,), targets=targets)


def _place(alert: Alert) -> tuple[float, float]:
    return alert.ra_deg or 0.0, alert.dec_deg or 0.0


def _moved_deg(pursuit: Pursuit, alert: Alert) -> float:
    if alert.ra_deg is None or alert.dec_deg is None:
        return 0.0
    old = Position(ra_deg=pursuit.ra_deg, dec_deg=pursuit.dec_deg, r68_deg=0.0, r90_deg=0.0)
    new = Position(ra_deg=alert.ra_deg, dec_deg=alert.dec_deg, r68_deg=0.0, r90_deg=0.0)
    return separation_deg(old, new)


def _retargeted(
    pursuit: Pursuit, alert: Alert, left: Sequence[int], field_deg: float
) -> Iterator[tuple[int, Pointing]]:
    places = tiles(*_place(alert), len(pursuit.sequences), field_deg)
    for (number, one), (ra_deg, dec_deg) in zip(pursuit.sequences.items(), places, strict=True):
        if number in left:
            yield number, replace(one, target=FixedTarget(ra_deg=ra_deg, dec_deg=dec_deg))
