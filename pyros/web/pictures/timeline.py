"""A night as rows of bars: what is planned, what was done, what kept the house still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from pyros.domain.alert import Alert
from pyros.domain.conditions import Conditions
from pyros.domain.execution import Execution, Outcome
from pyros.domain.holds import Hold
from pyros.domain.image import Image
from pyros.domain.schedule import Schedule
from pyros.sky.bodies import moon, sun_altitude
from pyros.sky.night import NightLimits
from pyros.sky.site import Site
from pyros.sky.times import mjd_of, utc_of

MARGIN = timedelta(minutes=20)
STEP_S = 300.0
TWILIGHTS = (("day", -0.8333), ("civil", -6.0), ("nautical", -12.0), ("astronomical", -18.0))
"""Each lasts while the Sun is above its altitude, degrees; below all of them it is dark."""

ENDED_AS = {
    None: "executing",
    Outcome.DONE: "executed",
    Outcome.INTERRUPTED: "aborted",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "aborted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that lasts; one without an end goes on."""

    start: datetime
    end: datetime | None
    name: str
    state: str
    """planned, armed, executing, executed, aborted, failed, alert, hold, unsafe"""
    text: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something of an instant."""

    at: datetime
    name: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the picture."""

    name: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The picture from `start` to `end`; `light` is how bright the sky is, `why` why no night."""

    start: datetime
    end: datetime
    night_start: datetime | None
    night_end: datetime | None
    light: tuple[Bar, ...]
    moon: tuple[Bar, ...]
    rows: tuple[Row, ...]
    why: str = ""


def timeline(  # noqa: PLR0913  what is on it
    site: Site,
    night: NightLimits,
    *,
    schedule: Schedule | None = None,
    executions: Sequence[Execution] = (),
    holds: Iterable[Hold] = (),
    conditions: Sequence[Conditions] = (),
    alerts: Iterable[Alert] = (),
    images: Iterable[Image] = (),
) -> Timeline:
    """Return the picture of a night; `conditions` and `images` in any order."""
    start, end = span(night)
    light, moon_up = _sky(site, start, end)
    rows = (
        Row(name="plan", bars=_planned(schedule)),
        Row(name="executed", bars=tuple(_executed(one) for one in executions)),
        Row(name="images", marks=tuple(_image(one) for one in images)),
        Row(name="alerts", marks=tuple(_alerts(alerts))),
        Row(name="weather", bars=tuple(_unsafe(conditions))),
        Row(name="holds", bars=tuple(_hold(one) for one in holds)),
    )
    return Timeline(
        start=start,
        end=end,
        night_start=night.start,
        night_end=night.end,
        light=light,
        moon=moon_up,
        rows=rows,
        why=night.why,
    )


def span(night: NightLimits) -> tuple[datetime, datetime]:
    """Return from when to when it is drawn: sunset to sunrise, or noon to noon without them."""
    if night.sunset is None or night.sunrise is None:
        return night.noon_start, night.noon_end
    return night.sunset - MARGIN, night.sunrise + MARGIN


def _planned(schedule: Schedule | None) -> tuple[Bar, ...]:
    if schedule is None:
        return ()
    return tuple(
        Bar(start=slot.start, end=slot.end, name=slot.name, state="planned", text=_slot_text(slot))
        for slot in schedule.slots
    )


def _slot_text(slot: object) -> str:
    airmass = getattr(slot, "airmass", None)
    distance = getattr(slot, "moon_distance_deg", None)
    words = [] if airmass is None else [f"airmass {airmass:.2f}"]
    return ", ".join(words if distance is None else [*words, f"Moon {distance:.0f} deg away"])


def _executed(execution: Execution) -> Bar:
    outcome = execution.outcome
    done = f"{execution.exposures_done} of {execution.exposures_planned} exposures"
    return Bar(
        start=execution.start,
        end=execution.end,
        name=execution.name,
        state=ENDED_AS[outcome],
        text=", ".join(word for word in (str(outcome or ""), done, execution.reason) if word),
        alert=execution.alert_id is not None,
    )


def _image(image: Image) -> Mark:
    width = "" if image.fwhm_arcsec is None else f", FWHM {image.fwhm_arcsec:.2f} arcsec"
    name = f"{image.channel} {image.filter}".strip()
    return Mark(at=image.start, name=name, state=str(image.level), text=f"{image.target}{width}")


def _alerts(alerts: Iterable[Alert]) -> list[Mark]:
    found = []
    for alert in alerts:
        at = alert.stamps.received or alert.burst_at
        if at is not None:
            state = "drill" if alert.drill else str(alert.state)
            found.append(Mark(at=at, name=alert.name, state=state))
    return found


def _hold(hold: Hold) -> Bar:
    return Bar(start=hold.since, end=None, name=hold.key, state="hold", text=hold.reason)


def _unsafe(conditions: Sequence[Conditions]) -> list[Bar]:
    """Return when it was unsafe, each span with the causes of its beginning."""
    bars: list[Bar] = []
    begun: Conditions | None = None
    for one in sorted(conditions, key=lambda each: each.at):
        if one.safe and begun is not None:
            bars.append(_unsafe_bar(begun, one.at))
            begun = None
        elif not one.safe and begun is None:
            begun = one
    if begun is not None:
        bars.append(_unsafe_bar(begun, None))
    return bars


def _unsafe_bar(begun: Conditions, end: datetime | None) -> Bar:
    causes = [cause.cause for cause in begun.causes] or ["incomplete"]
    return Bar(start=begun.at, end=end, name=", ".join(causes), state="unsafe")


@lru_cache(maxsize=8)
def _sky(site: Site, start: datetime, end: datetime) -> tuple[tuple[Bar, ...], tuple[Bar, ...]]:
    """Return how bright the sky is, and when the Moon is up, to five minutes."""
    mjd = np.arange(mjd_of(start), mjd_of(end) + STEP_S / 86400.0, STEP_S / 86400.0)
    altitude = sun_altitude(site, mjd)
    light = [
        next((name for name, limit in TWILIGHTS if height > limit), "dark") for height in altitude
    ]
    up = ["up" if height > 0.0 else "" for height in moon(site, mjd).alt_deg]
    return _runs(mjd, light), tuple(bar for bar in _runs(mjd, up) if bar.state)


def _runs(mjd: np.ndarray, states: list[str]) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    first = 0
    for place in range(1, len(states) + 1):
        if place == len(states) or states[place] != states[first]:
            end = utc_of(float(mjd[min(place, len(states) - 1)]))
            state = states[first]
            bars.append(Bar(start=utc_of(float(mjd[first])), end=end, name=state, state=state))
            first = place
    return tuple(bars)
