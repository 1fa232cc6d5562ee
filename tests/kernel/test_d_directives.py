"""Directives: what a supervisor is told to do with an exception (S30 to S32)."""

from __future__ import annotations

from pyros.kernel.lifecycle import (
    ChildDown,
    Resumed,
)
from pyros.kernel.restart import Decider, Directive
from pyros.kernel.spec import RestartIntensity
from pyros.kernel.supervisor import supervisor

ONCE = RestartIntensity(max_restarts=1, period_s=30.0)


class TooMany(ValueError):
    pass


def test_the_most_specific_class_decides():
    """S30."""
    decider = Decider(
        {ValueError: Directive.STOP, TooMany: Directive.ESCALATE, OSError: Directive.RESUME}
    )

    assert decider.decide(ValueError()) is Directive.STOP
    assert decider.decide(TooMany()) is Directive.ESCALATE
    assert decider.decide(ConnectionError()) is Directive.RESUME
    assert decider.decide(KeyError()) is Directive.RESTART
    assert decider.decide(None) is Directive.RESTART


def test_directive_stop_leaves_the_child_down(world):
    """S30."""
    decider = Decider({ValueError: Directive.STOP})
    world.run(supervisor("s", [world.part("a"), world.part("b")], decider=decider))

    world.fail("/s/a")

    assert world.status("/s/a").state == "stopped"
    assert world.incarnation("/s/b") == 1


def test_directive_escalate_fails_the_supervisor_at_once(world):
    """S31."""
    decider = Decider({TooMany: Directive.ESCALATE})
    unit = supervisor("s", [world.part(name) for name in "abc"], decider=decider)
    world.run(supervisor("top", [unit]))
    world.lives()

    world.fail("/top/s/a", TooMany("no use"))

    assert world.lives()[:3] == [("failed", "a", 1), ("stopped", "c", 1), ("stopped", "b", 1)]
    down = world.events(ChildDown, path="/top/s")[0]
    assert "TooMany: no use" in down.reason
    assert "TooMany" in down.traceback


def test_directive_resume_keeps_the_state_and_is_charged(world):
    """S32."""
    decider = Decider({TooMany: Directive.RESUME})
    unit = supervisor("s", [world.part("a")], decider=decider, intensity=ONCE)
    world.run(supervisor("top", [unit]))
    world.system.address("/top/s/a").tell("kept")

    world.fail("/top/s/a", TooMany("never mind"))

    assert world.do("/top/s/a", lambda actor: (actor.got, actor.context.incarnation)) == (
        ["kept"],
        1,
    )
    assert world.events(Resumed)[0].reason == "TooMany: never mind"
    world.fail("/top/s/a", TooMany("never mind"))
    assert world.status("/top/s").incarnation == 2
