"""A simulated filter wheel: half a second a slot, and between two slots it is nowhere."""

from __future__ import annotations

from typing import ClassVar, Final

from pyros.config.devices import Filter, FilterWheel
from pyros.domain.devices.device import Kind
from pyros.errors import NotNow
from simulators.arguments import Args, choice
from simulators.box import Box, Ground
from simulators.operations import Doing

SLOT_S: Final = 0.5
HOME_S: Final = 2.0
NOWHERE: Final = frozenset({"between_positions", "position_lost"})


class FilterWheelBox(Box):
    """A wheel that turns the shorter way round."""

    kind = Kind.FILTER_WHEEL
    own_verbs: ClassVar[frozenset[str]] = frozenset({"select", "home"})
    model = "wheel"

    def __init__(self, ground: Ground, entry: FilterWheel) -> None:
        super().__init__(ground)
        self._filters = {each.slot: each for each in entry.filters}
        self._by_name = {each.name: each for each in entry.filters}
        self._slots = max(self._filters) + 1
        self._slot: int | None = min(self._filters)
        self._goal: int | None = None

    def filter_now(self, now_s: float) -> Filter | None:
        """Return the filter in the light, None between two; the world's lock is held."""
        self.advance(now_s)
        return None if self._slot is None else self._filters.get(self._slot)

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:
        if self._running("select", "home"):
            raise NotNow("busy: it turns")
        doing.deadline_s = 30.0
        if doing.verb == "home":
            self._goal, doing.until_s = min(self._filters), now_s + HOME_S
            self._slot = None
            return
        name = choice(args, "name", tuple(self._by_name))
        if self._slot is None:
            raise NotNow("position lost: home it first")
        goal = self._by_name[name].slot
        steps = abs(goal - self._slot)
        doing.goal = {"name": name}
        doing.until_s = now_s + SLOT_S * min(steps, self._slots - steps)
        if steps:
            self._goal, self._slot = goal, None

    def _step(self, now_s: float) -> None:
        for each in list(self._doing):
            if each.verb not in ("select", "home") or each.until_s is None or each.until_s > now_s:
                continue
            if self._never_done():
                continue
            self._arrive(each, each.until_s)
        if "position_lost" in self.faults.active:
            self._slot = None
        self._finish_due(now_s)

    def _arrive(self, doing: Doing, at_s: float) -> None:
        active = self.faults.active
        if "stuck" in active or (doing.verb == "home" and "homing_fails" in active):
            self._fail(doing, at_s, "stuck: the motor turns, the wheel does not")
            return
        if self._goal is not None:
            self._slot, self._goal = self._goal, None
        if doing.verb == "home":
            self.faults.clear("between_positions", at_s)
            self.faults.clear("position_lost", at_s)
        elif "wrong_filter" in active and self._slot is not None:
            self._slot = sorted(self._filters)[(self._slot + 1) % len(self._filters)]
        if "between_positions" in active:
            self._slot = None
        self._finish(doing, at_s)

    def _stop(self, now_s: float) -> float:
        """Stop between two slots: only homing finds the place again."""
        if self._running("select", "home"):
            self._slot, self._goal = None, None
        return now_s

    def _wake_up(self, now_s: float, *, lost: bool) -> None:  # noqa: ARG002
        self._goal = None
        if lost:
            self._slot = None

    def _fields(self, now_s: float) -> dict[str, object]:  # noqa: ARG002
        turning = self._running("select", "home")
        moving = turning is not None
        phase = "idle" if turning is None else "homing" if turning.verb == "home" else "moving"
        if not moving and self._slot is None and NOWHERE & self.faults.active.keys():
            phase = "idle"
        name = None if self._slot is None else self._filters[self._slot].name
        return {"phase": phase, "slot": self._slot, "name": name, "moving": moving}

    def _limits(self) -> dict[str, object]:
        return {"names": list(self._by_name), "slots": self._slots}
