"""Observing conditions: what the weather says, which limits it breaks, and what that allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Sky(StrEnum):
    """How good the sky is; it never opens or closes, it admits sequences."""

    PHOTOMETRIC = "PHOTOMETRIC"
    CLEAR = "CLEAR"
    THIN = "THIN"
    CLOUDY = "CLOUDY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseStatus:
    """One reason to be shut: bad now, or good but waiting out its delay."""

    cause: str
    value: float | bool | None
    unit: str
    bad_limit: float | None
    good_limit: float | None
    bad: bool
    last_bad_at: datetime | None
    good_at: datetime | None
    """When its delay will be over, if it stays good; None while it is bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The verdict at one instant.

    `causes` are those that forbid to be open now (bad, or waiting); `safe` is: complete, and no
    cause.  `values` are the worst counting values by quantity.
    """

    at: datetime
    complete: bool
    safe: bool
    causes: tuple[CauseStatus, ...] = ()
    sky: Sky = Sky.UNKNOWN
    values: Mapping[str, float | bool | None] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seeing_arcsec: float | None = None
    interlocks: tuple[str, ...] = ()
    """Reasons of the site (emergency stop, person inside, local mode, PLC silent)."""
