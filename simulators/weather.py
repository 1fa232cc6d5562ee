"""A simulated weather station: sensors with small errors of their own in the site's weather."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from pyros.config.devices import Weather as Entry
from pyros.domain.devices.device import Kind
from simulators.arguments import Args
from simulators.box import Box, Ground
from simulators.chance import Wobble, random_of
from simulators.operations import Doing
from simulators.weather_process import Air, Weather

UNITS: Final = {
    "rain": "",
    "rain_mm_h": "mm/h",
    "wind_m_s": "m/s",
    "gust_m_s": "m/s",
    "humidity_pct": "%",
    "temperature_C": "C",
    "dew_point_C": "C",
    "pressure_hPa": "hPa",
    "sky_temperature_C": "C",
    "seeing_arcsec": "arcsec",
}
ERRORS: Final = {
    "wind_m_s": (0.1, 0.05),
    "gust_m_s": (0.1, 0.05),
    "humidity_pct": (0.8, 0.2),
    "temperature_C": (0.15, 0.04),
    "dew_point_C": (0.15, 0.04),
    "pressure_hPa": (0.3, 0.05),
    "sky_temperature_C": (0.4, 0.15),
    "seeing_arcsec": (0.03, 0.02),
}
"""By quantity: how far stations are off each other, and how much one reading jitters."""
OUT_OF_RANGE: Final = 9999.0
OLD_S: Final = 300.0


class WeatherBox(Box):
    """A station; each reading is taken when it is asked for."""

    kind = Kind.WEATHER
    own_verbs: ClassVar[frozenset[str]] = frozenset({"refresh"})
    model = "station"

    def __init__(self, ground: Ground, entry: Entry, weather: Weather) -> None:
        super().__init__(ground)
        self._weather = weather
        self._quantities = entry.quantities
        self._read_s = ground.now_s()
        chance = random_of("station", ground.seed, self.name)
        self._offset = {name: chance.gauss(0.0, off) for name, (off, _) in ERRORS.items()}
        self._jitter = {
            name: Wobble(ground.seed, self.name, name, rms=rms, period_s=37.0)
            for name, (_, rms) in ERRORS.items()
        }

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:  # noqa: ARG002
        doing.until_s = now_s

    def _step(self, now_s: float) -> None:
        if "sensor_frozen" not in self.faults.active:
            self._read_s = now_s
        self._lay_over()
        self._finish_due(now_s)

    def _lay_over(self) -> None:
        """Change the weather itself where a fault is one of the sky, not of the station."""
        active, overlay = self.faults.active, self._weather.overlay
        if not active and not overlay:
            return
        wanted: dict[str, float] = {}
        if "rain_sudden" in active:
            wanted["rain"] = 1.0
        if "wind_gust" in active:
            wanted["gust_m_s"] = active["wind_gust"].parameter("to", 26.0)
        if "clouds" in active:
            wanted["sky_temperature_C"] = active["clouds"].parameter("to", -5.0)
            wanted["cloud"] = 0.95
        if "dew" in active:
            wanted["humidity_pct"] = active["dew"].parameter("to", 97.0)
        overlay.clear()
        overlay.update(wanted)

    def _fields(self, now_s: float) -> dict[str, object]:
        air = self._weather.at(min(self._read_s, now_s))
        active = self.faults.active
        at_s = self._read_s - (OLD_S if "stale" in active else 0.0)
        at = self._stamp(at_s)
        sensors = {
            name: {"value": self._value(name, air), "at": at, "unit": unit, "good": True}
            for name, unit in UNITS.items()
            if name in self._quantities
        }
        self._spoil(sensors)
        bad = any(each["good"] is not True for each in sensors.values())
        return {"phase": "partial" if bad else "ok", "sensors": sensors}

    def _value(self, name: str, air: Air) -> object:
        if name == "rain":
            return air.rain and "station_lies_dry" not in self.faults.active
        if name == "rain_mm_h":
            return 4.0 if air.rain else 0.0
        value: float = getattr(air, name)
        read = value + self._offset[name] + self._jitter[name].at(self._read_s)
        if name == "dew_point_C":
            read = min(read, air.temperature_C - 0.05)
        if name in ("wind_m_s", "gust_m_s"):
            read = max(0.0, read)
        return round(min(read, 100.0) if name == "humidity_pct" else read, 3)

    def _spoil(self, sensors: dict[str, dict[str, object]]) -> None:
        """Let one sensor be wrong, or all, as the active faults say."""
        active = self.faults.active
        if "sensor_nan" in active:
            for each in sensors.values():
                each["value"], each["good"] = None, False
        if "out_of_range" in active and "temperature_C" in sensors:
            sensors["temperature_C"]["value"] = OUT_OF_RANGE
        if "spike" in active and "wind_m_s" in sensors:
            sensors["wind_m_s"]["value"] = active["spike"].parameter("to", 25.0)

    def _stamp(self, at_s: float) -> str:
        lag = self._ground.now_s() - at_s
        at: datetime = self._ground.clock.utc() - timedelta(seconds=lag)
        return at.astimezone(UTC).isoformat()
