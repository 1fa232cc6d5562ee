"""A small world of actors, on the deterministic runtime and on threads with a hand-moved clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.clock import VirtualClock
from pyros.kernel.lifecycle import LIFECYCLE, HungDetected
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan, Hang
from pyros.kernel.testing.sim import SimRuntime

START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Do:
    """Let the actor run `action(actor)` as its handler."""

    action: object


class Part(SupervisedActor):
    """Does what it is told, and writes down its life."""

    def __init__(self, world, name, hooks):
        super().__init__()
        self.world, self.name, self.hooks = world, name, hooks
        self.got = []
        if "init" in hooks:
            hooks["init"](self)
        world.journal.append(("made", name, self.context.incarnation))

    def on_start(self):
        self._hook("on_start")
        self.world.journal.append(("started", self.name, self.context.incarnation))

    def on_stop(self):
        self._hook("on_stop")
        self.world.journal.append(("stopped", self.name, self.context.incarnation))

    def on_failure(self, *_):
        self._hook("on_failure")
        self.world.journal.append(("failed", self.name, self.context.incarnation))

    def on_receive(self, message):
        if isinstance(message, Do):
            return message.action(self)
        self.got.append(message)
        if "on_receive" in self.hooks:
            return self.hooks["on_receive"](self, message)
        return None

    def _hook(self, name):
        if name in self.hooks:
            self.hooks[name](self)


class World:
    """Builds systems of `Part`s, and looks at what became of them."""

    def __init__(self, kind):
        self.kind = kind
        self.sim = SimRuntime(seed=5, start=START) if kind == "sim" else None
        self.clock = self.sim.clock if self.sim else VirtualClock(START)
        self.plan = FaultPlan(seed=5)
        self.journal = []
        self.system = None
        self.released = threading.Event()

    def part(self, name, *, hooks=None, budgets=None, **spec):
        """The spec of a part; `hooks` are called in `init`, `on_start`, `on_receive` and so on."""
        kind = type("Part", (Part,), {"budgets": budgets or {}})
        return ChildSpec(id=name, factory=lambda: kind(self, name, hooks or {}), **spec)

    def run(self, *specs, **options):
        """Start a system of these children (or of one root)."""
        root = specs[0] if options.pop("as_root", False) else specs
        options.setdefault("faults", self.plan)
        self.system = ActorSystem(root, clock=self.clock, runtime=self.sim, boot=7, **options)
        self.system.start()
        return self.system

    def do(self, path, action, timeout_s=5.0):
        """Let the actor at `path` run `action(actor)`; its answer."""
        return self.system.address(path).ask(Do(action), timeout_s)

    def message(self, action):
        """The message that lets a part run `action`."""
        return Do(action)

    def tell(self, path, action):
        """Let the actor at `path` run `action(actor)`, without waiting."""
        self.system.address(path).tell(Do(action))

    def fail(self, path, error=None):
        """Let the actor at `path` fail, and everything happen that follows from it."""
        self.tell(path, raising(error or ValueError("boom")))
        self.settle()

    def hang(self, path):
        """Let the actor at `path` stand still until the test ends, and be found out."""
        known = len(self.events(HungDetected, path=path))
        self.plan.add(Hang(path, message=Do))
        self.tell(path, lambda _: None)
        self.until(lambda: len(self.events(HungDetected, path=path)) > known)
        self.settle()

    def settle(self):
        """Until nobody has mail, without letting time pass."""
        if self.sim is not None:
            self.sim.run_until_idle()
        else:
            self.system.services.timers.settle()

    def advance(self, seconds):
        """Let virtual time pass."""
        self.clock.advance(seconds)

    def until(self, predicate):
        """Until `predicate()`, at most a minute of virtual or some seconds of real time."""
        if self.sim is not None:
            self.sim.run_until(predicate, 60.0)
            return
        pause, waited = threading.Event(), 0
        while not predicate():
            waited += 1
            assert waited < PATIENCE_S / 0.005, "it did not come about"
            pause.wait(0.005)

    def events(self, *kinds, path=None):
        """The lifecycle events so far, of these classes and of `path` if given."""
        items, missed = self.system.bus.items(LIFECYCLE)
        assert missed == 0
        values = [item.value for item in items]
        return [
            value
            for value in values
            if (not kinds or isinstance(value, kinds)) and path in (None, value.path)
        ]

    def status(self, path):
        """The newest status of `path`."""
        return next(row for row in self.system.tree() if row.path == path)

    def incarnation(self, path):
        """The incarnation that lives at `path`."""
        return self.do(path, lambda actor: actor.context.incarnation)

    def lives(self, *names, words=("started", "stopped", "failed")):
        """What was written down since the last call, of these parts if any are named."""
        lines = [line for line in self.journal if line[0] in words]
        self.journal.clear()
        return [line for line in lines if not names or line[1] in names]

    def close(self):
        """Stop whatever runs."""
        self.released.set()
        self.plan.release()
        if self.system is not None:
            self.system.stop()


def raising(error):
    """An action that raises."""

    def action(_):
        raise error

    return action


@pytest.fixture(params=["sim", "threads"])
def world(request):
    """A world on each of the two runtimes."""
    made = World(request.param)
    yield made
    made.close()


@pytest.fixture
def sim_world():
    """A world on the deterministic runtime."""
    made = World("sim")
    yield made
    made.close()


@pytest.fixture
def thread_world():
    """A world on threads, its clock moved by hand."""
    made = World("threads")
    yield made
    made.close()


@pytest.fixture
def failing():
    """Make an action that raises the given error."""
    return raising
