"""A database at head for each test, and builders of what stands in it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pyros.domain.execution import Execution, Outcome, PlanStep, StepKind
from pyros.domain.programme import Allocation, Period, Programme
from pyros.domain.request import Album, Plan, Request, Sequence, SequenceState
from pyros.domain.schedule import Cause, Refusal, Schedule, Slot
from pyros.domain.target import FixedTarget
from pyros.store import observations, people, requests, schema
from pyros.store.engine import Store

DUSK = datetime(2026, 11, 25, 19, 0, tzinfo=UTC)
TONIGHT = date(2026, 11, 25)


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A database at head, made once."""
    path = tmp_path_factory.mktemp("template") / "pyros.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.write(_accounts)
    store.close()
    return path


def _accounts(session):
    people.save_programme(session, Programme(code="survey", title="Survey"))
    people.save_programme(session, Programme(code="alerts", title="Bursts", enforce_quota=False))
    people.save_period(
        session,
        Period(code="2026B", first_night=date(2026, 9, 1), last_night=date(2027, 2, 28)),
    )
    people.save_allocation(
        session,
        Allocation(programme="survey", period="2026B", quota_s=1e6, quota_night_s=36000.0),
    )


@pytest.fixture
def store(template, tmp_path):
    """A database of its own, at head, with a programme, one for alerts, and a period."""
    path = tmp_path / "pyros.db"
    shutil.copy(template, path)
    store = Store(f"sqlite:///{path}", synchronous="OFF")
    yield store
    store.close()


@pytest.fixture
def dusk():
    return DUSK


@pytest.fixture
def tonight():
    return TONIGHT


def make_sequence(**changes):
    columns = {
        "name": "field",
        "target": FixedTarget(ra_deg=83.6, dec_deg=22.0),
        "albums": (
            Album(channel="vis", plans=(Plan(exposure_s=60.0, count=5, filter="r"),)),
            Album(channel="nir", plans=(Plan(exposure_s=30.0, count=5),)),
        ),
        "window_start": DUSK,
        "window_end": DUSK + timedelta(days=14),
        "estimate_s": 350.0,
    }
    return Sequence(**{**columns, **changes})


def make_request(**changes):
    columns = {
        "short_name": "Crab",
        "owner": "ada@x.org",
        "programme": "survey",
        "sequences": (make_sequence(),),
    }
    return Request(**{**columns, **changes})


class House:
    """Does to the database what the managers do, in a line each."""

    def __init__(self, store):
        self.store = store
        self.now = DUSK

    def submitted(self, **changes):
        """A request that was handed in and admitted."""
        return self.store.write(
            lambda session: requests.submit(
                session, requests.create(session, make_request(**changes)).id, self.now
            )
        )

    def sequence(self, sequence_id):
        return self.store.read(lambda session: requests.sequence(session, sequence_id))

    def schedule(self, *sequences, refused=(), night=TONIGHT, filler=False):
        """A schedule with a slot for each of these, one after the other."""
        slots = tuple(
            self.slot(one, start=self.now + timedelta(seconds=1000 * n), filler=filler)
            for n, one in enumerate(sequences)
        )
        refusals = tuple(self.refusal(one) for one in refused)
        return self.add_schedule(night=night, slots=slots, refusals=refusals)

    def add_schedule(self, *, night=TONIGHT, slots=(), refusals=()):
        """Exactly this schedule."""
        made = Schedule(
            night=night,
            made_at=self.now,
            cause=Cause.FIRST,
            slots=tuple(slots),
            refusals=tuple(refusals),
        )
        return self.store.write(lambda session: observations.add_schedule(session, made))

    def refusal(self, sequence):
        return Refusal(
            sequence_id=sequence.id,
            request_id=sequence.request_id,
            name=sequence.name,
            code="ALTITUDE",
            numbers={"best_deg": 27.4, "best_at": DUSK},
            text="never above 30 deg",
        )

    def slot(self, sequence, *, start, filler=False):
        return Slot(
            sequence_id=sequence.id,
            request_id=sequence.request_id,
            name=sequence.name,
            start=start,
            on_target=start + timedelta(seconds=30),
            end=start + timedelta(seconds=900),
            filler=filler,
        )

    def begin(self, sequence, *, steps=3, night=TONIGHT):
        """An execution of it, open, with its journal."""
        execution = Execution(
            sequence_id=sequence.id, night=night, start=self.now, exposures_planned=10
        )
        journal = [
            PlanStep(n=n, kind=StepKind.EXPOSE, key=f"{n:032x}", cost_s=30.0) for n in range(steps)
        ]
        return self.store.write(
            lambda session: observations.begin_execution(session, execution, journal)
        )[0]

    def end(self, execution, outcome, *, done=0, served_s=0.0, by_owner=False):
        ended = replace(
            execution,
            end=self.now,
            outcome=Outcome(outcome),
            exposures_done=done,
            served_s=served_s,
        )
        return self.store.write(
            lambda session: observations.end_execution(session, ended, by_owner=by_owner)
        )

    def transition(self, sequence, event, **facts):
        return self.store.write(
            lambda session: requests.transition(
                session, sequence.id, event, at=self.now, by="test", **facts
            )
        )

    def states(self):
        return {
            one.id: one.state
            for one in self.store.read(lambda s: requests.sequences(s, SequenceState))
        }


@pytest.fixture
def house(store):
    return House(store)


@pytest.fixture
def a_request():
    return make_request


@pytest.fixture
def a_sequence():
    return make_sequence


@pytest.fixture
def builders():
    """The same builders for tests that make their own databases."""

    class Builders:
        sequence = staticmethod(make_sequence)
        request = staticmethod(make_request)
        house_of = staticmethod(House)
        dusk = DUSK

    return Builders
