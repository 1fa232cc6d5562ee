"""Intensity and escalation (S24 to S29)."""

from __future__ import annotations

import logging
from logging.handlers import MemoryHandler

from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.lifecycle import (
    ChildDown,
    Escalated,
)
from pyros.kernel.restart import RestartWindow
from pyros.kernel.spec import Backoff, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import EXIT_ESCALATED, EXIT_WISHED

ONCE = RestartIntensity(max_restarts=1, period_s=30.0)
NEVER = RestartIntensity(max_restarts=0)


class TooMany(ValueError):
    pass


def test_a_supervisor_bears_n_failures_and_gives_up_at_the_next(world):
    """S24: it stops its children in reverse, and names the child and its last cause."""
    unit = supervisor("s", [world.part(name) for name in "abc"], intensity=ONCE)
    world.run(supervisor("top", [unit]))

    world.fail("/top/s/b")
    assert world.status("/top/s").incarnation == 1
    world.lives()
    world.fail("/top/s/b", TooMany("too much"))

    assert world.lives()[:3] == [("failed", "b", 2), ("stopped", "c", 1), ("stopped", "a", 1)]
    down = world.events(ChildDown, path="/top/s")[0]
    assert "restart intensity exceeded by /top/s/b" in down.reason
    assert "TooMany: too much" in down.reason
    assert "direct cause" in down.traceback


def test_failures_far_apart_never_escalate(world):
    """S25."""
    world.run(supervisor("s", [world.part("a")], intensity=ONCE))

    for _ in range(5):
        world.fail("/s/a")
        world.advance(31.0)

    assert world.status("/s").incarnation == 1
    assert world.incarnation("/s/a") == 6


def test_intensity_nought_escalates_at_the_first_failure(world):
    """S26."""
    world.run(supervisor("top", [supervisor("s", [world.part("a")], intensity=NEVER)]))

    world.fail("/top/s/a")

    assert world.status("/top/s").incarnation == 2


@given(times=st.lists(st.floats(0, 1000), max_size=30), limit=st.integers(0, 5))
def test_a_window_is_exceeded_by_more_than_n_restarts_within_its_period(times, limit):
    """S24, S25."""
    window = RestartWindow(RestartIntensity(max_restarts=limit, period_s=10.0))
    times.sort()

    for place, now in enumerate(times):
        recent = [before for before in times[: place + 1] if now - before <= 10.0]
        assert window.charge(now) == (len(recent) <= limit)


def test_a_restart_whose_start_fails_is_tried_again_and_counted(world):
    """S27."""
    fails = [False, True, True, False]

    def on_start(_):
        if fails.pop(0):
            raise OSError("busy")

    three = RestartIntensity(max_restarts=3)
    world.run(supervisor("s", [world.part("a", hooks={"on_start": on_start})], intensity=three))

    world.fail("/s/a")

    assert world.incarnation("/s/a") == 4
    kinds = [event.kind for event in world.events(ChildDown, path="/s/a")]
    assert kinds == ["failed", "start_failed", "start_failed"]
    assert world.status("/s").incarnation == 1


def test_a_start_that_never_succeeds_uses_up_the_intensity(world):
    """S27."""
    starts = []

    def on_start(actor):
        starts.append(actor)
        if len(starts) > 1:
            raise OSError("busy")

    unit = supervisor("s", [world.part("a", hooks={"on_start": on_start})], intensity=ONCE)
    world.run(
        supervisor(
            "top", [unit], intensity=NEVER, optional=True, backoff=Backoff(min_s=600, max_s=600)
        )
    )

    world.fail("/top/s/a")

    assert [event.path for event in world.events(Escalated)] == ["/top/s", "/top"]
    assert len(starts) == 2


def test_a_supervisor_that_failed_is_restarted_with_all_its_children(world):
    """S28."""
    unit = supervisor("s", [world.part("a"), world.part("b")], intensity=NEVER)
    world.run(supervisor("top", [unit, world.part("later")], strategy=Strategy.REST_FOR_ONE))
    old = world.system.services.table.live["/top/s/b"].ref

    world.fail("/top/s/a")

    assert world.incarnation("/top/s/a") == world.incarnation("/top/s/b") == 2
    assert world.incarnation("/top/later") == 2
    assert not old.is_alive()
    assert world.status("/top/s").incarnation == 2


def test_nothing_of_a_failed_subtree_acts_any_more(world):
    """S28: its timers and subscriptions end with it, and no cell of it is left."""
    unit = supervisor("s", [world.part("a"), world.part("b")], intensity=NEVER)
    world.run(supervisor("top", [unit]))

    def beat(actor):
        actor.context.subscribe("weather")
        actor.context.every(1.0, "tick")

    world.do("/top/s/b", beat)
    old = world.do("/top/s/b", lambda actor: actor)

    world.fail("/top/s/a")
    world.system.bus.publish("weather", "rain")
    world.advance(10.0)

    assert old.got == []
    assert world.do("/top/s/b", lambda actor: actor.got) == []
    cells = world.system.services.table.cells
    assert {path for path, incarnation in cells if incarnation == 1} == {"/", "/top"}


def test_the_root_gives_up_once_safely_and_with_a_code(world, failing):
    """S29: the safe-state action still finds the children that live."""
    safe = []

    def make_safe(reason):
        safe.append((reason, world.system.address("/b").ask("park")))

    answer = {"on_receive": lambda _, message: f"{message}ed"}
    root = supervisor("root", [world.part("a"), world.part("b", hooks=answer)], intensity=NEVER)
    world.run(root, as_root=True, safe_state=make_safe)

    world.tell("/a", failing(ValueError("boom")))
    world.until(lambda: len(safe) == 1)
    code = world.system.wait()

    assert code == EXIT_ESCALATED == 3
    assert len(safe) == 1
    assert "/a" in safe[0][0]
    assert safe[0][1] == "parked"
    assert ("stopped", "b", 1) in world.lives()


class Disk(logging.Handler):
    """Keeps what is written to it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def test_what_was_logged_is_written_out_before_the_end(world):
    """S29: also what a handler has held back."""
    disk = Disk()
    holding = MemoryHandler(10_000, flushLevel=logging.CRITICAL + 1, target=disk)
    logging.getLogger().addHandler(holding)
    try:
        world.run(supervisor("root", [world.part("a")], intensity=NEVER), as_root=True)
        world.fail("/a")
        assert world.system.wait() == EXIT_ESCALATED
    finally:
        logging.getLogger().removeHandler(holding)

    assert any(line.startswith("the system gives up") for line in disk.lines)


def test_a_root_that_lives_ends_with_code_nought(world):
    """S29."""
    safe = []
    world.run(world.part("a"), safe_state=safe.append)

    assert world.system.stop() == EXIT_WISHED == 0
    assert safe == []
