"""What a planning problem is made of: frozen values, units in their names.

Instants are aware UTC datetimes; directions ICRS degrees; the text beside a field is its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Tier(StrEnum):
    """Which requests come strictly before which: alert, then routine, then filler."""

    ALERT = "alert"
    ROUTINE = "routine"
    FILLER = "filler"
    """Fills what is left blank, pays nothing, counts nothing."""


class MountKind(StrEnum):
    """How a mount turns from one place to the next."""

    SIMPLE = "simple"
    """One rate along the great circle."""
    FORK = "fork"
    """Axes hour angle and declination."""
    GERMAN = "german"
    """As fork, turned over at the meridian."""
    ALTAZ = "altaz"
    """Axes altitude and azimuth."""


class AccountKind(StrEnum):
    """What an account limits; it gives the refusal its code."""

    PERIOD = "period"
    NIGHT = "night"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place on Earth; `horizon` is (azimuth_deg, altitude_deg), linear between, closed at 360."""

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    horizon: tuple[tuple[float, float], ...] = ()
    min_altitude_deg: float = -90.0
    """No request is seen lower, whatever it asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The limits of the night, given by the caller and never computed here."""

    start: datetime
    end: datetime
    alert_start: datetime | None = None
    alert_end: datetime | None = None
    """The night of tier alert; None: as the others'."""
    step_s: float = 10.0
    dut1_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """How fast something turns; without `accel_deg_s2` it needs no time to get there."""

    rate_deg_s: float
    accel_deg_s2: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """What a move costs."""

    kind: MountKind = MountKind.SIMPLE
    axes: tuple[Axis, ...] = (Axis(rate_deg_s=4.0),)
    """One axis, or two: hour angle and declination, or azimuth and altitude."""
    settle_s: float = 5.0
    past_meridian_deg: float = 0.0
    """How far behind the meridian a german mount tracks on without turning over."""
    flip_s: float = 0.0
    """What turning over inside a sequence adds to it, where the request allows that."""
    wrap_from_deg: float | None = None
    """Azimuth of an altaz mount's stop: it counts azimuths from here to here + 360; None: it has
    no stop and goes the shorter way."""
    zenith_max_deg: float = 90.0
    dome: Axis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a change of filter costs on one channel: `filter_s`, or `per_slot_s` by the way."""

    filter_s: float = 0.0
    per_slot_s: float | None = None
    """From one place of the wheel to the next; the wheel goes the shorter way round."""
    slots: tuple[str, ...] = ()
    """Filters in the order of the wheel, for `per_slot_s`; one that is not here is farthest."""
    focus_s: float = 0.0
    """Added where the focus offsets of both filters differ."""
    focus: Mapping[str, float] = field(default_factory=dict)
    """Focus offsets by filter; a filter that is not here differs from every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Seconds that are left to spend; the costs of the sequences in the problem given back."""

    kind: AccountKind
    left_s: float
    enforce: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Initial:
    """Where the telescope looks, and with which filters."""

    ra_deg: float
    dec_deg: float
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A time in which nothing else runs: calibration, maintenance, a visitor."""

    id: str
    start: datetime
    end: datetime
    position: Initial | None = None
    """Where the telescope must look when it begins and looks when it ends; None: unknown, the
    way there is the block's own business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What executes now: nothing else begins before its end."""

    id: str
    end: datetime
    ra_deg: float | None = None
    dec_deg: float | None = None
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A slot that is about to start and stays as it is; its request is in the problem."""

    id: str
    start: datetime
    on_target: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place among the stars at `epoch`, or a track.

    Proper motion in RA includes cos(declination).
    """

    ra_deg: float = 0.0
    dec_deg: float = 0.0
    pm_ra_mas_yr: float = 0.0
    pm_dec_mas_yr: float = 0.0
    epoch: float = 2000.0
    track: tuple[tuple[float, float, float], ...] = ()
    """Of what moves: (MJD in UTC, ra_deg, dec_deg) as seen from the site, instants rising;
    interpolated along great circles.  All else here is then left aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What holds at every instant from on_target to end; altitudes are geometric."""

    min_altitude_deg: float = 0.0
    max_airmass: float | None = None
    sun_max_altitude_deg: float | None = None
    moon_min_distance_deg: float = 0.0
    moon_max_illumination: float = 1.0
    moon_counts: str = "up"
    """`up`: the distance counts while the Moon is above 0 deg; `always`."""
    ha_min_h: float | None = None
    ha_max_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One pointing that somebody wants, to be done at most once."""

    id: str
    name: str = ""
    target: Target
    duration_s: float
    """Without set-up."""
    cost_s: float = 0.0
    """What the accounts pay."""
    setup: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Channel to (first filter, last filter)."""
    priority: float = 50.0
    weight: float = 1.0
    """Factor on the value, as the rank of a programme gives it."""
    tier: Tier = Tier.ROUTINE
    window: tuple[datetime | None, datetime | None] = (None, None)
    not_before: datetime | None = None
    preferred: datetime | None = None
    decay_s: float | None = None
    """How fast the value falls with the wait, for "as soon as possible"."""
    constraints: Constraints = field(default_factory=Constraints)
    accounts: tuple[str, ...] = ()
    one_of: str = ""
    """At most one request of the same name here is done."""
    flip_within: bool = False
    """A german mount may turn over in it; `flip_s` is added to its duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Requests done in this order, the start of one to the start of the next in these limits.

    Where it breaks off, the rest is left out; `whole`: all of it is done, or nothing.
    """

    members: tuple[str, ...]
    min_s: float = 0.0
    max_s: float = 86400.0
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How much a request is worth: see the README."""

    priority_power: float = 1.0
    per: str = "minute"
    """`minute`: a long sequence is worth more; `count`: each is worth the same."""
    preferred_loss: float = 0.3
    preferred_tolerance_s: float = 3600.0
    air_floor: float = 0.2
    air_power: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NightSky:
    """All that is needed of the sky of one night: some 30 numbers and a table.

    `bpn` (3, 3) turns ICRS to the true equator of date, `beta` (3,) is the Earth's velocity over
    that of light.  `sun` and `moon` (K, 3) are unit vectors from the site, ICRS axes, at
    `table_s` (K,) seconds after `t0`.
    """

    t0: datetime
    theta0_rad: float
    """Local apparent sidereal angle at t0."""
    theta_rate_rad_s: float
    bpn: Floats
    beta: Floats
    table_s: Floats
    sun: Floats
    moon: Floats
    moon_lit: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One telescope, one night (or the rest of one), and what is asked of it."""

    site: Site
    night: Night
    requests: tuple[Request, ...] = ()
    mount: Mount = field(default_factory=Mount)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    wheels: str = "max"
    """Wheels of several channels turn side by side (`max`) or one after the other (`sum`)."""
    combine: str = "max"
    """Filters change while slewing (`max`) or after it (`sum`)."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    """By name; a request is in one at most, and all members are of one tier."""
    now: datetime | None = None
    """Nothing begins before it."""
    running: Running | None = None
    armed: tuple[Armed, ...] = ()
    initial: Initial | None = None
    value: Value = field(default_factory=Value)
    fill: bool = True
    """Fill blanks with requests that are refused for their quota alone."""
    sky: NightSky | None = field(default=None, compare=False)
    """Where the caller brings none, it is made with ERFA."""
