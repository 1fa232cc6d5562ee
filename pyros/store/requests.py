"""Requests and their sequences: made, submitted, changed, found; quota is written through here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from pyros.domain.estimate import Timings, total_s
from pyros.domain.exchange import target_to_map
from pyros.domain.facts import SequenceFacts, words_about
from pyros.domain.problem import Problem
from pyros.domain.request import FINAL, Request, RequestKind, Sequence, SequenceState
from pyros.domain.target import FixedTarget
from pyros.domain.transitions import Machine, step
from pyros.errors import IllegalTransition, Refused
from pyros.store import ids, people
from pyros.store import transition as steps
from pyros.store.engine import Session
from pyros.store.found import (
    alert_of,
    asking,
    find,
    load,
    load_all,
    names,
    of_alert,
    running_out,
    sequence,
    sequences,
)
from pyros.store.rows import (
    add_albums,
    request_row,
    sequence_row,
)
from pyros.store.tables.requests import (
    AlbumRow,
    PlanRow,
    RequestRow,
    SequenceEventRow,
    SequenceRow,
    TargetRevisionRow,
)

__all__ = [
    "Admission",
    "admit",
    "alert_of",
    "amend_target",
    "asking",
    "cancel",
    "create",
    "delete_draft",
    "find",
    "lapse",
    "load",
    "load_all",
    "names",
    "of_alert",
    "sequence",
    "sequences",
    "submit",
    "transition",
    "unsubmit",
    "window_over",
]

Admission = Callable[[Sequence], Collection[object]]
"""Why a sequence may not be planned now; empty: it may (`domain/admission.py`)."""


def create(session: Session, request: Request, *, at: datetime | None = None) -> Request:
    """Write a request with its sequences, all drafts; return it with its ids.

    Ids that are not 0 were reserved before and are kept.

    Raises:
        Refused: its programme has a request of that short name already.
    """
    if find(session, request.programme, request.short_name) is not None:
        raise Refused(f"{request.programme} has a request '{request.short_name}' already")
    request_id = ids.given(session, "requests", request.id)
    request = replace(request, id=request_id)
    row = request_row(request) | {"created_at": at, "archived_at": None}
    session.execute(insert(RequestRow), [row])
    made = tuple(
        _add_sequence(session, replace(one, request_id=request_id, position=n))
        for n, one in enumerate(request.sequences)
    )
    return replace(request, sequences=made)


def submit(  # noqa: PLR0913  named, and each needed
    session: Session,
    request_id: int,
    at: datetime,
    *,
    by: str = "",
    problems: Collection[Problem] = (),
    admission: Admission | None = None,
    timings: Timings | None = None,
) -> Request:
    """Hand in every draft of a request, or none; admission follows at once (P83).

    `problems` is what `domain/checks.py` found: any refuses the whole.  `admission` says why a
    sequence may not be planned now, without it all may; `timings` serve those without an estimate.

    Raises:
        Refused: a check failed, with every problem; or there is no draft.
        LookupError: no such request.
    """
    if problems:
        raise Refused(*(str(problem) for problem in problems))
    request = load(session, request_id)
    drafts = [one for one in request.sequences if one.state is SequenceState.DRAFT]
    if not drafts:
        raise Refused(f"request '{request.short_name}' has no draft to submit")
    needs_approval = people.programme(session, request.programme).needs_approval
    for draft in drafts:
        estimate_s = draft.estimate_s or total_s(draft, timings or Timings())
        cause = steps.Cause(event="submit", at=at, by=by or request.owner)
        handed_in, _ = steps.move(session, replace(draft, estimate_s=estimate_s), cause)
        if not needs_approval or request.kind is RequestKind.ALERT:
            admit(session, handed_in.id, at, by=by or request.owner, admission=admission)
    session.execute(update(RequestRow).where(RequestRow.id == request_id).values(submitted_at=at))
    return load(session, request_id)


def admit(
    session: Session,
    sequence_id: int,
    at: datetime,
    *,
    by: str,
    admission: Admission | None = None,
) -> Sequence:
    """Let a submitted sequence pass on: to be planned, or not plannable for these reasons."""
    sequence = steps.load(session, sequence_id)
    reasons = admission(sequence) if admission else ()
    cause = steps.Cause(
        event="exclude" if reasons else "admit",
        at=at,
        by=by,
        reason="; ".join(str(reason) for reason in reasons),
        facts={"admissible": not reasons},
    )
    return steps.move(session, sequence, cause)[0]


def transition(  # noqa: PLR0913  named, and each needed
    session: Session,
    sequence_id: int,
    event: str,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    **facts: object,
) -> Sequence:
    """Take one step of a sequence's life; return it as it is then.

    Facts may be: night, free, version, execution_id, served_s, and the words' own: problems,
    by_owner, approved, admissible, affordable, ready, done_fraction, accept_fraction,
    remaining_s.  `exclude` and `readmit` say by themselves whether it is admissible.

    Raises:
        IllegalTransition, StaleVersion: nothing was written.
        LookupError: no such sequence.
    """
    implied = {"exclude": {"admissible": False}, "readmit": {"admissible": True}}
    known = {**implied.get(event, {}), **facts}
    own = {name: known.pop(name) for name in _OF_THE_CAUSE if name in known}
    cause = steps.Cause(
        event=event,
        at=at,
        by=by,
        reason=reason,
        facts=known,
        **own,  # type: ignore[arg-type]
    )
    return steps.move(session, steps.load(session, sequence_id), cause)[0]


_OF_THE_CAUSE = ("night", "free", "version", "execution_id", "served_s")


def cancel(  # noqa: PLR0913  named, and each needed
    session: Session, request_id: int, *, at: datetime, by: str, reason: str, by_owner: bool
) -> tuple[Sequence, ...]:
    """Cancel whatever of a request is not final, but for what executes; return those cancelled.

    What executes is cancelled by observation when it has aborted (`end_execution`).
    """
    waiting = [
        one
        for one in load(session, request_id).sequences
        if one.state not in FINAL
        and one.state not in {SequenceState.EXECUTING, SequenceState.DRAFT}
    ]
    return tuple(
        transition(session, one.id, "cancel", at=at, by=by, reason=reason, by_owner=by_owner)
        for one in waiting
    )


def unsubmit(session: Session, request_id: int, *, at: datetime, by: str) -> Request:
    """Take a whole request back to drafts (P84).

    Raises:
        Refused: naming the sequences that execute, were executed or served, or are final.
    """
    request = load(session, request_id)
    out = [one for one in request.sequences if one.state is not SequenceState.DRAFT]
    refused = [f"'{one.name}' is {one.state}" for one in out if not _may_go_back(request, one)]
    if refused or not out:
        raise Refused(*(refused or [f"request '{request.short_name}' is not submitted"]))
    for one in out:
        transition(session, one.id, "unsubmit", at=at, by=by)
    return load(session, request_id)


def amend_target(
    session: Session, sequence_id: int, target: FixedTarget, *, at: datetime, notice: str
) -> Sequence:
    """Point a sequence at a better position of its alert (P39); the old one stays on record."""
    sequence = steps.load(session, sequence_id)
    last = select(func.max(TargetRevisionRow.n)).where(TargetRevisionRow.sequence_id == sequence_id)
    row = {
        "sequence_id": sequence_id,
        "n": (session.execute(last).scalar() or 0) + 1,
        "at": at,
        "target": target_to_map(target),
        "notice": notice,
    }
    session.execute(insert(TargetRevisionRow), [row])
    session.execute(
        update(SequenceRow)
        .where(SequenceRow.id == sequence_id)
        .values(target=target_to_map(target))
    )
    return replace(sequence, target=target)


def delete_draft(session: Session, request_id: int) -> None:
    """Delete a request that holds only drafts which were never handed in.

    Raises:
        Refused: something of it was submitted once.
    """
    request = load(session, request_id)
    kept = [one.name for one in request.sequences if _has_history(session, one)]
    if kept:
        raise Refused(f"request '{request.short_name}' was submitted once: cancel it instead")
    for one in request.sequences:
        _drop_sequence(session, one.id)
    session.execute(delete(RequestRow).where(RequestRow.id == request_id))


def window_over(sequence: Sequence, at: datetime) -> bool:
    """Return whether what a sequence still needs goes beyond its window."""
    return words_about(sequence, SequenceFacts(at=at))["window_over"]


def lapse(session: Session, at: datetime, *, by: str = "majordome") -> tuple[Sequence, ...]:
    """Let every waiting sequence whose window is over move on a day, or expire; return those."""
    live = (
        SequenceState.SUBMITTED,
        SequenceState.TOBEPLANNED,
        SequenceState.UNPLANNABLE,
        SequenceState.PLANNED,
    )
    over = [one for one in running_out(session, live, at) if window_over(one, at)]
    return tuple(
        transition(session, one.id, "lapse", at=at, by=by, reason="WINDOW is over") for one in over
    )


def _add_sequence(session: Session, sequence: Sequence) -> Sequence:
    stored = replace(sequence, id=ids.given(session, "sequences", sequence.id))
    session.execute(insert(SequenceRow), [sequence_row(stored) | {"excluded": False}])
    add_albums(session, stored)
    return stored


def _may_go_back(request: Request, sequence: Sequence) -> bool:
    words = words_about(sequence, SequenceFacts(at=sequence.window_start, kind=request.kind))
    try:
        step(Machine.SEQUENCE, sequence.state, "unsubmit", words)
    except IllegalTransition:
        return False
    return True


def _has_history(session: Session, sequence: Sequence) -> bool:
    there = select(SequenceEventRow.id).where(SequenceEventRow.sequence_id == sequence.id)
    return session.execute(there.limit(1)).first() is not None


def _drop_sequence(session: Session, sequence_id: int) -> None:
    albums = select(AlbumRow.id).where(AlbumRow.sequence_id == sequence_id)
    session.execute(delete(PlanRow).where(PlanRow.album_id.in_(albums)))
    session.execute(delete(AlbumRow).where(AlbumRow.sequence_id == sequence_id))
    session.execute(delete(SequenceRow).where(SequenceRow.id == sequence_id))
