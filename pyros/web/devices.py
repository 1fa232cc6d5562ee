"""The devices as pages show them: the newest word of each, or that it has not spoken yet."""

from __future__ import annotations

from typing import Any

from pyros.messages.events import DeviceStatus
from pyros.web.parts import WebParts
from pyros.web.shapes import GLYPHS, shape


def device_rows(parts: WebParts) -> list[Any]:
    """Return a row for each device of the configuration, in its order."""
    heard = {
        published.value.device: published.value
        for published in parts.bus.snapshot("device/*").values()
        if isinstance(published.value, DeviceStatus)
    }
    return [
        shape(heard[name]) if name in heard else _silent(parts, name)
        for name in parts.config.devices
    ]


def _silent(parts: WebParts, name: str) -> dict[str, object]:
    entry = parts.config.devices[name]
    return {
        "name": name,
        "kind": entry.kind,
        "life": "UNKNOWN",
        "glyph": GLYPHS["UNKNOWN"],
        "since": None,
        "at": None,
        "blocking": entry.blocking,
        "simulated": entry.driver == "simulated",
        "unit": entry.unit,
        "channel": "",
        "reason": "has not spoken yet",
        "says": "",
        "next_try_s": None,
        "pointing": None,
        "slit_az_deg": None,
    }
