"""Whose requests a person may read: own ones, their programmes', alerts', or all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyros.domain.request import RequestKind
from pyros.domain.user import Role, User, at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one person may see of requests; of the others, the time they take and the programme."""

    email: str
    everything: bool = False
    programmes: frozenset[str] = frozenset()
    """Codes of those in which the person is PI or member."""

    def owns(self, owner: str) -> bool:
        """Return whether a request of that owner is the person's own."""
        return owner == self.email

    def sees(self, *, owner: str, programme: str, kind: RequestKind) -> bool:
        """Return whether a request may be read: name, target, numbers; alerts are everybody's."""
        shared = kind is RequestKind.ALERT or programme in self.programmes
        return self.everything or shared or self.owns(owner)


def sight_of(user: User, programmes: Iterable[str]) -> Sight:
    """Return what a person sees, given the codes of the programmes they belong to."""
    return Sight(
        email=user.email,
        everything=at_least(user.role, Role.EXPERT),
        programmes=frozenset(programmes),
    )
