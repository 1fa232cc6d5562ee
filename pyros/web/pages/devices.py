"""Devices: how each stands, what it says of itself, why it may not be ordered, its changes."""

from __future__ import annotations

from aiohttp import web

from pyros.messages.events import DeviceStatus
from pyros.store import devices
from pyros.store.devices import StoredChange, StoredDevice
from pyros.web.devices import device_rows
from pyros.web.keys import PARTS
from pyros.web.reading import read_or
from pyros.web.render import render

NONE: tuple[tuple[StoredDevice, ...], tuple[StoredChange, ...]] = ((), ())


async def page(request: web.Request) -> web.StreamResponse:
    """Show all devices; with the actors down what the store says of them last."""
    parts = request.app[PARTS]
    found = await read_or(
        request.app,
        lambda session: (devices.devices(session), devices.changes(session, limit=30)),
        NONE,
    )
    stored, changes = found.value
    heard = {
        one.value.device: one.value
        for one in parts.bus.snapshot("device/*").values()
        if isinstance(one.value, DeviceStatus)
    }
    context = {
        "devices": device_rows(parts),
        "heard": heard,
        "stored": {device.name: device for device in stored},
        "changes": changes,
        "missing": found.missing,
    }
    return render(request, "devices.html", context)
