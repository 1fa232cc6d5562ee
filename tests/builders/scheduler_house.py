"""A scheduler in a small house on virtual time: a store, its writer, a probe, and its worker."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pyros.actors.scheduler.pool import InlinePlanners
from pyros.actors.scheduler.settings import ChannelSetting, Settings
from pyros.actors.scheduler.worker import Planned, solve
from pyros.domain.execution import Execution
from pyros.domain.programme import Allocation, Period, Programme
from pyros.domain.request import Album, Plan, Request, Sequence, SequenceState
from pyros.domain.schedule import Cause, Night, Schedule
from pyros.domain.target import Constraints, FixedTarget
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.commands import Reschedule
from pyros.messages.events import AlarmRaised, ScheduleReady, SchedulingFailed
from pyros.scheduling.model import Axis, Mount, MountKind
from pyros.scheduling.timetable import Schedule as Answer
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.store import observations, people, requests
from pyros.store.engine import Store

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0)
LIMITS = night_of(SITE, datetime(2026, 11, 26, 6, 0, tzinfo=UTC), "nautical")
TONIGHT = LIMITS.date
START = LIMITS.start
EVENING = START - timedelta(seconds=300)
LATE_S = 40.0


def a_night(**changes) -> Night:
    limits = {name: getattr(LIMITS, name) for name in ("start", "end", "alert_start", "alert_end")}
    return Night(**{"date": TONIGHT, **limits, **changes})


def settings_of_house(**changes) -> Settings:
    axis = Axis(rate_deg_s=5.0, accel_deg_s2=3.0)
    plain = Settings(
        site=SITE,
        mount=Mount(kind=MountKind.ALTAZ, axes=(axis, axis), settle_s=2.0),
        channels={
            "vis": ChannelSetting(
                devices=("camera-vis", "wheel-vis"), filters=frozenset({"g", "r"})
            ),
            "nir": ChannelSetting(devices=("camera-nir",)),
        },
        counted=True,
        full_moves=20,
        again_moves=5,
        longest_s=0.0,
        late_s=LATE_S,
    )
    return replace(plain, **changes)


def a_sequence(name: str = "field", **changes) -> Sequence:
    columns = {
        "name": name,
        "target": FixedTarget(ra_deg=40.0, dec_deg=30.0),
        "albums": (
            Album(channel="vis", plans=(Plan(exposure_s=60.0, count=5, filter="r"),)),
            Album(channel="nir", plans=(Plan(exposure_s=30.0, count=5),)),
        ),
        "window_start": EVENING - timedelta(days=1),
        "window_end": EVENING + timedelta(days=14),
        "estimate_s": 350.0,
        "constraints": Constraints(),
    }
    return Sequence(**{**columns, **changes})


def a_request(name: str = "crab", *sequences: Sequence, **changes) -> Request:
    columns = {
        "short_name": name,
        "owner": "ada@x.org",
        "programme": "survey",
        "sequences": sequences or (a_sequence(),),
    }
    return Request(**{**columns, **changes})


def people_of_house(session) -> None:
    people.save_programme(session, Programme(code="survey", title="Survey", rank=5))
    people.save_programme(session, Programme(code="poor", title="Poor"))
    people.save_programme(session, Programme(code="alerts", title="Bursts", enforce_quota=False))
    people.save_period(
        session, Period(code="2026B", first_night=date(2026, 9, 1), last_night=date(2027, 2, 28))
    )
    for code, night_s in (("survey", 36000.0), ("poor", 400.0)):
        people.save_allocation(
            session,
            Allocation(programme=code, period="2026B", quota_s=1e6, quota_night_s=night_s),
        )


class Worker(InlinePlanners):
    """Plans at once, except that it dies of, is wrong in, or never answers what it is told to."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ended = False

    def submit(self, fn, /, *args, **kwargs) -> Future:
        if fn is not solve:
            return Future() if self.bench.cold else super().submit(lambda: 0)
        self.bench.jobs.append(args[0])
        what = self.bench.troubles.pop(0) if self.bench.troubles else "works"
        future: Future = Future()
        match what:
            case "works":
                return super().submit(fn, *args, **kwargs)
            case "dies":
                future.set_exception(BrokenProcessPool("a process ended abruptly"))
            case "raises":
                future.set_exception(ValueError("a mistake"))
            case "lies":
                rubbish = Answer(problem_sha256="", stage="full", value=1.0, bound=0.0)
                future.set_result(Planned(schedule=rubbish, violations=("sums: rubbish",)))
            case "does badly":
                done = solve(*args)
                poor = replace(done.schedule, slots=(), value=0.0)
                future.set_result(replace(done, schedule=poor))
            case "swells":
                future.set_result(replace(solve(*args), resident_mib=2000.0))
            case "hangs":
                self.bench.open.append(future)
            case "is dead already":
                raise BrokenProcessPool("a process ended abruptly")
        return future

    def stop(self, run: int) -> None:
        self.bench.stopped.append(run)

    def shutdown(self, wait=True, *, cancel_futures=False) -> None:  # noqa: FBT002
        self.ended = True


@dataclass
class Bench:
    """What the workers of a test were told, and what becomes of their next jobs."""

    troubles: list[str] = field(default_factory=list)
    pools: list[InlinePlanners] = field(default_factory=list)
    jobs: list = field(default_factory=list)
    open: list[Future] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    cold: bool = False
    """No worker ever gets warm."""

    @property
    def asked(self) -> list[str]:
        """The stage that each job stops at."""
        return [job.until for job in self.jobs]

    def make(self) -> InlinePlanners:
        self.pools.append(Worker(self))
        return self.pools[-1]


@dataclass
class House:
    """The running tree, and what managers and people do to it in a line each."""

    sim: SimRuntime
    system: ActorSystem
    seen: object
    store: Store

    @property
    def now(self) -> datetime:
        return self.system.clock.utc()

    def submit(self, request: Request) -> Request:
        return self.store.write(
            lambda session: requests.submit(session, requests.create(session, request).id, self.now)
        )

    def order(self, cause: Cause = Cause.FIRST, **changes) -> None:
        night = changes.pop("night", a_night())
        self.system.address("/scheduler").tell(
            Reschedule(at=self.now, cause=cause, night=night, **changes)
        )

    def plan(self, cause: Cause = Cause.FIRST, **changes) -> Schedule:
        self.order(cause, **changes)
        self.run(1.0)
        return self.schedules[-1]

    def run(self, seconds: float) -> None:
        self.sim.run_for(seconds)

    def publish(self, topic: str, event: object) -> None:
        self.system.bus.publish(topic, event)
        self.run(0.1)

    def begin(self, sequence_id: int) -> Execution:
        wanted = Execution(sequence_id=sequence_id, night=TONIGHT, start=self.now)
        return self.store.write(lambda session: observations.begin_execution(session, wanted, []))[
            0
        ]

    def state(self, sequence_id: int) -> SequenceState:
        return self.store.read(partial(requests.sequence, sequence_id=sequence_id)).state

    @property
    def schedules(self) -> list[Schedule]:
        return [event.schedule for event in self.seen.of(ScheduleReady)]

    @property
    def alarms(self) -> list[AlarmRaised]:
        return self.seen.of(AlarmRaised)

    @property
    def failures(self) -> list[SchedulingFailed]:
        return self.seen.of(SchedulingFailed)
