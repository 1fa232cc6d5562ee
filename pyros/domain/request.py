"""Request > Sequence > Album > Plan: what somebody wants observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pyros.domain.devices.orders import Frame
from pyros.domain.target import Constraints, FixedTarget


class RequestKind(StrEnum):
    """Who asked: a person in advance, or a burst."""

    ROUTINE = "ROUTINE"
    ALERT = "ALERT"


class SequenceState(StrEnum):
    """A sequence's life; the table of its transitions is `domain/transitions.py`."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    TOBEPLANNED = "TOBEPLANNED"
    PLANNED = "PLANNED"
    UNPLANNABLE = "UNPLANNABLE"
    EXECUTING = "EXECUTING"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


FINAL = frozenset(
    {
        SequenceState.EXECUTED,
        SequenceState.CANCELLED,
        SequenceState.REJECTED,
        SequenceState.EXPIRED,
    }
)
"""States that a sequence never leaves."""

PLANNABLE = frozenset({SequenceState.TOBEPLANNED, SequenceState.PLANNED, SequenceState.UNPLANNABLE})
"""States in which the scheduler looks at a sequence."""


class DitherPattern(StrEnum):
    """How the pointing moves between exposures."""

    NONE = "NONE"
    BOX = "BOX"
    SPIRAL = "SPIRAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dither:
    """Absolute offsets from the target, a new one every `every_n` exposures."""

    pattern: DitherPattern = DitherPattern.NONE
    step_arcsec: float = 0.0
    every_n: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many exposures of one length through one filter.

    `filter` is empty where the channel has no wheel; `bin_from_s` and `bin_until_s` bound the time
    since the burst in which the exposures of an alert may begin.
    """

    exposure_s: float
    count: int = 1
    filter: str = ""
    frame: Frame = Frame.LIGHT
    dither: Dither = field(default_factory=Dither)
    binning_x: int = 1
    binning_y: int = 1
    readout_mode: str = "default"
    readout: Mapping[str, object] = field(default_factory=dict)
    bin_from_s: float | None = None
    bin_until_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """The plans of one channel; the albums of a sequence run side by side on one pointing."""

    channel: str
    plans: tuple[Plan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """One pointing of a request.  `id` is 0 until the store has given one."""

    id: int = 0
    request_id: int = 0
    position: int = 0
    name: str
    target: FixedTarget
    albums: tuple[Album, ...]
    window_start: datetime
    window_end: datetime
    preferred_at: datetime | None = None
    priority: int = 50
    constraints: Constraints = field(default_factory=Constraints)
    carry_over_nights: int = 0
    carried: int = 0
    state: SequenceState = SequenceState.DRAFT
    state_reason: str = ""
    estimate_s: float = 0.0
    served_s: float = 0.0
    free: bool = False
    failures: int = 0
    interruptions: int = 0
    not_before: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one person, or one burst, asks for; its state follows from its sequences."""

    id: int = 0
    kind: RequestKind = RequestKind.ROUTINE
    short_name: str
    owner: str
    programme: str
    description: str = ""
    alert_id: int | None = None
    strategy_version: str = ""
    submitted_at: datetime | None = None
    sequences: tuple[Sequence, ...] = ()
    version: int = 1


class RequestState(StrEnum):
    """How a whole request stands."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    PLANNED = "PLANNED"
    UNPLANNABLE = "UNPLANNABLE"
    EXECUTING = "EXECUTING"
    EXECUTED = "EXECUTED"
    PARTLY_EXECUTED = "PARTLY_EXECUTED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


_S = SequenceState
_FIRST_FIT: tuple[tuple[Callable[[frozenset[SequenceState]], bool], RequestState], ...] = (
    (lambda states: _S.EXECUTING in states, RequestState.EXECUTING),
    (lambda states: _S.PLANNED in states, RequestState.PLANNED),
    (lambda states: bool(states & {_S.SUBMITTED, _S.TOBEPLANNED}), RequestState.PENDING),
    (lambda states: _S.UNPLANNABLE in states, RequestState.UNPLANNABLE),
    (lambda states: _S.DRAFT in states or not states, RequestState.DRAFT),
    (lambda states: states == {_S.EXECUTED}, RequestState.EXECUTED),
    (lambda states: _S.EXECUTED in states, RequestState.PARTLY_EXECUTED),
    (lambda states: states == {_S.CANCELLED}, RequestState.CANCELLED),
    (lambda states: _S.REJECTED in states, RequestState.REJECTED),
)


def request_state(states: Iterable[SequenceState]) -> RequestState:
    """Return how a request with sequences in these states stands: total, first line that fits."""
    present = frozenset(states)
    return next((state for fits, state in _FIRST_FIT if fits(present)), RequestState.EXPIRED)
