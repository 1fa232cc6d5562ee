"""State over a restart (S85 to S89)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.fence import Epoch
from pyros.kernel.state import (
    Reconciled,
    Snapshot,
    Step,
    StepState,
    load,
    next_step,
    reconcile,
)
from pyros.kernel.supervisor import supervisor


def test_a_restarted_actor_has_fresh_attributes(world):
    """S85: the factory is called anew."""
    world.run(supervisor("s", [world.part("a")]))
    world.system.address("/s/a").tell("remembered")
    first = world.do("/s/a", lambda actor: actor)

    world.fail("/s/a")

    second = world.do("/s/a", lambda actor: actor)
    assert second is not first
    assert first.got == ["remembered"]
    assert second.got == []


def test_what_a_factory_makes_for_one_incarnation_is_not_the_next_ones(world):
    """S85: what the first has changed in its arguments is unknown to the second."""
    part = world.part("a")

    def factory():
        made = part.factory()
        made.targets = []
        return made

    world.run(supervisor("s", [replace(part, factory=factory)]))
    world.do("/s/a", lambda actor: actor.targets.append("M 31"))

    world.fail("/s/a")

    assert world.do("/s/a", lambda actor: actor.targets) == []


def test_subscriptions_and_timers_end_with_their_incarnation(world):
    """S85: those of the dead one reach nobody."""
    world.run(supervisor("s", [world.part("a")]))

    def prepare(actor):
        actor.context.subscribe("device/*")
        actor.context.every(1.0, "tick")
        actor.context.after(2.0, "late")

    world.do("/s/a", prepare)
    world.advance(1.0)
    first = world.do("/s/a", lambda actor: actor)
    world.fail("/s/a")
    world.system.bus.publish("device/mount", "slewing")
    world.advance(10.0)

    assert first.got == ["tick"]
    assert world.do("/s/a", lambda actor: actor.got) == []


class Shelf:
    """A store of one snapshot, or of something that cannot be read."""

    def __init__(self, snapshot):
        self.snapshot = snapshot

    def load(self, _):
        if isinstance(self.snapshot, Exception):
            raise self.snapshot
        return self.snapshot

    def save(self, path, value, epoch, *, schema):
        self.snapshot = Snapshot(schema=schema, value=value, epoch=epoch)


def test_intent_is_loaded_as_it_was_saved():
    """S86."""
    shelf = Shelf(None)
    assert load(shelf, "/a", schema=2).value is None

    shelf.save("/a", {"target": "M 31"}, Epoch(1, 1), schema=2)

    loaded = load(shelf, "/a", schema=2)
    assert loaded.value == {"target": "M 31"}
    assert loaded.warning == ""


@pytest.mark.parametrize(
    "snapshot",
    [ValueError("not JSON"), Snapshot(schema=3, value={"target": "M 31"}, epoch=Epoch(1, 1))],
    ids=["corrupt", "newer"],
)
def test_a_snapshot_that_cannot_be_used_is_a_clean_start_with_a_warning(snapshot):
    """S86."""
    loaded = load(Shelf(snapshot), "/a", schema=2)

    assert loaded.value is None
    assert "/a" in loaded.warning
    assert "clean start" in loaded.warning


@pytest.mark.parametrize("snapshot", [ValueError("not JSON"), None], ids=["corrupt", "none"])
def test_an_actor_whose_snapshot_is_corrupt_starts_clean_and_says_so(world, snapshot):
    """S86: once, and not again and again."""

    def on_start(actor):
        loaded = load(Shelf(snapshot), actor.context.path, schema=2)
        actor.got.append(loaded.value)
        if loaded.warning:
            actor.context.bus.publish("warnings", loaded.warning, stream=True)

    world.run(supervisor("s", [world.part("a", hooks={"on_start": on_start})]))

    assert world.do("/s/a", lambda actor: (actor.got, actor.context.incarnation)) == ([None], 1)
    said = [item.value for item in world.system.bus.items("warnings")[0]]
    assert len(said) == (0 if snapshot is None else 1)
    assert all("/s/a: its snapshot is corrupt" in one for one in said)


STEPS = st.builds(
    Step,
    name=st.just("step"),
    state=st.sampled_from(StepState),
    repeatable=st.booleans(),
    verifiable=st.booleans(),
)


@given(STEPS)
def test_a_step_that_was_begun_and_may_not_be_repeated_is_never_run_again(step):
    """S88."""
    decision = reconcile(step)

    if step.state is StepState.STARTED and not step.repeatable:
        assert decision is (Reconciled.VERIFY if step.verifiable else Reconciled.ABORT)
    elif step.state in {StepState.PLANNED, StepState.STARTED}:
        assert decision is Reconciled.RUN


@given(st.lists(STEPS))
def test_a_plan_goes_on_at_its_first_step_that_is_not_done(steps):
    """S88."""
    following = next_step(steps)

    done = [step.state is StepState.DONE for step in steps]
    if all(done):
        assert following is None
    else:
        assert following == (steps[done.index(False)], reconcile(steps[done.index(False)]))
