"""Tables that keep what they hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from pyros.domain.audit import AuditEntry, LogLine
from pyros.store import house, telemetry
from pyros.store.tables import ALWAYS, METADATA, UNTIL_PRUNED
from pyros.store.tables.telemetry import PruneLimitRow

PERMANENT = {
    "sequence_event",
    "target_revision",
    "ledger_entry",
    "schedule",
    "slot",
    "refusal",
    "image",
    "analysis_result",
    "notice",
    "alert_revision",
    "strategy_version",
    "default_strategy",
    "switch",
    "device_event",
    "boot",
    "boot_end",
    "alarm_event",
    "audit_entry",
}


def test_every_table_marked_so_in_the_design_is_append_only():
    """Domain 1: those marked A, and those that may be pruned."""
    assert {table.__tablename__ for table in ALWAYS} == PERMANENT
    assert {table.__tablename__ for table in UNTIL_PRUNED} == {
        "reading",
        "device_status",
        "conditions",
        "log_line",
    }
    assert set(METADATA.tables) >= PERMANENT


@pytest.mark.parametrize("verb", ["UPDATE audit_entry SET who = 'eve'", "DELETE FROM audit_entry"])
def test_an_audit_entry_is_neither_changed_nor_deleted(store, dusk, verb):
    """P20, P91: by nobody, whatever the way."""
    entry = AuditEntry(at=dusk, who="ada", action="park")
    store.write(lambda session: house.audit(session, entry))

    with pytest.raises(IntegrityError, match="audit_entry is append-only"):
        store.write(lambda session: session.exec_driver_sql(verb))

    assert store.read(house.audit_entries)[0].who == "ada"


@pytest.mark.parametrize("table", ["log_line", "reading"])
def test_old_rows_leave_only_by_pruning(store, dusk, table):
    """Operations 2.3: the trigger lets through only rows older than the cut-off."""

    def write(session):
        for age in (0, 10):
            at = dusk - timedelta(days=age)
            house.log(session, [LogLine(at=at, level="INFO", actor="a", text="x")])
            reading = telemetry.Reading(device="plc", quantity="rain", at=at, value=0.0)
            telemetry.add_readings(session, [reading])

    def delete(session):
        return session.exec_driver_sql(query, (limit,)).rowcount

    query = f"DELETE FROM {table} WHERE at < ?"  # noqa: S608  ours
    store.write(write)
    cut = dusk - timedelta(days=5)
    limit = "9999-01-01" if table == "log_line" else 9 * 10**18
    with pytest.raises(IntegrityError, match="append-only"):
        store.write(delete)

    row = {"table_name": table, "before": cut, "before_micros": cut}
    store.write(lambda session: session.execute(insert(PruneLimitRow), [row]))
    with pytest.raises(IntegrityError, match="append-only"):
        store.write(delete)
    limit = f"{cut:%Y-%m-%d}" if table == "log_line" else int(cut.timestamp() * 1e6)

    assert store.write(delete) == 1
