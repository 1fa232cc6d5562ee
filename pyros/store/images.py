"""Images and what was found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select

from pyros.domain.image import AnalysisResult, Image, Level
from pyros.store import ids
from pyros.store.engine import Session
from pyros.store.tables.columns import table_of
from pyros.store.tables.images import AnalysisResultRow, ImageRow


def add(session: Session, image: Image) -> Image:
    """Keep an image; the same key, level and revision again is the one that is there already."""
    which = {"key": image.exposure_key, "of_level": image.level, "of_revision": image.revision}
    found = _images(session, _SAME, which)
    if found:
        return found[0]
    stored = replace(image, id=ids.given(session, "images", image.id))
    row = {name: getattr(stored, name) for name in _NAMES} | {"flags": [*stored.flags]}
    session.execute(_ADD, row)
    return stored


def next_revision(session: Session, exposure_key: str, level: Level) -> int:
    """Return the number that a new reduction of an exposure has: files are never overwritten."""
    last = select(func.max(ImageRow.revision)).where(
        ImageRow.exposure_key == exposure_key, ImageRow.level == level
    )
    return (session.execute(last).scalar() or 0) + 1


def add_result(session: Session, result: AnalysisResult) -> AnalysisResult:
    """Keep what an analysis found; the same image, kind and revision again changes nothing."""
    which = {"image": result.image_id, "of_kind": result.kind, "of_revision": result.revision}
    found = _results(session, _SAME_RESULT, which)
    if found:
        return found[0]
    row = {name: getattr(result, name) for name in AnalysisResult.__dataclass_fields__}
    row |= {"payload": dict(result.payload)}
    del row["id"]
    return replace(result, id=session.execute(_ADD_RESULT, row).scalar_one())


def results(session: Session, image_id: int) -> tuple[AnalysisResult, ...]:
    """Return what was found in an image, the first one first."""
    return _results(session, _RESULTS.where(AnalysisResultRow.image_id == image_id))


def without_result(
    session: Session, kind: str | None = None, *, limit: int = 1000
) -> tuple[Image, ...]:
    """Return the raw images that lack a result of this kind (or of any), the oldest first."""
    there = select(AnalysisResultRow.id).where(AnalysisResultRow.image_id == ImageRow.id)
    if kind is not None:
        there = there.where(AnalysisResultRow.kind == kind)
    wanted = _IMAGES.where(ImageRow.level == Level.L0, ~there.exists())
    return _images(session, wanted.order_by(ImageRow.id).limit(limit))


def of_execution(session: Session, execution_id: int) -> tuple[Image, ...]:
    """Return the images of an execution, the oldest first."""
    wanted = _IMAGES.where(ImageRow.execution_id == execution_id).order_by(ImageRow.id)
    return _images(session, wanted)


def image(session: Session, image_id: int) -> Image | None:
    """Return one image."""
    found = _images(session, _IMAGES.where(ImageRow.id == image_id))
    return found[0] if found else None


def by_key(session: Session, exposure_key: str) -> tuple[Image, ...]:
    """Return every level and revision of an exposure, the raw one first."""
    return _images(
        session, _IMAGES.where(ImageRow.exposure_key == exposure_key).order_by(ImageRow.id)
    )


def latest(
    session: Session, channel: str | None = None, *, level: Level | None = None
) -> Image | None:
    """Return the newest image: of a channel, of a level, or of all."""
    found = list(session, channel=channel, level=level, limit=1)
    return found[0] if found else None


def list(  # noqa: A001, PLR0913  images.list(...) is how it reads
    session: Session,
    *,
    night: date | None = None,
    channel: str | None = None,
    level: Level | None = None,
    alert_id: int | None = None,
    request_id: int | None = None,
    sequence_id: int | None = None,
    execution_id: int | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> tuple[Image, ...]:
    """Return images, the newest first; each name that is given narrows the choice."""
    wanted = _IMAGES.order_by(ImageRow.id.desc()).limit(limit)
    chosen = {
        ImageRow.night: night,
        ImageRow.channel: channel,
        ImageRow.level: level,
        ImageRow.alert_id: alert_id,
        ImageRow.request_id: request_id,
        ImageRow.sequence_id: sequence_id,
        ImageRow.execution_id: execution_id,
    }
    for column, value in chosen.items():
        if value is not None:
            wanted = wanted.where(column == value)
    if before_id is not None:
        wanted = wanted.where(ImageRow.id < before_id)
    return _images(session, wanted)


def count(session: Session, night: date, *, level: Level = Level.L0) -> int:
    """Return how many images of a level a night has."""
    wanted = select(func.count()).where(ImageRow.night == night, ImageRow.level == level)
    return session.execute(wanted).scalar_one()


_IMAGES = select(ImageRow.__table__)
_RESULTS = select(AnalysisResultRow.__table__).order_by(AnalysisResultRow.id)
_NAMES = tuple(Image.__dataclass_fields__)
_ADD = insert(table_of(ImageRow))
_SAME = _IMAGES.where(
    ImageRow.exposure_key == bindparam("key"),
    ImageRow.level == bindparam("of_level"),
    ImageRow.revision == bindparam("of_revision"),
)
_SAME_RESULT = _RESULTS.where(
    AnalysisResultRow.image_id == bindparam("image"),
    AnalysisResultRow.kind == bindparam("of_kind"),
    AnalysisResultRow.revision == bindparam("of_revision"),
)
_ADD_RESULT = insert(table_of(AnalysisResultRow)).returning(AnalysisResultRow.id)


def _images(
    session: Session, wanted: Select[Any], which: Mapping[str, object] | None = None
) -> tuple[Image, ...]:
    rows = session.execute(wanted, which).mappings()
    return tuple(
        Image(**{name: row[name] for name in _NAMES} | {"flags": tuple(row["flags"])})
        for row in rows
    )


def _results(
    session: Session, wanted: Select[Any], which: Mapping[str, object] | None = None
) -> tuple[AnalysisResult, ...]:
    return tuple(AnalysisResult(**row) for row in session.execute(wanted, which or {}).mappings())
