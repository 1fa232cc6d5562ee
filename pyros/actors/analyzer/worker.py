"""What runs in the worker process: one raw image in, its calibrated file and picture out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import PurePosixPath
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from pyros import __version__
from pyros.actors.analyzer.pipeline import CORRECTIONS, Job, Reduced, Step
from pyros.domain.image import Image, Level
from pyros.images import archive, fits
from pyros.images.calibration import Counts, Masters, calibrate
from pyros.images.cards import Card
from pyros.images.detect import Sources, detect
from pyros.images.masters import synthetic
from pyros.images.preview import Preview, preview

CROWDED = 0.5
"""A frame with so large a share of saturated pixels is flagged."""
_REPLACED = frozenset({"LEVEL", "REVISION", "CREATOR"})

Raw = npt.NDArray[Any]


def warm_up() -> int:
    """Load what the first job needs; return this process's id."""
    import astropy.io.fits  # noqa: F401, PLC0415

    noise = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    detect(noise)
    preview(noise)
    return os.getpid()


def reduce(job: Job) -> Reduced:
    """Calibrate a raw image, count its sources, make its picture; files are written and synced.

    A job may run twice: a file that is there with the same content is kept, one with another
    content becomes the predecessor of a new revision.

    Raises:
        FileNotFoundError: the raw file is gone.
        ValueError: it is not the file that was written, or no image, or has no searchable pixel.
        OSError: it cannot be read, or the disk is full.
    """
    begun = perf_counter()
    frame = fits.read(archive.below(job.root, job.image.path), sha256=job.image.sha256)
    light = calibrate(frame.pixels, _masters(job, frame), exposure_s=job.image.exposure_s)
    saturated = frame.pixels >= job.detector.saturation_adu
    found = detect(light, saturated=saturated) if Step.SOURCES in job.steps else None
    picture = preview(light)
    written = _write_calibrated(job, light, _header(job, frame, found))
    return Reduced(
        **written,
        **_numbers(job, frame, light, found),
        preview_path=_write_preview(job, picture),
        low=picture.low,
        high=picture.high,
        percentiles=picture.percentiles,
        flags=_flags(frame.pixels, saturated, found),
        pid=os.getpid(),
        seconds=perf_counter() - begun,
    )


def _masters(job: Job, frame: fits.Frame) -> Masters:
    """Return the masters of the steps asked for; synthetic, since no real ones are known."""
    binned = int(frame.value("XBINNING") or 1) * int(frame.value("YBINNING") or 1)
    rows, columns = frame.pixels.shape
    known = synthetic(job.detector, (rows, columns), binned=binned)
    return Masters(
        bias_adu=known.bias_adu if Step.BIAS in job.steps else None,
        dark_adu_s=known.dark_adu_s if Step.DARK in job.steps else None,
        flat=known.flat if Step.FLAT in job.steps else None,
    )


def _pixel_scale_arcsec(job: Job, frame: fits.Frame) -> float:
    """Return the scale of this frame's pixels: of its header, else of the detector."""
    return float(frame.value("PIXSCALE") or job.detector.pixel_scale_arcsec)


def _numbers(
    job: Job, frame: fits.Frame, light: Counts, found: Sources | None
) -> dict[str, Any]:  # keyword arguments of Reduced
    """Return what was measured; without a search the level and scatter of all pixels."""
    if found is None:
        finite = light[np.isfinite(light)].astype(np.float64)
        return {"background": float(np.median(finite)), "noise": float(finite.std())}
    scale = _pixel_scale_arcsec(job, frame)
    return {
        "sources": found.count,
        "fwhm_px": found.fwhm_px,
        "fwhm_arcsec": None if found.fwhm_px is None else found.fwhm_px * scale,
        "background": found.background,
        "noise": found.noise,
    }


def _flags(raw: Raw, saturated: npt.NDArray[np.bool_], found: Sources | None) -> tuple[str, ...]:
    """Return what a person should know of this frame before using it."""
    flags = {
        "all_zero": not raw.any(),
        "saturated": bool(saturated.mean() > CROWDED),
        "no_stars": found is not None and found.count == 0,
    }
    return tuple(name for name, holds in flags.items() if holds)


def _header(job: Job, frame: fits.Frame, found: Sources | None) -> list[Card]:
    """Return the raw frame's keywords and what was done to it."""
    kept = [card for card in frame.cards if card.keyword not in _REPLACED]
    done = [
        Card("LEVEL", Level.L1A.value, "L0 raw, L1a calibrated, L1b astrometry, L1c analysed"),
        Card("CREATOR", f"PyROS {__version__}", "software that wrote this file"),
        Card("BUNIT", "adu", "unit of the pixels"),
        Card("RAWSHA", job.image.sha256, "SHA-256 of the raw file"),
        *(_correction(job, step) for step in sorted(CORRECTIONS)),
    ]
    if found is not None:
        done += [
            Card("NSOURCES", found.count, "sources above 5 sigma"),
            Card("FWHMPX", found.fwhm_px, "[pixel] median width of the stars"),
            Card("SKYLEVEL", found.background, "[adu] level of the empty sky"),
            Card("SKYNOISE", found.noise, "[adu] its scatter"),
        ]
    return [*kept, *done]


def _correction(job: Job, step: Step) -> Card:
    used = "synthetic" if step in job.steps else "none"
    return Card(f"{step.value}COR", used, f"master {step.value.lower()} that was applied")


def _write_calibrated(job: Job, light: Counts, cards: list[Card]) -> dict[str, Any]:
    """Write the calibrated frame, if anything was corrected; return its part of Reduced."""
    if not CORRECTIONS.intersection(job.steps):
        return {}

    def content(revision: int) -> tuple[bytes, ...]:
        return fits.encode(
            light, [*cards, Card("REVISION", revision, "of this exposure at this level")]
        )

    revision, parts = _keep(job, _calibrated_path, content)
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    return {
        "path": str(_calibrated_path(job.image, revision)),
        "sha256": digest,
        "bytes": sum(map(len, parts)),
        "revision": revision,
    }


def _write_preview(job: Job, picture: Preview) -> str:
    revision, _ = _keep(job, _preview_path, lambda _: (picture.png,))
    return str(_preview_path(job.image, revision))


def _keep(
    job: Job,
    path_of: Callable[[Image, int], PurePosixPath],
    content_of: Callable[[int], tuple[bytes, ...]],
) -> tuple[int, tuple[bytes, ...]]:
    """Write the first revision that is not there; one that is there with this content will do."""
    revision = 1
    while True:
        path = archive.below(job.root, path_of(job.image, revision))
        parts = content_of(revision)
        try:
            fits.place(path, parts, durable=job.durable)
        except FileExistsError:
            if path.read_bytes() != b"".join(parts):
                revision += 1
                continue
        return revision, parts


def _calibrated_path(image: Image, revision: int) -> PurePosixPath:
    return archive.frame_path(
        night=image.night,
        channel=image.channel,
        level=Level.L1A,
        start=image.start,
        exposure_key=image.exposure_key,
        revision=revision,
    )


def _preview_path(image: Image, revision: int) -> PurePosixPath:
    return archive.preview_path(
        night=image.night,
        channel=image.channel,
        start=image.start,
        exposure_key=image.exposure_key,
        revision=revision,
    )
