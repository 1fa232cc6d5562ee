"""The whole configuration file as one frozen value: Config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pyros.config.alerts import Alerts
from pyros.config.devices import AnyDevice, Channel
from pyros.config.entry import Entry, FileName, Name, Seconds
from pyros.config.night import Calibration, Clock, Night, Safety
from pyros.config.people import Period, Programme, Web
from pyros.config.site import Site

MAX_DEVICES = 200


class Data(Entry):
    """Where things are kept."""

    root: FileName = Path("data")
    """Folder of the database, images and spool; a relative one counts from this file's folder."""
    database: Annotated[str, Field(pattern=r"^sqlite:///.+")] | None = None
    """As sqlite:///file, other databases are not built yet; none: pyros.db in `root`."""
    nights_of_disk: int = Field(default=2, ge=0, le=60)
    """A start warns when there is room for fewer nights than this."""
    night_gb: float = Field(default=6.0, gt=0.0, le=10000.0)
    """What one night takes, GB."""

    @property
    def database_url(self) -> str:
        """URL of the database in force."""
        return self.database or f"sqlite:///{self.root / 'pyros.db'}"


class WeatherStep(Entry):
    """One line of the weather's script."""

    at_s: float = Field(ge=0.0)
    """Begins so long after the simulation's start, seconds."""
    for_s: Seconds
    """Lasts so long, seconds."""
    quantity: Name
    """What changes, as humidity_pct."""
    to: float
    """To which value, in the quantity's unit."""
    ramp_s: float = Field(default=0.0, ge=0.0, le=86400.0)
    """It takes so long to get there, seconds."""


class PlannedFault(Entry):
    """A fault that a simulated device shall have."""

    device: Name
    """Which device."""
    kind: Name
    """Which fault, as stuck."""
    when: str = "now"
    """now, start:<verb>, progress:<verb>:<0..1>, utc:<instant> or p:<share of operations>."""
    duration_s: Seconds | None = None
    """None: until it is cleared."""
    parameters: dict[str, float] = Field(default_factory=dict)
    """Numbers of the fault, by its kind."""


class Transient(Entry):
    """A new source in the simulated sky."""

    ra_deg: float = Field(ge=0.0, lt=360.0)
    """Right ascension, ICRS, degrees."""
    dec_deg: float = Field(ge=-90.0, le=90.0)
    """Declination, ICRS, degrees."""
    t0_s: float = 0.0
    """Its burst, seconds after the simulation's start."""
    magnitude: float = 14.0
    """Brightness 60 s after the burst, V."""
    decay: float = Field(default=1.0, ge=0.0, le=5.0)
    """Flux falls as time to this power."""


class Simulation(Entry):
    """What the simulated devices do; only where there are any."""

    seed: int = Field(default=1, ge=0, lt=2**32)
    """Same seed, same night."""
    transport: Literal["direct", "inproc", "tcp"] = "direct"
    """How simulated devices are reached: plain calls, sockets in this process, TCP on loopback."""
    initially_cold: bool = True
    """Whether cameras are at their set point when the simulation starts."""
    weather: tuple[WeatherStep, ...] = ()
    """Script laid over the seeded weather."""
    calm: bool = True
    """Whether the seeded weather stays good except for the script."""
    faults: tuple[PlannedFault, ...] = ()
    """Faults that simulated devices shall have."""
    transients: tuple[Transient, ...] = ()
    """New sources in the simulated sky."""
    requests: FileName | None = None
    """Folder of exchange documents that are loaded into an empty database and submitted."""


class Analyzer(Entry):
    """Where images are reduced."""

    executor: Literal["process", "inline"] = "process"
    """In worker processes, or inside (tests)."""
    workers: int = Field(default=1, ge=1, le=64)
    """Worker processes."""
    job_s: Seconds = 120.0
    """A job that takes longer costs its worker, seconds."""


class Log(Entry):
    """What is written down."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """From which level on."""
    file: FileName | None = None
    """File of one JSON object a line, beside the terminal; none: no file."""


class Config(Entry):
    """The configuration of one observatory."""

    site: Site
    """Where it stands, its horizon, and the weather that shuts the dome."""
    clock: Clock = Clock()
    """How time runs in a rehearsal."""
    data: Data = Data()
    """Where database and images are kept."""
    web: Web = Web()
    """The web server."""
    night: Night = Night()
    """When it observes, and how long it waits for what."""
    safety: Safety = Safety()
    """What closes the dome, and how soon."""
    devices: dict[Name, AnyDevice] = Field(min_length=1, max_length=MAX_DEVICES)
    """Devices by name."""
    channels: dict[Name, Channel] = Field(min_length=1)
    """Channels by name."""
    simulation: Simulation | None = None
    """What simulated devices do; needed where there are any, refused where there are none."""
    alerts: Alerts = Alerts()
    """Which alerts come in, and which move the telescope."""
    periods: tuple[Period, ...] = ()
    """Spans for which time is allocated."""
    programmes: tuple[Programme, ...] = ()
    """Scientific programmes with their quotas."""
    analyzer: Analyzer = Analyzer()
    """Where images are reduced."""
    log: Log = Log()
    """What is written down."""

    @property
    def real_devices(self) -> tuple[str, ...]:
        """Names of the devices that are not simulated."""
        return tuple(sorted(n for n, one in self.devices.items() if one.driver != "simulated"))

    @property
    def in_development(self) -> bool:
        """Whether actors may be played with: it is asked for, and nothing here is real."""
        return self.web.development and not self.real_devices

    def calibration_of(self, channel: str) -> Calibration:
        """Return the calibrations of `channel`: its own, else those of the night."""
        return self.channels[channel].calibration or self.night.calibration
