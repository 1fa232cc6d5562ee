"""A simulated camera: shutter, read-out, cooler, and frames kept until they are dropped."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from pyros.config.devices import Camera
from pyros.domain.devices.device import Kind
from pyros.domain.devices.orders import Exposure
from pyros.domain.devices.plain import from_plain
from pyros.errors import InvalidValue, NotNow
from pyros.link.device import FramePart
from pyros.link.frames import cut
from simulators.arguments import Args, flag, number
from simulators.box import Box, Ground
from simulators.cooler import CoolerModel
from simulators.operations import Doing
from simulators.sky_image import Scene, render
from simulators.weather_process import Weather

FRAMES_MAX_BYTES: Final = 2 * 1024**3
LONGEST_S: Final = 86400.0

Look = Callable[[Exposure, float], Scene]
"""What stands before the detector at an instant (seconds of the world)."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A frame that was read out; its pixels are made when they are first asked for."""

    scene: Scene
    meta: Mapping[str, object]
    pixels: npt.NDArray[np.uint16] | None = None


@dataclass(slots=True, kw_only=True)
class Shot:
    """An exposure under way; seconds of the world."""

    doing: Doing
    exposure: Exposure
    scene: Scene
    began_s: float
    shut_s: float
    """When the shutter closes."""
    read_s: float
    """When it will be read out."""
    utc_ms: int
    seen: list[float] = field(default_factory=list)
    """Open shares seen while it was exposed."""


class CameraBox(Box):
    """A camera behind the telescope."""

    kind = Kind.CAMERA
    own_verbs: ClassVar[frozenset[str]] = frozenset({"expose", "stop", "cooler"})
    model = "detector"

    def __init__(
        self, ground: Ground, entry: Camera, weather: Weather, look: Look, *, cold: bool
    ) -> None:
        super().__init__(ground)
        self._entry, self._weather, self._look = entry, weather, look
        ambient = weather.at(ground.now_s()).temperature_C
        self._cooler = CoolerModel(entry.cooler, ambient, cold=cold, names=(ground.seed, self.name))
        self._shot: Shot | None = None
        self._held: dict[str, Held] = {}
        self._last: Held | None = None

    # orders

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:
        match doing.verb:
            case "expose":
                self._expose(doing, args, now_s)
            case "stop":
                doing.until_s = now_s
                if self._shot is not None and now_s < self._shot.shut_s:
                    self._shut_early(self._shot, now_s)
            case "cooler":
                self._cool(doing, args, now_s)

    def _expose(self, doing: Doing, args: Args, now_s: float) -> None:
        exposure = self._checked(args)
        if self._shot is not None:
            raise NotNow("busy: exposing")
        detector = self._entry.detector
        held_bytes = len(self._held) * detector.width_px * detector.height_px * 2
        if held_bytes > FRAMES_MAX_BYTES or "frames_full" in self.faults.active:
            raise NotNow("frames not fetched: drop some first")
        scene = replace(
            self._look(exposure, now_s), key=doing.key, temperature_C=self._cooler.temperature_C
        )
        shut_s = now_s + exposure.exposure_s
        read_s = shut_s + self._readout_s(exposure)
        self._shot = Shot(
            doing=doing,
            exposure=exposure,
            scene=scene,
            began_s=now_s,
            shut_s=shut_s,
            read_s=read_s,
            utc_ms=round(self._ground.clock.utc().timestamp() * 1000.0),
            seen=[scene.open_share],
        )
        doing.goal = {"exposure_s": exposure.exposure_s, "frame": exposure.frame.value}
        doing.until_s = read_s
        doing.deadline_s = read_s - now_s + 10.0

    def _checked(self, args: Args) -> Exposure:
        number(args, "exposure_s", 0.0, LONGEST_S)
        exposure = from_plain(Exposure, args)
        for name, value in (("binning_x", exposure.binning_x), ("binning_y", exposure.binning_y)):
            if not 1 <= value <= 16:
                raise InvalidValue(name, value, allowed="1 to 16")
        detector, window = self._entry.detector, exposure.window
        if window is not None:
            x, y, columns, rows = window
            fits = x >= 0 and y >= 0 and x + columns <= detector.width_px
            if not fits or y + rows > detector.height_px or min(columns, rows) < 1:
                inside = f"inside {detector.width_px} x {detector.height_px}"
                raise InvalidValue("window", list(window), allowed=inside)
        return exposure

    def _readout_s(self, exposure: Exposure) -> float:
        """Return how long the read-out takes: fewer pixels, less time."""
        detector, window = self._entry.detector, exposure.window
        share = 1.0
        if window is not None:
            share = window[2] * window[3] / (detector.width_px * detector.height_px)
        bins = math.sqrt(exposure.binning_x * exposure.binning_y)
        return detector.readout_s * share / bins

    def _cool(self, doing: Doing, args: Args, now_s: float) -> None:
        on, setpoint = flag(args, "on"), number(args, "setpoint_C", -200.0, 40.0)
        if self._entry.cooler is None:
            raise NotNow("this camera has no cooler")
        self._cooler.set(on=on, setpoint_C=setpoint)
        doing.goal, doing.until_s = {"on": on, "setpoint_C": setpoint}, now_s

    def _shut_early(self, shot: Shot, now_s: float) -> None:
        shot.read_s = now_s + shot.read_s - shot.shut_s
        shot.shut_s, shot.doing.until_s = now_s, shot.read_s

    # time

    def _step(self, now_s: float) -> None:
        active = self.faults.active
        drift = active["cooler_drift"].parameter("by_C", 5.0) if "cooler_drift" in active else 0.0
        if "cooler_off" in active:
            self._cooler.on = False
        self._cooler.step(now_s, self._weather.at(now_s).temperature_C, off_C=drift)
        shot = self._shot
        if shot is not None:
            if len(shot.seen) == 1 and now_s >= shot.shut_s:
                shot.seen.append(self._look(shot.exposure, shot.shut_s).open_share)
            if now_s >= shot.read_s and not self._holds_back():
                self._read_out(shot)
        self._finish_due(now_s)

    def _holds_back(self) -> bool:
        return "exposure_never_ready" in self.faults.active or self._never_done()

    def _may_end(self, doing: Doing) -> bool:
        return doing.verb != "expose" and super()._may_end(doing)

    def _read_out(self, shot: Shot) -> None:
        exposed_s = shot.shut_s - shot.began_s
        active = self.faults.active
        share = sum(shot.seen) / len(shot.seen)
        if "shutter_stuck" in active:
            share = 0.0
        spoilt = next((each for each in ("all_zero", "saturated") if each in active), "")
        exposure = replace(shot.exposure, exposure_s=exposed_s)
        if "shutter_stuck_open" in active and exposed_s > 0.0:
            exposure = from_plain(Exposure, {"exposure_s": exposed_s})
        scene = replace(
            shot.scene, exposure=exposure, exposed_s=exposed_s, open_share=share, spoilt=spoilt
        )
        meta = {
            "utc_ms": shot.utc_ms,
            "exposure_s": exposed_s,
            "frame": shot.exposure.frame.value,
            "temperature_start_C": round(shot.scene.temperature_C, 3),
            "temperature_end_C": round(self._cooler.temperature_C, 3),
            "setpoint_C": self._cooler.setpoint_C,
            "filter": shot.scene.band.name,
            "gain_e_adu": shot.scene.chip.gain_e_adu,
        }
        stale = self._last if "stale_frame" in active else None
        self._last = Held(scene=scene, meta=meta)
        self._held[shot.doing.key] = stale or self._last
        self._shot = None
        self._finish(shot.doing, shot.read_s)

    def _stop(self, now_s: float) -> float:
        """Leave no frame of what is exposed."""
        self._shot = None
        return now_s

    def _abort(self, doing: Doing, args: Mapping[str, object], now_s: float) -> None:
        """Abort the exposure; one of another key is left alone."""
        if self._shot is not None and args.get("key") not in (None, self._shot.doing.key):
            doing.until_s = now_s
            return
        super()._abort(doing, args, now_s)

    def _wake_up(self, now_s: float, *, lost: bool) -> None:  # noqa: ARG002
        self._shot = None
        self._held.clear()
        if lost:
            self._cooler.set(on=False, setpoint_C=self._cooler.setpoint_C)

    # frames

    def frames(self) -> list[str]:
        """Return the keys of the frames held."""
        with self._ground.lock:
            self._advance()
            return list(self._held)

    def frame(self, key: str, part: int) -> FramePart:
        """Return a part of a held frame; raises NotNow if there is none."""
        with self._ground.lock:
            self._advance()
            held = self._held.get(key)
            corrupt = "corrupt_frame" in self.faults.active
        if held is None:
            raise NotNow(f"no frame {key}")
        if held.pixels is None:
            held.pixels = render(held.scene)
        found = cut(key, held.pixels, part, **held.meta)
        if corrupt:
            return FramePart(header={**found.header, "crc32": 0}, pixels=found.pixels)
        return found

    def drop(self, key: str) -> None:
        """Forget a frame; harmless if it is gone."""
        with self._ground.lock:
            self._held.pop(key, None)

    # what it says

    def _fields(self, now_s: float) -> dict[str, object]:
        shot, cooler = self._shot, self._cooler
        phase, remaining = "idle", None
        if shot is not None:
            phase = "exposing" if now_s < shot.shut_s else "reading"
            remaining = max(0.0, shot.shut_s - now_s)
        cooled = self._entry.cooler is not None
        return {
            "phase": phase,
            "remaining_s": remaining,
            "frames": list(self._held),
            "temperature_C": round(cooler.temperature_C, 3),
            "setpoint_C": cooler.setpoint_C if cooled else None,
            "cooler_on": cooler.on if cooled else None,
            "power_pct": round(cooler.power_pct, 2) if cooled else None,
            "cooler_stable": cooler.stable if cooled else None,
        }

    def _limits(self) -> dict[str, object]:
        detector = self._entry.detector
        return {
            "width_px": detector.width_px,
            "height_px": detector.height_px,
            "min_exposure_s": self._entry.min_exposure_s,
            "readout_s": detector.readout_s,
            "binnings": [1, 2, 4],
        }
