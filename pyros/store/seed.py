"""What a first start writes: the first admin, programmes and periods, examples; again: nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher

from pyros.config.people import Period as PeriodEntry
from pyros.config.people import Programme as ProgrammeEntry
from pyros.domain.estimate import Timings
from pyros.domain.programme import Allocation, Period, Programme
from pyros.domain.request import Request
from pyros.domain.user import Role, User
from pyros.store import people, requests, users
from pyros.store.engine import Session


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The account that the first start makes; its password is shown once and kept nowhere."""

    user: User
    password: str


def first_admin(session: Session, email: str, at: datetime) -> FirstAdmin | None:
    """Make the first admin with a one-time password; None if there is any admin already."""
    if any(user.role is Role.ADMIN for user in users.users(session)):
        return None
    password = one_time_password()
    user = users.create_user(
        session,
        email,
        "First admin",
        Role.ADMIN,
        PasswordHasher().hash(password),
        at=at,
        by_admin=True,
        must_change_password=True,
    )
    return FirstAdmin(user, password)


def one_time_password() -> str:
    """Return a password of 59 bits that can be read aloud: four groups of three letters."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(3)) for _ in range(4))


def programmes(
    session: Session, periods: Iterable[PeriodEntry], programmes: Iterable[ProgrammeEntry]
) -> None:
    """Write the configuration's periods, programmes and allocations as they are there."""
    for period in periods:
        people.save_period(
            session, Period(code=period.code, first_night=period.start, last_night=period.end)
        )
    for entry in programmes:
        names = ("code", "title", "description", "rank", "needs_approval", "enforce_quota")
        wanted = {name: getattr(entry, name) for name in names}
        accept = entry.accept_fraction
        people.save_programme(session, Programme(**wanted, accept_fraction=accept))
        for one in entry.allocations:
            people.save_allocation(
                session,
                Allocation(
                    programme=entry.code,
                    period=one.period,
                    quota_s=one.quota_s,
                    quota_night_s=one.quota_night_s,
                ),
            )


def example(
    session: Session, request: Request, at: datetime, *, timings: Timings | None = None
) -> Request | None:
    """Make and submit a request; None if its programme has one of that name already."""
    if requests.find(session, request.programme, request.short_name) is not None:
        return None
    made = requests.create(session, request, at=at)
    return requests.submit(session, made.id, at, by=request.owner, timings=timings)
