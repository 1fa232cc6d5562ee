"""Who a person is to the house, and what each role may do: the one table of rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """USER below EXPERT below ADMIN; compare with `at_least`."""

    USER = "USER"
    EXPERT = "EXPERT"
    ADMIN = "ADMIN"


class AccountState(StrEnum):
    """An account's life; the table of its transitions is `domain/transitions.py`."""

    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    REFUSED = "REFUSED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class TokenPurpose(StrEnum):
    """What a token opens; CONFIRM and RECOVER work once."""

    CONFIRM = "CONFIRM"
    RECOVER = "RECOVER"
    LOGIN = "LOGIN"
    API = "API"


ONCE = frozenset({TokenPurpose.CONFIRM, TokenPurpose.RECOVER})
"""Purposes whose tokens are spent by their first use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with an account.  `id` is 0 until the store has given one."""

    id: int = 0
    email: str
    name: str
    institute: str = ""
    password_hash: str = ""
    role: Role = Role.USER
    in_commission: bool = False
    state: AccountState = AccountState.WAITING
    must_change_password: bool = False
    created_at: datetime
    email_confirmed_at: datetime | None = None
    validated_by: str = ""
    validated_at: datetime | None = None
    last_login_at: datetime | None = None
    tour_seen_at: datetime | None = None
    failed_logins: int = 0
    locked_until: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret that somebody holds, known here by its sha256 (64 hex digits) alone."""

    id: int = 0
    sha256: str
    account_id: int
    purpose: TokenPurpose
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def good(self, at: datetime) -> bool:
        """Return whether it opens anything at that instant."""
        spent = self.purpose in ONCE and self.used_at is not None
        return self.revoked_at is None and not spent and at < self.expires_at


class Right(StrEnum):
    """What a page or a call asks for before it acts."""

    LOOK = "look"
    REQUEST = "request"
    STOP = "stop"
    OBSERVE = "observe"
    DEVICES = "devices"
    STRATEGIES = "strategies"
    MASTERS = "masters"
    ALARMS = "alarms"
    TEST_ALERT = "test_alert"
    ACCOUNTS = "accounts"
    PROGRAMMES = "programmes"
    SAFETY = "safety"
    DATABASE = "database"
    ACTORS = "actors"
    VALIDATE = "validate"
    APPROVE = "approve"


_USER = frozenset({Right.LOOK, Right.REQUEST})
_EXPERT = _USER | {
    Right.STOP,
    Right.OBSERVE,
    Right.DEVICES,
    Right.STRATEGIES,
    Right.MASTERS,
    Right.ALARMS,
}
_ADMIN = _EXPERT | {
    Right.TEST_ALERT,
    Right.ACCOUNTS,
    Right.PROGRAMMES,
    Right.SAFETY,
    Right.DATABASE,
    Right.ACTORS,
    Right.VALIDATE,
    Right.APPROVE,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.USER: _USER,
    Role.EXPERT: _EXPERT,
    Role.ADMIN: _ADMIN,
}
"""What each role may do."""

COMMISSION = frozenset({Right.VALIDATE, Right.APPROVE})
"""What a seat in the commission adds."""


def rights_of(user: User) -> frozenset[Right]:
    """Return everything the person may do now: nothing unless the account is active."""
    if user.state is not AccountState.ACTIVE:
        return frozenset()
    return RIGHTS[user.role] | (COMMISSION if user.in_commission else frozenset())


def may(user: User, right: Right) -> bool:
    """Return whether the person may do that now."""
    return right in rights_of(user)


def at_least(role: Role, floor: Role) -> bool:
    """Return whether `role` reaches `floor`."""
    order = tuple(Role)
    return order.index(role) >= order.index(floor)
