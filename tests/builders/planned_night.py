"""A night with three plans: own and others' sequences, an alert, refusals of several kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from builders.played_night import burst, site_of, store_night

from pyros.domain.alert import AlertState
from pyros.domain.programme import Member, Programme
from pyros.domain.request import Album, Plan, Request, RequestKind, Sequence
from pyros.domain.schedule import Cause, Idle, Refusal, Schedule, Slot, Spent
from pyros.domain.target import Constraints, FixedTarget
from pyros.sky.airmass import airmass
from pyros.sky.bodies import moon_distance_deg
from pyros.sky.coords import altaz
from pyros.store import alerts, observations, people, requests

OWN, SHARED, OTHER, BURST = "own-field", "shared-survey", "secret-galaxy", "GRB261125B"
"""Short names: the user's own; of a programme they belong to; of others; of an alert."""
PLACES = {
    OWN: ("user@x.org", "P1", 30.0, 25.0),
    SHARED: ("pi@x.org", "P1", 48.0, 35.0),
    OTHER: ("bob@x.org", "P2", 64.0, 10.0),
    BURST: ("alerts", "bursts", 52.1, 31.4),
}
MINUTES = timedelta(minutes=1)


def store_plans(a_house, now):
    """Write a night under way with three plans, the last of them after an alert; return them."""
    night = store_night(a_house, now)
    site = site_of(a_house.parts.config)
    made = []

    def write(session):
        alert = replace(burst(now), name="GRB261125C", state=AlertState.ACTIVE)
        stored = alerts.save_alert(session, alert)
        asked = {name: _request(session, name, stored, now) for name in PLACES}
        plans = Plans(asked, site, night)
        wanted = (plans.first(now), plans.second(now), plans.third(now))
        made.extend(observations.add_schedule(session, plan) for plan in wanted)

    a_house.store.write(write)
    return night, tuple(made)


def _request(session, name, alert, now):
    owner, programme, ra_deg, dec_deg = PLACES[name]
    people.save_programme(session, Programme(code=programme, title=programme, enforce_quota=False))
    if name == SHARED:
        people.save_member(session, Member(programme=programme, email="user@x.org"))
    kind = RequestKind.ALERT if name == BURST else RequestKind.ROUTINE
    sequences = tuple(
        Sequence(
            name=f"{part}",
            target=FixedTarget(ra_deg=ra_deg + 9.0 * n, dec_deg=dec_deg + 6.0 * n),
            albums=(
                Album(
                    channel="vis",
                    plans=(
                        Plan(exposure_s=60.0, count=6, filter="g"),
                        Plan(exposure_s=60.0, count=4, filter="r"),
                    ),
                ),
                Album(channel="nir", plans=(Plan(exposure_s=30.0, count=20),)),
            ),
            window_start=now - timedelta(hours=8),
            window_end=now + timedelta(days=9),
            constraints=Constraints(max_airmass=2.0),
            priority=40 + 10 * n,
            estimate_s=1200.0,
        )
        for n, part in enumerate(("a", "b", "c", "d"))
    )
    wanted = Request(
        kind=kind,
        short_name=name,
        owner=owner,
        programme=programme,
        alert_id=alert.id if kind is RequestKind.ALERT else None,
        sequences=sequences,
    )
    made = requests.create(session, wanted, at=now - timedelta(hours=9))
    return requests.submit(session, made.id, now - timedelta(hours=9), by=owner)


class Plans:
    """Three plans of the same requests."""

    def __init__(self, asked, site, night):
        self.asked, self.site, self.night = asked, site, night

    def slot(self, name, part, start, *, minutes=20, **more):
        """Return a slot of the sequence of that request."""
        request = self.asked[name]
        sequence = request.sequences[part]
        on_target, end = start + MINUTES, start + minutes * MINUTES
        middle = on_target + (end - on_target) / 2
        target = sequence.target
        altitude, _ = altaz(self.site, target.ra_deg, target.dec_deg, middle)
        distance = moon_distance_deg(self.site, target.ra_deg, target.dec_deg, middle)
        return Slot(
            sequence_id=sequence.id,
            request_id=request.id,
            name=f"{name}/{sequence.name}",
            start=start,
            on_target=on_target,
            end=end,
            slide_before_s=120.0,
            slide_after_s=600.0,
            score=10.0,
            altitude_deg=float(altitude),
            airmass=float(airmass(altitude)),
            moon_distance_deg=float(distance),
            **more,
        )

    def refusal(self, name, part, code, text, **more):
        """Return a refusal of the sequence of that request."""
        request = self.asked[name]
        sequence = request.sequences[part]
        return Refusal(
            sequence_id=sequence.id,
            request_id=request.id,
            name=f"{name}/{sequence.name}",
            code=code,
            text=text,
            **more,
        )

    def plan(self, made_at: datetime, cause, slots, refusals=(), **more):
        """Return a plan of the night."""
        return Schedule(
            night=self.night.date,
            made_at=made_at,
            cause=cause,
            start=self.night.start,
            end=self.night.end,
            solver="dual-1",
            stage="full",
            runtime_ms=941.0,
            score=97.25,
            bound=100.0,
            slots=tuple(slots),
            refusals=tuple(refusals),
            **more,
        )

    def first(self, now):
        """Return a plan of what was to come an hour ago."""
        begin = now - 60 * MINUTES
        names = [(OTHER, 0), (OWN, 0), (SHARED, 0), (OTHER, 1), (OWN, 1), (SHARED, 1), (OTHER, 2)]
        slots = [self.slot(*who, begin + 24 * n * MINUTES) for n, who in enumerate(names)]
        return self.plan(begin, Cause.CONDITIONS, slots)

    def second(self, now):
        """Return one in which two sequences have moved and one is new."""
        begin = now - 30 * MINUTES
        names = [(OWN, 0), (OTHER, 1), (SHARED, 0), (OWN, 1), (OWN, 2), (SHARED, 1), (OTHER, 2)]
        slots = [self.slot(*who, begin + 24 * n * MINUTES) for n, who in enumerate(names)]
        return self.plan(begin, Cause.SUBMIT, slots)

    def third(self, now):
        """Return one after an alert, with refusals, a filler, quotas and an idle time."""
        begin = now - 1 * MINUTES
        slots = [
            self.slot(BURST, 0, begin, minutes=30),
            self.slot(OWN, 1, begin + 32 * MINUTES, frozen=True),
            self.slot(OTHER, 1, begin + 54 * MINUTES),
            self.slot(SHARED, 1, begin + 80 * MINUTES),
            self.slot(OWN, 2, begin + 104 * MINUTES, minutes=40),
            self.slot(OTHER, 2, begin + 150 * MINUTES),
            self.slot(SHARED, 2, begin + 174 * MINUTES, filler=True),
        ]
        other = self.asked[OTHER].sequences[1]
        refusals = [
            self.refusal(
                OWN,
                3,
                "NO_ROOM",
                f"Would displace {OTHER}/b (worth 12.0) for 9.5; wins from priority 88.",
                numbers={"displaced": [[str(other.id), 12.0]], "value": 9.5, "gain": -2.5},
                change={"set": "priority", "from": 70.0, "to": 88},
            ),
            self.refusal(
                OWN,
                0,
                "ALTITUDE",
                "Never above 30 deg between 05:10 and 12:50: best 27.4 deg at 05:12.",
                numbers={"required": 30.0, "best": 27.4, "best_at": "2026-11-25T05:12:00Z"},
                change={"set": "constraints/min_altitude_deg", "from": 30.0, "to": 27.39},
                certified=True,
            ),
            self.refusal(
                SHARED,
                3,
                "QUOTA_NIGHT",
                "night:P1 has 6 min left tonight, 20 min needed.",
                numbers={"needed_s": 1200.0, "left_s": 360.0, "account": "night:P1"},
                change={"add_s": {"night:P1": 840}, "release": [str(other.id)]},
            ),
            self.refusal(OTHER, 0, "WINDOW", "Window ends 03:10, the night is 05:00 to 12:50."),
            self.refusal(OTHER, 3, "MOON_DISTANCE", "Moon at 21 deg, 30 asked."),
        ]
        gap = begin + 194 * MINUTES
        idle = Idle(
            start=gap,
            end=gap + 25 * MINUTES,
            why="WAITING",
            text=f"for {OTHER}/d, until 09:00",
        )
        accounts = {
            "night:P1": Spent(used_s=5400.0, left_s=360.0, price_per_h=6.2),
            "night:P2": Spent(used_s=2400.0, left_s=7000.0),
            "member:P1:pi@x.org": Spent(used_s=1200.0, left_s=900.0),
        }
        return self.plan(
            begin + MINUTES, Cause.ALERT, slots, refusals, idle=(idle,), accounts=accounts
        )


def store_crowded(a_house, now, count=44):
    """Write a night that is full from its begin to its end; return its plan."""
    night = store_night(a_house, now)
    site = site_of(a_house.parts.config)
    length = (night.end - night.start) / count
    made = []

    def write(session):
        people.save_programme(session, Programme(code="P1", title="P1", enforce_quota=False))
        asked = {}
        for n in range(count):
            PLACES[f"NGC {1000 + 37 * n}"] = (
                "user@x.org" if n % 5 == 0 else "pi@x.org",
                "P1",
                (10.0 + 4.1 * n) % 360.0,
                -10.0 + 13.0 * (n % 6),
            )
        for name in list(PLACES)[4 : 4 + count]:
            asked[name] = _request(session, name, None, now)
        plans = Plans(asked, site, night)
        slots = [
            plans.slot(name, 0, night.start + n * length, minutes=length.total_seconds() / 60.0)
            for n, name in enumerate(asked)
        ]
        made.append(
            observations.add_schedule(session, plans.plan(night.start, Cause.RESUME, slots))
        )

    a_house.store.write(write)
    return made[0]
