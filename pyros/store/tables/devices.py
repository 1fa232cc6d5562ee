"""Tables of devices: what each is, its state of life, and every change of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.devices.device import DeviceState, Kind
from pyros.store.tables.columns import Table, one_of


class DeviceRow(Table):
    """A device of the configuration, or one that was in it."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[Kind] = mapped_column(one_of(Kind, "kind"))
    unit: Mapped[str]
    channel: Mapped[str]
    blocking: Mapped[bool]
    simulated: Mapped[bool]
    driver: Mapped[str]
    address: Mapped[str]
    attached_to: Mapped[str]
    software_version: Mapped[str]
    configured: Mapped[bool]
    state: Mapped[DeviceState] = mapped_column(one_of(DeviceState, "state"))
    state_since: Mapped[datetime]
    reason: Mapped[str]


class DeviceEventRow(Table):
    """A device passed from one state to another; append-only."""

    __tablename__ = "device_event"
    __table_args__ = (Index(None, "device", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]
    at: Mapped[datetime]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str]
