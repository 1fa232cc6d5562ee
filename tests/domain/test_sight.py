"""Whose requests a person may read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pyros.domain.request import RequestKind
from pyros.domain.sight import sight_of
from pyros.domain.user import Role, User

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def person(role=Role.USER):
    return User(email="ada@x.org", name="ada", role=role, created_at=NOW)


@pytest.mark.parametrize("role", Role)
def test_own_requests_and_those_of_own_programmes_are_read_by_everybody(role) -> None:
    """P33."""
    sight = sight_of(person(role), ["P1"])

    assert sight.owns("ada@x.org")
    assert not sight.owns("bob@x.org")
    assert sight.sees(owner="ada@x.org", programme="P9", kind=RequestKind.ROUTINE)
    assert sight.sees(owner="bob@x.org", programme="P1", kind=RequestKind.ROUTINE)
    assert sight.sees(owner="bob@x.org", programme="bursts", kind=RequestKind.ALERT)


@pytest.mark.parametrize(
    ("role", "reads"), [(Role.USER, False), (Role.EXPERT, True), (Role.ADMIN, True)]
)
def test_requests_of_others_are_read_by_operators_alone(role, reads) -> None:
    """P33, P89."""
    sight = sight_of(person(role), ["P1"])

    assert sight.sees(owner="bob@x.org", programme="P2", kind=RequestKind.ROUTINE) is reads
