"""The weather of a site: daily curves, seeded noise, rain and cloud that come and go, and a script.

It is worked out on a grid of `GRID_S` from the start on, so that the same seed gives the same night
whoever asks, and how often.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pyros.config.model import WeatherStep
from simulators.chance import random_of

GRID_S: Final = 10.0
DAY_S: Final = 86400.0
WARMEST_H: Final = 15.0
"""Local solar hour at which the air is warmest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """The weather at one instant; `cloud` is the covered share of the sky, 0 to 1."""

    temperature_C: float
    humidity_pct: float
    wind_m_s: float
    gust_m_s: float
    pressure_hPa: float
    sky_temperature_C: float
    cloud: float
    rain: bool
    seeing_arcsec: float

    @property
    def dew_point_C(self) -> float:
        """Return the dew point; never above the air."""
        return dew_point_C(self.temperature_C, self.humidity_pct)

    @property
    def transparency(self) -> float:
        """Return the share of light that clouds let through."""
        return 1.0 - 0.95 * self.cloud


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """An Ornstein-Uhlenbeck process: drifts about `mean`, forgets within `tau_s`."""

    mean: float
    sigma: float
    tau_s: float


WALKS: Final[Mapping[str, _Walk]] = {
    "temperature": _Walk(mean=0.0, sigma=0.8, tau_s=7200.0),
    "humidity": _Walk(mean=45.0, sigma=9.0, tau_s=10800.0),
    "wind": _Walk(mean=4.0, sigma=1.6, tau_s=1200.0),
    "gust": _Walk(mean=0.35, sigma=0.12, tau_s=120.0),
    "pressure": _Walk(mean=0.0, sigma=2.0, tau_s=21600.0),
    "sky": _Walk(mean=0.0, sigma=1.2, tau_s=900.0),
    "seeing": _Walk(mean=0.0, sigma=0.18, tau_s=1800.0),
}


class Weather:
    """The weather since `utc_0`; `t_s` are seconds since then.

    `calm`: it stays good, except for the script and what is laid over it.
    """

    def __init__(  # noqa: PLR0913  a place and its weather
        self,
        *,
        seed: int,
        utc_0: datetime,
        longitude_deg: float,
        temperature_C: float,
        pressure_hPa: float,
        calm: bool,
        script: Sequence[WeatherStep] = (),
    ) -> None:
        self._random = random_of("weather", seed)
        self._hour_0 = utc_0.hour + utc_0.minute / 60.0 + longitude_deg / 15.0
        self._temperature_C, self._pressure_hPa = temperature_C, pressure_hPa
        self._calm, self._script = calm, tuple(script)
        self._values = {
            name: walk.mean + walk.sigma * self._random.gauss(0.0, 1.0)
            for name, walk in WALKS.items()
        }
        self._cloudy, self._cloud, self._rainy = False, 0.0, False
        self._tick = 0
        self._now = self._air()
        self._next = self._now
        self._rains: list[float] = []
        self._asked_s, self._told = -1.0, self._now
        self.overlay: dict[str, float] = {}
        """Values that faults lay over the weather, by quantity."""

    def at(self, t_s: float) -> Air:
        """Return the weather at an instant; earlier ones than the last asked for count as it."""
        if t_s == self._asked_s and not self.overlay:
            return self._told
        self._walk_to(int(t_s / GRID_S))
        share = min(1.0, max(0.0, t_s / GRID_S - self._tick))
        told = self._overlaid(_between(self._now, self._next, share), t_s)
        if not self.overlay:
            self._asked_s, self._told = t_s, told
        return told

    def rained_since(self, after_s: float, until_s: float) -> float | None:
        """Return the first instant of rain after `after_s`, up to `until_s`; None if it was dry."""
        self._walk_to(int(until_s / GRID_S))
        scripted = [
            step.at_s
            for step in self._script
            if step.quantity == "rain" and step.to > 0.0 and step.at_s <= until_s
            and step.at_s + step.for_s > after_s
        ]  # fmt: skip
        place = bisect_right(self._rains, after_s)
        walked = self._rains[place : place + 1]
        found = [max(after_s, each) for each in (*scripted, *walked) if each <= until_s]
        if self.overlay.get("rain"):
            found.append(until_s)
        return min(found, default=None)

    def _walk_to(self, tick: int) -> None:
        while self._tick < tick:
            self._tick += 1
            self._now = self._next
            if self._now.rain:
                self._rains.append(self._tick * GRID_S)
                self._rains = self._rains[-10_000:]
            self._walk()
            self._next = self._air()

    def _walk(self) -> None:
        for name, walk in WALKS.items():
            keep = math.exp(-GRID_S / walk.tau_s)
            kick = walk.sigma * math.sqrt(1.0 - keep * keep) * self._random.gauss(0.0, 1.0)
            self._values[name] = walk.mean + (self._values[name] - walk.mean) * keep + kick
        change, rain = self._random.random(), self._random.random()
        if self._calm:
            return
        self._cloudy = change >= GRID_S / 7200.0 if self._cloudy else change < GRID_S / 28800.0
        self._cloud += ((0.9 if self._cloudy else 0.0) - self._cloud) * GRID_S / 600.0
        if self._rainy:
            self._rainy = rain >= GRID_S / 1800.0
        else:
            self._rainy = self._cloud > 0.8 and rain < GRID_S / 7200.0

    def _air(self) -> Air:
        values, hour = self._values, (self._hour_0 + self._tick * GRID_S / 3600.0) % 24.0
        day = math.cos((hour - WARMEST_H) / 24.0 * 2.0 * math.pi)
        temperature = self._temperature_C + 4.0 * day + values["temperature"]
        humidity = values["humidity"] - 8.0 * day + 40.0 * self._cloud + 30.0 * self._rainy
        wind = values["wind"] + (4.0 * self._cloud if self._cloudy else 0.0)
        most = (75.0, 9.0) if self._calm else (100.0, 40.0)
        wind = min(max(0.05, wind), most[1])
        return Air(
            temperature_C=temperature,
            humidity_pct=min(max(5.0, humidity), most[0]),
            wind_m_s=wind,
            gust_m_s=wind * (1.0 + max(0.05, values["gust"])),
            pressure_hPa=self._pressure_hPa + values["pressure"],
            sky_temperature_C=temperature - 48.0 + values["sky"] + 38.0 * self._cloud,
            cloud=self._cloud,
            rain=self._rainy,
            seeing_arcsec=1.1 * math.exp(values["seeing"]),
        )

    def _overlaid(self, air: Air, t_s: float) -> Air:
        for step in self._script:
            if step.at_s <= t_s < step.at_s + step.for_s:
                share = 1.0 if step.ramp_s <= 0.0 else min(1.0, (t_s - step.at_s) / step.ramp_s)
                air = _with(air, step.quantity, step.to, share)
        for quantity, value in self.overlay.items():
            air = _with(air, quantity, value, 1.0)
        return air


def dew_point_C(temperature_C: float, humidity_pct: float) -> float:
    """Return the dew point, degrees Celsius; never above the air.

    Source: the Magnus formula with the constants of D. Sonntag, Z. Meteorol. 40, 340 (1990).
    """
    gamma = math.log(min(100.0, max(1.0, humidity_pct)) / 100.0)
    gamma += 17.62 * temperature_C / (243.12 + temperature_C)
    return min(temperature_C, 243.12 * gamma / (17.62 - gamma))


def _between(first: Air, second: Air, share: float) -> Air:
    def mean(name: str) -> float:
        before: float = getattr(first, name)
        after: float = getattr(second, name)
        return before + (after - before) * share

    return Air(
        temperature_C=mean("temperature_C"),
        humidity_pct=mean("humidity_pct"),
        wind_m_s=mean("wind_m_s"),
        gust_m_s=mean("gust_m_s"),
        pressure_hPa=mean("pressure_hPa"),
        sky_temperature_C=mean("sky_temperature_C"),
        cloud=mean("cloud"),
        rain=first.rain,
        seeing_arcsec=mean("seeing_arcsec"),
    )


def _with(air: Air, quantity: str, to: float, share: float) -> Air:
    if quantity == "rain":
        return replace(air, rain=to > 0.0)
    if quantity == "dew_point_C":  # told as the humidity that makes it
        margin = max(0.0, air.temperature_C - to)
        return replace(air, humidity_pct=max(air.humidity_pct, 100.0 - 5.0 * margin))
    if quantity not in Air.__slots__:
        return air
    before: float = getattr(air, quantity)
    changed: Air = replace(air, **{quantity: before + (to - before) * share})  # type: ignore[arg-type]
    if quantity == "wind_m_s":
        return replace(changed, gust_m_s=max(changed.gust_m_s, changed.wind_m_s * 1.3))
    return changed
