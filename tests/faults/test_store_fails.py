"""The database or the disk fails under a house at work."""

from __future__ import annotations

import resource
from collections import Counter
from dataclasses import dataclass

import pytest
from builders.house import WHOLE

from pyros.actors import tree
from pyros.domain.execution import Outcome
from pyros.kernel.testing.faults import Kill
from pyros.messages import events
from pyros.store.sqlite import LIBRARY
from pyros.store.writer import Write


@dataclass(frozen=True, slots=True)
class KillWrite(Kill):
    """Kill the writer instead of letting it do a write of this name."""

    what: str = ""

    def fits(self, path, incarnation, message):
        return Kill.fits(self, path, incarnation, message) and message.what == self.what


@pytest.mark.parametrize("what", ["begin", "step", "image", "end", "settle", "schedule", "ids"])
def test_a_writer_that_dies_of_a_write_costs_no_sequence(a_house, what):
    """S61, S89, B13: what was told is written all the same; nothing is left open."""
    house = a_house()
    house.plan_of_faults.add(KillWrite(tree.WRITER, message=Write, what=what))
    house.until_exposing()
    if what == "settle":
        house.kill(house.plan)
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.until_ended("second")
    if what != "ids":
        assert house.incarnation(tree.WRITER) == 2
    house.assert_sound()


def test_a_writer_that_dies_with_a_full_mailbox_loses_none_of_it(house):
    """S61: every row that was told before its death is there after it."""
    letters = house.observatory.system.dead_letter_count
    house.run_until(lambda: len(house.of(events.ImageTaken)) >= 2)
    house.kill(tree.WRITER)
    house.until_ended("first")
    assert house.observatory.system.dead_letter_count == letters
    done = house.executions("first")[0]
    states = Counter(str(step.state) for step in house.steps(done))
    assert set(states) == {"DONE"}
    house.assert_sound()


def test_a_locked_database_delays_rows_and_stops_nothing(house):
    """B13: another program holds the lock; what waits is written when it lets go."""
    house.run_until(lambda: len(house.of(events.ImageTaken)) >= 1)
    other = LIBRARY.connect(str(house.store.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    house.run_for(2.0)
    other.execute("ROLLBACK")
    other.close()
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.assert_sound()


@pytest.fixture
def full_disk():
    """Return what makes every file of this process as large as it may become."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(byte):
        resource.setrlimit(resource.RLIMIT_FSIZE, (byte, before[1]))

    def free():
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    fill.free = free
    yield fill
    free()


def test_a_disk_that_is_full_for_a_moment_loses_no_frame(house, full_disk):
    """B13: the camera keeps its frame until it is on disk; rows and frames come later."""
    full_disk(8192)
    house.run_until(lambda: house.snapshot("camera-nir").phase != "exposing", 60.0)
    house.run_for(3.0)
    full_disk.free()
    house.until_ended("first")
    assert [one.outcome for one in house.executions("first")] == [Outcome.DONE]
    assert house.frames("first") == WHOLE
    assert any(one.key == "store:unavailable" for one in house.of(events.AlarmRaised))
    house.assert_sound()


def test_a_disk_that_stays_full_fails_the_sequence_and_the_house_closes_as_ever(house, full_disk):
    """P49, B6, B13: no safety action waits for a disk; once there is room the night goes on."""
    full_disk(8192)
    house.run_for(60.0)
    house.strike("weather", "rain_sudden", duration_s=30.0)
    house.run_until(lambda: house.dome == "closed", 60.0)
    full_disk.free()
    house.run_until(lambda: house.dome == "open", 3600.0)
    house.until_ended("second", timeout_s=7200.0)
    house.until_ended("first", timeout_s=7200.0)
    assert house.frames("first") == WHOLE
    house.assert_sound()
