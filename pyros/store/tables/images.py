"""Tables of images and of what was found in them; append-only: a new reduction is a new row."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.image import Level
from pyros.store.tables.columns import Table, one_of


class ImageRow(Table):
    """One file below the data root."""

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("exposure_key", "level", "revision"),
        Index(None, "channel", "start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[Level] = mapped_column(one_of(Level, "level"))
    exposure_key: Mapped[str]
    revision: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("image.id"), index=True)
    night: Mapped[date] = mapped_column(index=True)
    execution_id: Mapped[int | None] = mapped_column(index=True)
    sequence_id: Mapped[int | None] = mapped_column(index=True)
    request_id: Mapped[int | None] = mapped_column(index=True)
    alert_id: Mapped[int | None] = mapped_column(index=True)
    index: Mapped[int]
    frame: Mapped[str]
    channel: Mapped[str]
    filter: Mapped[str]
    start: Mapped[datetime]
    exposure_s: Mapped[float]
    ra_deg: Mapped[float | None]
    dec_deg: Mapped[float | None]
    airmass: Mapped[float | None]
    target: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    preview_path: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    temperature_C: Mapped[float | None]
    fwhm_arcsec: Mapped[float | None]
    background: Mapped[float | None]
    sources: Mapped[int | None]
    flags: Mapped[list[object]]


class AnalysisResultRow(Table):
    """What an analysis of an image found, or why it found nothing."""

    __tablename__ = "analysis_result"
    __table_args__ = (UniqueConstraint("image_id", "kind", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    kind: Mapped[str]
    revision: Mapped[int]
    software: Mapped[str]
    ok: Mapped[bool]
    reason: Mapped[str]
    payload: Mapped[dict[str, object]]
