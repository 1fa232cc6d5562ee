"""Backoff (S81 to S84)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.lifecycle import ChildDown, ChildUp, Degraded
from pyros.kernel.restart import delay_s
from pyros.kernel.spec import Backoff, RestartIntensity, SpecError
from pyros.kernel.supervisor import TerminateChild, supervisor

PLAIN = Backoff(min_s=1.0, max_s=30.0, jitter=0.0, reset_after_s=60.0)
ONCE = RestartIntensity(max_restarts=1)


def test_delays_double_up_to_the_limit():
    """S81."""
    delays = [delay_s(PLAIN, tries, random.Random(0)) for tries in range(7)]  # noqa: S311

    assert delays == [1, 2, 4, 8, 16, 30, 30]


@given(tries=st.integers(0, 5000), seed=st.integers(), jitter=st.floats(0, 1))
def test_jitter_is_bounded_and_seeded(tries, seed, jitter):
    """S81."""
    backoff = Backoff(min_s=0.5, max_s=20.0, jitter=jitter)
    plain = min(20.0, 0.5 * 2.0 ** min(tries, 100))

    delay = delay_s(backoff, tries, random.Random(seed))  # noqa: S311

    assert plain <= delay <= plain * (1 + jitter)
    assert delay == delay_s(backoff, tries, random.Random(seed))  # noqa: S311


@pytest.mark.parametrize(
    "wrong", [{"min_s": 0}, {"min_s": 3, "max_s": 2}, {"jitter": 2}, {"reset_after_s": 0}]
)
def test_a_wrong_backoff_is_refused(wrong):
    """S06."""
    with pytest.raises(SpecError, match="should be"):
        Backoff(**wrong)


def waits(world, path):
    """The seconds between each end and the start that followed it, at `path`."""
    ends = [event.at for event in world.events(ChildDown, path=path)]
    starts = [event.at for event in world.events(ChildUp, path=path)][1:]
    return [(up - down).total_seconds() for down, up in zip(ends, starts, strict=False)]


def test_an_optional_child_is_tried_again_after_growing_waits(world):
    """S81, S82: and from the first again after a quiet time."""
    world.run(supervisor("s", [world.part("a", optional=True, backoff=PLAIN)], intensity=ONCE))

    for _ in range(4):
        world.fail("/s/a")
        world.advance(20.0)
    world.advance(90.0)
    world.fail("/s/a")
    world.advance(20.0)

    assert waits(world, "/s/a") == [1.0, 2.0, 4.0, 8.0, 1.0]
    assert world.status("/s").incarnation == 1


def test_an_optional_child_that_cannot_start_at_boot_does_not_stop_the_boot(world):
    """S81: it is tried again until it can."""
    tries = []

    def on_start(_):
        tries.append(world.clock.monotonic())
        if len(tries) < 4:
            raise OSError("no device")

    world.run(
        world.part("a", hooks={"on_start": on_start}, optional=True, backoff=PLAIN),
        world.part("b"),
    )
    assert world.do("/b", lambda _: "alive") == "alive"
    world.advance(10.0)

    assert tries == [0.0, 1.0, 3.0, 7.0]
    assert [event.retry_after_s for event in world.events(Degraded)] == [1.0, 2.0, 4.0]
    assert world.status("/a").state == "running"


def test_a_supervisor_works_while_a_child_waits(world):
    """S83."""
    slow = Backoff(min_s=10.0, max_s=10.0, jitter=0.0)
    world.run(supervisor("s", [world.part("a", backoff=slow), world.part("b")]))

    world.fail("/s/a")
    world.fail("/s/b")

    assert world.incarnation("/s/b") == 2
    assert world.status("/s/a").state == "restarting"
    world.advance(10.0)
    assert world.incarnation("/s/a") == 2


def test_tries_in_backoff_count_for_one_that_is_not_optional(world):
    """S84."""
    tries = []

    def on_start(_):
        tries.append(1)
        if len(tries) > 1:
            raise OSError("busy")

    short = Backoff(min_s=1.0, max_s=1.0, jitter=0.0)
    three = RestartIntensity(max_restarts=3, period_s=60.0)
    part = world.part("a", hooks={"on_start": on_start}, backoff=short)
    world.run(
        supervisor("top", [supervisor("s", [part], intensity=three)], intensity=ONCE),
        safe_state=None,
    )

    world.fail("/top/s/a")
    world.advance(10.0)

    first = world.events(ChildDown, path="/top/s")[0]
    assert "restart intensity exceeded by /top/s/a" in first.reason
    assert len(world.events(ChildDown, path="/top/s/a")) >= 4


def test_one_that_is_terminated_is_not_tried_again(world):
    """S83."""
    world.run(supervisor("s", [world.part("a", optional=True, backoff=PLAIN)]))
    world.fail("/s/a")

    world.system.address("/s").ask(TerminateChild("a"))
    world.advance(100.0)

    assert world.status("/s/a").state == "stopped"
    assert world.status("/s/a").incarnation == 1
