"""What is so of a sequence, as the words that its transitions ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyros.domain.request import RequestKind, Sequence
from pyros.domain.transitions import Words

MAX_FAILURES = 2
"""A sequence that failed so often is rejected by its next failure."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFacts:
    """What the one who brings an event about knows besides the sequence itself.

    `done_fraction` is the share of its exposures that is done, over all attempts;
    `remaining_s` what it still needs of the telescope, None: estimate less served.
    """

    at: datetime
    kind: RequestKind = RequestKind.ROUTINE
    reason: str = ""
    by_owner: bool = False
    problems: tuple[str, ...] = ()
    allowed: bool = True
    approved: bool = True
    admissible: bool = True
    affordable: bool = True
    excluded: bool = False
    ready: bool = True
    done_fraction: float = 0.0
    accept_fraction: float = 1.0
    remaining_s: float | None = None


def remaining_s(sequence: Sequence) -> float:
    """Return what it still needs of the telescope, seconds; never negative."""
    return max(0.0, sequence.estimate_s - sequence.served_s)


def carry_left(sequence: Sequence) -> bool:
    """Return whether its window, of a day at most, may move by another day (P79)."""
    short = sequence.window_end - sequence.window_start <= DAY
    return short and sequence.carried < sequence.carry_over_nights


def words_about(sequence: Sequence, facts: SequenceFacts) -> Words:
    """Return every word that a row of the sequence's machine may ask for."""
    needed = remaining_s(sequence) if facts.remaining_s is None else facts.remaining_s
    window_over = facts.at + timedelta(seconds=needed) > sequence.window_end
    return {
        "allowed": facts.allowed,
        "checked": not facts.problems,
        "approved": facts.approved,
        "admissible": facts.admissible,
        "affordable": facts.affordable,
        "excluded": facts.excluded,
        "explained": bool(facts.reason),
        "alert": facts.kind is RequestKind.ALERT,
        "ready": facts.ready,
        "enough": facts.done_fraction >= facts.accept_fraction,
        "time_left": not window_over,
        "window_over": window_over,
        "carry_left": carry_left(sequence),
        "third_failure": sequence.failures >= MAX_FAILURES,
        "served": sequence.served_s > 0.0,
        "by_owner": facts.by_owner,
    }
