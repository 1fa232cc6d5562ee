"""How fast frames are written, reduced and shown: figures for `pyros bench images`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import numpy.typing as npt

from pyros.images.calibration import calibrate
from pyros.images.detect import detect
from pyros.images.detector import Detector
from pyros.images.fits import write
from pyros.images.header import FrameFacts, PointingFacts, SiteFacts, frame_cards
from pyros.images.masters import synthetic
from pyros.images.preview import preview

RUNS = 5
AT = datetime(2026, 3, 21, 6, 0, tzinfo=UTC)
DETECTOR = Detector(
    bias_adu=1000.0,
    gain_e_adu=1.5,
    read_noise_e=6.0,
    dark_e_s=0.02,
    full_well_e=90_000.0,
    pixel_scale_arcsec=1.0,
)


def figures(folder: Path | None = None) -> dict[str, float]:
    """Return milliseconds of each task, the best of five runs on this machine.

    `folder` is where frames are written; None: the system's folder for temporary files.
    """
    small, frame = starry(256), starry(1024)
    flat = calibrate(frame, synthetic(DETECTOR, frame.shape), exposure_s=60.0)
    with TemporaryDirectory(dir=folder) as place:
        root = Path(place)
        return {
            "header_ms": _ms(lambda _: frame_cards(_facts(), shape=(1024, 1024))),
            "fits_write_256_ms": _ms(lambda run: _save(root / f"small-{run}.fits", small)),
            "fits_write_1024_ms": _ms(lambda run: _save(root / f"large-{run}.fits", frame)),
            "calibrate_1024_ms": _ms(
                lambda _: calibrate(frame, synthetic(DETECTOR, frame.shape), exposure_s=60.0)
            ),
            "detect_1024_ms": _ms(lambda _: detect(flat)),
            "preview_1024_ms": _ms(lambda _: preview(flat)),
        }


def starry(side_px: int) -> npt.NDArray[np.uint16]:
    """Return a seeded frame with one star for each 4000 pixels, unsigned 16 bit."""
    random = np.random.default_rng(20260321)
    light = random.normal(DETECTOR.bias_adu + 200.0, 12.0, (side_px, side_px))
    span = np.arange(-8, 9)
    star = np.exp(-(span[:, None] ** 2 + span**2) / (2 * 1.3**2))
    for _ in range(side_px**2 // 4000):
        top, left = random.integers(0, side_px - 17, 2)
        light[top : top + 17, left : left + 17] += star * random.uniform(100, 5000)
    return light.astype(np.uint16)


def _facts() -> FrameFacts:
    return FrameFacts(
        exposure_key="0" * 32,
        frame="LIGHT",
        channel="vis",
        camera="camera-vis",
        telescope="telescope",
        filter="r",
        start=AT,
        end=AT + timedelta(seconds=60),
        exposure_s=60.0,
        target="bench",
        site=SiteFacts(name="bench", latitude_deg=31.0, longitude_deg=-115.5, height_m=2800.0),
        pointing=PointingFacts(
            ra_deg=10.0,
            dec_deg=20.0,
            altitude_deg=60.0,
            azimuth_deg=120.0,
            airmass=1.15,
            pixel_scale_arcsec=1.0,
        ),
        versions=tuple((f"device-{number}", "1.0") for number in range(6)),
    )


def _save(path: Path, pixels: npt.NDArray[np.uint16]) -> None:
    rows, columns = pixels.shape
    write(path, pixels, frame_cards(_facts(), shape=(rows, columns)))


def _ms(task: Callable[[int], object]) -> float:
    """Return the best time of some runs; the task is told which run it is."""
    best = float("inf")
    for run in range(RUNS):
        begun = perf_counter()
        task(run)
        best = min(best, perf_counter() - begun)
    return round(best * 1e3, 3)
