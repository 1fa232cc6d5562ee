"""The two pictures of a plan, over the same hours: who has the telescope, how high it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from pyros.config.asked import timings
from pyros.config.devices import Telescope
from pyros.config.model import Config
from pyros.sky.night import NightLimits, night_of, noon_before
from pyros.sky.site import Site
from pyros.web.parts import WebParts
from pyros.web.pictures.altitudes import Altitudes, Wanted, altitudes
from pyros.web.pictures.gantt import Row, alerts_row, channel_rows, executed_row, plan_row
from pyros.web.pictures.timeline import span
from pyros.web.plan_facts import PlanFacts
from pyros.web.plan_view import SlotRow, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPictures:
    """What the scripts draw; `night_start` and `night_end` are None where there is no night."""

    start: datetime
    end: datetime
    night_start: datetime | None
    night_end: datetime | None
    made_at: datetime
    rows: tuple[Row, ...]
    altitudes: Altitudes
    why: str = ""
    """Why there is no night."""


def plan_pictures(
    parts: WebParts, site: Site, viewer: Viewer, rows: Sequence[SlotRow]
) -> PlanPictures:
    """Return the pictures of one plan."""
    named = {f"s{name}": one for name, one in viewer.facts.sequences.items()}
    channels = channel_rows(rows, named, timings(parts.config))
    idle = viewer.idle(viewer.facts.plan)
    return _drawn(parts, site, viewer, rows, (plan_row("plan", rows, idle), *channels))


def compared_pictures(
    parts: WebParts,
    site: Site,
    viewer: Viewer,
    before: Sequence[SlotRow],
    after: Sequence[SlotRow],
) -> PlanPictures:
    """Return the pictures of two plans, the older above."""
    facts = viewer.facts
    older = 0 if facts.before is None else facts.before.id
    between = (plan_row(f"plan {older}", before), plan_row(f"plan {facts.plan.id}", after))
    return _drawn(parts, site, viewer, after, between)


def _drawn(
    parts: WebParts,
    site: Site,
    viewer: Viewer,
    rows: Sequence[SlotRow],
    between: tuple[Row, ...],
) -> PlanPictures:
    facts = viewer.facts
    night = night_at(site, facts.plan.made_at, parts.config.night.twilight)
    start, end = span(night)
    lowest = lowest_deg(parts.config)
    curves = altitudes(site, (start, end), _wanted(facts, rows), min_altitude_deg=lowest)
    done = executed_row(facts.executions, viewer.execution)
    return PlanPictures(
        start=start,
        end=end,
        night_start=facts.plan.start or night.start,
        night_end=facts.plan.end or night.end,
        made_at=facts.plan.made_at,
        rows=(*between, done, alerts_row(facts.alerts, start, end)),
        altitudes=curves,
        why=night.why,
    )


def night_at(site: Site, at: datetime, twilight: str | float) -> NightLimits:
    """Return the night in which a plan was made."""
    return _night_after(site, noon_before(site, at), twilight)


@lru_cache(maxsize=32)
def _night_after(site: Site, noon: datetime, twilight: str | float) -> NightLimits:
    return night_of(site, noon + timedelta(hours=12), twilight)


def lowest_deg(config: Config) -> float:
    """Return the altitude below which nothing is observed: the site's, or the telescope's."""
    telescopes = [one for one in config.devices.values() if isinstance(one, Telescope)]
    return max(config.site.min_altitude_deg, *(one.min_altitude_deg for one in telescopes), 0.0)


def _wanted(facts: PlanFacts, rows: Sequence[SlotRow]) -> list[Wanted]:
    found = []
    for row in rows:
        sequence = facts.sequences.get(int(row.key[1:])) if row.seen else None
        if sequence is not None:
            found.append(
                Wanted(
                    key=row.key,
                    name=row.name,
                    target=sequence.target,
                    constraints=sequence.constraints,
                    on_target=row.on_target,
                    end=row.end,
                    own=row.own,
                    alert=row.alert,
                )
            )
    return found
