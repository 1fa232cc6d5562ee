"""Containment (S47 to S54)."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from pykka.messages import ProxyCall

from pyros.errors import NotRunning, Refused
from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import ChildDown
from pyros.kernel.ref import ActorDead
from pyros.kernel.spec import Restart, RestartIntensity
from pyros.kernel.supervisor import supervisor


def one(world, **options):
    """A system of one part whose every exit notice is written down."""
    patient = RestartIntensity(max_restarts=9)
    world.run(supervisor("s", [world.part("a", **options)], intensity=patient), scan_s=0.02)
    parent = world.system.services.table.live["/s/a"].parent
    notices, post = [], parent.child_exited

    def write_down(exited):
        notices.append(exited)
        post(exited)

    parent.child_exited = write_down
    return notices


def test_a_told_message_that_fails_is_a_failure(world):
    """S47, S53."""
    notices = one(world)

    world.fail("/s/a")

    assert [(n.kind, n.incarnation) for n in notices] == [(ExitKind.FAILED, 1)]


def test_an_asked_message_that_fails_is_answered_and_a_failure(world, failing):
    """S48."""
    notices = one(world)

    with pytest.raises(ValueError, match="boom"):
        world.do("/s/a", failing(ValueError("boom")))

    world.settle()
    assert [notice.kind for notice in notices] == [ExitKind.FAILED]
    assert world.incarnation("/s/a") == 2


def test_a_declared_no_is_an_answer_and_nothing_else(world, failing):
    """S49."""
    notices = one(world)
    no = failing(Refused("the dome is closed", "it rains"))

    with pytest.raises(Refused) as caught:
        world.do("/s/a", no)
    world.tell("/s/a", no)
    world.settle()

    assert caught.value.reasons == ("the dome is closed", "it rains")
    assert notices == []
    assert world.incarnation("/s/a") == 1


def test_a_proxy_call_that_fails_unheard_is_still_a_failure(world):
    """S50."""
    notices = one(world)
    ref = world.system.services.table.live["/s/a"].ref

    ref.ask(ProxyCall(attr_path=("no_such_method",), args=(), kwargs={}), block=False)
    world.settle()

    assert [notice.kind for notice in notices] == [ExitKind.FAILED]


@pytest.mark.parametrize(
    "error",
    [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), MemoryError(), RecursionError()],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_handler_raises_ends_that_actor_only(world, failing, error):
    """S51: the asker is answered, and is not ended by it himself."""
    world.run(supervisor("s", [world.part("a"), world.part("b")]))

    with pytest.raises((MemoryError, RecursionError, ActorDead)):
        world.do("/s/a", failing(error))

    world.settle()
    assert world.incarnation("/s/a") == 2
    assert world.incarnation("/s/b") == 1


def test_an_on_failure_that_raises_is_contained(world):
    """S52."""

    def broken(_):
        raise SystemExit(1)

    world.run(supervisor("s", [world.part("a", hooks={"on_failure": broken}), world.part("b")]))

    world.fail("/s/a")

    assert world.incarnation("/s/a") == 2
    assert world.incarnation("/s/b") == 1


def test_a_notice_says_all_there_is_to_say(world):
    """S53."""
    notices = one(world)

    world.fail("/s/a", OSError("link lost"))

    notice = notices[0]
    assert (notice.path, notice.incarnation, notice.kind) == ("/s/a", 1, ExitKind.FAILED)
    assert notice.reason == "OSError: link lost"
    assert isinstance(notice.cause, OSError)
    assert "raise error" in notice.traceback
    assert notice.message_type == "Do"
    assert notice.utc == world.clock.utc()
    assert notice.monotonic == world.clock.monotonic()


WAYS_OUT = {
    "fail": ("failed", lambda world: world.fail("/s/a")),
    "leave": ("failed", lambda world: world.fail("/s/a", SystemExit(1))),
    "stop": ("normal", lambda world: world.tell("/s/a", lambda actor: actor.stop())),
    "kill": ("killed", lambda world: world.system.kill("/s/a")),
    "hang": ("hung", lambda world: world.hang("/s/a")),
    "shutdown": ("shutdown", lambda world: None),
    "start_failed": ("start_failed", lambda world: world.fail("/s/a")),
}


@pytest.mark.realtime
@pytest.mark.parametrize("way", list(WAYS_OUT))
def test_there_is_one_notice_for_each_incarnation(world, way):
    """S53: on every way out, also when one that hung comes back after all."""
    starts = []

    def on_start(_):
        starts.append(1)
        if way == "start_failed" and len(starts) == 2:
            raise OSError("busy")

    kind, leave = WAYS_OUT[way]
    notices = one(world, hooks={"on_start": on_start}, budget_s=0.25)
    leave(world)
    world.settle()
    world.plan.release()
    world.settle()
    world.system.stop()

    incarnations = [notice.incarnation for notice in notices]
    assert incarnations == sorted(set(incarnations))
    assert kind in [notice.kind for notice in notices]
    assert len(notices) == len(starts)


class Malicious(logging.Handler):
    def emit(self, record):
        raise RuntimeError("the disk is full")


def test_a_failing_subscriber_harms_no_publisher(world):
    """S54."""
    world.run(world.part("a"))
    calls = []

    def wake():
        calls.append(1)
        raise RuntimeError("the loop is closed")

    world.system.bus.subscribe(["weather"], wake)

    world.do("/a", lambda actor: actor.context.bus.publish("weather", 1))
    world.do("/a", lambda actor: actor.context.bus.publish("weather", 2))

    assert len(calls) == 1
    assert world.incarnation("/a") == 1


def test_a_failing_log_handler_harms_no_actor(world):
    """S54: even while an incarnation ends badly and the handler raises at each word."""

    def broken(_):
        raise OSError("cannot close")

    handler = Malicious()
    logging.getLogger("pyros.kernel").addHandler(handler)
    try:
        world.run(supervisor("s", [world.part("a", hooks={"on_failure": broken})]))
        world.fail("/s/a")
        assert world.incarnation("/s/a") == 2
        assert world.system.stop() == 0
    finally:
        logging.getLogger("pyros.kernel").removeHandler(handler)


def test_a_watcher_that_is_dead_harms_nobody(world):
    """S54, S68."""
    watched = world.part("b", restart=Restart.TEMPORARY)
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY), watched]))
    world.do("/s/a", lambda actor: actor.context.watch("/s/b"))
    assert world.system.services.deathwatch.watchers("/s/b") == 1

    world.fail("/s/a")

    assert world.system.services.deathwatch.watchers("/s/b") == 0
    world.fail("/s/b")
    assert [event.path for event in world.events(ChildDown)] == ["/s/a", "/s/b"]


def test_an_order_to_one_who_is_away_is_a_failure_of_the_sender_unless_offered(world):
    """S47: orders that may be lost are offered."""
    world.run(supervisor("s", [world.part("a")]))

    assert world.do("/s/a", lambda actor: actor.context.address("/nobody").offer("x")) is False
    with pytest.raises(NotRunning):
        world.do("/s/a", lambda actor: actor.context.address("/nobody").tell("x"))

    world.settle()
    assert world.incarnation("/s/a") == 2
    assert world.system.dead_letter_count == 1


def test_handlers_of_several_actors_do_run_at_the_same_time(thread_world):
    """Two meet, each within its own handler."""
    world = thread_world
    world.run(world.part("a"), world.part("b"))
    meeting = threading.Barrier(2, timeout=10)

    answers = [
        world.system.address(path).begin_ask(world.message(lambda _: meeting.wait()))
        for path in ("/a", "/b")
    ]

    assert sorted(answer.get(10.0) for answer in answers) == [0, 1]
