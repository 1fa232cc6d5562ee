"""A night with planned faults, and its verdict."""

from __future__ import annotations

import resource
from dataclasses import replace

import pytest

from pyros.cli.faults.premises import inhabitants
from pyros.cli.faults.strokes import PLAN, Harm, Stroke, draw
from pyros.cli.faults.trial import Trial
from pyros.cli.night import DATE, shipped, wanted
from pyros.config.load import load
from pyros.config.model import PlannedFault

HOURS = 0.5
SPAN_S = HOURS * 3600.0
FAULTS = 40


@pytest.fixture(scope="module")
def night():
    return wanted(load(shipped()), 1, DATE, HOURS)


@pytest.fixture(scope="module")
def strokes(night, tmp_path_factory):
    actors, devices = inhabitants(night, tmp_path_factory.mktemp("census"))
    return draw(FAULTS, seed=4, span_s=SPAN_S - 600.0, actors=(*actors, PLAN), devices=devices)


def trial(night, root, **options):
    return Trial(config=night, root=root, seed=4, span_s=SPAN_S, alerts=1, **options)


def test_a_night_of_faults_violates_nothing_and_can_be_played_again(night, strokes, tmp_path):
    """S28, S96, S98, B5, B13: kill, hang, slow, start, ports, clock, disk and database at once."""
    first = trial(night, tmp_path / "first").play(strokes)
    again = trial(night, tmp_path / "again").play(strokes)

    assert first.violations == ()
    assert set(first.invariants.values()) == {True}
    assert first.committed + first.missed == FAULTS
    assert first.committed > 0.9 * FAULTS
    assert first.downs > 5
    assert first.trace_sha256 == again.trace_sha256


def test_a_dome_that_does_not_close_is_found_out(night, tmp_path):
    """B6: the verdict of a house that cannot be made safe says so."""
    stuck = PlannedFault(device="dome", kind="close_fails", when="start:close_shutter")
    simulation = night.simulation.model_copy(update={"faults": (stuck,)})
    broken = night.model_copy(update={"simulation": simulation})

    verdict = replace(trial(broken, tmp_path), alerts=0, span_s=900.0).play(())

    assert verdict.invariants["ends_safe"] is False
    assert any(one.startswith("ends_safe: the dome is") for one in verdict.violations)


def test_a_house_whose_root_gives_up_is_started_again(night, tmp_path):
    """S29, B7: as a service manager does; the alert that came meanwhile is not lost."""
    kills = [
        Stroke(number=n, at_s=300.0 + 2.0 * n, harm=Harm.KILL, target="/infrastructure")
        for n in range(1, 9)
    ]

    verdict = trial(night, tmp_path).play(kills)

    assert verdict.starts == 2
    assert verdict.exit_codes == (3,)
    assert verdict.violations == ()
    assert verdict.alerts == 1


def test_the_disk_is_given_back_whatever_happens(night, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = Stroke(number=1, at_s=800.0, harm=Harm.FULL_DISK, amount_s=9999.0)

    verdict = replace(trial(night, tmp_path), alerts=0, span_s=900.0).play((full,))

    assert verdict.committed == 1
    assert verdict.violations == ()
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before
