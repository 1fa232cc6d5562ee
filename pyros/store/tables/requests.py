"""Tables of requests: what is asked for, what became of it, and the ledger of time."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.devices.orders import Frame
from pyros.domain.quota import EntryKind
from pyros.domain.request import RequestKind, SequenceState
from pyros.store.tables.columns import Table, one_of


class IdBlockRow(Table):
    """The next free id of a kind of row whose ids may be reserved before it is written."""

    __tablename__ = "id_block"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_id: Mapped[int]


class RequestRow(Table):
    """What one person, or one burst, asks for."""

    __tablename__ = "request"
    __table_args__ = (UniqueConstraint("programme", "short_name"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[RequestKind] = mapped_column(one_of(RequestKind, "kind"))
    short_name: Mapped[str]
    owner: Mapped[str] = mapped_column(index=True)
    programme: Mapped[str]
    description: Mapped[str]
    # No foreign key: the rows of an alert and of its request come in either order.
    alert_id: Mapped[int | None] = mapped_column(unique=True)
    strategy_version: Mapped[str]
    created_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    version: Mapped[int]


class SequenceRow(Table):
    """One pointing of a request."""

    __tablename__ = "sequence"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        Index(None, "state", "window_end"),
        CheckConstraint("window_start < window_end", name="window"),
        CheckConstraint("priority BETWEEN 1 AND 100", name="priority"),
        CheckConstraint("estimate_s >= 0 AND served_s >= 0", name="seconds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"))
    position: Mapped[int]
    name: Mapped[str]
    target: Mapped[dict[str, object]]
    constraints: Mapped[dict[str, object]]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    preferred_at: Mapped[datetime | None]
    priority: Mapped[int]
    carry_over_nights: Mapped[int]
    carried: Mapped[int]
    state: Mapped[SequenceState] = mapped_column(one_of(SequenceState, "state"))
    state_reason: Mapped[str]
    excluded: Mapped[bool]
    """UNPLANNABLE by the conditions, not by the scheduler: may be readmitted."""
    estimate_s: Mapped[float]
    served_s: Mapped[float]
    free: Mapped[bool]
    failures: Mapped[int]
    interruptions: Mapped[int]
    not_before: Mapped[datetime | None]
    version: Mapped[int]


class AlbumRow(Table):
    """The plans of one channel of a sequence."""

    __tablename__ = "album"
    __table_args__ = (UniqueConstraint("sequence_id", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    position: Mapped[int]
    channel: Mapped[str]


class PlanRow(Table):
    """So many exposures of one length through one filter."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("album_id", "position"),
        CheckConstraint("count >= 1 AND exposure_s >= 0", name="exposures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    album_id: Mapped[int] = mapped_column(ForeignKey("album.id"))
    position: Mapped[int]
    frame: Mapped[Frame] = mapped_column(one_of(Frame, "frame"))
    filter: Mapped[str]
    exposure_s: Mapped[float]
    count: Mapped[int]
    dither: Mapped[dict[str, object]]
    binning_x: Mapped[int]
    binning_y: Mapped[int]
    readout_mode: Mapped[str]
    readout: Mapped[dict[str, object]]
    bin_from_s: Mapped[float | None]
    bin_until_s: Mapped[float | None]


class SequenceEventRow(Table):
    """A step of a sequence's life; append-only: replaying them gives the state."""

    __tablename__ = "sequence_event"
    __table_args__ = (UniqueConstraint("sequence_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    event: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str]
    numbers: Mapped[dict[str, object]]


class TargetRevisionRow(Table):
    """A better position of a sequence's target; append-only, the highest n counts."""

    __tablename__ = "target_revision"
    __table_args__ = (UniqueConstraint("sequence_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    target: Mapped[dict[str, object]]
    notice: Mapped[str]


class LedgerEntryRow(Table):
    """Telescope time booked to an account; append-only: a mistake is mended by a further row."""

    __tablename__ = "ledger_entry"
    __table_args__ = (Index(None, "programme", "period"), Index(None, "owner", "period"))

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_key: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind, "kind"))
    amount_s: Mapped[float]
    programme: Mapped[str]
    period: Mapped[str]
    owner: Mapped[str]
    night: Mapped[date] = mapped_column(index=True)
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequence.id"), index=True)
    execution_id: Mapped[int | None]
    reason: Mapped[str]
    by: Mapped[str]
