"""Lives of actors as they are shown: how each stands, what happened to it, what was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pyros.kernel.cell import FAILURES, ExitKind
from pyros.kernel.lifecycle import (
    ActorStatus,
    ChildDown,
    ChildUp,
    Degraded,
    Escalated,
    HungDetected,
    Injected,
    LifecycleEvent,
    Resumed,
    SystemPauseRequested,
)
from pyros.kernel.mailbox import DeadLetter
from pyros.web import formats
from pyros.web.plain import plain

LONGEST_TRACE = 8000
"""So many characters of a traceback are shown, the last ones."""

STATES: Mapping[str, str] = {
    "running": "●",
    "starting": "◔",
    "restarting": "↻",
    "stopping": "◌",
    "stopped": "○",
    "abandoned": "✖",
}
"""A shape beside each word of state."""

PREFIXES: Mapping[ExitKind, str] = {
    ExitKind.HUNG: "hung: ",
    ExitKind.START_FAILED: "did not start: ",
}

WORDS: Mapping[type[LifecycleEvent], str] = {
    ChildUp: "up",
    HungDetected: "hangs",
    SystemPauseRequested: "asks for a pause",
    Degraded: "is missed",
    Resumed: "goes on",
    Injected: "struck",
    Escalated: "gives up",
}
"""What an event is called; an end is called by its kind."""


def actor_shape(status: ActorStatus) -> Mapping[str, Any]:
    """Return one line of the tree."""
    failure = status.last_failure
    return {
        "path": status.path,
        "page": page_of(status.path),
        "name": _name(status.path),
        "depth": status.path.count("/") if status.path != "/" else 0,
        "state": status.state,
        "glyph": STATES.get(status.state, "?"),
        "incarnation": status.incarnation,
        "restarts": status.restarts,
        "reason": status.last_reason,
        "since": status.since,
        "next_try": status.next_try,
        "blocking": status.blocking,
        "optional": status.optional,
        "mailbox": status.mailbox,
        "rejected": status.rejected,
        "at_work": at_work(status),
        "failed_at": failure.at if failure is not None else None,
        "failure": _failure(failure) if failure is not None else "",
        "gone": _is_over(status),
        "there": not absence(status),
        "absence": absence(status),
    }


def _failure(down: ChildDown) -> str:
    """Return how it failed; an exception's own text says it by itself."""
    return PREFIXES.get(down.kind, "") + down.reason


def page_of(path: str) -> str:
    """Return the address of an actor's page."""
    return f"/system/actors{path}"


def _name(path: str) -> str:
    return path.rpartition("/")[2] or "the observatory"


def _is_over(status: ActorStatus) -> bool:
    """Whether it was there for one plan, which has ended."""
    return status.state == "stopped" and "/plans/" in status.path


def absence(status: ActorStatus) -> str:
    """Return who is not there now and why; empty of one that is."""
    if status.state not in {"restarting", "abandoned", "stopped"} or _is_over(status):
        return ""
    why = f": {status.last_reason}" if status.last_reason else ""
    return f"{_name(status.path)} is {status.state}{why}"


def at_work(status: ActorStatus) -> str:
    """Return which message is in work, for how long, and how long it may be; empty if none is."""
    if not status.busy_s:
        return ""
    busy, budget = formats.number(status.busy_s, 1), formats.number(status.budget_s, 0, "s")
    return f"{status.handling or 'a hook'}: {busy} of {budget}"


def event_shape(event: LifecycleEvent) -> Mapping[str, Any]:
    """Return what happened to an actor; `calm` unless it failed."""
    failed = isinstance(event, ChildDown) and event.kind in FAILURES
    what = (
        str(event.kind).replace("_", " ")
        if isinstance(event, ChildDown)
        else WORDS.get(type(event), "")
    )
    return {
        "key": f"{plain(event.at)} {event.path}#{event.incarnation} {type(event).__name__}",
        "at": event.at,
        "path": event.path,
        "page": page_of(event.path),
        "incarnation": event.incarnation,
        "what": what or type(event).__name__,
        "state": "failed" if failed else "calm",
        "calm": not failed,
        "reason": _reason(event),
        "trace": event.traceback[-LONGEST_TRACE:] if isinstance(event, ChildDown) else "",
    }


def _reason(event: LifecycleEvent) -> str:
    match event:
        case ChildDown(message_type=kind) if kind and event.kind is ExitKind.FAILED:
            return f"{event.reason} (while at {kind})"
        case HungDetected():
            kind = event.message_type or "a hook"
            return f"{kind} takes {event.busy_s:.1f} s, may take {event.budget_s:g} s"
        case Degraded():
            return f"{event.reason}; the rest goes on, next try in {event.retry_after_s:.1f} s"
        case Injected():
            return f"by order: {event.fault}"
    return str(getattr(event, "reason", ""))


def losses_shape(
    count: int, letters: Sequence[DeadLetter], threads: Sequence[str], restarts: int, *, shown: int
) -> Mapping[str, Any]:
    """Return what the kernel lost since its start: messages, threads, incarnations."""
    numbered = enumerate(letters, start=count - len(letters) + 1)
    alike = [list(group) for _, group in groupby(numbered, key=lambda pair: _alike(pair[1]))]
    return {
        "dead_letters": count,
        "restarts": restarts,
        "abandoned": len(threads),
        "threads": [{"name": name} for name in threads],
        "letters": [letter_shape(group) for group in reversed(alike[-shown:])],
    }


def _alike(letter: DeadLetter) -> tuple[str, str, str, str]:
    return letter.to, letter.message_type, letter.sender, letter.reason


def letter_shape(group: Sequence[tuple[int, DeadLetter]]) -> Mapping[str, Any]:
    """Return messages that reached nobody, one after another and all alike; each has a number."""
    (number, _), (_, letter) = group[0], group[-1]
    return {
        "key": str(number),
        "times": len(group) if len(group) > 1 else 0,
        "at": letter.at,
        "to": letter.to,
        "message": letter.message_type,
        "sender": letter.sender,
        "reason": letter.reason,
    }
