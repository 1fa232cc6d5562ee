"""A simulated controller: cyclic inputs, an interlock table, alarms that latch, and a heartbeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import ClassVar, Final

from pyros.config.devices import Plc
from pyros.domain.devices.device import Kind
from pyros.errors import NotNow
from simulators.arguments import Args, choice, flag
from simulators.box import Box, Ground
from simulators.chance import Wobble
from simulators.operations import Doing
from simulators.sights import Shutter
from simulators.weather_process import Weather

CYCLE_S: Final = 0.1
ON_BATTERY_S: Final = 1800.0
BY_FAULT: Final = {
    "emergency_stop": "emergency_stop",
    "door_open": "door_open",
    "local_mode": "local_key",
    "interlock_trips": "interlock",
}
"""Fault to the input that it switches on."""
UNSAFE: Final = {
    "emergency_stop": "emergency stop",
    "person_inside": "person inside",
    "door_open": "door open",
    "interlock": "interlock tripped",
}
"""Inputs that make it unsafe when they are on, and what the controller says then."""
LATCHES: Final = frozenset({"emergency_stop", "interlock"})


class PlcBox(Box):
    """A controller with a task of 100 ms."""

    kind = Kind.PLC
    own_verbs: ClassVar[frozenset[str]] = frozenset({"set_output", "acknowledge", "kick"})
    model = "controller"

    def __init__(self, ground: Ground, entry: Plc, weather: Weather, dome: Shutter | None) -> None:
        super().__init__(ground)
        self._weather, self._dome = weather, dome
        self._outputs = dict.fromkeys(entry.outputs, False)
        self._latched: set[str] = set()
        self._at = ""
        self._frozen_beat: int | None = None
        self._cabinet = Wobble(ground.seed, self.name, "cabinet", rms=0.6, period_s=1500.0)
        self._mains = Wobble(ground.seed, self.name, "mains", rms=1.2, period_s=240.0)

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:
        doing.until_s = now_s
        match doing.verb:
            case "kick":
                doing.silent = True
            case "set_output":
                name = choice(args, "name", tuple(self._outputs))
                value = flag(args, "value")
                doing.goal = {"name": name, "value": value}
                if "output_ignored" not in self.faults.active:
                    self._outputs[name] = value
            case "acknowledge":
                alarm = choice(args, "alarm", tuple(sorted(self._latched)))
                if alarm in self._tripped():
                    raise NotNow(f"{alarm} is still on")
                self._latched.discard(alarm)

    def _step(self, now_s: float) -> None:
        self._latched |= self._tripped() & LATCHES
        if "heartbeat_frozen" not in self.faults.active:
            self._frozen_beat = None
        elif self._frozen_beat is None:
            self._frozen_beat = int(now_s / CYCLE_S)
        if "interlock_trips" in self.faults.active or "emergency_stop" in self.faults.active:
            self._close_dome()
        self._finish_due(now_s)

    def _tripped(self) -> set[str]:
        return {name for fault, name in BY_FAULT.items() if fault in self.faults.active}

    def _close_dome(self) -> None:
        """Take the dome's motor contactor: whatever its owner says, it closes."""
        if self._dome is not None:
            self._dome.close_by_interlock()

    def _fields(self, now_s: float) -> dict[str, object]:
        active = self.faults.active
        self._at = self._ground.clock.utc().astimezone(UTC).isoformat()
        tripped = self._tripped()
        reasons = [why for name, why in UNSAFE.items() if name in tripped | self._latched]
        if "ups_low" in active:
            reasons.append("battery low")
        local = "local_mode" in active
        nan = "sensor_nan" in active
        return {
            "phase": "local" if local else "alarm" if reasons else "ok",
            "is_safe": None if nan else not reasons and not local,
            "reasons": reasons,
            "heartbeat": self._frozen_beat or int(now_s / CYCLE_S),
            "inputs": self._inputs(now_s, nan=nan),
            "outputs": {name: self._sample(value) for name, value in self._outputs.items()},
        }

    def _inputs(self, now_s: float, *, nan: bool) -> dict[str, object]:
        active, tripped = self.faults.active, self._tripped()
        on_battery = "mains_lost" in active or "ups_low" in active
        switches: dict[str, Callable[[], object]] = {
            "emergency_stop": lambda: "emergency_stop" in tripped | self._latched,
            "person_inside": lambda: False,
            "door_open": lambda: "door_open" in tripped,
            "local_key": lambda: "local_key" in tripped,
            "rain": lambda: self._weather.at(now_s).rain,
            "mains": lambda: not on_battery,
            "battery_low": lambda: "ups_low" in active,
        }
        found: dict[str, object] = {
            name: self._sample(None if nan else read(), good=not nan)
            for name, read in switches.items()
        }
        if self._dome is not None:
            closed = self._dome.is_closed(now_s) or "contradicts_switch" in active
            found["dome_closed"] = self._sample(None if nan else closed, good=not nan)
        found["cabinet_C"] = self._sample(
            None if nan else round(24.0 + self._cabinet.at(now_s), 2), "C", good=not nan
        )
        found["mains_V"] = self._sample(
            None if nan else 0.0 if on_battery else round(230.0 + self._mains.at(now_s), 1),
            "V",
            good=not nan,
        )
        return found

    def _sample(self, value: object, unit: str = "", *, good: bool = True) -> dict[str, object]:
        return {"value": value, "at": self._at, "unit": unit, "good": good}

    def _limits(self) -> dict[str, object]:
        return {"outputs": list(self._outputs)}
