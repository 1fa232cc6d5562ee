"""Log-ins as memory has them while the store has not heard of their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from builders.web_house import NOW

from pyros.domain.user import AccountState, Role, Token, TokenPurpose, User
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.sim import SimRuntime
from pyros.store import schema
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter
from pyros.web.auth.sessions import Sessions, digest

ADA = User(
    id=1, email="ada@x.org", name="Ada", role=Role.USER, state=AccountState.ACTIVE, created_at=NOW
)
LATER = NOW + timedelta(seconds=1)


def in_store(secret) -> tuple[Token, User]:
    """Return the row of a log-in that nobody has revoked yet."""
    token = Token(
        sha256=digest(secret),
        account_id=ADA.id,
        purpose=TokenPurpose.LOGIN,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return token, ADA


@pytest.fixture
def sessions(tmp_path) -> Iterator[Sessions]:
    """Log-ins of a house whose writer has not come to its work: no virtual time passes."""
    store, sim = Store(f"sqlite:///{tmp_path / 'pyros.db'}"), SimRuntime(seed=1)
    writer = ChildSpec(id="writer", factory=lambda: StoreWriter(store), tier=0)
    system = ActorSystem([writer], clock=sim.clock, runtime=sim)
    schema.upgrade(store)
    system.start()
    yield Sessions(system.address("/writer"), b"secret", 3600.0)
    system.stop()
    store.close()


def test_a_log_in_that_was_closed_stays_closed_though_its_row_says_nothing_yet(sessions) -> None:
    """P89."""
    secret, session = sessions.open(ADA, NOW)
    sessions.close(session, LATER)

    assert sessions.found(secret, in_store(secret), LATER) is None
    assert sessions.known(secret, LATER) is None


def test_every_older_log_in_of_an_account_ends_and_a_new_one_holds(sessions) -> None:
    """Also one of before this process, which only the store knows."""
    mine, _ = sessions.open(ADA, NOW)
    sessions.close_all(ADA.id, LATER)
    new, _ = sessions.open(ADA, LATER)

    assert sessions.found(mine, in_store(mine), LATER) is None
    assert sessions.found("of yesterday", in_store("of yesterday"), LATER) is None
    assert sessions.known(new, LATER) is not None
