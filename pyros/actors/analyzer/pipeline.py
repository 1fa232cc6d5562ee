"""Which reductions an image gets: calibration always, the search for a burst only for an alert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pyros import __version__
from pyros.domain.devices.orders import Frame
from pyros.domain.image import AnalysisResult, Image, Level
from pyros.images.detector import Detector

if TYPE_CHECKING:  # workers need no configuration
    from pyros.config.model import Config

CALIBRATION = "CALIBRATION"
"""Kind of the result that every raw image has in the end."""


class Step(StrEnum):
    """One thing that is done to a raw image."""

    BIAS = "BIAS"
    DARK = "DARK"
    FLAT = "FLAT"
    SOURCES = "SOURCES"


CORRECTIONS = frozenset({Step.BIAS, Step.DARK, Step.FLAT})

_STEPS: dict[str, tuple[Step, ...]] = {
    Frame.LIGHT: (Step.BIAS, Step.DARK, Step.FLAT, Step.SOURCES),
    Frame.FOCUS: (Step.BIAS, Step.DARK, Step.FLAT, Step.SOURCES),
    Frame.FLAT: (Step.BIAS, Step.DARK),
    Frame.DARK: (Step.BIAS,),
    Frame.BIAS: (),
}


class Analysis(StrEnum):
    """What is looked for in the images of a burst."""

    ASTROMETRY = "ASTROMETRY"
    PHOTOMETRY = "PHOTOMETRY"
    CANDIDATES = "CANDIDATES"
    LIGHT_CURVE = "LIGHT_CURVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is told: one raw image, where files lie, what to do; picklable."""

    root: Path
    image: Image
    steps: tuple[Step, ...]
    detector: Detector
    durable: bool = True
    """Whether files must survive a power cut; a rehearsed night on virtual time does without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """What a worker answers; paths are relative to the data root.

    `path` is empty where nothing was corrected (bias).  `background`, `noise` and `percentiles`
    in counts.  `pid` and `seconds` tell who did it and how long it took; they are no part of what
    was found, so that a rehearsed night repeats itself.
    """

    path: str = ""
    sha256: str = ""
    bytes: int = 0
    revision: int = 1
    preview_path: str
    sources: int | None = None
    fwhm_px: float | None = None
    fwhm_arcsec: float | None = None
    background: float
    noise: float
    low: float
    high: float
    percentiles: tuple[tuple[float, float], ...]
    flags: tuple[str, ...] = ()
    pid: int = field(repr=False, compare=False)
    seconds: float = field(repr=False, compare=False)


def is_due(image: Image) -> bool:
    """Return whether the image is raw: all other levels are made by us."""
    return image.level == Level.L0


def steps_of(frame: str) -> tuple[Step, ...]:
    """Return what is done to a raw frame of this kind; an unknown kind is only looked at."""
    return _STEPS.get(frame, ())


def analyses_of(image: Image) -> tuple[Analysis, ...]:
    """Return what is looked for in an image: everything in a burst's, nothing in others (P70)."""
    if image.alert_id is None or image.frame != Frame.LIGHT:
        return ()
    return tuple(Analysis)


def job_of(image: Image, *, root: Path, detector: Detector, durable: bool = True) -> Job:
    """Return what a worker shall do with a raw image."""
    steps = steps_of(image.frame)
    return Job(root=root, image=image, steps=steps, detector=detector, durable=durable)


def detectors_of(config: Config) -> Mapping[str, Detector]:
    """Return the detector of each channel, as the configuration knows it."""
    cameras = {name: device for name, device in config.devices.items() if device.kind == "camera"}
    return {
        name: Detector(
            bias_adu=detector.bias_adu,
            gain_e_adu=detector.gain_e_adu,
            read_noise_e=detector.read_noise_e,
            dark_e_s=detector.dark_e_s,
            full_well_e=detector.full_well_e,
            pixel_scale_arcsec=detector.pixel_scale_arcsec,
        )
        for name, channel in config.channels.items()
        for detector in (cameras[channel.camera].detector,)
    }


def image_of(raw: Image, reduced: Reduced) -> Image:
    """Return the image that came out: a calibrated one, or the raw one with what was seen in it.

    Its `id` is 0 where the store has still to give one.
    """
    seen = replace(
        raw,
        preview_path=reduced.preview_path,
        fwhm_arcsec=reduced.fwhm_arcsec,
        background=reduced.background,
        sources=reduced.sources,
        flags=(*raw.flags, *reduced.flags),
    )
    if not reduced.path:
        return seen
    return replace(
        seen,
        id=0,
        level=Level.L1A,
        revision=reduced.revision,
        parent_id=raw.id,
        path=reduced.path,
        sha256=reduced.sha256,
        bytes=reduced.bytes,
    )


def result_of(raw: Image, reduced: Reduced) -> AnalysisResult:
    """Return what is written down of a reduction that went well."""
    return AnalysisResult(
        image_id=raw.id,
        kind=CALIBRATION,
        software=f"PyROS {__version__}",
        ok=True,
        payload={
            "steps": [step.value for step in steps_of(raw.frame)],
            "masters": "synthetic",
            "fwhm_px": reduced.fwhm_px,
            "fwhm_arcsec": reduced.fwhm_arcsec,
            "sources": reduced.sources,
            "background": reduced.background,
            "noise": reduced.noise,
            "preview_path": reduced.preview_path,
            "low": reduced.low,
            "high": reduced.high,
            "percentiles": [list(pair) for pair in reduced.percentiles],
        },
    )


def failure_of(raw: Image, reason: str) -> AnalysisResult:
    """Return what is written down of a reduction that could not be done."""
    return AnalysisResult(
        image_id=raw.id,
        kind=CALIBRATION,
        software=f"PyROS {__version__}",
        ok=False,
        reason=reason,
    )
