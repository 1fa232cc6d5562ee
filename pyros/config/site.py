"""The site: where it lies, what stands on its horizon, and which weather shuts the dome."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from pyros.config.entry import Entry, Seconds

Azimuth = Annotated[float, Field(ge=0.0, le=360.0)]
Altitude = Annotated[float, Field(ge=-5.0, le=90.0)]


def _bad_at_once_good_later(bad: float, good: float, *, high_is_bad: bool) -> None:
    if high_is_bad and not good < bad:
        raise PydanticCustomError(
            "no_margin",
            "good ({good}) should be below bad ({bad}), so that the dome does not flap",
            {"good": good, "bad": bad},
        )
    if not high_is_bad and not good > bad:
        raise PydanticCustomError(
            "no_margin",
            "good ({good}) should be above bad ({bad}), so that the dome does not flap",
            {"good": good, "bad": bad},
        )


class UpperLimit(Entry):
    """Bad at or above one number; good again only below a second one, for the whole delay."""

    bad: float
    """At or above it the dome closes at once, on one sample."""
    good: float
    """Only below it the delay begins; must be below `bad`."""
    delay_s: Seconds
    """How long it must stay good, seconds since the last bad sample."""

    @model_validator(mode="after")
    def _margin(self) -> UpperLimit:
        _bad_at_once_good_later(self.bad, self.good, high_is_bad=True)
        return self


class LowerLimit(Entry):
    """Bad at or below one number; good again only above a second one, for the whole delay."""

    bad: float
    """At or below it the dome closes at once, on one sample."""
    good: float
    """Only above it the delay begins; must be above `bad`."""
    delay_s: Seconds
    """How long it must stay good, seconds since the last bad sample."""

    @model_validator(mode="after")
    def _margin(self) -> LowerLimit:
        _bad_at_once_good_later(self.bad, self.good, high_is_bad=False)
        return self


class GustLimit(UpperLimit):
    """As any upper limit, but 30 m/s is never safe."""

    bad: float = Field(gt=0.0, le=30.0)
    """At or above it the dome closes at once, m/s; at most 30."""


class Rain(Entry):
    """Any detector, or more than 0 mm/h from any one source, is rain; there is no number to set."""

    delay_s: Seconds = 1200.0
    """How long it must be dry, seconds."""


class Mains(Entry):
    """The mains supply of the site."""

    on_battery_s: Seconds = 60.0
    """So long on battery is bad, seconds."""
    delay_s: Seconds = 120.0
    """How long it must be back, seconds."""
    battery_low_delay_s: Seconds = 1200.0
    """How long it must be back after the battery was low, seconds."""


class Sky(Entry):
    """How clear the sky is, by its infrared temperature; admits sequences, shuts nothing."""

    clear_below_C: float = -25.0
    """Colder than this is clear, degrees Celsius."""
    thin_below_C: float = -18.0
    """Colder than this is thin cloud, degrees Celsius; above it is cloudy."""


class Limits(Entry):
    """Which weather shuts the dome, and how long it must be good again before it opens."""

    needed: tuple[str, ...] = (
        "rain",
        "wind_m_s",
        "gust_m_s",
        "humidity_pct",
        "temperature_C",
        "dew_point_C",
        "sky_temperature_C",
    )
    """Quantities that must each have a counting source; without one the cause is `stale`."""
    rain: Rain = Rain()
    """Rain, from any one source."""
    wind_m_s: UpperLimit = UpperLimit(bad=15.0, good=12.0, delay_s=300.0)
    """Mean of two minutes, m/s."""
    gust_m_s: GustLimit = GustLimit(bad=22.0, good=18.0, delay_s=600.0)
    """Strongest gust, m/s."""
    humidity_pct: UpperLimit = UpperLimit(bad=90.0, good=85.0, delay_s=600.0)
    """Relative humidity, per cent."""
    dew_margin_C: LowerLimit = LowerLimit(bad=2.0, good=3.0, delay_s=600.0)
    """Air (or mirror) above the dew point, degrees."""
    cloud_C: UpperLimit = UpperLimit(bad=-12.0, good=-15.0, delay_s=300.0)
    """Infrared temperature of the sky, degrees Celsius."""
    covered_margin_C: LowerLimit = LowerLimit(bad=5.0, good=8.0, delay_s=300.0)
    """Air above the sky's infrared temperature, degrees: less means that the sensor is covered."""
    mains: Mains = Mains()
    """The mains supply."""
    stale_delay_s: Seconds = 60.0
    """How long every needed quantity must have a source again, seconds."""
    start_delay_s: Seconds = 60.0
    """How long to wait after a start when nothing is known of the time before, seconds."""
    sample_max_age_s: Annotated[float, Field(ge=15.0, le=60.0)] = 15.0
    """Older samples do not count, seconds."""
    frozen_s: Seconds = 1800.0
    """A noisy quantity that stays identical so long does not count, seconds."""
    sky: Sky = Sky()
    """How clear the sky must look to be called clear."""


class Site(Entry):
    """Where the observatory stands."""

    name: str = Field(min_length=1, max_length=64)
    """Shown on each page and written into each image."""
    latitude_deg: float = Field(ge=-90.0, le=90.0)
    """Geodetic, north positive, degrees."""
    longitude_deg: float = Field(ge=-180.0, le=180.0)
    """East positive, degrees."""
    height_m: float = Field(ge=-450.0, le=9000.0)
    """Above the ellipsoid, metres."""
    pressure_hPa: Annotated[float, Field(gt=300.0, le=1100.0)] | None = None
    """Usual air pressure for refraction, hPa; none: from the height."""
    temperature_C: float = Field(default=10.0, ge=-60.0, le=50.0)
    """Usual air temperature for refraction, degrees Celsius."""
    horizon: tuple[tuple[Azimuth, Altitude], ...] = ()
    """Local horizon: [azimuth, altitude] in degrees, azimuths rising; joined by straight lines."""
    min_altitude_deg: float = Field(default=20.0, ge=0.0, lt=90.0)
    """No sequence is planned lower than this, degrees."""
    limits: Limits = Limits()
    """Which weather shuts the dome."""

    @model_validator(mode="after")
    def _azimuths_rise(self) -> Site:
        azimuths = [azimuth for azimuth, _ in self.horizon]
        for before, after in pairwise(azimuths):
            if after <= before:
                raise PydanticCustomError(
                    "horizon_order",
                    "horizon: azimuths should rise, but {after} follows {before}",
                    {"before": before, "after": after},
                )
        return self
