"""A sequence becomes steps, and lanes run side by side on one pointing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.observation import reconcile, steps
from pyros.domain.execution import Outcome, PlanStep, StepKind, StepState
from pyros.domain.request import Album, Plan, Sequence
from pyros.domain.target import FixedTarget

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
CHANNELS = {
    "vis": steps.Channel(name="vis", camera="camera-vis", wheel="wheel-vis", readout_s=2.0),
    "nir": steps.Channel(name="nir", camera="camera-nir", readout_s=1.0),
}


def key(n: int) -> str:
    """A name for the operation of step `n`."""
    return f"{n:032x}"


def a_sequence(*albums: Album) -> Sequence:
    """A sequence of these albums."""
    return Sequence(
        name="m1",
        target=FixedTarget(ra_deg=83.6, dec_deg=22.0),
        albums=albums,
        window_start=NOW,
        window_end=NOW + timedelta(days=1),
    )


def two_channels() -> tuple[PlanStep, ...]:
    """Steps of two VIS plans beside one NIR plan."""
    vis = Album(
        channel="vis",
        plans=(Plan(exposure_s=10.0, count=2, filter="g"), Plan(exposure_s=20.0, filter="r")),
    )
    nir = Album(channel="nir", plans=(Plan(exposure_s=30.0, count=2),))
    return steps.steps_of(a_sequence(vis, nir), CHANNELS, key)


def done(all_steps: tuple[PlanStep, ...], *ready: PlanStep) -> tuple[PlanStep, ...]:
    """The steps with these DONE."""
    for step in ready:
        all_steps = steps.with_step(all_steps, replace(step, state=StepState.DONE))
    return all_steps


def test_every_channel_gets_its_steps_by_the_same_rule() -> None:
    """P65: one implementation for visible and near-infrared."""
    plan = two_channels()

    kinds = {
        lane: [step.kind.value for step in plan if step.lane == lane] for lane in ("", "vis", "nir")
    }
    assert kinds[""] == ["SLEW"]
    assert kinds["vis"] == [
        "FILTER",
        "EXPOSE",
        "SAVE",
        "EXPOSE",
        "SAVE",
        "FILTER",
        "EXPOSE",
        "SAVE",
    ]
    assert kinds["nir"] == ["EXPOSE", "SAVE"] * 2


def test_channels_wait_for_the_pointing_and_then_run_side_by_side() -> None:
    """P65."""
    plan = two_channels()
    slew = steps.next_steps(plan)
    assert [step.kind for step in slew] == [StepKind.SLEW]

    slewing = steps.with_step(plan, replace(slew[0], state=StepState.STARTED))
    assert steps.next_steps(slewing) == ()

    heads = steps.next_steps(done(plan, *slew))
    assert [(step.lane, step.kind) for step in heads] == [
        ("vis", StepKind.FILTER),
        ("nir", StepKind.EXPOSE),
    ]


def test_a_channel_that_failed_is_given_up_and_the_others_go_on() -> None:
    """P16: a lost channel costs its own album only."""
    plan = done(two_channels(), two_channels()[0])
    filter_step = next(step for step in plan if step.kind is StepKind.FILTER)
    plan = steps.with_step(plan, replace(filter_step, state=StepState.FAILED))

    assert [step.lane for step in steps.next_steps(plan)] == ["nir"]


def test_a_save_has_the_key_of_its_exposure_and_keys_are_unique() -> None:
    """The key names an exposure for ever."""
    plan = two_channels()
    exposures = [step.key for step in plan if step.kind is StepKind.EXPOSE]

    assert [step.key for step in plan if step.kind is StepKind.SAVE] == exposures
    assert len(set(exposures)) == len(exposures)


def test_an_exposure_tried_again_has_a_new_key_and_its_save_follows() -> None:
    """S88: an exposure is not repeated under its old name."""
    plan = two_channels()
    first = next(step for step in plan if step.kind is StepKind.EXPOSE)

    again = steps.again(plan, replace(first, state=StepState.FAILED), "f" * 32)

    keys = [
        (step.kind, step.key, step.attempt) for step in again if step.n in {first.n, first.n + 1}
    ]
    assert keys == [(StepKind.EXPOSE, "f" * 32, 2), (StepKind.SAVE, "f" * 32, 2)]


def test_an_aborted_plan_saves_what_was_read_and_skips_the_rest() -> None:
    """P47: its instruments abort, it ends cleanly."""
    plan = two_channels()
    read = next(step for step in plan if step.kind is StepKind.EXPOSE)
    plan = steps.skip_rest(done(plan, read), "alert")

    left = [step for step in plan if step.state is StepState.PLANNED]
    assert [(step.kind, step.key) for step in left] == [(StepKind.SAVE, read.key)]


def test_bins_of_time_since_the_burst_end_by_the_clock() -> None:
    """P38: bins are asked as each exposure starts."""
    album = Album(channel="nir", plans=(Plan(exposure_s=5.0, bin_until_s=60.0),))
    plan = steps.steps_of(a_sequence(album), CHANNELS, key, burst_at=NOW)
    expose = next(step for step in plan if step.kind is StepKind.EXPOSE)

    assert not steps.is_over(expose, NOW, NOW + timedelta(seconds=59))
    assert steps.is_over(expose, NOW, NOW + timedelta(seconds=61))


@given(st.sets(st.integers(0, 12)))
def test_served_time_is_never_more_than_all_of_it(numbers: set[int]) -> None:
    """P28: what is paid is what was exposed, never above the estimate."""
    plan = two_channels()
    served = steps.tally(done(plan, *(step for step in plan if step.n in numbers)))

    assert 0.0 <= served.served_s <= steps.tally(done(plan, *plan)).served_s
    assert served.exposures_done <= served.exposures_planned == 5


@given(st.lists(st.sampled_from(list(StepState)), min_size=13, max_size=13), st.booleans())
def test_a_dead_plan_leaves_no_step_open(states: list[StepState], saved: bool) -> None:  # noqa: FBT001
    """S88, S89: each step found open is judged, and the decision is written."""
    plan = tuple(
        replace(step, state=state) for step, state in zip(two_channels(), states, strict=False)
    )
    keys = frozenset(step.key for step in plan) if saved else frozenset()

    settled = reconcile.settle(plan, keys, NOW)

    assert all(step.state not in {StepState.PLANNED, StepState.STARTED} for step in settled)
    for before, after in zip(plan, settled, strict=True):
        assert (before == after) or after.decision


def test_a_sequence_that_kills_its_plan_twice_counts_as_failed() -> None:
    """Domain 2.1: not tried for ever."""
    assert reconcile.outcome_of(0, 0.5, 1.0) is Outcome.INTERRUPTED
    assert reconcile.outcome_of(1, 0.5, 1.0) is Outcome.FAILED
    assert reconcile.outcome_of(5, 1.0, 1.0) is Outcome.DONE
