"""Ids that may be had before their row is written: the hot path does not wait for the disk."""

from __future__ import annotations

from sqlalchemy import BindParameter, Integer, bindparam, func
from sqlalchemy.dialects.sqlite import insert

from pyros.store.engine import Session
from pyros.store.tables.columns import table_of
from pyros.store.tables.requests import IdBlockRow

BLOCKS = ("alerts", "notices", "requests", "sequences", "executions", "steps", "images")
"""Rows whose ids come from here alone, by the name to reserve them under."""


def reserve(session: Session, name: str, count: int = 1) -> int:
    """Return the first of `count` ids that nobody else will ever get.

    Raises:
        ValueError: no rows of that name, or a count below 1.
    """
    if name not in BLOCKS or count < 1:
        raise ValueError(f"{count} ids of {name!r}: at least 1 of {', '.join(BLOCKS)}")
    return session.execute(_TAKE, {"name": name, "count": count}).scalar_one() - count


def given(session: Session, name: str, wanted: int) -> int:
    """Return `wanted`, which nobody will get any more, or a new id if it is 0."""
    if not wanted:
        return reserve(session, name)
    spend(session, name, wanted)
    return wanted


def spend(session: Session, name: str, highest: int) -> None:
    """Never hand out ids up to `highest` again."""
    session.execute(_SPEND, {"name": name, "beyond": highest + 1})


_COUNT: BindParameter[int] = bindparam("count", type_=Integer)
_BEYOND: BindParameter[int] = bindparam("beyond", type_=Integer)
_BLOCKS = insert(table_of(IdBlockRow))
_TAKE = (
    _BLOCKS.values(name=bindparam("name"), next_id=_COUNT + 1)
    .on_conflict_do_update(
        index_elements=[IdBlockRow.name], set_={"next_id": IdBlockRow.next_id + _COUNT}
    )
    .returning(IdBlockRow.next_id)
)
_SPEND = _BLOCKS.values(name=bindparam("name"), next_id=_BEYOND).on_conflict_do_update(
    index_elements=[IdBlockRow.name], set_={"next_id": func.max(IdBlockRow.next_id, _BEYOND)}
)
