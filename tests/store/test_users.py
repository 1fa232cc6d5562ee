"""Accounts and tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from argon2 import PasswordHasher

from pyros.config.people import Allocation, Period, Programme
from pyros.domain.programme import Member
from pyros.domain.programme import Period as Span
from pyros.domain.user import AccountState, Role, Token, TokenPurpose
from pyros.errors import IllegalTransition, Refused, StaleVersion
from pyros.store import people, requests, seed, users


@pytest.fixture
def make(store, dusk):
    def build(email="ada@x.org", role=Role.USER, **more):
        return store.write(
            lambda s: users.create_user(s, email, "Ada", role, "hash", at=dusk, **more)
        )

    return build


@pytest.fixture
def log_in(store, dusk):
    def build(user, sha256="a" * 64, purpose=TokenPurpose.LOGIN):
        token = Token(
            sha256=sha256,
            account_id=user.id,
            purpose=purpose,
            created_at=dusk,
            expires_at=dusk + timedelta(hours=12),
        )
        return store.write(lambda s: users.add_token(s, token))

    return build


def test_an_account_waits_until_it_is_validated(store, make, dusk):
    """P88: and is known by its e-mail whatever its case."""
    user = make("Ada@X.org")
    assert user.state is AccountState.WAITING

    active = store.write(
        lambda s: users.transition(s, user.id, "validate", at=dusk, by="admin@x.org")
    )

    assert (active.state, active.validated_by) == (AccountState.ACTIVE, "admin@x.org")
    assert store.read(lambda s: users.by_email(s, "ADA@x.ORG")) == active
    assert store.read(lambda s: users.users(s, state=AccountState.WAITING)) == ()


def test_an_e_mail_has_one_account(make):
    """P88: refused in words."""
    make("ada@x.org")

    with pytest.raises(Refused, match=r"account of ada@x\.org already"):
        make("ADA@x.org ")


def test_a_log_in_opens_until_its_account_is_suspended(store, make, log_in, dusk):
    """P85, P89: all its log-ins end."""
    user, _ = make(by_admin=True), make("root@x.org", Role.ADMIN, by_admin=True)
    token = log_in(user)
    assert store.read(lambda s: users.user_of_token(s, token.sha256, dusk)) == user

    store.write(lambda s: users.transition(s, user.id, "suspend", at=dusk, by="root@x.org"))

    assert store.read(lambda s: users.user_of_token(s, token.sha256, dusk)) is None


def test_a_revoked_or_old_log_in_opens_nothing(store, make, log_in, dusk):
    """P89."""
    user = make(by_admin=True)
    one, two = log_in(user, "a" * 64), log_in(user, "b" * 64)

    store.write(lambda s: users.revoke(s, one.sha256, at=dusk))

    late = dusk + timedelta(hours=13)
    assert store.read(lambda s: users.user_of_token(s, one.sha256, dusk)) is None
    assert store.read(lambda s: users.user_of_token(s, two.sha256, late)) is None
    assert store.read(lambda s: users.user_of_token(s, "c" * 64, dusk)) is None
    store.write(lambda s: users.use_token(s, two.sha256, dusk, expires_at=late))
    assert store.read(lambda s: users.token(s, two.sha256)).expires_at == late


def test_a_recovery_works_once(store, make, log_in, dusk):
    """P86."""
    token = log_in(make(by_admin=True), purpose=TokenPurpose.RECOVER)

    store.write(lambda s: users.use_token(s, token.sha256, dusk))

    assert not store.read(lambda s: users.token(s, token.sha256)).good(dusk)


def test_the_last_admin_stays(store, make, dusk):
    """P88: a second one makes it possible."""
    admin = make("root@x.org", Role.ADMIN, by_admin=True)

    def close():
        return store.write(
            lambda s: users.transition(s, admin.id, "close", at=dusk, by="root@x.org")
        )

    with pytest.raises(IllegalTransition):
        close()
    make("other@x.org", Role.ADMIN, by_admin=True)

    closed = close()
    assert (closed.state, closed.name, closed.password_hash) == (AccountState.CLOSED, "", "")


def test_ten_wrong_passwords_lock_for_a_quarter_of_an_hour(store, make, dusk):
    """P86: a time, not a state; a new password unlocks."""
    user = make(by_admin=True)
    for _ in range(10):
        store.write(lambda s: users.login_failed(s, user.id, dusk))
    assert store.read(lambda s: users.by_id(s, user.id)).locked_until == dusk + timedelta(
        minutes=15
    )

    store.write(lambda s: users.set_password(s, user.id, "new"))

    assert store.read(lambda s: users.by_id(s, user.id)).locked_until is None


def test_a_change_of_an_old_version_is_refused(store, make):
    """P87: two tabs never overwrite each other."""
    user = make()
    store.write(lambda s: users.change(s, replace(user, name="Ada L.")))

    with pytest.raises(StaleVersion):
        store.write(lambda s: users.change(s, replace(user, institute="X")))


def test_the_first_start_makes_one_admin(store, dusk):
    """P85: with a one-time password; the second start makes none."""
    first = store.write(lambda s: seed.first_admin(s, "admin@localhost", dusk))
    again = store.write(lambda s: seed.first_admin(s, "admin@localhost", dusk))

    assert again is None
    user = store.read(lambda s: users.by_email(s, "admin@localhost"))
    assert PasswordHasher().verify(user.password_hash, first.password)
    assert (user.role, user.state, user.must_change_password) == ("ADMIN", "ACTIVE", True)


def test_programmes_of_the_configuration_are_written_as_they_are_there(store):
    """P05, P28: a changed quota is taken over at the next start."""
    period = Period(code="2027A", start=date(2027, 3, 1), end=date(2027, 8, 31))
    for quota in (100.0, 200.0):
        entry = Programme(
            code="new",
            title="New",
            rank=5,
            allocations=(Allocation(period="2027A", quota_s=quota),),
        )
        store.write(lambda s, e=entry: seed.programmes(s, [period], [e]))

    assert store.read(lambda s: people.programme(s, "new")).rank == 5
    assert store.read(lambda s: people.allocation(s, "new", "2027A")).quota_s == 200.0


def test_periods_never_overlap(store):
    """P28: each night has one."""
    with pytest.raises(Refused, match="has nights of period 2026B"):
        store.write(
            lambda s: people.save_period(
                s, Span(code="x", first_night=date(2027, 2, 28), last_night=date(2027, 5, 1))
            )
        )


def test_a_member_has_a_part_and_a_share(store, make):
    """P28, P74: of a programme that is there."""
    make()
    for share in (0.5, 0.2):
        member = Member(programme="survey", email="ada@x.org", max_share=share)
        store.write(lambda s, m=member: people.save_member(s, m))

    assert store.read(lambda s: people.members(s, "survey")) == (member,)
    assert store.read(lambda s: people.memberships(s, "ada@x.org")) == (member,)
    assert store.read(lambda s: people.max_share(s, "survey", "ada@x.org")) == 0.2
    with pytest.raises(Refused, match="no programme none"):
        store.write(lambda s: people.save_member(s, Member(programme="none", email="ada@x.org")))


def test_an_example_is_loaded_once(store, dusk, a_request):
    """P82: a second start finds it there."""
    made = [store.write(lambda s: seed.example(s, a_request(), dusk)) for _ in range(2)]

    assert made[0] is not None
    assert made[1] is None
    assert len(store.read(requests.load_all)) == 1
