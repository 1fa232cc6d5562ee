"""Tables of nights: their limits, schedules with slots and refusals, executions and steps."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.execution import Outcome, StepKind, StepState
from pyros.domain.schedule import Cause
from pyros.store.tables.columns import Table, one_of


class NightRow(Table):
    """One night of the site."""

    __tablename__ = "night"

    id: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[date] = mapped_column(unique=True)
    twilight: Mapped[str]
    sunset: Mapped[datetime | None]
    sunrise: Mapped[datetime | None]
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    alert_start: Mapped[datetime | None]
    alert_end: Mapped[datetime | None]
    moon_illumination: Mapped[float]
    first_schedule_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    safe_at: Mapped[datetime | None]
    calibrated_at: Mapped[datetime | None]


class ScheduleRow(Table):
    """One plan of a night, or of the rest of it; append-only."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date] = mapped_column(index=True)
    made_at: Mapped[datetime]
    cause: Mapped[Cause] = mapped_column(one_of(Cause, "cause"))
    first_of_night: Mapped[bool]
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    input_hash: Mapped[str]
    solver: Mapped[str]
    stage: Mapped[str]
    runtime_ms: Mapped[float]
    score: Mapped[float]
    bound: Mapped[float | None]
    accounts: Mapped[dict[str, object]]
    idle: Mapped[list[object]]
    changes: Mapped[dict[str, object]]
    idle_reason: Mapped[str]


class SlotRow(Table):
    """When a sequence shall run; append-only."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("schedule_id", "sequence_id"),
        CheckConstraint('start < "end"', name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id"))
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"), index=True)
    request_id: Mapped[int]
    name: Mapped[str]
    start: Mapped[datetime]
    on_target: Mapped[datetime]
    end: Mapped[datetime]
    slide_before_s: Mapped[float]
    slide_after_s: Mapped[float]
    score: Mapped[float]
    quality: Mapped[float]
    altitude_deg: Mapped[float | None]
    airmass: Mapped[float | None]
    moon_distance_deg: Mapped[float | None]
    hour_angle_h: Mapped[float | None]
    filler: Mapped[bool]
    frozen: Mapped[bool]


class RefusalRow(Table):
    """Why a sequence has no slot; append-only; without a schedule: refused by the conditions."""

    __tablename__ = "refusal"
    __table_args__ = (
        UniqueConstraint("schedule_id", "sequence_id"),
        Index(None, "sequence_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id"))
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    request_id: Mapped[int]
    name: Mapped[str]
    at: Mapped[datetime]
    code: Mapped[str]
    numbers: Mapped[dict[str, object]]
    text: Mapped[str]
    change: Mapped[dict[str, object]]
    certified: Mapped[bool]
    also: Mapped[list[object]]


class ExecutionRow(Table):
    """One attempt at a sequence; `open` is 1 while it runs, so that a second one is refused."""

    __tablename__ = "execution"
    __table_args__ = (
        UniqueConstraint("sequence_id", "attempt"),
        UniqueConstraint("open"),
        CheckConstraint('(open IS NULL) = ("end" IS NOT NULL)', name="open"),
        CheckConstraint("open IS NULL OR open = 1", name="open_is_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id"))
    request_id: Mapped[int]
    name: Mapped[str]
    attempt: Mapped[int]
    night: Mapped[date] = mapped_column(index=True)
    schedule_id: Mapped[int | None]
    alert_id: Mapped[int | None] = mapped_column(index=True)
    start: Mapped[datetime]
    end: Mapped[datetime | None]
    open: Mapped[int | None]
    outcome: Mapped[Outcome | None] = mapped_column(one_of(Outcome, "outcome"))
    reason: Mapped[str]
    served_s: Mapped[float]
    exposures_done: Mapped[int]
    exposures_planned: Mapped[int]


class PlanStepRow(Table):
    """One step of an execution: written before the telescope acts, and after."""

    __tablename__ = "plan_step"
    __table_args__ = (
        UniqueConstraint("execution_id", "n", "attempt"),
        Index(None, "state"),
        Index(None, "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    execution_id: Mapped[int] = mapped_column(ForeignKey("execution.id"))
    n: Mapped[int]
    attempt: Mapped[int]
    lane: Mapped[str]
    kind: Mapped[StepKind] = mapped_column(one_of(StepKind, "kind"))
    args: Mapped[dict[str, object]]
    key: Mapped[str]
    cost_s: Mapped[float]
    state: Mapped[StepState] = mapped_column(one_of(StepState, "state"))
    boot: Mapped[int]
    incarnation: Mapped[int]
    planned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str]
    decision: Mapped[str]
