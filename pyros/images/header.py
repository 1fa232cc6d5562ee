"""FITS keywords of a frame: what was observed, when, where, by which devices, for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyros import __version__
from pyros.domain.image import Level
from pyros.images.cards import Card, Value
from pyros.images.wcs import tangent_cards

_MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """Where the telescope stands; east and north are positive."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorFacts:
    """The detector as it was set; temperatures None where the camera does not tell."""

    binning_x: int = 1
    binning_y: int = 1
    readout_mode: str = ""
    gain_e_adu: float | None = None
    read_noise_e: float | None = None
    saturation_adu: float | None = None
    temperature_start_C: float | None = None
    temperature_end_C: float | None = None
    setpoint_C: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingFacts:
    """Where the telescope pointed at mid-exposure: ICRS, and seen from the site.

    `pixel_scale_arcsec` is of this frame's pixels, binning included; `rotation_deg` the position
    angle of its columns, north through east; `mirrored` when east is right with north up.
    """

    ra_deg: float
    dec_deg: float
    altitude_deg: float
    azimuth_deg: float
    airmass: float
    pixel_scale_arcsec: float
    rotation_deg: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstFacts:
    """The alert that a frame was taken for."""

    name: str
    t0: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """All that is known of one exposure when its frame has been read.

    `versions` are (device, version of its software); `pointing` is None where the sky was not
    seen (bias, dark); `start` and `end` are those of the exposure, aware UTC.
    """

    exposure_key: str
    frame: str
    channel: str
    camera: str
    telescope: str
    filter: str = ""
    start: datetime
    end: datetime
    exposure_s: float
    sequence_id: int | None = None
    execution_id: int | None = None
    plan_id: int | None = None
    index: int = 0
    target: str = ""
    observer: str = ""
    programme: str = ""
    site: SiteFacts
    detector: DetectorFacts = DetectorFacts()
    pointing: PointingFacts | None = None
    burst: BurstFacts | None = None
    versions: tuple[tuple[str, str], ...] = ()
    simulated: bool = False
    config_hash: str = ""

    @property
    def middle(self) -> datetime:
        """The instant halfway through the exposure."""
        return self.start + (self.end - self.start) / 2


def frame_cards(facts: FrameFacts, *, shape: tuple[int, int]) -> tuple[Card, ...]:
    """Return the keywords of a raw frame of `shape` (rows, columns).

    What is not known is left out, so that no reader takes a guess for a measurement.
    """
    cards = [
        *_origin(facts),
        *_time(facts),
        *_subject(facts),
        *_instrument(facts),
        *_site(facts.site),
        *_burst(facts),
        *_pointing(facts.pointing, shape),
        *_versions(facts),
    ]
    return tuple(card for card in cards if card.value is not None and card.value != "")


def mjd(instant: datetime) -> float:
    """Return the Modified Julian Date (UTC) of an aware instant, to about a microsecond."""
    return (instant - _MJD_EPOCH) / timedelta(days=1)


def iso(instant: datetime) -> str:
    """Return an instant as FITS writes it: UTC to the millisecond, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _origin(facts: FrameFacts) -> Iterator[Card]:
    yield Card("EXPKEY", facts.exposure_key, "names this exposure for ever")
    yield Card("LEVEL", Level.L0.value, "L0 raw, L1a calibrated, L1b astrometry, L1c analysed")
    yield Card("REVISION", 1, "of this exposure at this level")
    yield Card("CREATOR", f"PyROS {__version__}", "software that wrote this file")
    yield Card("CONFHASH", facts.config_hash, "hash of the configuration in force")
    yield Card("SIMULATD", facts.simulated, "T: some device of this frame is simulated")


def _time(facts: FrameFacts) -> Iterator[Card]:
    yield Card("TIMESYS", "UTC", "time scale of all instants here")
    yield Card("DATE-OBS", iso(facts.start), "start of exposure, UTC")
    yield Card("MJD-OBS", mjd(facts.start), "[d] start of exposure, MJD UTC")
    yield Card("DATE-AVG", iso(facts.middle), "middle of exposure, UTC")
    yield Card("MJD-AVG", mjd(facts.middle), "[d] middle of exposure, MJD UTC")
    yield Card("DATE-END", iso(facts.end), "end of exposure, UTC")
    yield Card("MJD-END", mjd(facts.end), "[d] end of exposure, MJD UTC")
    yield Card("EXPTIME", float(facts.exposure_s), "[s] exposure time ordered")


def _subject(facts: FrameFacts) -> Iterator[Card]:
    yield Card("IMAGETYP", facts.frame, "LIGHT, BIAS, DARK, FLAT or FOCUS")
    yield Card("OBJECT", facts.target, "name of the target")
    yield Card("OBSERVER", facts.observer, "owner of the request")
    yield Card("PROGID", facts.programme, "scientific programme")
    yield Card("SEQID", facts.sequence_id, "sequence in the database")
    yield Card("EXECID", facts.execution_id, "execution of that sequence")
    yield Card("PLANID", facts.plan_id, "plan of that sequence")
    yield Card("FRAMENO", facts.index, "exposure of that plan, from 0")


def _instrument(facts: FrameFacts) -> Iterator[Card]:
    detector = facts.detector
    yield Card("TELESCOP", facts.telescope, "telescope")
    yield Card("INSTRUME", facts.camera, "camera")
    yield Card("CHANNEL", facts.channel, "channel of the instrument")
    yield Card("FILTER", facts.filter, "filter in the beam")
    yield Card("XBINNING", detector.binning_x, "[pixel] binning along a row")
    yield Card("YBINNING", detector.binning_y, "[pixel] binning along a column")
    yield Card("READMODE", detector.readout_mode, "read-out mode")
    yield Card("GAIN", detector.gain_e_adu, "[electron/adu] conversion gain")
    yield Card("RDNOISE", detector.read_noise_e, "[electron] read noise")
    yield Card("SATURATE", detector.saturation_adu, "[adu] linear up to here")
    yield Card("CCD-TEMP", _mean_temperature(detector), "[deg C] detector, mean of start and end")
    yield Card("TEMPSTA", detector.temperature_start_C, "[deg C] detector at start")
    yield Card("TEMPEND", detector.temperature_end_C, "[deg C] detector at end")
    yield Card("SET-TEMP", detector.setpoint_C, "[deg C] set point of the cooler")


def _mean_temperature(detector: DetectorFacts) -> Value:
    both = (detector.temperature_start_C, detector.temperature_end_C)
    known = [value for value in both if value is not None]
    return round(sum(known) / len(known), 3) if known else None


def _site(site: SiteFacts) -> Iterator[Card]:
    yield Card("OBSERVAT", site.name, "observatory")
    yield Card("SITELAT", site.latitude_deg, "[deg] latitude, north positive")
    yield Card("SITELONG", site.longitude_deg, "[deg] longitude, east positive")
    yield Card("SITEELEV", site.height_m, "[m] height above sea level")


def _burst(facts: FrameFacts) -> Iterator[Card]:
    if facts.burst is None:
        return
    since_s = (facts.middle - facts.burst.t0).total_seconds()
    yield Card("ALERT", facts.burst.name, "alert that this frame follows")
    yield Card("DATE-T0", iso(facts.burst.t0), "T0 of the burst, UTC")
    yield Card("MJD-T0", mjd(facts.burst.t0), "[d] T0 of the burst, MJD UTC")
    yield Card("SINCE-T0", since_s, "[s] T0 to middle of exposure")


def _pointing(pointing: PointingFacts | None, shape: tuple[int, int]) -> Iterator[Card]:
    if pointing is None:
        return
    yield Card("RA", pointing.ra_deg, "[deg] pointing at mid-exposure, ICRS")
    yield Card("DEC", pointing.dec_deg, "[deg] pointing at mid-exposure, ICRS")
    yield Card("OBJALT", pointing.altitude_deg, "[deg] altitude at mid-exposure")
    yield Card("OBJAZ", pointing.azimuth_deg, "[deg] azimuth at mid-exposure, north through east")
    yield Card("AIRMASS", pointing.airmass, "relative air mass at mid-exposure")
    yield Card("PIXSCALE", pointing.pixel_scale_arcsec, "[arcsec] of one pixel of this frame")
    yield from tangent_cards(
        ra_deg=pointing.ra_deg,
        dec_deg=pointing.dec_deg,
        pixel_scale_arcsec=pointing.pixel_scale_arcsec,
        rotation_deg=pointing.rotation_deg,
        mirrored=pointing.mirrored,
        shape=shape,
    )


def _versions(facts: FrameFacts) -> Iterator[Card]:
    for number, (device, version) in enumerate(facts.versions[:99], start=1):
        yield Card(f"DEVICE{number}", device, "a device that took part")
        yield Card(f"DEVVER{number}", version, "version of its software")
