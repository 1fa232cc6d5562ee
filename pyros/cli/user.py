"""`pyros user`: make an account, or give somebody a way back in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from pathlib import Path

import click
from argon2 import PasswordHasher

from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.user import AccountState, Role, Token, TokenPurpose
from pyros.errors import Refused
from pyros.kernel.clock import SystemClock
from pyros.store import schema, seed, users
from pyros.store.engine import Session, Store

LINK_LIVES = timedelta(minutes=30)
CONFIG = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def user() -> None:
    """Make accounts and unlock them."""


@user.command()
@click.argument("config", type=CONFIG)
@click.argument("email")
@click.option("--name", default="", help="Name for people; else the e-mail.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.USER.value)
@click.option("--commission", is_flag=True, help="Give a seat in the commission.")
def create(config: Path, email: str, name: str, role: str, *, commission: bool) -> None:
    """Make the account EMAIL, active at once; its one-time password is shown here only."""
    password = seed.one_time_password()
    at = SystemClock().utc()

    def work(session: Session) -> None:
        users.create_user(
            session,
            email,
            name or email,
            Role(role),
            PasswordHasher().hash(password),
            at=at,
            by_admin=True,
            in_commission=commission,
            must_change_password=True,
        )

    _store(load(config)).write(work)
    click.echo(f"{email}: {role}, one-time password {password}")


@user.command("reset-link")
@click.argument("config", type=CONFIG)
@click.argument("email")
def reset_link(config: Path, email: str) -> None:
    """Print a link with which EMAIL sets a new password; it works once, for 30 minutes (P86)."""
    wanted = load(config)
    secret = secrets.token_urlsafe(32)
    at = SystemClock().utc()

    def work(session: Session) -> None:
        found = users.by_email(session, email)
        if found is None or found.state is not AccountState.ACTIVE:
            raise Refused(f"no active account of {email}")
        users.revoke_all(session, found.id, at=at, purpose=TokenPurpose.RECOVER)
        users.add_token(
            session,
            Token(
                sha256=hashlib.sha256(secret.encode()).hexdigest(),
                account_id=found.id,
                purpose=TokenPurpose.RECOVER,
                created_at=at,
                expires_at=at + LINK_LIVES,
            ),
        )

    _store(wanted).write(work)
    click.echo(f"http://{wanted.web.host}:{wanted.web.port}/recover#{secret}")


def _store(config: Config) -> Store:
    store = Store(config.data.database_url)
    schema.check(store)
    return store
