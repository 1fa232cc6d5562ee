"""Each revision goes up, down and up again with rows in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from pyros.store import schedules, schema
from pyros.store.append_only import missing, triggers
from pyros.store.engine import Store
from pyros.store.tables import METADATA
from pyros.store.tables.columns import Utc, UtcMicros

REVISIONS = ["0001", "0002"]


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/pyros.db")
    yield store
    store.close()


def objects(session):
    rows = session.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return {tuple(row) for row in rows}


def shape(session):
    """Columns of each table, and how often it is checked."""
    tables = session.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
    ).all()
    return {
        name: (
            sql.count("CHECK"),
            sorted(
                tuple(row)[1:4] for row in session.exec_driver_sql(f"PRAGMA table_info({name})")
            ),
        )
        for name, sql in tables
    }


DUSK = datetime(2026, 11, 25, 19, tzinfo=UTC)
DEFAULTS = {
    int: 1,
    float: 0.5,
    str: "x",
    bool: True,
    bytes: b"x",
    object: {"a": 1},
    date: date(2026, 11, 25),
}
VALUES = {
    ("sequence", "window_end"): DUSK.replace(hour=20),
    ("slot", "end"): DUSK.replace(hour=20),
    ("execution", "end"): None,
    ("image", "parent_id"): None,
}


def value_for(column):
    """A value that the column takes, by its type."""
    if (column.table.name, column.name) in VALUES:
        return VALUES[column.table.name, column.name]
    if isinstance(column.type, Utc | UtcMicros):
        return DUSK
    kinds = getattr(column.type, "enum_class", None)
    return next(iter(kinds)) if kinds else DEFAULTS[column.type.python_type]


def rows_of_every_table(session):
    """Write a row into each table that is there, in the order of their keys."""
    for table in METADATA.sorted_tables:
        there = {row[1] for row in session.exec_driver_sql(f"PRAGMA table_info({table.name})")}
        row = {one.name: value_for(one) for one in table.columns if one.name in there}
        if row:
            session.execute(insert(table), [row])


def test_the_stairs_have_one_line_of_steps():
    """P10: every revision is known here, in order, each after one other."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    assert walked[::-1] == REVISIONS


def test_up_down_and_up_again_with_rows_leads_to_the_same_schema(store):
    """P10: nothing of an older schema is left behind, and rows are no hindrance."""
    schema.upgrade(store)
    first = store.read(objects)
    store.write(rows_of_every_table)

    schema.downgrade(store, "base")
    below = store.read(objects)
    schema.upgrade(store)

    assert {name for _, name, _ in below} <= {"alembic_version"}
    assert store.read(objects) == first


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_upgrade_over_rows_keeps_them(store, revision):
    """P10: to head from each revision; at head it is the same once more."""
    schema.upgrade(store, revision)
    store.write(rows_of_every_table)
    before = store.read(lambda s: s.exec_driver_sql("SELECT count(*) FROM sequence").scalar())

    schema.upgrade(store)

    after = store.read(lambda s: s.exec_driver_sql("SELECT count(*) FROM sequence").scalar())
    assert before == after == 1


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_each_revision_goes_down_to_as_it_came_up_to(store, revision):
    """P10: nothing of what came after it is left behind; append-only tables stay guarded."""
    schema.upgrade(store, revision)
    before = store.read(shape)
    schema.upgrade(store)
    store.write(rows_of_every_table)

    schema.downgrade(store, revision)

    assert store.read(shape) == before
    assert store.read(missing) == ()


def test_the_remedy_of_a_refusal_moves_out_of_its_numbers_and_back(store):
    """P31: what was refused under an older program is read by the newer, and after a way back."""
    schema.upgrade(store, "0001")
    store.write(rows_of_every_table)
    numbers = (
        '{"best":8.5,"best_at":{"$at":"2026-11-25T20:00:00+00:00"},'
        '"change":{"set":"constraints/min_altitude_deg","to":8},"also":["SUN"]}'
    )
    store.write(
        lambda s: s.exec_driver_sql(
            "INSERT INTO refusal (id, sequence_id, request_id, name, at, code, numbers, text)"
            " VALUES (7, 1, 1, 'x', '2026-11-25 19:00:00.000000', 'ALTITUDE', ?, 'low')",
            (numbers,),
        )
    )

    schema.upgrade(store)
    newest, oldest = store.read(lambda s: schedules.refusals_of(s, 1))
    schema.downgrade(store, "0001")
    back = store.read(lambda s: s.exec_driver_sql("SELECT numbers FROM refusal").scalars().all())

    assert newest.numbers == {"best": 8.5, "best_at": DUSK.replace(hour=20)}
    assert newest.change == {"set": "constraints/min_altitude_deg", "to": 8}
    assert (newest.also, newest.certified) == (("SUN",), False)
    assert (oldest.numbers, oldest.change, oldest.also) == ({"a": 1}, {}, ())
    assert [json.loads(one) for one in back] == [{"a": 1}, json.loads(numbers)]


def test_the_migrations_make_what_the_models_say(store):
    """P10: no column, index or key stands in one and not in the other."""
    schema.upgrade(store)

    found = store.read(
        lambda session: compare_metadata(
            MigrationContext.configure(session, opts={"compare_type": True}), METADATA
        )
    )

    assert found == []


def test_every_append_only_table_has_its_guards_after_an_upgrade(store):
    """Operations 2.5: triggers are not seen by autogenerate; compared by name and text."""
    schema.upgrade(store)

    assert store.read(missing) == ()
    assert len(triggers()) == 2 * len({trigger.table for trigger in triggers()})


@pytest.mark.parametrize(
    "bad",
    [
        "sequence SET window_end = '2020-01-01'",
        "sequence SET priority = 101",
        "sequence SET state = 'SLEEPING'",
        "sequence SET served_s = -1",
        "plan SET count = 0",
        "programme SET rank = 6",
        "member SET max_share = 1.5",
        "allocation SET quota_s = -1",
        "execution SET open = NULL",
        "execution SET open = 2",
        "period SET last_night = '2020-01-01'",
        "hold SET kind = 'MOOD'",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(store, bad):
    """Operations 2.5: CHECK constraints stand in the migration, not only in the models."""
    schema.upgrade(store)
    store.write(rows_of_every_table)

    with pytest.raises(IntegrityError, match="CHECK constraint failed"):
        store.write(lambda session: session.exec_driver_sql(f"UPDATE {bad}"))


def test_two_executions_are_never_open_at_once(store):
    """P47: the database itself refuses a second one."""
    schema.upgrade(store)
    store.write(rows_of_every_table)
    execution = METADATA.tables["execution"]
    second = {one.name: value_for(one) for one in execution.columns} | {"id": 2, "attempt": 2}

    with pytest.raises(IntegrityError, match=r"UNIQUE constraint failed: execution\.open"):
        store.write(lambda session: session.execute(insert(execution), [second]))
