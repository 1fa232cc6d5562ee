"""The one actor that writes."""

from __future__ import annotations

from functools import partial

import pytest

from pyros.errors import IllegalTransition, StaleVersion, StoreUnavailable
from pyros.kernel.clock import SystemClock
from pyros.kernel.fence import Epoch
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.events import AlarmRaised
from pyros.store import house as rows
from pyros.store.writer import StoreWriter, Write

PATH = "/writer"


class Trouble:
    """A store that cannot be written while `on`; it counts the commits it made."""

    def __init__(self, store):
        self.store = store
        self.on = False
        self.commits = 0
        self.tries = 0

    def write_all(self, works):
        self.tries += 1
        if self.on:
            raise StoreUnavailable("disk full")
        done = self.store.write_all(works)
        self.commits += 1
        return done


class Bench:
    """A system with a writer, and somebody who hears its alarms."""

    def __init__(self, store):
        self.store = store
        self.trouble = Trouble(store)
        self.sim = SimRuntime(seed=3)
        probe, self.heard = probe_spec("probe", "alarms")
        writer = ChildSpec(
            id="writer", factory=lambda: StoreWriter(self.trouble), tier=0, drains=True
        )
        self.system = ActorSystem(
            [writer, probe],
            clock=self.sim.clock,
            runtime=self.sim,
            boot=7,
            faults=FaultPlan(seed=3),
        )
        self.system.start()
        self.address = self.system.address(PATH)

    def tell(self, work, **more):
        self.address.tell(Write(work=work, **more))

    def ask(self, work, **more):
        return self.address.ask(Write(work=work, **more))

    def mark(self, text):
        """A work that leaves `text` behind."""
        at = self.sim.clock.utc()
        return lambda session: rows.boot(session, at, text, "")

    def marks(self):
        query = "SELECT version FROM boot ORDER BY number"
        return self.store.read(lambda s: list(s.exec_driver_sql(query).scalars()))

    def alarms(self):
        return [alarm.severity for alarm in self.heard.of(AlarmRaised)]


@pytest.fixture
def bench(store):
    bench = Bench(store)
    yield bench
    bench.system.stop()


def no(error):
    def work(_session):
        raise error

    return work


def test_what_is_told_is_written_in_order_and_in_one_commit(bench):
    """P04: a burst of writes costs one commit."""
    for n in range(50):
        bench.tell(bench.mark(str(n)))
    bench.sim.run_until_idle()

    assert bench.marks() == [str(n) for n in range(50)]
    assert bench.trouble.commits == 1


def test_after_a_hush_whoever_asks_is_answered_and_the_rest_follows_in_order(bench):
    """B9: an alert's rows wait while its slew leaves; nobody who asks waits with them."""
    bench.tell(bench.mark("alert"), hush_s=0.15)
    bench.tell(bench.mark("step"))
    bench.sim.run_for(0.1)
    assert bench.marks() == []

    bench.sim.run_for(0.1)
    assert bench.marks() == ["alert", "step"]

    bench.tell(bench.mark("second alert"), hush_s=0.15)
    bench.ask(bench.mark("asked"))
    assert bench.marks()[2:] == ["second alert", "asked"]


def test_lazy_writes_share_a_commit_with_whoever_comes_next(bench):
    """P13: readings wait a second at most; order holds."""
    for n in range(3):
        bench.tell(bench.mark(f"lazy {n}"), lazy=True)
        bench.sim.run_for(0.1)
    assert bench.trouble.commits == 0
    bench.tell(bench.mark("now"))
    bench.sim.run_until_idle()
    bench.tell(bench.mark("late"), lazy=True)
    bench.sim.run_for(1.1)

    assert bench.marks() == ["lazy 0", "lazy 1", "lazy 2", "now", "late"]
    assert bench.trouble.commits == 2


def test_an_ask_is_answered_once_it_is_committed_behind_what_was_told(bench):
    """P04: whoever asks finds everything told before, and the own rows, in the database."""
    bench.tell(bench.mark("told"))

    number = bench.ask(bench.mark("asked"))

    assert number > 0
    assert bench.marks() == ["told", "asked"]


@pytest.mark.parametrize(
    "error",
    [
        IllegalTransition("sequence", "DRAFT", "place"),
        StaleVersion("changed"),
        TypeError("a mistake"),
    ],
)
def test_a_declared_no_goes_to_the_asker_and_the_writer_lives_on(bench, error):
    """P04: the same incarnation goes on writing."""
    with pytest.raises(type(error)):
        bench.ask(no(error))
    bench.tell(bench.mark("next"))
    bench.sim.run_until_idle()

    assert bench.marks() == ["next"]
    assert [one.incarnation for one in bench.system.tree() if one.path == PATH] == [1]


def test_a_mistake_in_one_work_costs_no_other(bench):
    """P04: it alone is undone, and somebody is told."""
    bench.tell(bench.mark("a"))
    bench.tell(no(KeyError("x")), what="broken")
    bench.tell(bench.mark("b"))
    bench.sim.run_until_idle()

    assert bench.marks() == ["a", "b"]
    assert [alarm.key for alarm in bench.heard.of(AlarmRaised)] == ["store:broken"]


def test_nothing_told_is_lost_while_the_disk_is_full(bench):
    """P04: kept, tried again with growing waits, written in order once there is room."""
    bench.trouble.on = True
    for n in range(5):
        bench.tell(bench.mark(str(n)))
    bench.sim.run_for(60.0)
    assert bench.marks() == []
    assert 5 <= bench.trouble.tries <= 12
    assert bench.alarms() == ["CRITICAL"]

    bench.trouble.on = False
    bench.tell(bench.mark("5"))
    bench.sim.run_for(31.0)

    assert bench.marks() == ["0", "1", "2", "3", "4", "5"]


def test_an_ask_while_the_disk_is_full_is_told_so(bench):
    """P04: device intent that must be written first is refused, at once."""
    bench.trouble.on = True

    with pytest.raises(StoreUnavailable):
        bench.ask(bench.mark("asked"))
    bench.trouble.on = False
    bench.sim.run_for(60.0)

    assert bench.marks() == []


def test_an_ask_that_succeeds_brings_what_waits_with_it(bench):
    """P04: order holds over an outage."""
    bench.trouble.on = True
    bench.tell(bench.mark("told"))
    bench.sim.run_for(1.0)
    bench.trouble.on = False

    bench.ask(bench.mark("asked"))

    assert bench.marks() == ["told", "asked"]
    tries = bench.trouble.tries
    bench.sim.run_for(60.0)
    assert bench.trouble.tries == tries


def test_a_writer_with_a_successor_is_refused(bench):
    """S74, S75: an epoch that is not the newest of its path writes nothing."""
    old, new = Epoch(7, 1), Epoch(7, 2)
    bench.ask(bench.mark("new"), epoch=new, path="/plan")

    with pytest.raises(StaleVersion):
        bench.ask(bench.mark("old"), epoch=old, path="/plan")
    with pytest.raises(StaleVersion):
        bench.ask(bench.mark("old boot"), epoch=Epoch(6, 9))
    bench.ask(bench.mark("other"), epoch=old, path="/scheduler")

    assert bench.marks() == ["new", "other"]


def test_what_was_told_is_written_before_the_end(bench):
    """P04: an orderly stop takes nothing with it, not even what was still in the mailbox."""
    for n in range(300):
        bench.tell(bench.mark(str(n)))
    bench.system.stop()

    assert bench.marks() == [str(n) for n in range(300)]


def test_threads_lose_nothing_at_the_end_either(store):
    """P04: the same with threads and a real clock."""
    writer = ChildSpec(id="writer", factory=partial(StoreWriter, store), tier=0, drains=True)
    system = ActorSystem([writer], clock=SystemClock(), boot=7)
    system.start()
    at = system.clock.utc()
    for n in range(300):
        work = partial(rows.boot, at=at, version=str(n), config="")
        system.address(PATH).tell(Write(work=work))
    system.stop()

    query = "SELECT version FROM boot ORDER BY number"
    told = store.read(lambda s: list(s.exec_driver_sql(query).scalars()))
    assert told == [str(n) for n in range(300)]


def test_a_crash_of_the_writer_loses_nothing_it_had_taken(bench):
    """P04: what it was told is written on the way down."""
    bench.trouble.on = True
    bench.tell(bench.mark("kept"))
    bench.sim.run_for(1.0)
    bench.trouble.on = False

    bench.system.kill(PATH)
    bench.sim.run_for(10.0)

    assert bench.marks() == ["kept"]
