"""The triggers that keep append-only tables as they are; made here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from pyros.store.tables import ALWAYS, UNTIL_PRUNED

_MICROS = frozenset({"reading"})
"""Tables whose `at` is counted in microseconds."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A statement that makes a table refuse one verb."""

    name: str
    table: str
    statement: str


def triggers() -> tuple[Trigger, ...]:
    """Return every trigger of every append-only table (SQLite)."""
    tables = [row.__tablename__ for row in ALWAYS]
    pruned = [row.__tablename__ for row in UNTIL_PRUNED]
    return (
        *(_refuse(table, "UPDATE") for table in tables + pruned),
        *(_refuse(table, "DELETE") for table in tables),
        *(_refuse(table, "DELETE", unless=_pruned(table)) for table in pruned),
    )


def guard(connection: Connection) -> None:
    """Make the triggers of all tables that are there: a rebuilt table has lost its own."""
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    for trigger in triggers():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger.name}")
        if trigger.table in there:
            connection.exec_driver_sql(trigger.statement)


def missing(connection: Connection) -> tuple[str, ...]:
    """Return the names of triggers that are not there, or not as they should be."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    there = {name: sql for name, sql in rows}  # noqa: C416  a row is no pair
    return tuple(made.name for made in triggers() if there.get(made.name) != made.statement)


def _pruned(table: str) -> str:
    column, floor = ("before_micros", "-9e18") if table in _MICROS else ("before", "''")
    limit = f"SELECT {column} FROM prune_limit WHERE table_name = '{table}'"  # noqa: S608  ours
    return f"WHEN OLD.at >= coalesce(({limit}), {floor}) "


def _refuse(table: str, verb: str, *, unless: str = "") -> Trigger:
    name = f"append_only_{table}_{verb.lower()}"
    statement = (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {unless}"
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: no {verb}'); END"
    )
    return Trigger(name, table, statement)
