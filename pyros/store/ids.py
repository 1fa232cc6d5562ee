"""Ids that may be had before their row is written: the hot path does not wait for the disk."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.dialects.sqlite import insert

from pyros.store.engine import Session
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
    block = insert(IdBlockRow).values(name=name, next_id=1 + count)
    taken = block.on_conflict_do_update(
        index_elements=[IdBlockRow.name], set_={"next_id": IdBlockRow.next_id + count}
    ).returning(IdBlockRow.next_id)
    return session.execute(taken).scalar_one() - count


def given(session: Session, name: str, wanted: int) -> int:
    """Return `wanted`, which nobody will get any more, or a new id if it is 0."""
    if not wanted:
        return reserve(session, name)
    spend(session, name, wanted)
    return wanted


def spend(session: Session, name: str, highest: int) -> None:
    """Never hand out ids up to `highest` again."""
    block = insert(IdBlockRow).values(name=name, next_id=highest + 1)
    beyond = func.max(IdBlockRow.next_id, highest + 1)
    session.execute(
        block.on_conflict_do_update(index_elements=[IdBlockRow.name], set_={"next_id": beyond})
    )
