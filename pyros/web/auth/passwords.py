"""Passwords: argon2id in a thread, a few at once; rules that help and no others."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

AT_ONCE = 4
SHORTEST, LONGEST = 8, 128


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and whether its hash is of weaker parameters than ours."""

    right: bool
    stale: bool = False


class Passwords:
    """Hashes and compares; an unknown account costs the same time as a known one."""

    def __init__(self, pool: Executor, hasher: PasswordHasher | None = None) -> None:
        self._pool = pool
        self._hasher = hasher or PasswordHasher()
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a new password."""
        async with self._seats:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Return whether `password` belongs to the hash; never if there is none."""
        async with self._seats:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._verify, stored, password)

    def _verify(self, stored: str | None, password: str) -> Verdict:
        if not stored:
            self._compare(self._unknown(), password)
            return Verdict(right=False)
        if not self._compare(stored, password):
            return Verdict(right=False)
        return Verdict(right=True, stale=self._hasher.check_needs_rehash(stored))

    def _compare(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    def _unknown(self) -> str:
        if self._dummy is None:
            self._dummy = self._hasher.hash("nobody has this password")
        return self._dummy


def problems(password: str, *, again: str, email: str, old: str) -> tuple[str, ...]:
    """Return everything that is wrong with a new password, each with what would be right."""
    found = []
    if not SHORTEST <= len(password) <= LONGEST:
        found.append(f"{len(password)} characters: {SHORTEST} to {LONGEST} are right, 15 are good")
    elif len(set(password)) < 5:
        found.append("the same few characters again and again: use at least five different ones")
    if password != again:
        found.append("the two new ones differ: type the same twice")
    if password == old:
        found.append("it is the old one: choose another")
    if email and password.lower() in {email.lower(), email.partition("@")[0].lower()}:
        found.append("it is your name: choose something that nobody knows")
    return tuple(found)
