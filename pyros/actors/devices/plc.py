"""How the site's controller behaves among us: it is read, and its word only ever closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyros.actors.devices.manner import Manner, Now, Tended, faults_of
from pyros.domain.devices.state import PlcState
from pyros.drivers.interface import PlcDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class PlcManner(Manner[PlcState, PlcDriver]):
    """Ready when all inputs were read once; an alarm or local mode is for monitoring to judge."""

    resting: ClassVar[frozenset[str]] = frozenset({"ok", "alarm", "local", "stopped"})

    def tend(self, sample: PlcState, now: Now) -> tuple[PlcManner, Tended]:
        ready = sample.is_safe is not None
        why = "" if ready else "its inputs were not read yet"
        return self, Tended(ready=ready, why=why, faults=faults_of(sample))
