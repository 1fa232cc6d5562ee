"""What comes out: slots, refusals with their reasons, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When to stop: after `moves` (then the result depends on the input alone), or seconds."""

    seconds: float = 1.0
    moves: int | None = None
    threads: int = 1
    seed: int = 0
    counter: Callable[[], float] = field(default=perf_counter, compare=False)
    """What seconds are counted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When a request is done: `start` begins with the set-up, photons from on_target to end."""

    id: str
    start: datetime
    on_target: datetime
    end: datetime
    step: int
    """Of on_target, on the grid of the problem."""
    setup_s: float
    slide_before_s: float = 0.0
    slide_after_s: float = 0.0
    """How far it may move with all others as they are."""
    value: float = 0.0
    quality: float = 0.0
    """Share of the best value it could have this night."""
    altitude_deg: float = 0.0
    airmass: float = 0.0
    moon_distance_deg: float = 0.0
    hour_angle_h: float = 0.0
    filler: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request has no slot: a code, its numbers, what would admit it, and words for people."""

    id: str
    code: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    change: Mapping[str, object] = field(default_factory=dict)
    """What `confirm` applies; empty: nothing alone would."""
    text: str = ""
    certified: bool = False
    """Proven: no better schedule holds it.  Else: none was found."""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A time in which nothing runs, and why."""

    start: datetime
    end: datetime
    why: str
    """NOTHING_UP, TOO_SHORT, QUOTA, WAITING or BLOCK."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the plan takes from an account."""

    used_s: float
    left_s: float
    price_per_h: float
    """What one more hour would add tonight, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierResult:
    """Value and upper bound of one tier."""

    tier: str
    value: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the previous plan's slots."""

    kept: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A plan; each request of its problem is slot, running or refusal, exactly one of them."""

    problem_sha256: str
    stage: str
    """first, polished or full."""
    value: float
    bound: float
    """No schedule of this problem is worth more (with the tiers above as they are)."""
    tiers: tuple[TierResult, ...] = ()
    slots: tuple[Slot, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    accounts: Mapping[str, Spent] = field(default_factory=dict)
    idle: tuple[Idle, ...] = ()
    changes: Changes = field(default_factory=Changes)
    solver: str = ""
    seed: int = 0
    runtime_ms: float = 0.0
    """0 where the budget is in moves: the same input gives the same bytes."""

    @property
    def gap(self) -> float:
        """Return 1 - value / bound, 0 where nothing can be gained."""
        return 1.0 - self.value / self.bound if self.bound > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule that a schedule breaks."""

    rule: str
    """once, feasible, order, night, frozen, quota, blocks, complete or sums."""
    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a refusal's change admits its request, and nothing smaller does."""

    confirmed: bool
    text: str
