"""Images, what was made of them, and the frames that calibrate them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Level(StrEnum):
    """How far an image is reduced: raw, calibrated, with astrometry, analysed."""

    L0 = "L0"
    L1A = "L1a"
    L1B = "L1b"
    L1C = "L1c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One file below the data root; `path` is relative to it.  A file is never overwritten."""

    id: int = 0
    level: Level = Level.L0
    exposure_key: str
    revision: int = 1
    parent_id: int | None = None
    night: date
    execution_id: int | None = None
    sequence_id: int | None = None
    request_id: int | None = None
    alert_id: int | None = None
    index: int = 0
    frame: str = "LIGHT"
    channel: str
    filter: str = ""
    start: datetime
    exposure_s: float
    ra_deg: float | None = None
    dec_deg: float | None = None
    airmass: float | None = None
    target: str = ""
    path: str
    preview_path: str = ""
    sha256: str
    bytes: int
    temperature_C: float | None = None
    fwhm_arcsec: float | None = None
    background: float | None = None
    sources: int | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisResult:
    """What an analysis found, or why it found nothing."""

    id: int = 0
    image_id: int
    kind: str
    revision: int = 1
    software: str = ""
    ok: bool
    reason: str = ""
    payload: Mapping[str, object] = field(default_factory=dict)
