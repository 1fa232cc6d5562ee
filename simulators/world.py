"""All simulated devices of one site, with its sky and its weather, one instant at a time.

No thread of its own: whoever asks a device brings it up to now first.  Same seed and same calls,
same night.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pyros.config.devices import (
    AnyDevice,
    Camera,
    Dome,
    FilterWheel,
    Plc,
    Telescope,
)
from pyros.config.devices import Weather as Station
from pyros.config.model import Config, Simulation
from pyros.link.direct import Direct
from pyros.link.server import DeviceServer
from pyros.sky.site import Site
from simulators.box import Box, Ground
from simulators.camera import CameraBox
from simulators.clock import Clock
from simulators.dome import DomeBox
from simulators.faults import Fault
from simulators.filter_wheel import FilterWheelBox
from simulators.plc import PlcBox
from simulators.pointing import LocalSky
from simulators.shadow import DomeShadow, Status, TelescopeShadow, WheelShadow
from simulators.sights import Pointing, Shutter, Wheel
from simulators.telescope import TelescopeBox
from simulators.view import View, chip_of
from simulators.weather import WeatherBox
from simulators.weather_process import Weather

ORDER: Final[tuple[type, ...]] = (Telescope, Dome, Station, Plc, FilterWheel, Camera)
"""A device is made after those it looks at."""


class World:
    """The simulated devices of a configuration.

    `seed` makes the night; None takes that of the configuration.  `nonce` tells processes apart
    that play the same seed: it goes into the boots of the devices.  Devices `elsewhere` are played
    by other processes: of them this world knows what their status says.
    """

    def __init__(
        self,
        config: Config,
        seed: int | None = None,
        *,
        clock: Clock,
        nonce: str = "",
        elsewhere: Mapping[str, Status] = MappingProxyType({}),
    ) -> None:
        simulation = config.simulation or Simulation()
        self.seed = simulation.seed if seed is None else seed
        self.clock = clock
        self._nonce = nonce
        self._config, self._simulation = config, simulation
        self._elsewhere = elsewhere
        self._lock = threading.RLock()
        self._utc_0, self._mono_0 = clock.utc(), clock.monotonic()
        site = Site(
            lat_deg=config.site.latitude_deg,
            lon_deg=config.site.longitude_deg,
            height_m=config.site.height_m,
        )
        self.sky = LocalSky(site, self._utc_0)
        self.weather = Weather(
            seed=self.seed,
            utc_0=self._utc_0,
            longitude_deg=config.site.longitude_deg,
            temperature_C=config.site.temperature_C,
            pressure_hPa=config.site.pressure_hPa or 1013.25 * (0.88 ** (site.height_m / 1000.0)),
            calm=simulation.calm,
            script=simulation.weather,
        )
        self.boxes: dict[str, Box] = {}
        self._make_boxes()
        self.servers: Mapping[str, DeviceServer] = {
            name: DeviceServer(box, real_s=clock.real_monotonic) for name, box in self.boxes.items()
        }
        for planned in simulation.faults:
            if planned.device in self.boxes:
                self.inject(Fault(**planned.model_dump()))

    def transport(self, name: str) -> Direct:
        """Return what makes lines to a device by calls; raises KeyError."""
        return Direct(self.servers[name])

    def inject(self, fault: Fault) -> None:
        """Have something go wrong; raises KeyError, InvalidValue."""
        self.boxes[fault.device].inject(fault)

    def clear(self, device: str | None = None, kind: str | None = None) -> None:
        """End faults: of one device or all, of one kind or all."""
        for name, box in self.boxes.items():
            if device in (None, name):
                box.clear(kind)

    def now_s(self) -> float:
        """Return seconds since the world began."""
        return self.clock.monotonic() - self._mono_0

    def _make_boxes(self) -> None:
        devices = self._config.devices
        for kind in ORDER:
            for name, entry in devices.items():
                if isinstance(entry, kind) and name not in self._elsewhere:
                    self.boxes[name] = self._make(name, entry)

    def _make(self, name: str, entry: AnyDevice) -> Box:
        ground = Ground(
            name=name,
            clock=self.clock,
            lock=self._lock,
            utc_0=self._utc_0,
            mono_0=self._mono_0,
            seed=self.seed,
            nonce=self._nonce,
        )
        match entry:
            case Telescope():
                return TelescopeBox(ground, entry, self.sky)
            case Dome():
                return DomeBox(ground, entry, self.weather, self._telescope())
            case Station():
                return WeatherBox(ground, entry, self.weather)
            case Plc():
                return PlcBox(ground, entry, self.weather, self._dome())
            case FilterWheel():
                return FilterWheelBox(ground, entry)
            case Camera():
                cold = self._simulation.initially_cold
                view = self._view(name, entry)
                return CameraBox(ground, entry, self.weather, view, cold=cold)

    def _view(self, name: str, camera: Camera) -> View:
        telescope = self._telescope()
        optics = None if telescope is None else self._config.devices[telescope.name]
        return View(
            chip=chip_of(name, camera, self.seed),
            camera=camera,
            optics=optics if isinstance(optics, Telescope) else None,
            telescope=telescope,
            dome=self._dome(),
            wheel=self._wheel_before(name),
            weather=self.weather,
            sky=self.sky,
            transients=self._simulation.transients,
        )

    def _telescope(self) -> Pointing | None:
        """Return the telescope that domes and cameras look at, wherever it is played."""
        for box in self.boxes.values():
            if isinstance(box, TelescopeBox):
                return box
        for name, status in self._elsewhere.items():
            if isinstance(self._config.devices[name], Telescope):
                return TelescopeShadow(name, status)
        return None

    def _dome(self) -> Shutter | None:
        """Return the dome that is in the way of the light, wherever it is played."""
        for box in self.boxes.values():
            if isinstance(box, DomeBox):
                return box
        for name, status in self._elsewhere.items():
            if isinstance(self._config.devices[name], Dome):
                return DomeShadow(status, self._telescope())
        return None

    def _wheel_before(self, camera: str) -> Wheel | None:
        """Return the wheel in front of a camera, or that in the telescope."""
        telescope = self._telescope()
        found: Wheel | None = None
        for name, entry in self._config.devices.items():
            if isinstance(entry, FilterWheel):
                if entry.attached_to == camera:
                    return self._wheel(name, entry)
                if telescope is not None and entry.attached_to == telescope.name:
                    found = self._wheel(name, entry)
        return found

    def _wheel(self, name: str, entry: FilterWheel) -> Wheel | None:
        if name in self._elsewhere:
            return WheelShadow(entry, self._elsewhere[name])
        box = self.boxes.get(name)
        return box if isinstance(box, FilterWheelBox) else None
