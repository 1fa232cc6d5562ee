"""What the kernel relies on in Pykka 4.5; it fails loudly when any of this moves."""

from __future__ import annotations

import inspect
import queue
import threading
from importlib.metadata import requires, version

import pykka
import pytest
from pykka import messages
from pykka._envelope import Envelope

from pyros.kernel.actor import SupervisedActor


@pytest.mark.parametrize(
    ("name", "kind", "parameters"),
    [
        ("_create_actor_inbox", staticmethod, []),
        ("_create_future", staticmethod, []),
        ("_start_actor_loop", type(lambda: 0), ["self"]),
        ("_actor_loop", type(lambda: 0), ["self"]),
        ("_handle_receive", type(lambda: 0), ["self", "message"]),
    ],
)
def test_the_five_private_override_points_are_where_they_were(name, kind, parameters):
    owner = next(cls for cls in pykka.ThreadingActor.__mro__ if name in vars(cls))

    assert type(vars(owner)[name]) is kind
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters
    assert name in vars(SupervisedActor)


def test_nothing_else_that_is_private_is_overridden():
    private = {name for name in vars(pykka.Actor) | vars(pykka.ThreadingActor) if name[0] == "_"}
    ours = {name for name in vars(SupervisedActor) if name in private and not name.startswith("__")}

    assert ours - {"_abc_impl"} == {
        "_create_actor_inbox",
        "_create_future",
        "_start_actor_loop",
        "_actor_loop",
        "_handle_receive",
    }


def test_an_envelope_has_two_slots():
    assert Envelope.__slots__ == ["message", "reply_to"]
    assert Envelope("m", reply_to=None).message == "m"


def test_a_stop_is_a_message_of_pykkas_own():
    assert messages._ActorStop() == ()
    assert isinstance(messages._ActorStop(), messages._ActorStop)


def test_ask_takes_its_future_from_the_actors_class():
    """PK18: so ours is bounded for raw references, too."""
    made = []

    class Counting(pykka.ThreadingActor):
        @staticmethod
        def _create_future():
            made.append(pykka.ThreadingFuture())
            return made[-1]

    ref = Counting.start()
    future = ref.ask("x", block=False)
    ref.stop()

    assert future is made[0]


def test_a_reference_copies_the_inbox_when_it_is_made():
    class Plain(pykka.ThreadingActor):
        pass

    actor = Plain()

    assert actor.actor_ref.actor_inbox is actor.actor_inbox


def test_a_second_set_of_pykkas_future_raises():
    """PK18."""
    future = pykka.ThreadingFuture()
    future.set(1)

    with pytest.raises(queue.Full):
        future.set(2)


class Plain(pykka.ThreadingActor):
    """Notes which of its hooks ran."""

    use_daemon_thread = True

    def __init__(self, start_error=None):
        super().__init__()
        self.hooks = []
        self.start_error = start_error
        self.failed = threading.Event()

    def on_start(self):
        if self.start_error is not None:
            raise self.start_error

    def on_stop(self):
        self.hooks.append("on_stop")

    def on_failure(self, *_):
        self.hooks.append("on_failure")
        self.failed.set()

    def on_receive(self, message):
        if isinstance(message, BaseException):
            raise message
        return message


def start(actor_class, *args):
    ref = actor_class.start(*args)
    return ref, ref._actor_weakref()


def test_pk1_a_told_exception_calls_on_failure_and_not_on_stop():
    ref, actor = start(Plain)

    ref.tell(ValueError("boom"))

    assert actor.failed.wait(10)
    assert not ref.is_alive()
    assert actor.hooks == ["on_failure"]


def test_pk2_an_asked_exception_leaves_the_actor_alive():
    ref, actor = start(Plain)

    with pytest.raises(ValueError, match="boom"):
        ref.ask(ValueError("boom"))

    assert ref.is_alive()
    assert actor.hooks == []
    ref.stop()


def test_pk3_an_exception_in_on_start_stops_it_without_a_hook():
    ref, actor = start(Plain, ValueError("boom"))

    assert ref.actor_stopped.wait(10)
    assert actor.hooks == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_pk4_a_base_exception_in_on_start_leaves_a_zombie():
    ref, _ = start(Plain, GeneratorExit())
    answer = ref.ask("x", block=False)

    assert ref.is_alive()
    with pytest.raises(pykka.Timeout):
        answer.get(timeout=0.05)
    pykka.ActorRegistry.unregister(ref)


def test_pk5_a_base_exception_in_a_handler_stops_everybody():
    ref, _ = start(Plain)
    other, _ = start(Plain)

    ref.ask(GeneratorExit(), block=False)

    assert other.actor_stopped.wait(10)


def test_the_version_is_pinned():
    assert version("pykka").startswith("4.5.")
    assert any(line.startswith("pykka") and "<4.6" in line for line in requires("pyros"))
