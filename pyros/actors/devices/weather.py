"""How a weather station behaves among us: it is read, monitoring judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyros.actors.devices.manner import Manner, Now, Tended, faults_of
from pyros.domain.devices.state import WeatherState
from pyros.drivers.interface import WeatherDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherManner(Manner[WeatherState, WeatherDriver]):
    """Ready when it gave one set of readings."""

    resting: ClassVar[frozenset[str]] = frozenset({"ok", "partial"})

    def tend(self, sample: WeatherState, now: Now) -> tuple[WeatherManner, Tended]:
        ready = bool(sample.sensors)
        why = "" if ready else "it gave no readings yet"
        return self, Tended(ready=ready, why=why, faults=faults_of(sample))
