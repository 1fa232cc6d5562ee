"""Somebody dies again and again: his branch is out and shown, the rest goes on."""

from __future__ import annotations

from builders.house import WHOLE

from pyros.actors import tree
from pyros.actors.devices.actor import Beat
from pyros.domain.execution import Outcome
from pyros.kernel.lifecycle import Degraded, Escalated
from pyros.kernel.testing.faults import Hang, Kill, Slow
from pyros.messages import events

NIR = "/devices/unit-nir/camera-nir"
UNIT = "/devices/unit-nir"


def kill_always(house, path, message=None, times=60):
    for nth in range(1, times + 1):
        house.plan_of_faults.add(Kill(path, message=message, nth=nth))


def test_a_device_that_dies_again_and_again_is_out_and_the_rest_goes_on(house):
    """P16, B7, S24, S35: its unit gives up, is shown and tried in backoff; VIS goes on."""
    kill_always(house, NIR, Beat, times=8)
    house.run_until(lambda: bool(house.of(Degraded, path=UNIT)), 120.0)
    assert house.of(Escalated, path=UNIT)
    assert house.one(UNIT).state == "restarting"
    assert house.holds == set()
    vis = {kind: count for kind, count in WHOLE.items() if kind[0] == "vis"}
    house.until_ended("second")
    assert vis.items() <= house.frames("first").items()
    house.run_until(lambda: house.one(NIR).state == "running", 300.0)
    assert house.frames("second") == WHOLE or vis.items() <= house.frames("second").items()
    house.assert_sound()


def test_a_blocking_device_that_dies_again_and_again_pauses_the_house(house):
    """P16, B7: paused as long as it lasts; then steady for 10 s, and on."""
    kill_always(house, "/devices/unit-vis/camera-vis", Beat, times=6)
    house.run_until(lambda: "device:camera-vis" in house.holds, 60.0)
    house.run_until(lambda: not house.holds, 600.0)
    house.until_ended("first", timeout_s=7200.0)
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_a_night_that_dies_again_and_again_is_tried_again_with_the_dome_shut(house):
    """P49, B7, S28: the branch gives up, the safe state is asked for, always-on goes on."""
    for nth in range(1, 9):
        house.plan_of_faults.add(Kill(tree.MAJORDOME, message=events.ConditionsChanged, nth=nth))
    house.run_until(lambda: bool(house.of(Degraded, path="/night")), 300.0)
    house.run_until(lambda: house.dome == "closed", 60.0)
    assert house.incarnation(tree.MONITORING) == 1
    house.run_until(lambda: house.dome == "open", 3600.0)
    house.until_ended("first", timeout_s=7200.0)
    house.assert_sound()


def test_when_the_always_on_gives_up_the_dome_is_closed_and_the_exit_code_tells(house):
    """B7, S29: safety-critical: the safe state is asked for before the end; exit code 3."""
    kill_always(house, tree.MONITORING)
    for _ in range(600):
        house.runtime.run_for(1.0)
        if house.of(Escalated, path="/"):
            break
    assert house.of(Escalated, path="/")
    assert house.stop() == 3
    box = house.world.boxes["dome"]
    house.runtime.clock.move_to(house.runtime.clock.monotonic() + 60.0)
    assert box.snapshot()["state"]["phase"] == "closed"


def test_an_actor_of_each_class_hangs_and_is_replaced(house):
    """B5, B13, S70, S98: within its budget and a second; the others go on meanwhile."""
    for path in (
        tree.ANALYZER,
        tree.OBSERVATION,
        NIR,
        tree.SCHEDULER,
        tree.MONITORING,
        tree.MAJORDOME,
        "/devices/unit-dome/dome",
        "/devices/unit-mount/telescope",
    ):
        before = house.incarnation(path)
        house.plan_of_faults.add(Hang(path))
        house.run_until(lambda p=path, n=before: house.incarnation(p) > n, 120.0)
        house.run_until(lambda p=path: house.one(p).state == "running", 60.0)
        house.run_for(30.0)
    house.until_ended("first", timeout_s=7200.0)
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_an_actor_of_each_class_is_slow_and_nothing_breaks(house):
    """B5, B13, S98: two seconds a message here and there."""
    for path in (tree.WRITER, tree.MAJORDOME, tree.SCHEDULER, tree.OBSERVATION, NIR):
        house.plan_of_faults.add(Slow(path, share=0.02, by_s=2.0))
    house.until_ended("second", Outcome.DONE, 7200.0)
    assert house.frames("first") == WHOLE
    house.assert_sound()
