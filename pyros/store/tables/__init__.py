"""Database rows, which never leave the store."""

from __future__ import annotations

from pyros.store.tables import alerts, devices, house, images, nights, requests, telemetry
from pyros.store.tables import people as people
from pyros.store.tables.columns import Table

METADATA = Table.metadata
"""Every table, for the engine and the migrations."""

ALWAYS = (
    requests.SequenceEventRow,
    requests.TargetRevisionRow,
    requests.LedgerEntryRow,
    nights.ScheduleRow,
    nights.SlotRow,
    nights.RefusalRow,
    images.ImageRow,
    images.AnalysisResultRow,
    alerts.NoticeRow,
    alerts.AlertRevisionRow,
    alerts.StrategyVersionRow,
    alerts.DefaultStrategyRow,
    alerts.SwitchRow,
    devices.DeviceEventRow,
    house.BootRow,
    house.BootEndRow,
    house.AlarmEventRow,
    house.AuditEntryRow,
)
"""Append-only tables: neither UPDATE nor DELETE."""

UNTIL_PRUNED = (
    telemetry.ReadingRow,
    telemetry.DeviceStatusRow,
    telemetry.ConditionsRow,
    telemetry.LogLineRow,
)
"""Append-only tables whose old rows may leave by pruning."""
