"""Whether a sample says anything that the last published one did not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields

from pyros.domain.devices.state import State

NOT_NEWS = frozenset({"device", "seq", "sampled_at", "kick_age_s", "heartbeat", "ended"})
"""Fields that change by themselves."""
GRAIN: Mapping[str, float] = {
    "ra_deg": 0.01,
    "dec_deg": 0.01,
    "altitude_deg": 1.0,
    "azimuth_deg": 1.0,
    "tracking_error_arcsec": 5.0,
    "temperature_C": 0.5,
    "power_pct": 5.0,
    "remaining_s": 5.0,
    "inputs": 5.0,
    "outputs": 5.0,
}
"""How much a number must change to be news; a weather sensor's value always is."""


def gist(state: State) -> tuple[object, ...]:
    """Return what of a snapshot is news when it differs; equal for two that say the same."""
    return tuple([_grain(name, getattr(state, name)) for name in _told(type(state))])


_TOLD: dict[type[State], tuple[str, ...]] = {}


def _told(kind: type[State]) -> tuple[str, ...]:
    """Return the fields of a kind that do not change by themselves."""
    names = _TOLD.get(kind)
    if names is None:
        names = tuple(field.name for field in fields(kind) if field.name not in NOT_NEWS)
        _TOLD[kind] = names
    return names


def _grain(name: str, value: object) -> object:
    if isinstance(value, float) and math.isfinite(value):
        return round(value / GRAIN.get(name, 1.0))
    if name == "op" and value is not None:
        return getattr(value, "key", ""), getattr(value, "state", "")
    if value is None or isinstance(value, bool | int | str | tuple):
        return value
    if isinstance(value, Mapping):
        return tuple([(key, _sensor(name, one)) for key, one in sorted(value.items())])
    return value


def _sensor(name: str, one: object) -> object:
    value, good = getattr(one, "value", one), getattr(one, "good", True)
    if name in GRAIN and isinstance(value, float) and math.isfinite(value):
        value = round(value / GRAIN[name])
    return value, good
