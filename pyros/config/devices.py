"""Devices by kind and driver, and the channels that are made of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pyros.config.entry import Entry, Name, Port, Seconds
from pyros.config.night import Calibration

DriverName = Literal["simulated", "pyros"]
"""simulated: one of our simulators; pyros: a box that speaks our own protocol."""

ADDRESS = r"^(direct|inproc://[A-Za-z0-9_.-]+|tcp://[A-Za-z0-9_.-]+:[0-9]{1,5})$"


class Poll(Entry):
    """How often a device is read."""

    ready_s: float = Field(default=1.0, ge=0.05, le=60.0)
    """At rest, seconds."""
    moving_s: float = Field(default=0.25, ge=0.05, le=60.0)
    """While something moves, seconds."""
    parked_s: float = Field(default=5.0, ge=0.05, le=60.0)
    """Parked by day (never plc, weather, dome), seconds."""
    disabled_s: float = Field(default=5.0, ge=0.05, le=600.0)
    """Lost: next try after this, seconds."""


class Answers(Entry):
    """How long silence is borne; real seconds."""

    answer_s: float = Field(default=1.0, ge=0.05, le=5.0)
    """A call is answered within this, seconds."""
    connect_s: float = Field(default=2.0, ge=0.05, le=30.0)
    """A connection stands within this, seconds."""
    ping_s: float = Field(default=1.0, ge=0.05, le=60.0)
    """The link is probed so often, seconds."""
    missed_pings: int = Field(default=3, ge=1, le=20)
    """So many unanswered pings and the device is DISABLED."""


class Device(Entry):
    """What every device has."""

    unit: Name
    """Devices of one unit are supervised and restarted together: a camera and its wheel."""
    blocking: bool = False
    """Whether the observatory pauses without it."""
    driver: DriverName
    """How it is spoken to: simulated or pyros."""
    address: Annotated[str, Field(pattern=ADDRESS)] | None = None
    """tcp://host:port, inproc://name or direct; none: as `simulation.transport` says."""
    frames_port: Port | None = None
    """Port of the data socket of a box at a tcp address; none: two after its own, past status."""
    poll: Poll = Poll()
    """How often it is read."""
    answers: Answers = Answers()
    """How long silence is borne."""
    initialise_s: Seconds = 60.0
    """It must be initialised within this, seconds."""
    title: str = Field(default="", max_length=64)
    """Name for people; empty: its key."""


class Axis(Entry):
    """How a mount moves."""

    rate_deg_s: float = Field(default=5.0, gt=0.0, le=90.0)
    """Top speed, degrees a second."""
    acceleration_deg_s2: float = Field(default=3.0, gt=0.0, le=90.0)
    """Acceleration, degrees a second squared."""
    settle_s: float = Field(default=2.0, ge=0.0, le=120.0)
    """Rest after a slew, seconds."""


class Park(Entry):
    """Where a telescope parks."""

    altitude_deg: float = Field(default=45.0, ge=-5.0, le=90.0)
    """Altitude, degrees."""
    azimuth_deg: float = Field(default=0.0, ge=0.0, lt=360.0)
    """Azimuth from north through east, degrees."""


class Telescope(Device):
    """A mount with its tube."""

    kind: Literal["telescope"]
    """A mount with its tube."""
    min_altitude_deg: float = Field(default=10.0, ge=0.0, lt=90.0)
    """The mount's own limit: never pointed lower, degrees."""
    axis: Axis = Axis()
    """How fast it moves."""
    park: Park = Park()
    """Where it parks."""
    aperture_m: float = Field(default=0.6, gt=0.0, le=50.0)
    """Diameter of the main mirror, metres; written into images."""
    focal_length_m: float = Field(default=4.0, gt=0.0, le=500.0)
    """Focal length, metres; written into images."""


class Cooler(Entry):
    """How a camera is cooled."""

    setpoints_C: tuple[Annotated[float, Field(ge=-200.0, le=30.0)], ...] = Field(min_length=1)
    """Where the detector is held, the preferred first, degrees Celsius."""
    cool_C_min: float = Field(default=5.0, gt=0.0, le=20.0)
    """How fast it is cooled, degrees a minute."""
    warm_C_min: float = Field(default=3.0, gt=0.0, le=20.0)
    """How fast it is warmed, degrees a minute."""
    stable_C: float = Field(default=0.5, gt=0.0, le=10.0)
    """Within this of the set point it is stable, degrees."""
    stable_s: Seconds = 60.0
    """... for so long, seconds."""
    warm_at_end: bool = False
    """Warmed up and switched off after the night's calibrations."""


class Detector(Entry):
    """The detector of a camera."""

    width_px: int = Field(default=1024, ge=16, le=20000)
    """Columns, pixels."""
    height_px: int = Field(default=1024, ge=16, le=20000)
    """Rows, pixels."""
    pixel_scale_arcsec: float = Field(default=1.0, gt=0.0, le=600.0)
    """Size of a pixel on the sky, arcsec."""
    rotation_deg: float = Field(default=0.0, ge=-180.0, le=180.0)
    """Position angle of the columns' upward direction, east of north, degrees."""
    gain_e_adu: float = Field(default=1.5, gt=0.0, le=1000.0)
    """Electrons for one count."""
    read_noise_e: float = Field(default=6.0, ge=0.0, le=1000.0)
    """Noise of one reading, electrons."""
    readout_s: float = Field(default=2.0, ge=0.0, le=300.0)
    """Time to read it out, seconds."""
    full_well_e: float = Field(default=90000.0, gt=0.0)
    """Where a pixel saturates, electrons."""
    bias_adu: float = Field(default=1000.0, ge=0.0, le=60000.0)
    """Level without light, counts."""
    dark_e_s: float = Field(default=0.02, ge=0.0, le=10000.0)
    """Dark current at the first set point, electrons a second."""
    sensitivity: float = Field(default=0.8, gt=0.0, le=1.0)
    """Share of photons that become electrons."""


class Camera(Device):
    """A camera; a channel is made of it."""

    kind: Literal["camera"]
    """A camera."""
    channel: Name
    """The channel it makes; must be a key of `channels`."""
    cooler: Cooler | None = None
    """None: it is not cooled."""
    detector: Detector = Detector()
    """Its detector."""
    min_exposure_s: float = Field(default=0.001, ge=0.0, le=60.0)
    """Shortest exposure, seconds."""
    initialise_s: Seconds = 1800.0
    """It must be cooled and stable within this, seconds."""


class Filter(Entry):
    """A filter in a wheel."""

    name: Name
    """As plans call it."""
    slot: int = Field(ge=0, le=63)
    """Its place in the wheel, counted from 0."""
    focus_offset_steps: int = Field(default=0, ge=-100000, le=100000)
    """Steps of the focuser from the focus without a filter."""
    wavelength_nm: float = Field(default=600.0, ge=100.0, le=30000.0)
    """Middle of its band, nm."""
    width_nm: float = Field(default=150.0, gt=0.0, le=30000.0)
    """Width of its band, nm."""
    throughput: float = Field(default=0.9, gt=0.0, le=1.0)
    """Share of the light in its band that passes."""


class FilterWheel(Device):
    """A filter wheel, before a camera or in the telescope."""

    kind: Literal["filter_wheel"]
    """A filter wheel."""
    attached_to: Name
    """The camera whose light it filters, or the telescope: then it serves every channel."""
    filters: tuple[Filter, ...] = Field(min_length=1)
    """What is in it."""
    rest_filter: Name | None = None
    """Where it stands by day; none: stays as it is."""


class Dome(Device):
    """A dome, clamshell or roof."""

    kind: Literal["dome"]
    """A dome."""
    form: Literal["dome", "clamshell", "roof"] = "dome"
    """A dome turns with the telescope; the others do not."""
    park_before_close: bool = False
    """Whether the telescope must be parked before it can close."""
    not_parked: Literal["hold", "close"] = "hold"
    """What to do if the telescope does not park in time: stay open and alarm, or close over it."""
    heartbeat_s: float = Field(default=10.0, ge=2.0, le=120.0)
    """Without a kick for so long it closes by itself, seconds."""
    travel_s: float = Field(default=30.0, gt=0.0, le=600.0)
    """Time to open or close, seconds."""
    rate_deg_s: float = Field(default=6.0, gt=0.0, le=90.0)
    """How fast it turns, degrees a second."""


class Plc(Device):
    """The programmable controller of the site."""

    kind: Literal["plc"]
    """A controller."""
    outputs: tuple[Name, ...] = ()
    """Outputs that an expert may set by hand."""


class Weather(Device):
    """A weather station."""

    kind: Literal["weather"]
    """A weather station."""
    poll: Poll = Poll(ready_s=5.0)
    """How often it is read."""
    quantities: tuple[Name, ...] = (
        "rain",
        "wind_m_s",
        "gust_m_s",
        "humidity_pct",
        "temperature_C",
        "dew_point_C",
        "pressure_hPa",
        "sky_temperature_C",
    )
    """What it measures, by the names of the limits."""


AnyDevice = Annotated[
    Telescope | Camera | FilterWheel | Dome | Plc | Weather, Field(discriminator="kind")
]


class Channel(Entry):
    """A camera with its wheel and its limits; plans are made for a channel."""

    camera: Name
    """The camera, a key of `devices`."""
    wheel: Name | None = None
    """Its filter wheel, a key of `devices`; none: no filter can be chosen."""
    title: str = Field(default="", max_length=32)
    """Name for people; empty: its key."""
    max_exposure_s: float = Field(default=600.0, gt=0.0, le=86400.0)
    """Longest exposure of a plan, seconds."""
    max_count: int = Field(default=1000, ge=1, le=100000)
    """Most exposures of a plan."""
    binnings: tuple[Annotated[int, Field(ge=1, le=16)], ...] = (1,)
    """Allowed binnings."""
    readout_modes: tuple[Name, ...] = ("default",)
    """Allowed read-out modes, the usual one first."""
    calibration: Calibration | None = None
    """Its own calibrations; none: those of `night.calibration`."""
