"""Accounts of people and the tokens they hold; every change of state by the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.engine import RowMapping

from pyros.domain.transitions import NONE, Effect, Machine, step
from pyros.domain.user import AccountState, Role, Token, TokenPurpose, User
from pyros.errors import Refused, StaleVersion
from pyros.store.engine import Session
from pyros.store.tables.people import AccountRow, TokenRow

MAX_FAILED = 10
LOCK_S = 900.0


def create_user(  # noqa: PLR0913  what an account is made of
    session: Session,
    email: str,
    name: str,
    role: Role = Role.USER,
    password_hash: str = "",
    *,
    at: datetime,
    by_admin: bool = False,
    in_commission: bool = False,
    institute: str = "",
    must_change_password: bool = False,
) -> User:
    """Make an account: ACTIVE if an admin (or the first start) makes it, else WAITING (P88).

    Raises:
        Refused: there is one of that e-mail.
    """
    address = email.strip().lower()
    if by_email(session, address) is not None:
        raise Refused(f"there is an account of {address} already")
    event, words = ("make", {"by_admin": True}) if by_admin else ("register", {})
    made = User(
        email=address,
        name=name,
        institute=institute,
        password_hash=password_hash,
        role=role,
        in_commission=in_commission,
        state=AccountState(step(Machine.ACCOUNT, NONE, event, words).target),
        must_change_password=must_change_password,
        created_at=at,
    )
    row = _row(made)
    added = insert(AccountRow).values(**row).returning(AccountRow.id)
    return replace(made, id=session.execute(added).scalar_one())


def by_email(session: Session, email: str) -> User | None:
    """Return the account of that e-mail, whatever its case."""
    return _user(session, AccountRow.email == email.strip().lower())


def by_id(session: Session, account_id: int) -> User | None:
    """Return the account of that id."""
    return _user(session, AccountRow.id == account_id)


def users(session: Session, *, state: AccountState | None = None) -> tuple[User, ...]:
    """Return every account, by e-mail."""
    wanted = _USERS.order_by(AccountRow.email)
    if state is not None:
        wanted = wanted.where(AccountRow.state == state)
    return tuple(User(**row) for row in session.execute(wanted).mappings())


def change(session: Session, user: User) -> User:
    """Write an account as it is now, but for its state; `user.version` is what was read.

    Raises:
        StaleVersion: somebody changed it meanwhile; nothing was written.
    """
    row = _row(user)
    del row["state"]
    changed = session.execute(
        update(AccountRow)
        .where(AccountRow.id == user.id, AccountRow.version == user.version)
        .values(**{**row, "version": user.version + 1})
    )
    if changed.rowcount != 1:
        raise StaleVersion(f"the account of {user.email} is not at version {user.version} any more")
    return replace(user, version=user.version + 1)


def transition(
    session: Session, account_id: int, event: str, *, at: datetime, by: str, **words: bool
) -> User:
    """Take a step of an account's life: validate, refuse, suspend, restore, close (2.6).

    Raises:
        IllegalTransition: it may not; nothing was written.
        LookupError: no such account.
    """
    user = by_id(session, account_id)
    if user is None:
        raise LookupError(f"no account {account_id}")
    known = {
        "oneself": user.email == by,
        "last_admin": _is_last_admin(session, user),
        "confirmed": True,
        **words,
    }
    row = step(Machine.ACCOUNT, user.state, event, known)
    after = replace(user, state=AccountState(row.target))
    if event == "validate":
        after = replace(after, validated_by=by, validated_at=at)
    if Effect.FORGET in row.effects:
        after = replace(
            after, name="", institute="", password_hash="", email=f"closed-{user.id}@invalid"
        )
    if Effect.END_LOGINS in row.effects:
        revoke_all(session, account_id, at=at)
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == account_id)
        .values(**{**_row(after), "version": user.version + 1})
    )
    return replace(after, version=user.version + 1)


def set_password(session: Session, account_id: int, password_hash: str) -> None:
    """Write a new password's hash; failed log-ins are forgotten."""
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == account_id)
        .values(
            password_hash=password_hash,
            must_change_password=False,
            failed_logins=0,
            locked_until=None,
            version=AccountRow.version + 1,
        )
    )


def logged_in(session: Session, account_id: int, at: datetime) -> None:
    """Write a log-in."""
    session.execute(
        update(AccountRow)
        .where(AccountRow.id == account_id)
        .values(last_login_at=at, failed_logins=0, locked_until=None)
    )


def login_failed(session: Session, account_id: int, at: datetime) -> None:
    """Count a wrong password; the tenth locks the account for 15 minutes."""
    failed = session.execute(
        update(AccountRow)
        .where(AccountRow.id == account_id)
        .values(failed_logins=AccountRow.failed_logins + 1)
        .returning(AccountRow.failed_logins)
    ).scalar_one_or_none()
    if failed is not None and failed >= MAX_FAILED:
        until = at + timedelta(seconds=LOCK_S)
        session.execute(
            update(AccountRow)
            .where(AccountRow.id == account_id)
            .values(locked_until=until, failed_logins=0)
        )


def add_token(session: Session, token: Token) -> Token:
    """Keep a token by its sha256; return it with its id."""
    row = {name: getattr(token, name) for name in Token.__dataclass_fields__ if name != "id"}
    added = insert(TokenRow).values(**row).returning(TokenRow.id)
    return replace(token, id=session.execute(added).scalar_one())


def token(session: Session, sha256: str) -> Token | None:
    """Return the token of that sha256; whether it is good, it says itself."""
    wanted = select(TokenRow.__table__).where(TokenRow.sha256 == sha256)
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else Token(**row)


def user_of_token(session: Session, sha256: str, at: datetime) -> User | None:
    """Return whose good log-in or API token that is; None unless the account is active."""
    found = token(session, sha256)
    if found is None or not found.good(at):
        return None
    user = by_id(session, found.account_id)
    return user if user is not None and user.state is AccountState.ACTIVE else None


def use_token(
    session: Session, sha256: str, at: datetime, *, expires_at: datetime | None = None
) -> None:
    """Write that a token was used: a CONFIRM or RECOVER is spent, a log-in may last longer."""
    changed = {"used_at": at} | ({} if expires_at is None else {"expires_at": expires_at})
    session.execute(update(TokenRow).where(TokenRow.sha256 == sha256).values(**changed))


def revoke(session: Session, sha256: str, *, at: datetime) -> None:
    """Let a token open nothing any more."""
    session.execute(
        update(TokenRow)
        .where(TokenRow.sha256 == sha256, TokenRow.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def revoke_all(
    session: Session, account_id: int, *, at: datetime, purpose: TokenPurpose | None = None
) -> None:
    """Let no token of an account open anything any more, or none of one purpose."""
    mine = update(TokenRow).where(TokenRow.account_id == account_id, TokenRow.revoked_at.is_(None))
    if purpose is not None:
        mine = mine.where(TokenRow.purpose == purpose)
    session.execute(mine.values(revoked_at=at))


_USERS = select(AccountRow.__table__)


def _user(session: Session, which: ColumnElement[bool]) -> User | None:
    row: RowMapping | None = session.execute(_USERS.where(which)).mappings().one_or_none()
    return None if row is None else User(**row)


def _row(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in User.__dataclass_fields__ if name != "id"}


def _is_last_admin(session: Session, user: User) -> bool:
    if user.role is not Role.ADMIN:
        return False
    others = select(func.count()).where(
        AccountRow.role == Role.ADMIN,
        AccountRow.state == AccountState.ACTIVE,
        AccountRow.id != user.id,
    )
    return session.execute(others).scalar_one() == 0
