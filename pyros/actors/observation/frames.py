"""A frame from a camera to a FITS file below the data root, with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pyros.config.devices import Camera
from pyros.domain.devices.orders import SHUT, Frame
from pyros.domain.devices.state import CameraState, TelescopeState
from pyros.domain.execution import PlanStep
from pyros.domain.image import Image, Level
from pyros.images import archive, fits
from pyros.images.header import (
    BurstFacts,
    DetectorFacts,
    FrameFacts,
    PointingFacts,
    SiteFacts,
    frame_cards,
)
from pyros.messages.events import DeviceStatus
from pyros.sky.airmass import airmass
from pyros.sky.coords import altaz
from pyros.sky.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What stays the same for all frames of the house."""

    root: Path
    site: Site
    site_name: str
    telescope: str
    cameras: Mapping[str, Camera]
    """Cameras of the configuration by device name."""
    config_hash: str = ""
    durable: bool = True
    """Whether a file must survive a power cut; a rehearsed night on virtual time does without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """For whom and of what a frame was taken."""

    night: date
    execution_id: int | None = None
    sequence_id: int | None = None
    request_id: int | None = None
    alert_id: int | None = None
    alert_name: str = ""
    burst_at: datetime | None = None
    target: str = ""
    observer: str = ""
    programme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One exposure as it was: its step, channel, camera, when, and the devices' words of it."""

    step: PlanStep
    channel: str
    camera: str
    start: datetime
    telescope: DeviceStatus | None
    before: DeviceStatus | None
    """The camera as the exposure began."""
    status: DeviceStatus | None
    """The camera as its frame was read."""
    versions: tuple[tuple[str, str], ...] = ()


def save(studio: Studio, subject: Subject, taken: Taken, pixels: npt.NDArray[np.uint16]) -> Image:
    """Write the frame and return its image, not yet stored; a frame already there is not rewritten.

    Raises:
        OSError: the disk does not take it; nothing of it is left.
    """
    facts = frame_facts(studio, subject, taken)
    path = archive.frame_path(
        night=subject.night,
        channel=taken.channel,
        level=Level.L0,
        start=taken.start,
        exposure_key=taken.step.key,
    )
    absolute = archive.below(studio.root, path)
    written = fits.held(absolute, taken.step.key) or fits.write(
        absolute, pixels, frame_cards(facts, shape=pixels.shape), durable=studio.durable
    )
    pointing = facts.pointing
    return Image(
        exposure_key=taken.step.key,
        night=subject.night,
        execution_id=subject.execution_id,
        sequence_id=subject.sequence_id,
        request_id=subject.request_id,
        alert_id=subject.alert_id,
        index=facts.index,
        frame=facts.frame,
        channel=taken.channel,
        filter=facts.filter,
        start=taken.start,
        exposure_s=facts.exposure_s,
        ra_deg=pointing.ra_deg if pointing else None,
        dec_deg=pointing.dec_deg if pointing else None,
        airmass=pointing.airmass if pointing else None,
        target=subject.target,
        path=str(path),
        sha256=written.sha256,
        bytes=written.bytes,
        temperature_C=facts.detector.temperature_end_C,
    )


def frame_facts(studio: Studio, subject: Subject, taken: Taken) -> FrameFacts:
    """Return what the header of the frame says."""
    args = taken.step.args
    exposure_s = float(str(args["exposure_s"]))
    frame = Frame(str(args["frame"]))
    end = taken.start + timedelta(seconds=exposure_s)
    burst = None
    if subject.burst_at is not None:
        burst = BurstFacts(name=subject.alert_name, t0=subject.burst_at)
    return FrameFacts(
        exposure_key=taken.step.key,
        frame=str(frame),
        channel=taken.channel,
        camera=taken.camera,
        telescope=studio.telescope,
        filter=str(args.get("filter", "")),
        start=taken.start,
        end=end,
        exposure_s=exposure_s,
        sequence_id=subject.sequence_id,
        execution_id=subject.execution_id,
        index=int(str(args.get("index", 0))),
        target=subject.target,
        observer=subject.observer,
        programme=subject.programme,
        site=SiteFacts(
            name=studio.site_name,
            latitude_deg=studio.site.lat_deg,
            longitude_deg=studio.site.lon_deg,
            height_m=studio.site.height_m,
        ),
        detector=_detector(studio.cameras[taken.camera], taken),
        pointing=None
        if frame in SHUT
        else _pointing(studio, taken, taken.start + (end - taken.start) / 2),
        burst=burst,
        versions=taken.versions,
        simulated=_simulated(taken),
        config_hash=studio.config_hash,
    )


def _simulated(taken: Taken) -> bool:
    return any(one.simulated for one in (taken.telescope, taken.status) if one is not None)


def _detector(camera: Camera, taken: Taken) -> DetectorFacts:
    before, after = _camera_state(taken.before), _camera_state(taken.status)
    detector, args = camera.detector, taken.step.args
    return DetectorFacts(
        binning_x=int(str(args.get("binning_x", 1))),
        binning_y=int(str(args.get("binning_y", 1))),
        readout_mode=str(args.get("readout_mode", "")),
        gain_e_adu=detector.gain_e_adu,
        read_noise_e=detector.read_noise_e,
        saturation_adu=min(65535.0, detector.bias_adu + detector.full_well_e / detector.gain_e_adu),
        temperature_start_C=before.temperature_C if before else None,
        temperature_end_C=after.temperature_C if after else None,
        setpoint_C=after.setpoint_C if after else None,
    )


def _camera_state(status: DeviceStatus | None) -> CameraState | None:
    snapshot = status.snapshot if status is not None else None
    return snapshot if isinstance(snapshot, CameraState) else None


def _pointing(studio: Studio, taken: Taken, middle: datetime) -> PointingFacts | None:
    """Where the mount said it pointed; None if it said nothing."""
    state = taken.telescope.snapshot if taken.telescope else None
    if not isinstance(state, TelescopeState) or state.ra_deg is None or state.dec_deg is None:
        return None
    altitude_deg, azimuth_deg = altaz(studio.site, state.ra_deg, state.dec_deg, middle)
    detector = studio.cameras[taken.camera].detector
    binning = int(str(taken.step.args.get("binning_x", 1)))
    return PointingFacts(
        ra_deg=state.ra_deg,
        dec_deg=state.dec_deg,
        altitude_deg=float(altitude_deg),
        azimuth_deg=float(azimuth_deg),
        airmass=float(airmass(float(altitude_deg))),
        pixel_scale_arcsec=detector.pixel_scale_arcsec * binning,
        rotation_deg=detector.rotation_deg,
    )
