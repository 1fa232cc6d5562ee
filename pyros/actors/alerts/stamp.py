"""A packet of the past stamped anew, so that it can be followed now: times, name and event id."""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from pyros.actors.alerts.literals import instant, whole
from pyros.actors.alerts.voevent import document, name_of

EVENT_IDS = frozenset({"Burst_Id", "TrigID", "Trigger_Number", "event_id"})
"""Params that name the event."""


def shift_to(payload: bytes, now: datetime) -> timedelta:
    """Return by how much a packet's times must move so that it was written `now`.

    Raises:
        Unreadable: no VOEvent.
    """
    root = document(payload)
    name_of(root)
    for path in ("{*}Who/{*}Date", ".//{*}ISOTime"):
        at = instant(root.findtext(path))
        if at is not None:
            return now - at
    return timedelta(0)


def fresh(payload: bytes, *, shift: timedelta, serial: int) -> bytes:
    """Return the packet with every instant moved by `shift`, as another event of another name.

    Packets of one burst that get the same `shift` and `serial` stay packets of one burst.

    Raises:
        Unreadable: no VOEvent.
    """
    root = document(payload)
    root.set("ivorn", _renamed(name_of(root), serial))
    for element in root.iter("{*}Date", "{*}ISOTime"):
        element.text = _moved(element.text or "", shift)
    for cited in root.iter("{*}EventIVORN"):
        cited.text = _renamed((cited.text or "").strip(), serial)
    for param in root.iter("{*}Param"):
        value = param.get("value") or ""
        if param.get("name") in EVENT_IDS:
            param.set("value", _other_id(value, serial))
        elif instant(value) is not None:
            param.set("value", _moved(value, shift))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _renamed(ivorn: str, serial: int) -> str:
    authority, mark, name = ivorn.partition("#")
    return f"{authority}{mark}fresh{serial}_{name}"


def _other_id(value: str, serial: int) -> str:
    number = whole(value)
    return str(number + serial) if number is not None and number > 0 else f"{value}-{serial}"


def _moved(text: str, shift: timedelta) -> str:
    at = instant(text)
    return f"{at + shift:%Y-%m-%dT%H:%M:%S.%f}" if at is not None else text
