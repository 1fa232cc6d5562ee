"""Messages and where they end (S55, S58 to S62)."""

from __future__ import annotations

import pickle
import threading

import pytest
from pykka import ActorDeadError

from pyros.kernel.lifecycle import COUNTERS
from pyros.kernel.mailbox import DeadLetters
from pyros.kernel.ref import (
    ActorDead,
    MailboxFull,
)
from pyros.kernel.spec import Overflow
from pyros.kernel.supervisor import TerminateChild, supervisor
from pyros.kernel.testing.faults import Hang


def test_mail_of_one_sender_arrives_in_order(world):
    """S55."""
    world.run(world.part("a"), world.part("b"), world.part("c"))

    def send(actor):
        to = actor.context.address("/c")
        for number in range(200):
            to.tell((actor.name, number))

    world.tell("/a", send)
    world.tell("/b", send)
    world.settle()

    got = world.do("/c", lambda actor: actor.got)
    for name in "ab":
        assert [number for who, number in got if who == name] == list(range(200))


def test_a_full_mailbox_refuses_teller_and_asker_and_counts(world):
    """S58: mail of the kernel is always accepted."""
    world.run(supervisor("s", [world.part("a", mailbox=3)]))
    address = world.system.address("/s/a")

    def fill(actor):
        for number in range(3):
            address.tell(number)
        with pytest.raises(MailboxFull):
            address.tell(3)
        assert not address.offer(4)

    world.do("/s/a", fill)
    world.settle()

    assert world.do("/s/a", lambda actor: actor.got) == [0, 1, 2]
    assert world.status("/s/a").rejected == 2
    assert world.system.dead_letter_count == 2


@pytest.mark.realtime
def test_a_full_mailbox_takes_what_the_kernel_says(world):
    """S58: an actor with a full mailbox can be stopped; what waits becomes dead letters."""
    world.plan.add(Hang("/s/a", for_s=3.0) if world.kind == "sim" else Hang("/s/a"))
    world.run(supervisor("s", [world.part("a", mailbox=2, shutdown_s=10.0)]))
    address = world.system.address("/s/a")
    mailbox = world.system.services.table.live["/s/a"].mailbox
    address.tell("in work")
    world.until(lambda: mailbox.cell.busy_since)
    for number in range(2):
        address.tell(number)
    assert not address.offer("one too many")

    stopping = world.system.address("/s").begin_ask(TerminateChild("a"))
    world.until(lambda: stopping.done or mailbox.signals)
    world.plan.release()

    assert stopping.get(10.0) is True
    assert ("stopped", "a", 1) in world.journal
    assert world.system.dead_letter_count == 3


def test_an_asker_learns_that_the_mailbox_is_full(world):
    """S58."""
    world.run(world.part("a", mailbox=1, tier=1), world.part("b"))

    def ask_twice(actor):
        to = actor.context.address("/a")
        return to.begin_ask(1), to.begin_ask(2), to.begin_ask(3)

    if world.kind == "threads":
        gate = threading.Event()
        world.tell("/a", lambda _: gate.wait(10))
        world.until(lambda: world.status("/a").busy_s > 0)
    answers = world.do("/b", ask_twice)
    if world.kind == "threads":
        gate.set()

    with pytest.raises(MailboxFull):
        answers[2].get()


def test_telemetry_may_drop_the_oldest(world):
    """S58."""
    world.run(world.part("a", mailbox=3, overflow=Overflow.DROP_OLDEST))

    def flood(actor):
        for number in range(10):
            actor.context.me.tell(number)

    world.do("/a", flood)
    world.settle()

    assert world.do("/a", lambda actor: actor.got) == [7, 8, 9]
    assert world.system.dead_letter_count == 7


def test_mail_that_reaches_nobody_is_kept_for_a_while(world):
    """S59."""
    world.run(world.part("a"))

    world.do("/a", lambda actor: actor.context.address("/nobody").offer("x"))

    letter = world.system.dead_letters[0]
    assert (letter.to, letter.message_type, letter.sender) == ("/nobody", "str", "/a")
    assert letter.reason == "nobody lives there now"
    assert letter.at == world.clock.utc()


@pytest.mark.realtime
def test_how_many_reached_nobody_is_on_the_bus(thread_world):
    """S59: for the dashboard, within a scan of the watchdog."""
    world = thread_world
    world.run(world.part("a"), scan_s=0.02)

    world.system.address("/nobody").offer("x")

    world.until(lambda: getattr(world.system.bus.latest(COUNTERS), "dead_letters", 0) == 1)


def test_the_ring_of_dead_letters_is_bounded(sim_world):
    """S59."""
    letters = DeadLetters(sim_world.clock.utc, size=5)
    world = sim_world
    world.run(world.part("a"))

    for number in range(9):
        letters.add("/x", world.system.services.table.mail(number), "away")

    assert letters.count == 9
    assert len(letters.newest()) == 5


def test_neither_the_failing_message_nor_those_behind_it_reach_the_next(world, failing):
    """S60, S61."""
    world.run(supervisor("s", [world.part("a")]))
    address = world.system.address("/s/a")

    def fail_with_mail_behind(actor):
        actor.context.me.tell("behind")
        raise ValueError("boom")

    address.tell(world.message(fail_with_mail_behind))
    world.settle()

    assert world.do("/s/a", lambda actor: actor.got) == []
    assert world.system.dead_letter_count == 1


def test_what_was_told_to_one_that_drains_reaches_the_next_before_all_else(world, failing):
    """S60, S61 (D): no row is lost with the store's writer."""
    world.run(supervisor("s", [world.part("a", drains=True)]))
    address = world.system.address("/s/a")

    def fail_with_mail_behind(actor):
        actor.context.me.tell("first")
        actor.context.me.tell("second")
        raise ValueError("boom")

    address.tell(world.message(fail_with_mail_behind))
    world.settle()
    address.tell("third")

    assert world.do("/s/a", lambda actor: actor.got) == ["first", "second", "third"]
    assert world.system.dead_letter_count == 0


def test_an_address_works_across_restarts_and_a_raw_reference_does_not(world):
    """S62."""
    world.run(supervisor("s", [world.part("a")]))
    address = world.system.address("/s/a")
    ref = world.system.services.table.live["/s/a"].ref
    mine = world.do("/s/a", lambda actor: actor.context.mine)

    world.fail("/s/a")

    assert address.ask("x") is None
    assert not ref.is_alive()
    with pytest.raises(ActorDeadError):
        ref.tell("x")
    with pytest.raises(ActorDead):
        mine.tell("x")


def test_an_address_is_a_value(world):
    """S62."""
    world.run(world.part("a"))
    address = world.system.address("/a")

    again = pickle.loads(pickle.dumps(address))  # noqa: S301 our own

    assert again == address == world.system.address("/a")
    assert address != world.system.address("/b")
    assert len({address, again}) == 1
    assert again.ask("x") is None


def test_an_address_in_a_process_without_its_system_finds_nobody(sim_world):
    """S62: as when it was sent to a worker."""
    sim_world.run(sim_world.part("a"), name="here-and-now")
    pickled = pickle.dumps(sim_world.system.address("/a"))

    stranger = pickle.loads(pickled.replace(b"here-and-now", b"there-&-then"))  # noqa: S301 ours

    with pytest.raises(ActorDead):
        stranger.tell("x")
