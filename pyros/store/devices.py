"""Devices: what each is, how it stands, and every change of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pyros.domain.devices.device import Device, DeviceState, Kind
from pyros.messages.events import DeviceChanged
from pyros.store.engine import Session
from pyros.store.tables.columns import table_of
from pyros.store.tables.devices import DeviceEventRow, DeviceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDevice:
    """A device as the store knows it; `configured` says whether today's configuration has it."""

    name: str
    kind: Kind
    unit: str
    channel: str
    blocking: bool
    simulated: bool
    driver: str
    address: str
    attached_to: str
    software_version: str
    configured: bool
    state: DeviceState
    state_since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A change of a device's state."""

    device: str
    at: datetime
    old: DeviceState
    new: DeviceState
    reason: str


def register(session: Session, devices: Iterable[Device], at: datetime) -> None:
    """Write the devices of the configuration; those it no longer has stay, marked so."""
    session.execute(update(DeviceRow).values(configured=False))
    for device in devices:
        row = {name: getattr(device, name) for name in Device.__dataclass_fields__}
        row["configured"] = True
        first = {"software_version": "", "state": DeviceState.UNKNOWN, "state_since": at}
        made = upsert(DeviceRow).values(**row, **first, reason="")
        session.execute(made.on_conflict_do_update(index_elements=[DeviceRow.name], set_=row))


def changed(session: Session, change: DeviceChanged) -> None:
    """Write that a device passed from one state to another (P17)."""
    state = {"state": change.new, "state_since": change.at, "reason": change.reason}
    if session.execute(_STANDS, {"device": change.device, **state}).rowcount == 0:
        row = {
            "name": change.device,
            "kind": change.kind,
            "blocking": change.blocking,
            "configured": True,
            "simulated": False,
            **dict.fromkeys(_UNKNOWN, ""),
            **state,
        }
        session.execute(insert(DeviceRow), [row])
    event = {
        "device": change.device,
        "at": change.at,
        "from_state": change.old.value,
        "to_state": change.new.value,
        "reason": change.reason,
    }
    session.execute(_HAPPENED, event)


def set_version(session: Session, device: str, version: str) -> None:
    """Write which software a device runs (P55)."""
    session.execute(
        update(DeviceRow).where(DeviceRow.name == device).values(software_version=version)
    )


def devices(session: Session) -> tuple[StoredDevice, ...]:
    """Return every device, by name, those of old configurations too."""
    rows = session.execute(select(DeviceRow.__table__).order_by(DeviceRow.name)).mappings()
    names = StoredDevice.__dataclass_fields__
    return tuple(StoredDevice(**{name: row[name] for name in names}) for row in rows)


def changes(
    session: Session,
    device: str | None = None,
    *,
    since: datetime | None = None,
    limit: int = 200,
) -> tuple[StoredChange, ...]:
    """Return changes of state, the newest first."""
    wanted = select(DeviceEventRow.__table__).order_by(DeviceEventRow.id.desc()).limit(limit)
    if device is not None:
        wanted = wanted.where(DeviceEventRow.device == device)
    if since is not None:
        wanted = wanted.where(DeviceEventRow.at >= since)
    return tuple(
        StoredChange(
            device=row["device"],
            at=row["at"],
            old=DeviceState(row["from_state"]),
            new=DeviceState(row["to_state"]),
            reason=row["reason"],
        )
        for row in session.execute(wanted).mappings()
    )


_STANDS = (
    update(DeviceRow)
    .where(DeviceRow.name == bindparam("device"))
    .values({name: bindparam(name) for name in ("state", "state_since", "reason")})
)
_HAPPENED = insert(table_of(DeviceEventRow))
_UNKNOWN = ("unit", "channel", "driver", "address", "attached_to", "software_version")
