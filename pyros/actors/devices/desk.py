"""All that is known of one device, and what is done with each answer and each silence of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

from pyros.actors.devices import beat, operations
from pyros.actors.devices.beat import Lives, Look, Rules
from pyros.actors.devices.guard import VERBS, Situation
from pyros.actors.devices.kinds import manner_of
from pyros.actors.devices.manner import Kick, Manner, Now, Order
from pyros.actors.devices.news import gist
from pyros.actors.devices.operations import Operations
from pyros.actors.devices.polling import STATUS_S, Pace, next_beat_s
from pyros.actors.devices.report import change_of, end_of, status_of
from pyros.actors.devices.settings import Settings
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import Identity, State, TelescopeState
from pyros.drivers.interface import Driver
from pyros.errors import BadPeer, CommandRefused, DeviceUnreachable, Refused
from pyros.messages.device_commands import DeviceCommand
from pyros.messages.events import DeviceChanged, DeviceStatus, Event, OperationEnded

log = logging.getLogger(__name__)

SLACK_S = 0.1
"""A status counts as old so much before its time, so that a beat need not be exact."""
QUIET = frozenset({DeviceState.READY, DeviceState.BUSY, DeviceState.INITIALISING})
"""States that are nothing to warn of."""


class House(Protocol):
    """What the shell around a desk does for it."""

    factor: float
    """Observatory seconds in a real one."""

    def now(self) -> Now:
        """Return the instant."""

    def say(self, event: Event) -> None:
        """Publish a fact."""

    def tell(self, path: str, ended: OperationEnded) -> None:
        """Tell one actor the end it waits for."""

    def record(self, change: DeviceChanged, identity: Identity | None) -> None:
        """Have a change of life written down (P17)."""

    def new_key(self) -> str:
        """Return 32 hex digits that no incarnation has used before."""

    def allow(self, seconds: float) -> None:
        """Let the running handler take so much longer, real seconds."""


class Desk:
    """One device, as its own actor sees it: replaced values, and a driver."""

    def __init__(self, settings: Settings, driver: Driver, house: House) -> None:
        self.settings, self.driver, self.house = settings, driver, house
        self.device, self.entry = settings.device, settings.entry
        now = house.now()
        self.manner: Manner[Any, Any] = manner_of(settings, now)  # its own state and driver
        self.rules = Rules(
            missed=self.entry.answers.missed_pings, initialise_s=self.entry.initialise_s
        )
        self.life = beat.born(now)
        self.ops = Operations()
        self.sample: State | None = None
        self.identity: Identity | None = None
        self.looked_s = float("-inf")
        self._pulsed = False
        """Whether the last beat did not look."""
        self._said: tuple[object, ...] = ()
        self._said_s = float("-inf")

    # --- looking

    def beat(self) -> None:
        """Look at the device; or only keep its heart beating, while the last look is young."""
        now = self.house.now()
        young = self.readable and now.s < self.looked_s + self.entry.poll.ready_s - SLACK_S
        manner, order = self.manner.pulse(now) if young and self._rests() else (self.manner, None)
        if order is None:
            self.look()
            return
        self.manner, self._pulsed = manner, True
        self._give(order)

    def _rests(self) -> bool:
        """Whether the last look found nothing that must be watched closely."""
        sample = self.sample
        return sample is not None and self.running() is None and self.is_still(sample)

    def look(self, connect_s: float | None = None) -> None:
        """Call the device and judge its answer, or its silence."""
        self.looked_s, self._pulsed = self.house.now().s, False
        if self.life.state is not DeviceState.OUT and not self.life.foreign:
            answer = self._call(connect_s or self.entry.answers.connect_s)
            if isinstance(answer, DeviceUnreachable):
                self.silence(answer)
            else:
                self._judge(answer)
        self.publish()

    def _call(self, connect_s: float) -> State | DeviceUnreachable:
        answer_s = self.entry.answers.answer_s
        try:
            if not self.life.connected:
                self.house.allow(connect_s + 4 * answer_s)
                self.identity = self.driver.connect(timeout_s=connect_s)
                if why := self.manner.knows(self.driver.capabilities()):
                    return BadPeer(why)
            sample = self.driver.sample(timeout_s=answer_s)
        except DeviceUnreachable as silence:
            return silence
        return beat.silence_in(self.life, sample, self.house.now()) or sample

    def _judge(self, sample: State) -> None:
        now = self.house.now()
        self.sample = sample
        self.ops, seen = operations.seen(
            self.ops,
            sample,
            now.s,
            done_keys=self.manner.done_keys(sample),
            kept_keys=self.manner.kept_keys(),
        )
        self.ops, late = operations.expire(self.ops, now.s)
        self.manner, tended = self.manner.tend(sample, now)
        endings = (*seen.endings, *late)
        busy, still = self.running() is not None, self.is_still(sample)
        look = Look(sample=sample, tended=tended, busy=busy, still=still, endings=endings)
        self.become(beat.heard(self.life, look, now, rules=self.rules))
        self.end(endings)
        self.end(_happened(each, self.house.new_key()) for each in tended.happenings)
        for note in tended.notes:
            log.warning("%s: %s", self.device.name, note)
        for order in tended.orders:
            self._give(order)
        for each in (*late, *(seen.orphans if self.manner.drops_foreign else ())):
            log.warning("%s: %s is aborted: late, or nobody's", self.device.name, each.verb)
            self._stop(each.key)
        for key in operations.unanswered(self.ops):
            self._tell_followers(operations.strange(key))

    def silence(self, silence: DeviceUnreachable) -> None:
        """Judge a call that nobody answered; a lost line ends what ran as unknown."""
        before = self.life
        self.become(beat.unheard(before, silence, self.house.now(), rules=self.rules))
        if before.connected and not self.life.connected:
            self.lose(f"link lost: {silence}")

    def lose(self, why: str) -> None:
        """Let go of the line: what ran ends unknown."""
        self.ops, endings = operations.lost(self.ops, why)
        self.end(endings)
        self.driver.disconnect()

    # --- giving orders

    def act(self, command: DeviceCommand) -> Operation:
        """Give an order to the box; its operation is then under way, ended, or unknown.

        Raises:
            Refused: the box does not take it; nothing was begun.
        """
        try:
            operation = self.manner.carry_out(self.driver, command)
        except CommandRefused as no:
            self.refuse(command, str(no))
        except DeviceUnreachable as silence:
            operation = unknown(command, str(silence))
            self.silence(silence)
        operation = operation or Operation(
            key=command.key, verb=verb_of(command), state=OpState.DONE
        )
        self.manner = self.manner.gave(command, self.house.now())
        if not operation.ended:
            self.life = beat.ordered(self.life)
        self.accept(operation)
        return operation

    def accept(self, operation: Operation) -> None:
        """Keep an operation that was begun."""
        self.ops, endings = operations.accepted(self.ops, operation, self.house.now().s)
        self.end(endings)

    def refuse(self, command: DeviceCommand, *reasons: str) -> None:
        """Answer no; whoever follows the key is told the same."""
        text = "; ".join(reasons)
        self.ops = operations.refused(self.ops, command.key, verb_of(command), text)
        raise Refused(*reasons)

    def _give(self, order: Order) -> None:
        """Give the box an order of our own; a no is logged, and the next beat judges anew."""
        try:
            if isinstance(order, Kick):
                self.manner.carry_out(self.driver, order)
            else:
                self.act(replace(order, key=self.house.new_key()))
        except (Refused, CommandRefused) as no:
            log.warning("%s: %s refused: %s", self.device.name, type(order).__name__, no)
        except DeviceUnreachable as silence:
            self.silence(silence)

    def _stop(self, key: str) -> None:
        try:
            self.driver.abort(key)
        except CommandRefused as no:
            log.warning("%s: abort refused: %s", self.device.name, no)
        except DeviceUnreachable as silence:
            self.silence(silence)
        self.life = beat.aborted(self.life, self.house.now())

    # --- facts

    def become(self, lives: Lives) -> None:
        """Pass through these states, each a fact."""
        for before, after in pairwise((self.life, *lives)):
            self.life = after
            if before.state is not after.state:
                self._changed(change_of(self.device, before, after))
        self.life = lives[-1]

    def _changed(self, change: DeviceChanged) -> None:
        level = logging.INFO if change.new in QUIET else logging.WARNING
        if change.old in AT_WORK and change.new in AT_WORK:
            level = logging.DEBUG  # each exposure is two of these
        log.log(level, "%s: %s; %s", self.device.name, change.reason or "at work", change.new)
        self.house.say(change)
        self.house.record(change, self.identity)

    def end(self, endings: Iterable[Operation]) -> None:
        """Say that these operations ended, to all and to whoever waits for one."""
        for operation in endings:
            self.house.say(end_of(self.here(), operation))
            self._tell_followers(operation)

    def _tell_followers(self, operation: Operation) -> None:
        self.ops, paths = operations.released(self.ops, operation.key)
        for path in paths:
            self.house.tell(path, end_of(self.here(), operation))

    def publish(self, *, force: bool = False) -> None:
        """Say how it stands, if that is news or what was said last was seen long ago."""
        now, running = self.house.now(), self.running()
        news = (
            self.life.state,
            self.life.reason,
            self.readable,
            running.key if running is not None else None,
            self.manner.stance(now),
            gist(self.sample) if self.sample is not None else None,
        )
        if force or news != self._said or now.s - self._said_s >= STATUS_S - SLACK_S:
            self._said, self._said_s = news, self.looked_s if self.readable else now.s
            self.house.say(self.status())

    def status(self) -> DeviceStatus:
        """Return what the device says of itself now."""
        return status_of(self.here(), self.device, self.identity, self.next_s())

    # --- where it stands

    @property
    def readable(self) -> bool:
        """Whether the last sample is the truth of now."""
        return self.sample is not None and self.life.connected and not self.life.silent

    def here(self) -> Situation:
        """Return where the device stands, for the guard."""
        return Situation(
            device=self.device.name,
            life=self.life,
            sample=self.sample,
            manner=self.manner,
            running=self.running(),
            now=self.house.now(),
        )

    def running(self) -> Operation | None:
        """Return the operation that keeps others out, ours or the box's own."""
        running = self.ops.under_way(self.manner.background)
        if running is not None or self.sample is None or not self.life.connected:
            return running
        op = self.sample.op
        if op is None or op.ended or op.verb in self.manner.background:
            return None
        known = self.ops.known(op.key)
        return None if known is not None and known.ended else op

    def is_still(self, sample: State) -> bool:
        """Whether nothing moves, by operation and by phase."""
        op = sample.op
        moving = op is not None and not op.ended and op.verb not in self.manner.background
        return not moving and sample.phase in self.manner.resting

    def next_s(self) -> float:
        """Return in how many observatory seconds the device is to be looked at again."""
        if self.life.again:
            return self.shortest_s()
        sample, running = self.sample, self.running()
        moving = sample is not None and not self.is_still(sample)
        calm = sample is not None and sample.phase in self.manner.calm
        only_pulsed = self._pulsed and self._rests()
        pace = Pace(
            life=self.life.state,
            running=running,
            moving=(moving or running is not None) and not calm,
            parked=isinstance(sample, TelescopeState) and sample.at_park is True,
            silent=self.life.silent > 0,
            due_s=self.manner.due_s(self.house.now()),
            since_look_s=self.house.now().s - self.looked_s if only_pulsed else 0.0,
        )
        poll, answers = self.entry.poll, self.entry.answers
        return next_beat_s(pace, poll=poll, answers=answers, factor=self.house.factor)

    def shortest_s(self) -> float:
        """Return the least time between two looks, observatory seconds."""
        return 0.05 * self.house.factor


def verb_of(command: DeviceCommand) -> str:
    """Return the word for an order."""
    return VERBS.get(type(command), type(command).__name__.lower())


def unknown(command: DeviceCommand, why: str) -> Operation:
    """Return the operation of an order whose answer was lost."""
    return Operation(key=command.key, verb=verb_of(command), state=OpState.UNKNOWN, error=why)


def _happened(what: str, key: str) -> Operation:
    return Operation(key=key, verb=what, state=OpState.DONE, error="nobody ordered it")
