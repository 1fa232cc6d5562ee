"""Log-ins: known by the sha256 of a secret, mirrored in memory, written through to the store."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyros.domain.user import AccountState, Role, Token, TokenPurpose, User
from pyros.kernel.ref import Address
from pyros.store import users
from pyros.store.engine import Session as Database
from pyros.store.writer import Write

log = logging.getLogger(__name__)

ADMIN_IDLE_S = 3600.0
LONGEST = timedelta(days=7)
WRITE_EVERY = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=5)
"""So old may be what memory says of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One log-in; `csrf` must stand in each form that it sends."""

    token: Token
    user: User
    looked_at: datetime
    """When the account was last read from the store."""
    written_at: datetime
    stored: bool
    """Whether the store has been seen to know it; before, its row is on its way to the disk."""
    csrf: str

    def good(self, at: datetime) -> bool:
        """Return whether it opens anything."""
        return self.token.good(at) and self.user.state is AccountState.ACTIVE


class Sessions:
    """All log-ins of this process; read in a thread of the pool, changed in the loop only."""

    def __init__(self, writer: Address, secret: bytes, idle_s: float) -> None:
        self._writer = writer
        self._secret = secret
        self._idle_s = idle_s
        self._known: dict[str, Session] = {}
        self._closed: dict[str, datetime] = {}
        self._closed_before: dict[int, datetime] = {}
        self._watchers: dict[int, tuple[str, Callable[[], None]]] = {}
        self._numbers = iter(range(1, 2**62))

    def open(self, user: User, at: datetime) -> tuple[str, Session]:
        """Make a log-in; the secret is for the browser and is kept nowhere else."""
        secret = secrets.token_urlsafe(32)
        token = Token(
            sha256=digest(secret),
            account_id=user.id,
            purpose=TokenPurpose.LOGIN,
            created_at=at,
            expires_at=self._expiry(user, at, at),
        )
        self._write(lambda database: _open(database, token, user, at), "log-in")
        return secret, self._remember(token, user, at)

    def known(self, secret: str, at: datetime) -> Session | None:
        """Return the log-in of that secret as memory has it; None: ask the store (`look`)."""
        session = self._known.get(digest(secret))
        if session is None or at - session.looked_at > LOOK_AGAIN:
            return None
        return session if session.good(at) else None

    def remembered(self, secret: str, at: datetime) -> Session | None:
        """Return what memory has, however old: the database is away."""
        session = self._known.get(digest(secret))
        return session if session is not None and session.good(at) else None

    def found(self, secret: str, stored: tuple[Token, User] | None, at: datetime) -> Session | None:
        """Take over what the store says of a log-in; a change of its rights ends its sockets."""
        sha256 = digest(secret)
        if stored is None:
            before = self._known.get(sha256)
            if before is not None and not before.stored and before.good(at):
                return before
            self._forget(sha256)
            return None
        token, user = stored
        if self._was_closed(token):  # its row may not say so yet
            self._forget(sha256)
            return None
        before = self._known.get(sha256)
        if before is not None and before.token.expires_at > token.expires_at:
            token = replace(token, expires_at=before.token.expires_at)
        session = self._remember(token, user, at, before=before, stored=True)
        if not session.good(at) or token.purpose is not TokenPurpose.LOGIN:
            self._forget(sha256)
            return None
        if before is not None and _rights(before.user) != _rights(user):
            self._tell(sha256)
        return session

    def touch(self, session: Session, at: datetime) -> None:
        """It was used: it lasts longer, and the store learns of it once a minute."""
        expires_at = self._expiry(session.user, at, session.token.created_at)
        token = replace(session.token, expires_at=expires_at, used_at=at)
        written_at = session.written_at
        if at - written_at > WRITE_EVERY:
            written_at = at
            self._write(
                lambda database: users.use_token(
                    database, token.sha256, at, expires_at=token.expires_at
                ),
                "log-in used",
            )
        self._known[token.sha256] = replace(session, token=token, written_at=written_at)

    def close(self, session: Session, at: datetime) -> None:
        """End a log-in, here at once."""
        self._end(session, at)
        sha256 = session.token.sha256
        self._write(lambda database: users.revoke(database, sha256, at=at), "log-out")

    def close_all(self, account_id: int, at: datetime) -> None:
        """End every log-in of an account, here at once."""
        for session in list(self._known.values()):
            if session.token.account_id == account_id:
                self._end(session, at)
        self._closed_before[account_id] = at
        login = TokenPurpose.LOGIN
        self._write(
            lambda database: users.revoke_all(database, account_id, at=at, purpose=login),
            "end log-ins",
        )

    def watch(self, session: Session, ended: Callable[[], None]) -> int:
        """Call `ended` when the log-in ends or its rights change; return a number for `unwatch`."""
        number = next(self._numbers)
        self._watchers[number] = (session.token.sha256, ended)
        return number

    def unwatch(self, number: int) -> None:
        """Tell nothing more."""
        self._watchers.pop(number, None)

    def session(self, sha256: str) -> Session | None:
        """Return a log-in as memory has it."""
        return self._known.get(sha256)

    def _expiry(self, user: User, at: datetime, since: datetime) -> datetime:
        idle_s = min(self._idle_s, ADMIN_IDLE_S) if user.role is Role.ADMIN else self._idle_s
        return min(at + timedelta(seconds=idle_s), since + LONGEST)

    def _remember(
        self,
        token: Token,
        user: User,
        at: datetime,
        *,
        before: Session | None = None,
        stored: bool = False,
    ) -> Session:
        session = Session(
            token=token,
            user=user,
            looked_at=at,
            written_at=before.written_at if before is not None else at,
            stored=stored,
            csrf=self._csrf(token.sha256),
        )
        self._known[token.sha256] = session
        return session

    def _csrf(self, sha256: str) -> str:
        return hmac.new(self._secret, f"csrf:{sha256}".encode(), hashlib.sha256).hexdigest()

    def _end(self, session: Session, at: datetime) -> None:
        self._closed = {one: until for one, until in self._closed.items() if until > at}
        self._closed[session.token.sha256] = session.token.created_at + LONGEST
        self._forget(session.token.sha256)

    def _was_closed(self, token: Token) -> bool:
        before = self._closed_before.get(token.account_id)
        older = before is not None and token.created_at < before
        return older or token.sha256 in self._closed

    def _forget(self, sha256: str) -> None:
        self._known.pop(sha256, None)
        self._tell(sha256)

    def _tell(self, sha256: str) -> None:
        for watched, ended in list(self._watchers.values()):
            if watched == sha256:
                ended()

    def _write(self, work: Callable[[Database], object], what: str) -> None:
        if not self._writer.offer(Write(work=work, what=what)):
            log.warning("%s: the store-writer is away; known here only", what)


def digest(secret: str) -> str:
    """Return under which name a secret is known."""
    return hashlib.sha256(secret.encode()).hexdigest()


def look(database: Database, sha256: str) -> tuple[Token, User] | None:
    """Return the token of that sha256 with its account, as the store has them."""
    token = users.token(database, sha256)
    user = users.by_id(database, token.account_id) if token is not None else None
    return None if token is None or user is None else (token, user)


def _open(database: Database, token: Token, user: User, at: datetime) -> None:
    users.add_token(database, token)
    users.logged_in(database, user.id, at)


def _rights(user: User) -> tuple[object, ...]:
    return user.role, user.in_commission, user.state, user.must_change_password
