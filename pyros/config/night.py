"""The night: its begin and end, the waits of the majordome, calibrations, safety, the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from pyros.config.entry import Entry, Seconds

SunAltitude = Annotated[float, Field(ge=-30.0, le=5.0)]


def _as_text(value: object) -> object:
    """YAML reads an unquoted instant as a datetime; give both forms to pydantic."""
    return value.isoformat() if isinstance(value, datetime) else value


class Clock(Entry):
    """How time runs; a real observatory leaves this block out."""

    factor: float = Field(default=1.0, ge=0.1, le=1000.0)
    """Observatory seconds in one real second; other than 1 with simulated devices only."""
    start: Annotated[Literal["now", "dusk"] | AwareDatetime, BeforeValidator(_as_text)] = "now"
    """Where time starts: now, dusk (30 s before the coming night begins) or an instant in UTC."""


class Calibration(Entry):
    """Frames taken after each night with the dome shut, and flats in the twilights."""

    bias: int = Field(default=10, ge=0, le=500)
    """How many bias frames each channel takes."""
    dark: int = Field(default=5, ge=0, le=500)
    """How many dark frames of each exposure time."""
    dark_exposures_s: tuple[Annotated[float, Field(gt=0.0, le=3600.0)], ...] = (60.0,)
    """Exposure times of the darks, seconds."""
    flat: int = Field(default=0, ge=0, le=100)
    """How many twilight flats of each filter; 0 takes none."""
    flat_level: float = Field(default=0.5, ge=0.05, le=0.9)
    """Wanted level of a flat, as a share of full well."""
    flat_exposure_s: tuple[float, float] = (1.0, 30.0)
    """Shortest and longest exposure of a flat, seconds."""


class Night(Entry):
    """When a night begins and ends, and how long the majordome waits for what."""

    twilight: Literal["astronomical", "nautical", "civil"] = "nautical"
    """Night runs while the Sun is below -18, -12 or -6 degrees."""
    alert_sun_deg: SunAltitude = -12.0
    """Alerts are observed while the Sun is below this, degrees."""
    daylight_sun_deg: SunAltitude = -2.0
    """Above it the dome is shut, degrees."""
    prepare_s: Seconds = 3600.0
    """Cameras are cooled and checks made so long before sunset, seconds."""
    schedule_lead_s: Seconds = 300.0
    """The first schedule is ordered so long before the night begins, seconds."""
    arm_s: Seconds = 120.0
    """A sequence may be armed so long before its slot, seconds."""
    missed_s: Seconds = 120.0
    """A slot that late is missed and leads to a new schedule, seconds."""
    stable_s: Seconds = 10.0
    """A device must be ready so long before its hold goes, seconds."""
    announce_s: Seconds = 12.0
    """A new majordome waits so long for the devices' announcements, seconds."""
    reschedule_min_s: Seconds = 60.0
    """Changes of the conditions lead to at most one schedule in this time, seconds."""
    schedule_budget_s: Seconds = 10.0
    """The scheduler may improve a timetable so long, real seconds."""
    calibration: Calibration = Calibration()
    """Calibrations of every channel that has none of its own."""


class Safety(Entry):
    """Three layers that close the dome, each enough alone."""

    conditions_max_age_s: Seconds = 15.0
    """Conditions older than this are a reason to close, seconds."""
    permit_s: Seconds = 15.0
    """The majordome's permit to be open is good for so long, seconds."""
    permit_renewal_s: Seconds = 5.0
    """The majordome renews it so often, seconds."""
    kick_s: Seconds = 2.0
    """The dome's heartbeat is kicked so often while the permit holds, seconds."""
    shutter_s: Seconds = 180.0
    """The shutter must have opened or closed within this, seconds."""
    covers_s: Seconds = 60.0
    """Covers must have moved within this, seconds."""
    park_s: Seconds = 120.0
    """The telescope must have parked within this, seconds."""
    unpark_s: Seconds = 60.0
    """The telescope must have unparked within this, seconds."""
    park_before_close_s: Seconds = 60.0
    """A roof that needs the telescope parked waits so long for it, seconds."""
    settle_s: Annotated[float, Field(ge=0.0, le=600.0)] = 12.0
    """Rest after opening, before the first slew, seconds."""
    close_again_s: Seconds = 10.0
    """A close that no sensor confirms is ordered again so often, seconds."""
    device_lost_closes_s: Seconds = 900.0
    """A lost blocking device other than mount, dome, plc, weather closes after this, seconds."""
    safety_quiet_s: Seconds = 300.0
    """Quiet that lifts a safety hold once the dome is seen closed, seconds."""
    interlock_clear_s: Seconds = 60.0
    """An interlock must be clear so long, seconds."""
    sun_distance_deg: float = Field(default=40.0, ge=20.0, le=180.0)
    """Never point nearer to the Sun than this, degrees."""
