"""What the store and the bus know for a planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyros.actors.scheduler import jobs
from pyros.actors.scheduler.facts import Facts, Running, Wanted
from pyros.actors.scheduler.settings import Settings
from pyros.domain.admission import ChannelNow
from pyros.domain.devices.device import DeviceState
from pyros.domain.quota import Account
from pyros.domain.request import PLANNABLE, Request
from pyros.domain.schedule import Night, Schedule
from pyros.domain.user import AccountState
from pyros.kernel.bus import EventBus
from pyros.messages.commands import Reschedule
from pyros.messages.events import ConditionsChanged, DeviceStatus
from pyros.messages.topics import STATES
from pyros.store import ledger, observations, people, requests, users
from pyros.store.engine import Session, Store

DOWN = frozenset({DeviceState.DISABLED, DeviceState.FAULT, DeviceState.OUT})
"""A channel with a device in one of these states takes no sequence now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the scheduler works with; `writer` is the store-writer's path."""

    settings: Settings
    store: Store
    writer: str


def gathered(desk: Desk, bus: EventBus, order: Reschedule, night: Night, now: datetime) -> Facts:
    """Return the facts for an order.

    Raises:
        StoreUnavailable: the database cannot be read now.
        NoSuchRow: what the order speaks of is not written yet.
    """
    found = desk.store.read(partial(facts, order=order, night=night, now=now))
    told = bus.latest(STATES[ConditionsChanged])
    known = told.conditions if isinstance(told, ConditionsChanged) else None
    return replace(found, conditions=known, channels=_channels(desk.settings, bus))


def _channels(settings: Settings, bus: EventBus) -> Mapping[str, ChannelNow]:
    return {
        name: ChannelNow(
            up=not any(_is_down(device, bus) for device in channel.devices),
            filters=channel.filters,
        )
        for name, channel in settings.channels.items()
    }


def _is_down(device: str, bus: EventBus) -> bool:
    told = bus.latest(f"device/{device}")
    return isinstance(told, DeviceStatus) and told.life in DOWN


def in_force(session: Session) -> tuple[Night | None, Schedule | None]:
    """Return the schedule in force and the night it is for."""
    schedule = observations.current_schedule(session)
    if schedule is None:
        return None, None
    return observations.night(session, schedule.night), schedule


def facts(session: Session, *, order: Reschedule, night: Night, now: datetime) -> Facts:
    """Return what the store knows for an order; limits once fixed are read, not taken (P24)."""
    known = observations.night(session, night.date)
    fixed = known is not None and known.first_schedule_at is not None
    limits = known if known is not None and fixed else night
    asking = requests.asking(session, PLANNABLE)
    wanted = _wanted(session, asking, night)
    programmes = {one.code: one for one in people.programmes(session)}
    return Facts(
        now=now,
        night=limits,
        wanted=wanted,
        programmes=programmes,
        accounts=_accounts(session, wanted, night),
        running=_running(session, order, now),
        previous=observations.current_schedule(session),
    )


def _wanted(session: Session, asking: tuple[Request, ...], night: Night) -> tuple[Wanted, ...]:
    """Return what may be planned of these requests, asking once for what all of them share."""
    states = {owner: _state(session, owner) for owner in {one.owner for one in asking}}
    booked = ledger.booked_by_sequence(session)
    found = []
    for request in asking:
        for sequence in request.sequences:
            if sequence.state not in PLANNABLE:
                continue
            spent = booked.get(sequence.id, {})
            found.append(
                Wanted(
                    sequence=sequence,
                    kind=request.kind,
                    name=f"{request.short_name}/{sequence.name}",
                    owner=request.owner,
                    programme=request.programme,
                    owner_state=states[request.owner],
                    booked_s=sum(spent.values()),
                    booked_tonight_s=spent.get(night.date, 0.0),
                )
            )
    return tuple(found)


def _state(session: Session, owner: str) -> AccountState:
    user = users.by_email(session, owner)
    return AccountState.ACTIVE if user is None else user.state


def _accounts(
    session: Session, wanted: tuple[Wanted, ...], night: Night
) -> dict[tuple[str, str], Account]:
    pairs = sorted({(one.programme, one.owner) for one in wanted})
    return {
        (code, owner): ledger.account(session, people.programme(session, code), owner, night.date)
        for code, owner in pairs
    }


def _running(session: Session, order: Reschedule, now: datetime) -> Running | None:
    """Return what the telescope works on, or has been told to begin with a moment ago.

    What begins takes the telescope from what executes: that is about to end.
    """
    begins = [requests.sequence(session, one) for one in order.armed]
    begins = [one for one in begins if one.state in PLANNABLE]
    if begins:
        return Running(
            sequence=begins[0],
            until=jobs.until(now, now, begins[0]),
            alert=requests.alert_of(session, begins[0].id) is not None,
        )
    execution = observations.open_execution(session)
    told = order.running_id if execution is None else execution.sequence_id
    if told is None:
        return None
    sequence = requests.sequence(session, told)
    if execution is None and sequence.state not in PLANNABLE:
        return None
    start = now if execution is None else execution.start
    return Running(
        sequence=sequence,
        until=order.running_until or jobs.until(now, start, sequence),
        alert=requests.alert_of(session, told) is not None,
    )
