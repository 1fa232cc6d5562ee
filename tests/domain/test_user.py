"""Who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pyros.domain.user import (
    AccountState,
    Right,
    Role,
    Token,
    TokenPurpose,
    User,
    at_least,
    may,
    rights_of,
)


@pytest.fixture
def a_user(dusk):
    def build(**changes):
        columns = {"email": "ada@x.org", "name": "Ada", "state": AccountState.ACTIVE}
        return User(created_at=dusk, **{**columns, **changes})

    return build


def test_each_role_may_do_what_the_lower_one_may(a_user):
    """P85: user, expert, admin."""
    user, expert, admin = (rights_of(a_user(role=role)) for role in Role)

    assert user < expert < admin == frozenset(Right)
    assert at_least(Role.ADMIN, Role.EXPERT)
    assert not at_least(Role.USER, Role.EXPERT)


@pytest.mark.parametrize("state", [state for state in AccountState if state != "ACTIVE"])
def test_only_an_active_account_may_do_anything(a_user, state):
    """P88, P89: not even look."""
    assert rights_of(a_user(role=Role.ADMIN, state=state)) == frozenset()


def test_a_seat_in_the_commission_adds_two_rights(a_user):
    """P88: validate accounts, approve submissions."""
    assert may(a_user(in_commission=True), Right.VALIDATE)
    assert not may(a_user(), Right.VALIDATE)


@pytest.mark.parametrize(
    ("purpose", "used", "revoked", "age_s", "good"),
    [
        (TokenPurpose.LOGIN, False, False, 0, True),
        (TokenPurpose.LOGIN, True, False, 0, True),
        (TokenPurpose.RECOVER, True, False, 0, False),
        (TokenPurpose.RECOVER, False, False, 0, True),
        (TokenPurpose.LOGIN, False, True, 0, False),
        (TokenPurpose.LOGIN, False, False, 60, False),
    ],
)
def test_a_token_opens_until_it_is_spent_revoked_or_old(  # noqa: PLR0913, PLR0917
    dusk, purpose, used, revoked, age_s, good
):
    """P86: a recovery works once."""
    token = Token(
        sha256="0" * 64,
        account_id=1,
        purpose=purpose,
        created_at=dusk,
        expires_at=dusk + timedelta(seconds=60),
        used_at=dusk if used else None,
        revoked_at=dusk if revoked else None,
    )

    assert token.good(dusk + timedelta(seconds=age_s)) is good
