"""A packet, the notice read from it, and the alert that stands for one burst."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlertState(StrEnum):
    """An alert's life."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What a source received, byte for byte."""

    payload: bytes
    source: str
    received: datetime
    topic: str = ""
    sent: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """The seven instants of an alert, each None until it came."""

    burst: datetime | None = None
    written: datetime | None = None
    sent: datetime | None = None
    received: datetime | None = None
    decided: datetime | None = None
    commanded: datetime | None = None
    first_light: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One burst, whichever satellites saw it.  Degrees, ICRS; `r90_deg` holds 90 % probability."""

    id: int = 0
    name: str
    state: AlertState = AlertState.CANDIDATE
    drill: bool = False
    burst_at: datetime | None = None
    burst_origin: str = ""
    ra_deg: float | None = None
    dec_deg: float | None = None
    r90_deg: float | None = None
    position_from: str = ""
    members: tuple[tuple[str, str], ...] = ()
    request_id: int | None = None
    strategy_version: str = ""
    rule: str = ""
    reasons: tuple[str, ...] = ()
    """Why it moves nothing, if so."""
    stamps: Stamps = Stamps()
