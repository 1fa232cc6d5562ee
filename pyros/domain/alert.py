"""A packet, the notice read from it, and the alert that stands for one burst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Member = tuple[str, str]
"""A family of event ids (one mission's, or one instrument's) and the id in it."""


class AlertState(StrEnum):
    """An alert's life."""

    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    MERGED = "merged"


class Nature(StrEnum):
    """What a notice is about, as far as it matters."""

    BURST = "burst"
    RETRACTION = "retraction"
    POINTING = "pointing"
    TEST = "test"
    UTILITY = "utility"
    OTHER = "other"


class Origin(StrEnum):
    """What a burst's time stands on, the best first."""

    TRIGGER = "trigger"
    COARSE = "coarse"
    DATA = "data"
    NONE = ""


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
class Position:
    """A usable place of a source, degrees, ICRS; 68 and 90 % radii are statistical."""

    ra_deg: float
    dec_deg: float
    r68_deg: float
    r90_deg: float
    systematic_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """How good a kind of position is: class 2 to 5, stage inside the class; higher is better."""

    grade: int
    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A packet that another one names: followup, supersedes or retraction."""

    cite: str
    ivorn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a packet says, read field by field; what could not be read is named in `problems`."""

    ivorn: str
    """The packet's name; empty in JSON."""
    form: str = "voevent"
    topic: str = ""
    role: str = ""
    role_written: bool = False
    """Whether the role (JSON: alert_tense) stands in the packet."""
    mission: str = ""
    family: str = ""
    instrument: str = ""
    packet_type: int | None = None
    kind: str = ""
    """The sender's kind of notice, in words."""
    nature: Nature = Nature.OTHER
    event_id: str = ""
    """Normalised; empty if there is none."""
    event_id_written: str = ""
    position: Position | None = None
    """None if the position may not be used."""
    ra_deg: float | None = None
    """As printed, also where it means nothing."""
    dec_deg: float | None = None
    error_deg: float | None = None
    time: datetime | None = None
    """Of the observation in WhereWhen (JSON: trigger time)."""
    burst_at: datetime | None = None
    burst_origin: Origin = Origin.NONE
    written: datetime | None = None
    citations: tuple[Citation, ...] = ()
    retraction: bool = False
    withdraws: bool = False
    """Whether it takes back its own event: a retraction, or a later look that finds no burst."""
    test_marks: tuple[str, ...] = ()
    no_burst_marks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    rank: Rank | None = None
    significance: float | None = None
    classification: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """The publisher: the part of the name before #, in lower case."""
        return self.ivorn.partition("#")[0].lower()


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
    real_slew: bool = False
    """Whether this drill may move the telescope; nothing but an admin's order sets it."""
    burst_at: datetime | None = None
    burst_origin: str = ""
    ra_deg: float | None = None
    dec_deg: float | None = None
    r90_deg: float | None = None
    position_from: str = ""
    doubtful: bool = False
    members: tuple[Member, ...] = ()
    withdrawn: tuple[Member, ...] = ()
    merged_into: int | None = None
    request_id: int | None = None
    strategy_version: str = ""
    rule: str = ""
    reasons: tuple[str, ...] = ()
    """Why it moves nothing, if so."""
    joins: tuple[str, ...] = ()
    """Why its members are one burst: time apart, distance, uncertainty."""
    stamps: Stamps = Stamps()
