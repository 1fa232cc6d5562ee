"""A sequence to its steps, and which of them may begin now.

Steps of lane "" (checks, slew) come first and one at a time; then each channel is a lane of its
own, and lanes run side by side on one pointing.  One list serves every channel, whatever light it
sees (P65).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyros.domain.devices.orders import Exposure, Frame
from pyros.domain.execution import STEP_ENDED, PlanStep, StepKind, StepState
from pyros.domain.request import Album, Plan
from pyros.domain.request import Sequence as Wanted

POINTING = ""
"""Lane of the steps that all channels wait for."""

ExposureKind = tuple[str, str, float]
"""Channel, filter, exposure time: what makes one exposure as good as another."""

SETUP_COST_S = 30.0
TIME_PASSED = "its time since the burst is over"
CHANNEL_LOST = "its channel was lost"
_NOT_COUNTED = frozenset({TIME_PASSED, CHANNEL_LOST})
READY_STATES = frozenset({StepState.DONE, StepState.SKIPPED})
TOO_LATE = frozenset({StepState.FAILED, StepState.ABORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as a plan needs it: which devices, and how long a read-out takes, seconds."""

    name: str
    camera: str
    wheel: str = ""
    readout_s: float = 2.0
    filter_s: float = 5.0


def steps_of(
    wanted: Wanted,
    channels: Mapping[str, Channel],
    name_key: Callable[[int], str],
    *,
    burst_at: datetime | None = None,
) -> tuple[PlanStep, ...]:
    """Return the steps of a sequence in order, `n` rising from 0, all PLANNED.

    `name_key` names the operation of a step by its number; a SAVE has the key of its exposure.
    A plan with bins of time since the burst keeps its bin in the arguments; whether it is still
    time is asked as each exposure starts.  Albums of channels that the house does not have are
    left out; the caller has checked that one is there.
    """
    steps = [_slew(wanted)]
    for album in wanted.albums:
        channel = channels.get(album.channel)
        if channel is not None:
            steps += _album_steps(album, channel, burst_at)
    return _numbered(steps, name_key)


def pointing(wanted: Wanted, name_key: Callable[[int], str]) -> tuple[PlanStep, ...]:
    """Return the first of `steps_of` alone: what an alert begins with before all else is listed."""
    return _numbered([_slew(wanted)], name_key)


def _slew(wanted: Wanted) -> PlanStep:
    target = wanted.target
    return _step(POINTING, StepKind.SLEW, ra_deg=target.ra_deg, dec_deg=target.dec_deg)


def left_over(wanted: Wanted, saved: Mapping[ExposureKind, int]) -> Wanted:
    """Return the sequence without the exposures that are saved already; plans of none go."""
    left = dict(saved)
    albums = tuple(_album_left(album, left) for album in wanted.albums)
    return replace(wanted, albums=tuple(album for album in albums if album.plans))


def _album_left(album: Album, left: dict[ExposureKind, int]) -> Album:
    plans = []
    for plan in album.plans:
        kind = (album.channel, plan.filter, plan.exposure_s)
        used = min(plan.count, left.get(kind, 0))
        left[kind] = left.get(kind, 0) - used
        if plan.count > used:
            plans.append(replace(plan, count=plan.count - used))
    return replace(album, plans=tuple(plans))


def calibration_steps(
    frames: Iterable[tuple[str, Plan]],
    channels: Mapping[str, Channel],
    name_key: Callable[[int], str],
) -> tuple[PlanStep, ...]:
    """Return the steps of bias and dark series (channel, plan): no pointing, no filter."""
    steps: list[PlanStep] = []
    for name, plan in frames:
        for index in range(plan.count):
            steps += _exposure_steps(plan, index, channels[name], None)
    return _numbered(steps, name_key)


def _numbered(steps: Iterable[PlanStep], name_key: Callable[[int], str]) -> tuple[PlanStep, ...]:
    return tuple(
        replace(step, n=n, key=name_key(n - 1 if step.kind is StepKind.SAVE else n))
        for n, step in enumerate(steps)
    )


def _album_steps(album: Album, channel: Channel, burst_at: datetime | None) -> list[PlanStep]:
    steps: list[PlanStep] = []
    mounted = ""
    for plan in album.plans:
        if channel.wheel and plan.filter and plan.filter != mounted:
            change = _step(channel.name, StepKind.FILTER, name=plan.filter)
            steps.append(replace(change, cost_s=channel.filter_s) if mounted else change)
            mounted = plan.filter
        for index in range(plan.count):
            steps += _exposure_steps(plan, index, channel, burst_at)
    return steps


def _exposure_steps(
    plan: Plan, index: int, channel: Channel, burst_at: datetime | None
) -> list[PlanStep]:
    bins = (
        {}
        if burst_at is None or plan.bin_until_s is None
        else {"until_since_burst_s": plan.bin_until_s}
    )
    expose = _step(
        channel.name,
        StepKind.EXPOSE,
        exposure_s=plan.exposure_s,
        frame=str(plan.frame),
        filter=plan.filter,
        index=index,
        binning_x=plan.binning_x,
        binning_y=plan.binning_y,
        readout_mode=plan.readout_mode,
        **bins,
    )
    cost_s = plan.exposure_s + channel.readout_s
    return [replace(expose, cost_s=cost_s), _step(channel.name, StepKind.SAVE)]


def _step(lane: str, kind: StepKind, **args: object) -> PlanStep:
    cost_s = SETUP_COST_S if kind is StepKind.SLEW else 0.0
    return PlanStep(n=0, lane=lane, kind=kind, args=args, cost_s=cost_s)


def again(steps: Sequence[PlanStep], failed: PlanStep, key: str) -> tuple[PlanStep, ...]:
    """Return the steps with that one to be tried anew under a new key, and its SAVE with it."""
    fresh = replace(
        failed,
        attempt=failed.attempt + 1,
        key=key,
        state=StepState.PLANNED,
        started_at=None,
        ended_at=None,
        result="",
        decision="",
    )
    changed = with_step(steps, fresh)
    return tuple(
        replace(step, key=key, attempt=fresh.attempt)
        if step.kind is StepKind.SAVE and step.n == failed.n + 1
        else step
        for step in changed
    )


def exposure_of(step: PlanStep) -> Exposure:
    """Return the exposure that an EXPOSE step orders."""
    args = step.args
    return Exposure(
        exposure_s=number(args["exposure_s"]),
        frame=Frame(str(args["frame"])),
        binning_x=int(number(args.get("binning_x", 1))),
        binning_y=int(number(args.get("binning_y", 1))),
        readout_mode=str(args.get("readout_mode", "default")),
    )


def number(value: object) -> float:
    """Return a number out of a step's arguments; TypeError if it is none."""
    if isinstance(value, (int, float)):
        return float(value)
    raise TypeError(f"a number was expected, got {value!r}")


def lanes(steps: Iterable[PlanStep]) -> tuple[str, ...]:
    """Return the lanes in order of their first step."""
    return tuple(dict.fromkeys(step.lane for step in steps))


def next_steps(steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
    """Return the steps that may begin now: at most one a lane, none of a lane at work.

    Channels wait for the pointing.  A lane whose step failed is given up; the others go on.
    """
    pointing = [step for step in steps if step.lane == POINTING]
    head = _head(pointing)
    if head is not None:
        return (head,)
    if any(step.state not in READY_STATES for step in pointing):
        return ()
    heads = (_head([step for step in steps if step.lane == lane]) for lane in lanes(steps))
    return tuple(step for step in heads if step is not None)


def _head(lane: Sequence[PlanStep]) -> PlanStep | None:
    """The first step of a lane that may begin; None while one runs, and after a failure."""
    for step in lane:
        if step.state is StepState.PLANNED:
            return step
        if step.state is StepState.STARTED or step.state in TOO_LATE:
            return None
    return None


def finished(steps: Sequence[PlanStep]) -> bool:
    """Return whether nothing runs and nothing more may begin."""
    return not next_steps(steps) and all(step.state is not StepState.STARTED for step in steps)


def is_over(step: PlanStep, burst_at: datetime | None, now: datetime) -> bool:
    """Return whether an exposure's bin of time since the burst has passed."""
    until_s = step.args.get("until_since_burst_s")
    if burst_at is None or until_s is None:
        return False
    return (now - burst_at).total_seconds() > number(until_s)


def with_step(steps: Sequence[PlanStep], changed: PlanStep) -> tuple[PlanStep, ...]:
    """Return the steps with that one replaced, by its number."""
    return tuple(changed if step.n == changed.n else step for step in steps)


def skip_rest(
    steps: Sequence[PlanStep],
    reason: str,
    *,
    lane: str | None = None,
    at: datetime | None = None,
) -> tuple[PlanStep, ...]:
    """Return the steps with all that have not begun SKIPPED, but SAVE of frames already read.

    `lane` skips in that channel only.
    """
    read = {
        step.key for step in steps if step.kind is StepKind.EXPOSE and step.state is StepState.DONE
    }
    return tuple(
        replace(step, state=StepState.SKIPPED, decision=reason, ended_at=at)
        if step.state is StepState.PLANNED
        and (lane is None or step.lane == lane)
        and not (step.kind is StepKind.SAVE and step.key in read)
        else step
        for step in steps
    )


def as_planned(step: PlanStep) -> PlanStep:
    """Return the step as it was before anything of it began."""
    if step.state is StepState.PLANNED:
        return step
    return replace(
        step,
        state=StepState.PLANNED,
        started_at=None,
        ended_at=None,
        result="",
        decision="",
    )


def newest(journal: Iterable[PlanStep]) -> tuple[PlanStep, ...]:
    """Return the last attempt at each step of a journal, in order."""
    last: dict[int, PlanStep] = {}
    for step in journal:
        if step.n not in last or last[step.n].attempt < step.attempt:
            last[step.n] = step
    return tuple(last[n] for n in sorted(last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What an execution came to."""

    exposures_done: int
    exposures_planned: int
    served_s: float

    @property
    def share(self) -> float:
        """Done exposures of those that were planned, 0 to 1."""
        return self.exposures_done / self.exposures_planned if self.exposures_planned else 0.0


def tally(steps: Iterable[PlanStep]) -> Tally:
    """Return what was done: an exposure counts when its frame is saved.

    `served_s` is the cost of the longest lane's done exposures, plus the set-up if there is one:
    the albums run side by side, and the telescope's time is what is paid for.
    """
    all_steps = tuple(steps)
    saved = {
        step.key
        for step in all_steps
        if step.kind is StepKind.SAVE and step.state is StepState.DONE
    }
    exposures = [step for step in all_steps if step.kind is StepKind.EXPOSE]
    done = [step for step in exposures if step.key in saved]
    by_lane: dict[str, float] = {}
    for step in done:
        by_lane[step.lane] = by_lane.get(step.lane, 0.0) + step.cost_s
    planned = [step for step in exposures if step.decision not in _NOT_COUNTED]
    served_s = SETUP_COST_S + max(by_lane.values()) if by_lane else 0.0
    return Tally(exposures_done=len(done), exposures_planned=len(planned), served_s=served_s)


def remaining_s(steps: Iterable[PlanStep]) -> float:
    """Return how long what has not ended will take, seconds: the longest lane, set-up before."""
    open_steps = [step for step in steps if step.state not in STEP_ENDED]
    by_lane: dict[str, float] = {}
    for step in open_steps:
        by_lane[step.lane] = by_lane.get(step.lane, 0.0) + step.cost_s
    pointing = by_lane.pop(POINTING, 0.0)
    return pointing + max(by_lane.values(), default=0.0)


def expected_end(steps: Sequence[PlanStep], now: datetime) -> datetime:
    """Return when the last of what is left will have ended, if all goes well."""
    begun = [
        (now - step.started_at).total_seconds()
        for step in steps
        if step.state is StepState.STARTED and step.started_at is not None
    ]
    return now + timedelta(seconds=max(0.0, remaining_s(steps) - max(begun, default=0.0)))


def in_words(steps: Sequence[PlanStep]) -> str:
    """Return what a plan does at this moment, for people."""
    running = [step for step in steps if step.state is StepState.STARTED]
    return ", ".join(_step_in_words(step) for step in running) or "between steps"


def _step_in_words(step: PlanStep) -> str:
    match step.kind:
        case StepKind.SLEW:
            return "slewing"
        case StepKind.FILTER:
            return f"{step.lane}: filter {step.args.get('name')}"
        case StepKind.EXPOSE:
            count = int(number(step.args.get("index", 0))) + 1
            return f"{step.lane}: {step.args.get('exposure_s')} s exposure {count}"
        case _:
            return f"{step.lane}: {str(step.kind).lower()}"
