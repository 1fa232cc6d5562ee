"""A cooler of first order: towards its set point, but never colder than its floor."""

from __future__ import annotations

import math
from typing import Final

from pyros.config.devices import Cooler as Entry
from simulators.chance import Wobble

TAU_S: Final = 90.0
BELOW_AMBIENT_C: Final = 90.0
DEEPER_C: Final = 25.0
"""A box that is made for a deep set point reaches so much below it."""
NOISE_C: Final = 0.05


class CoolerModel:
    """The temperature of a detector; `ambient_C` is asked of the world."""

    def __init__(
        self, entry: Entry | None, ambient_C: float, *, cold: bool, names: tuple[object, ...]
    ) -> None:
        self._entry = entry
        self.on = entry is not None and cold
        self.setpoint_C = entry.setpoints_C[0] if entry is not None and cold else ambient_C
        self._mean_C = self.setpoint_C
        self._at_s = 0.0
        self._near_since_s: float | None = -math.inf if self.on else None
        self._noise = Wobble(*names, "cooler", rms=NOISE_C, period_s=47.0)
        self._ambient_C = ambient_C

    @property
    def floor_C(self) -> float:
        """Return the coldest it reaches in this air."""
        if self._entry is None:
            return self._ambient_C
        return min(self._ambient_C - BELOW_AMBIENT_C, min(self._entry.setpoints_C) - DEEPER_C)

    def set(self, *, on: bool, setpoint_C: float) -> None:
        """Have the detector at a temperature, or let it warm up."""
        if on and not (self.on and setpoint_C == self.setpoint_C):
            self._near_since_s = None
        self.on, self.setpoint_C = on, setpoint_C

    def step(self, now_s: float, ambient_C: float, *, off_C: float = 0.0) -> None:
        """Come to `now_s`; `off_C` is how far a fault lets it miss its set point."""
        self._ambient_C = ambient_C
        goal = max(self.setpoint_C + off_C, self.floor_C) if self.on else ambient_C
        near_s = self._near_from(goal)
        self._mean_C += (goal - self._mean_C) * (1.0 - math.exp(-(now_s - self._at_s) / TAU_S))
        self._at_s = now_s
        if not self.on or abs(self._mean_C - self.setpoint_C) > self._limit_C:
            self._near_since_s = None
        elif self._near_since_s is None:
            self._near_since_s = min(now_s, near_s)

    @property
    def _limit_C(self) -> float:
        return self._entry.stable_C if self._entry is not None else 0.5

    def _near_from(self, goal_C: float) -> float:
        """Return when it comes near its set point on the way to `goal_C`, whoever looks when."""
        off = abs(self._mean_C - goal_C)
        if off <= self._limit_C or goal_C != self.setpoint_C:
            return self._at_s
        return self._at_s + TAU_S * math.log(off / self._limit_C)

    @property
    def temperature_C(self) -> float:
        """Return what its sensor reads."""
        return self._mean_C + self._noise.at(self._at_s)

    @property
    def power_pct(self) -> float:
        """Return how hard it works, 0 to 100."""
        if not self.on:
            return 0.0
        share = (self._ambient_C - self._mean_C) / (self._ambient_C - self.floor_C)
        return min(100.0, max(0.0, 100.0 * share))

    @property
    def stable(self) -> bool:
        """Whether it was near its set point long enough."""
        if self._near_since_s is None or self._entry is None:
            return self._entry is None
        return self._at_s - self._near_since_s >= self._entry.stable_s
