"""How values become rows and rows values, for what is more than one row or one column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import RowMapping

from pyros.domain.exchange import (
    constraints_from_map,
    constraints_to_map,
    dither_from_map,
    dither_to_map,
    target_from_map,
    target_to_map,
)
from pyros.domain.request import Album, Plan, Request, Sequence
from pyros.store.engine import Session
from pyros.store.tables.columns import table_of
from pyros.store.tables.requests import AlbumRow, PlanRow, RequestRow, SequenceRow

_OWN_REQUEST = frozenset({"archived_at", "created_at"})


def request_row(request: Request) -> dict[str, Any]:
    """Return the columns of a request, without its sequences."""
    row = {name: getattr(request, name) for name in Request.__dataclass_fields__}
    del row["sequences"]
    return row


def sequence_row(sequence: Sequence) -> dict[str, Any]:
    """Return the columns of a sequence, without its albums."""
    row = {name: getattr(sequence, name) for name in Sequence.__dataclass_fields__}
    del row["albums"]
    row["target"] = target_to_map(sequence.target)
    row["constraints"] = constraints_to_map(sequence.constraints)
    return row


def add_albums(session: Session, sequence: Sequence) -> None:
    """Write the albums and plans of a sequence that has its id."""
    for position, album in enumerate(sequence.albums):
        row = {"sequence_id": sequence.id, "position": position, "channel": album.channel}
        album_id = session.execute(_ADD_ALBUM, row).scalar_one()
        rows = [_plan_row(plan, album_id, n) for n, plan in enumerate(album.plans)]
        if rows:
            session.execute(_ADD_PLANS, rows)


def sequences_from(session: Session, found: Iterable[RowMapping]) -> tuple[Sequence, ...]:
    """Return the sequences of these rows, each with its albums and plans."""
    rows = list(found)
    albums = _albums(session, [row["id"] for row in rows])
    return tuple(_sequence(row, albums.get(row["id"], ())) for row in rows)


def sequence_alone(row: RowMapping) -> Sequence:
    """Return the sequence of this row without its albums: enough to take a step of its life."""
    return _sequence(row, ())


def request_from(row: RowMapping, sequences: tuple[Sequence, ...]) -> Request:
    """Return the request of this row."""
    columns = {name: held for name, held in row.items() if name not in _OWN_REQUEST}
    return Request(**columns, sequences=sequences)


def _plan_row(plan: Plan, album_id: int, position: int) -> dict[str, Any]:
    row = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
    row["dither"] = dither_to_map(plan.dither)
    row["readout"] = dict(plan.readout)
    return row | {"album_id": album_id, "position": position}


def _sequence(row: RowMapping, albums: tuple[Album, ...]) -> Sequence:
    columns = {name: held for name, held in row.items() if name != "excluded"}
    columns["target"] = target_from_map(row["target"])
    columns["constraints"] = constraints_from_map(row["constraints"])
    return Sequence(**columns, albums=albums)


SLICE = 500
"""So many ids go into one question."""


def _albums(session: Session, ids: list[int]) -> dict[int, tuple[Album, ...]]:
    found: dict[int, dict[str, list[Plan]]] = defaultdict(dict)
    for first in range(0, len(ids), SLICE):
        some = ids[first : first + SLICE]
        for row in session.execute(_PLANS, {"some": some}).mappings():
            plans = found[row["sequence_id"]].setdefault(row["channel"], [])
            if row["exposure_s"] is not None:
                plans.append(_plan(row))
    return {
        sequence_id: tuple(
            Album(channel=channel, plans=tuple(plans)) for channel, plans in channels.items()
        )
        for sequence_id, channels in found.items()
    }


_PLAN_COLUMNS = tuple(Plan.__dataclass_fields__)
_PLANS = (
    select(
        AlbumRow.sequence_id,
        AlbumRow.channel,
        *(getattr(PlanRow, name) for name in _PLAN_COLUMNS),
    )
    .join(PlanRow, PlanRow.album_id == AlbumRow.id, isouter=True)
    .where(AlbumRow.sequence_id.in_(bindparam("some", expanding=True)))
    .order_by(AlbumRow.sequence_id, AlbumRow.position, PlanRow.position)
)
_ADD_ALBUM = insert(table_of(AlbumRow)).returning(AlbumRow.id)
_ADD_PLANS = insert(table_of(PlanRow))


def _plan(row: RowMapping) -> Plan:
    columns = {name: row[name] for name in _PLAN_COLUMNS}
    columns["dither"] = dither_from_map(row["dither"])
    return Plan(**columns)


SEQUENCES = select(SequenceRow.__table__)
REQUESTS = select(RequestRow.__table__)
