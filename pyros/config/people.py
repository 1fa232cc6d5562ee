"""Programmes with their quotas, and the web server that people see."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from pyros.config.entry import Entry, Name, Port, Seconds


class Period(Entry):
    """A span for which time is allocated."""

    code: Name
    """As 2026B."""
    start: date
    """First evening."""
    end: date
    """Last evening."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError(
                "period_order",
                "end ({end}) should be after start ({start})",
                {"start": self.start.isoformat(), "end": self.end.isoformat()},
            )
        return self


class Allocation(Entry):
    """Telescope time of a programme in one period."""

    period: Name
    """Code of the period."""
    quota_s: float = Field(ge=0.0)
    """Telescope time in the whole period, seconds."""
    quota_night_s: float = Field(default=36000.0, ge=0.0, le=86400.0)
    """At most so much in one night, seconds."""


class Programme(Entry):
    """A scientific programme."""

    code: Name
    """As requests name it."""
    title: str = Field(min_length=1, max_length=120)
    """What it is called on pages."""
    description: str = ""
    """What it is for."""
    rank: int = Field(default=3, ge=1, le=5)
    """5 is served first."""
    needs_approval: bool = False
    """Whether the commission must approve each submission."""
    enforce_quota: bool = True
    """Whether it ends with its quota; false for alerts: booked, never refused."""
    accept_fraction: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of submissions that is accepted."""
    allocations: tuple[Allocation, ...] = ()
    """Its telescope time, period by period."""


class Web(Entry):
    """The web server; a proxy stands before it in production."""

    host: str = "127.0.0.1"
    """Address that it listens at."""
    port: Port = 8080
    """Port that it listens at; 0 takes any free one."""
    first_admin: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] = "admin@localhost"
    """Account made at the first start; its one-time password is shown on the terminal."""
    session_s: Seconds = 43200.0
    """A log-in lasts so long without use, seconds."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded headers count."""
    title: str = Field(default="PyROS", max_length=64)
    """Name on each page."""
    logo: str | None = None
    """File name of a logo below the data folder."""
    development: bool = False
    """Whether an admin may kill, hang and restart actors from their pages; only where every device
    is simulated."""
