"""Weather over time as numbers for strips, with both limits of each quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyros.config.site import Limits, LowerLimit, UpperLimit
from pyros.domain.conditions import Conditions
from pyros.web.shapes import dew_margin

POINTS = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One quantity: `bad` shuts the dome, `good` lets the delay begin; None: it shuts nothing.

    `step` is the least span that its scale has, so that noise does not look like a storm.
    """

    quantity: str
    title: str
    unit: str
    digits: int
    step: float
    bad: float | None = None
    good: float | None = None
    high_is_bad: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Values at instants, in order; None where nothing was known."""

    at: tuple[datetime, ...]
    values: dict[str, tuple[float | None, ...]]


def strips(limits: Limits) -> tuple[Strip, ...]:
    """Return the six strips of the first page, with the site's limits."""
    return (
        _strip("humidity_pct", "humidity", "%", limits.humidity_pct, digits=0, step=10.0),
        _strip("wind_m_s", "wind", "m/s", limits.wind_m_s, digits=1, step=4.0),
        _strip("gust_m_s", "gusts", "m/s", limits.gust_m_s, digits=1, step=4.0),
        _strip("dew_margin_C", "dew margin", "C", limits.dew_margin_C, digits=1, step=4.0),
        _strip("sky_temperature_C", "IR sky", "C", limits.cloud_C, digits=1, step=6.0),
        Strip(quantity="temperature_C", title="air", unit="C", digits=1, step=4.0),
    )


def trend(conditions: Sequence[Conditions], wanted: Sequence[Strip]) -> Trend:
    """Return the strips' values from verdicts in any order, at most `POINTS` of them."""
    ordered = sorted(conditions, key=lambda one: one.at)
    every = max(1, -(-len(ordered) // POINTS))
    kept = [one for place, one in enumerate(ordered) if (len(ordered) - 1 - place) % every == 0]
    return Trend(
        at=tuple(one.at for one in kept),
        values={
            strip.quantity: tuple(_value(one, strip.quantity) for one in kept) for strip in wanted
        },
    )


def _value(conditions: Conditions, quantity: str) -> float | None:
    if quantity == "dew_margin_C":
        return dew_margin(conditions.values)
    value = conditions.values.get(quantity)
    return float(value) if isinstance(value, int | float) else None


def _strip(  # noqa: PLR0913, PLR0917  one row of the table above
    quantity: str,
    title: str,
    unit: str,
    limit: UpperLimit | LowerLimit,
    digits: int,
    step: float,
) -> Strip:
    return Strip(
        quantity=quantity,
        title=title,
        unit=unit,
        digits=digits,
        step=step,
        bad=limit.bad,
        good=limit.good,
        high_is_bad=isinstance(limit, UpperLimit),
    )
