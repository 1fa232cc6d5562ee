"""Every state machine of the house as one table, and what one step of it leads to.

A row says: in this state, on this event, if these words are so, go there with these effects.
Words are facts about the entity, true or false (`domain/facts.py` finds those of a sequence).
Rows of one (machine, state, event) exclude each other; what has no row is illegal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pyros.errors import IllegalTransition


class Machine(StrEnum):
    """What has a life of its own."""

    SEQUENCE = "sequence"
    STEP = "step"
    ALERT = "alert"
    DEVICE = "device"
    ACCOUNT = "account"


class Effect(StrEnum):
    """What else a step brings about; the first nine are written in its own transaction."""

    ESTIMATE = "fix the estimate"
    DEBIT = "book the estimate"
    REBOOK = "book anew if night or account changed"
    SETTLE = "book what was served"
    REFUND = "give back what is booked"
    CARRY = "move the window by a day"
    COUNT_INTERRUPTION = "interruptions + 1"
    COUNT_FAILURE = "failures + 1, wait before the next try"
    DELETE = "the row goes"
    RESCHEDULE = "plan again"
    ABORT = "abort the exposures first"
    TELL = "tell the owner"
    ALARM = "raise an alarm"
    REVISION = "write what changed"
    DECIDE = "the strategy decides"
    WITHDRAW = "cancel what waits, abort what runs"
    TOMBSTONE = "remember it for a late original"
    HOLD = "hold if blocking"
    INITIALISE = "initialise it"
    END_LOGINS = "end its log-ins"
    FORGET = "blank the personal data"


NONE = "-"
"""The state of what is not there yet, or no more."""

Words = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `needs` are the words that must be so."""

    machine: Machine
    source: str
    event: str
    target: str
    needs: Words = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()

    def fits(self, words: Words) -> bool:
        """Return whether every word it needs is as it needs it; an absent word is false."""
        return all(words.get(word, False) is wanted for word, wanted in self.needs.items())


def _rows(  # noqa: PLR0913, PLR0917  a line of the table, read from left to right
    machine: Machine,
    sources: str,
    event: str,
    target: str,
    needs: str = "",
    effects: tuple[Effect, ...] = (),
) -> tuple[Row, ...]:
    """Return a row for each source; `needs` as "enough !time_left"; target "=" stays there."""
    words = {word.lstrip("!"): not word.startswith("!") for word in needs.split()}
    return tuple(
        Row(machine, source, event, source if target == "=" else target, words, effects)
        for source in sources.split()
    )


_S, _E = Machine.SEQUENCE, Effect
_WAITING = "TOBEPLANNED UNPLANNABLE"
_BOOKED = "PLANNED"
_LIVE = "SUBMITTED TOBEPLANNED UNPLANNABLE"

SEQUENCE = (
    _rows(_S, "DRAFT", "edit", "DRAFT", "allowed")
    + _rows(_S, "DRAFT", "delete", NONE, "allowed", (_E.DELETE,))
    + _rows(_S, "DRAFT", "submit", "SUBMITTED", "checked", (_E.ESTIMATE,))
    + _rows(_S, "SUBMITTED", "admit", "TOBEPLANNED", "approved admissible", (_E.RESCHEDULE,))
    + _rows(_S, "SUBMITTED", "exclude", "UNPLANNABLE", "approved !admissible")
    + _rows(_S, "SUBMITTED", "reject", "REJECTED", "explained", (_E.TELL,))
    + _rows(_S, _WAITING, "place", "PLANNED", "affordable", (_E.DEBIT,))
    + _rows(_S, _BOOKED, "place", "PLANNED", "affordable", (_E.REBOOK,))
    + _rows(_S, _WAITING, "refuse", "UNPLANNABLE", "explained")
    + _rows(_S, _BOOKED, "refuse", "UNPLANNABLE", "explained", (_E.REFUND,))
    + _rows(_S, "TOBEPLANNED", "exclude", "UNPLANNABLE", "!admissible", (_E.RESCHEDULE,))
    + _rows(_S, _BOOKED, "exclude", "UNPLANNABLE", "!admissible", (_E.REFUND, _E.RESCHEDULE))
    + _rows(_S, "UNPLANNABLE", "readmit", "TOBEPLANNED", "excluded admissible", (_E.RESCHEDULE,))
    + _rows(_S, "PLANNED", "start", "EXECUTING", "ready")
    + _rows(_S, _WAITING, "start", "EXECUTING", "alert ready", (_E.DEBIT,))
    + _rows(_S, "EXECUTING", "finish", "EXECUTED", "enough", (_E.SETTLE,))
    + _rows(_S, "EXECUTING", "interrupt", "EXECUTED", "enough", (_E.SETTLE,))
    + _rows(
        _S,
        "EXECUTING",
        "interrupt",
        "TOBEPLANNED",
        "!enough time_left",
        (_E.REFUND, _E.COUNT_INTERRUPTION),
    )
    + _rows(
        _S,
        "EXECUTING",
        "interrupt",
        "TOBEPLANNED",
        "!enough !time_left carry_left",
        (_E.REFUND, _E.COUNT_INTERRUPTION, _E.CARRY),
    )
    + _rows(_S, "EXECUTING", "interrupt", "EXPIRED", "!enough !time_left !carry_left", (_E.REFUND,))
    + _rows(_S, "EXECUTING", "fail", "EXECUTED", "enough", (_E.SETTLE,))
    + _rows(
        _S,
        "EXECUTING",
        "fail",
        "TOBEPLANNED",
        "!enough !third_failure time_left",
        (_E.REFUND, _E.COUNT_FAILURE, _E.RESCHEDULE),
    )
    + _rows(
        _S,
        "EXECUTING",
        "fail",
        "REJECTED",
        "!enough third_failure",
        (_E.REFUND, _E.TELL, _E.ALARM),
    )
    + _rows(
        _S,
        "EXECUTING",
        "fail",
        "TOBEPLANNED",
        "!enough !third_failure !time_left carry_left",
        (_E.REFUND, _E.COUNT_FAILURE, _E.CARRY),
    )
    + _rows(
        _S,
        "EXECUTING",
        "fail",
        "EXPIRED",
        "!enough !third_failure !time_left !carry_left",
        (_E.REFUND,),
    )
    + _rows(_S, "PLANNED", "release", "TOBEPLANNED", "", (_E.REFUND,))
    + _rows(_S, _WAITING, "lapse", "TOBEPLANNED", "window_over carry_left", (_E.CARRY,))
    + _rows(_S, _BOOKED, "lapse", "TOBEPLANNED", "window_over carry_left", (_E.REFUND, _E.CARRY))
    + _rows(_S, "SUBMITTED", "lapse", "EXPIRED", "window_over")
    + _rows(_S, _WAITING, "lapse", "EXPIRED", "window_over !carry_left")
    + _rows(_S, _BOOKED, "lapse", "EXPIRED", "window_over !carry_left", (_E.REFUND,))
    + _rows(_S, _LIVE, "unsubmit", "DRAFT", "!alert !served", (_E.RESCHEDULE,))
    + _rows(_S, _BOOKED, "unsubmit", "DRAFT", "!alert !served", (_E.REFUND, _E.RESCHEDULE))
    + _rows(_S, _LIVE, "cancel", "CANCELLED", "by_owner", (_E.SETTLE,))
    + _rows(_S, _LIVE, "cancel", "CANCELLED", "!by_owner", (_E.REFUND,))
    + _rows(_S, _BOOKED, "cancel", "CANCELLED", "by_owner", (_E.SETTLE, _E.RESCHEDULE))
    + _rows(_S, _BOOKED, "cancel", "CANCELLED", "!by_owner", (_E.REFUND, _E.RESCHEDULE))
    + _rows(_S, "EXECUTING", "cancel", "CANCELLED", "by_owner", (_E.ABORT, _E.SETTLE))
    + _rows(_S, "EXECUTING", "cancel", "CANCELLED", "!by_owner", (_E.ABORT, _E.REFUND))
)

_T = Machine.STEP
STEP = (
    _rows(_T, NONE, "plan", "PLANNED")
    + _rows(_T, "PLANNED", "start", "STARTED")
    + _rows(_T, "PLANNED", "skip", "SKIPPED", "explained")
    + _rows(_T, "STARTED", "confirm", "DONE")
    + _rows(_T, "STARTED", "error", "FAILED")
    + _rows(_T, "STARTED", "abort", "ABORTED")
    + _rows(_T, "STARTED", "reconcile", "DONE", "verified")
    + _rows(_T, "STARTED", "reconcile", "ABORTED", "!verified")
)

_A = Machine.ALERT
_OVER = "retracted expired merged"
ALERT = (
    _rows(_A, NONE, "notice", "candidate", "!gate_open")
    + _rows(_A, NONE, "notice", "active", "gate_open", (_E.DECIDE,))
    + _rows(_A, NONE, "retraction", NONE, "", (_E.TOMBSTONE,))
    + _rows(_A, "candidate", "notice", "candidate", "!gate_open", (_E.REVISION,))
    + _rows(_A, "candidate", "notice", "active", "gate_open", (_E.REVISION, _E.DECIDE))
    + _rows(_A, "active", "notice", "active", "", (_E.REVISION, _E.DECIDE))
    + _rows(
        _A,
        "candidate active",
        "retraction",
        "retracted",
        "!member_left",
        (_E.REVISION, _E.WITHDRAW, _E.TELL),
    )
    + _rows(_A, "candidate active", "retraction", "=", "member_left", (_E.REVISION, _E.DECIDE))
    + _rows(_A, "candidate active", "merge", "merged", "", (_E.REVISION, _E.WITHDRAW))
    + _rows(_A, "active", "split", "active", "", (_E.REVISION,))
    + _rows(_A, "candidate active", "expire", "expired", "too_old !running", (_E.REVISION,))
    + _rows(_A, "retracted", "revive", "active", "", (_E.REVISION, _E.DECIDE))
    + _rows(_A, _OVER, "notice", "=", "", (_E.REVISION,))
    + _rows(_A, _OVER, "retraction", "=", "", (_E.REVISION,))
)

_D = Machine.DEVICE
DEVICE = (
    _rows(_D, "UNKNOWN DISABLED", "call", "CONNECTING")
    + _rows(_D, "UNKNOWN CONNECTING DISABLED", "answers", "INITIALISING", "", (_E.INITIALISE,))
    + _rows(_D, "UNKNOWN CONNECTING", "silent", "DISABLED", "lost", (_E.HOLD,))
    + _rows(_D, "INITIALISING", "ready", "READY", "verified")
    + _rows(_D, "READY", "work", "BUSY")
    + _rows(_D, "BUSY", "end", "READY")
    + _rows(_D, "INITIALISING READY BUSY FAULT", "silent", "DISABLED", "lost", (_E.HOLD,))
    + _rows(_D, "INITIALISING READY BUSY", "fault", "FAULT", "", (_E.HOLD, _E.ALARM))
    + _rows(_D, "FAULT", "reset", "INITIALISING", "", (_E.INITIALISE,))
    + _rows(
        _D,
        "UNKNOWN CONNECTING INITIALISING READY FAULT DISABLED",
        "take_out",
        "OUT",
        "",
        (_E.HOLD,),
    )
    + _rows(_D, "OUT", "put_back", "UNKNOWN")
)

_C = Machine.ACCOUNT
ACCOUNT = (
    _rows(_C, NONE, "register", "WAITING")
    + _rows(_C, NONE, "make", "ACTIVE", "by_admin")
    + _rows(_C, "WAITING", "validate", "ACTIVE", "confirmed", (_E.TELL,))
    + _rows(_C, "WAITING", "refuse", "REFUSED", "explained", (_E.TELL,))
    + _rows(_C, "REFUSED", "reconsider", "WAITING")
    + _rows(
        _C,
        "ACTIVE",
        "suspend",
        "SUSPENDED",
        "!oneself !last_admin",
        (_E.END_LOGINS, _E.RESCHEDULE),
    )
    + _rows(_C, "SUSPENDED", "restore", "ACTIVE")
    + _rows(
        _C,
        "ACTIVE SUSPENDED",
        "close",
        "CLOSED",
        "!last_admin",
        (_E.END_LOGINS, _E.WITHDRAW, _E.FORGET),
    )
)

TABLE: tuple[Row, ...] = SEQUENCE + STEP + ALERT + DEVICE + ACCOUNT
"""All rows of all machines."""


def _by_key() -> dict[tuple[Machine, str, str], tuple[Row, ...]]:
    found: dict[tuple[Machine, str, str], tuple[Row, ...]] = {}
    for row in TABLE:
        key = (row.machine, row.source, row.event)
        found[key] = (*found.get(key, ()), row)
    return found


_BY_KEY = _by_key()


def step(machine: Machine, state: str, event: str, words: Words | None = None) -> Row:
    """Return the row that this event leads along.

    Raises:
        IllegalTransition: there is none; its text says what would have to be so.
    """
    rows = _BY_KEY.get((machine, state, event), ())
    for row in rows:
        if row.fits(words or {}):
            return row
    wanted = " or ".join(
        " and ".join(word if so else f"not {word}" for word, so in row.needs.items())
        for row in rows
    )
    raise IllegalTransition(machine, state, event, f"it needs {wanted}" if wanted else "")


def states_of(machine: Machine) -> frozenset[str]:
    """Return every state that the machine's rows name."""
    rows = [row for row in TABLE if row.machine is machine]
    return frozenset(state for row in rows for state in (row.source, row.target))


def events_of(machine: Machine) -> frozenset[str]:
    """Return every event that the machine knows."""
    return frozenset(row.event for row in TABLE if row.machine is machine)


def words_of(machine: Machine, state: str, event: str) -> tuple[str, ...]:
    """Return the words that decide this event in this state, in order."""
    rows = _BY_KEY.get((machine, state, event), ())
    return tuple(dict.fromkeys(word for row in rows for word in row.needs))
