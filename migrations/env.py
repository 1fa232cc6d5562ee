"""How migrations run: with the metadata and the SQLite options of the store."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from pyros.store.append_only import guard
from pyros.store.tables import METADATA


def run(connection: Connection) -> None:
    """Run the wanted revisions in one transaction; foreign keys are judged at its end.

    Append-only triggers are made anew each time, since the rebuild of a table drops its own.
    """
    _foreign_keys(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        transactional_ddl=True,  # SQLite can, Alembic is not told
    )
    with context.begin_transaction():
        context.run_migrations()
        guard(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"rows without their counterpart after the migration: {broken[:5]}")
    _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, switch: str) -> None:
    """Switch them outside any transaction, where alone SQLite listens."""
    connection.connection.cursor().execute(f"PRAGMA foreign_keys={switch}")


run(context.config.attributes["connection"])
