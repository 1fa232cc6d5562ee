"""Guessing passwords gets slower; nobody can lock an operator out from elsewhere."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict

FREE = 4
"""So many failures cost nothing."""
LIMIT = 10
WINDOW_S = 900.0
LONGEST_S = 30.0
KEPT = 10_000


class Throttle:
    """Counts failures for each account and network, and for known browsers apart."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, who: str, now_s: float) -> float:
        """Return how many seconds must pass before `who` may try again; 0: now."""
        failures = self._recent(who, now_s)
        if len(failures) <= FREE:
            return 0.0
        if len(failures) >= LIMIT:
            return max(0.0, failures[-1] + WINDOW_S - now_s)
        delay_s = min(LONGEST_S, 2.0 ** (len(failures) - FREE - 1))
        return max(0.0, failures[-1] + delay_s - now_s)

    def failed(self, who: str, now_s: float) -> None:
        """Count a failure."""
        self._failures[who] = [*self._recent(who, now_s), now_s]
        self._failures.move_to_end(who)
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, who: str) -> None:
        """Forget the failures of `who`."""
        self._failures.pop(who, None)

    def _recent(self, who: str, now_s: float) -> list[float]:
        return [at_s for at_s in self._failures.get(who, []) if now_s - at_s < WINDOW_S]

    def device_mark(self, email: str) -> str:
        """Return what a browser keeps that has logged in to this account."""
        name = _name(email)
        return f"{name}.{self._signature(name)}"

    def who(self, email: str, place: str, marks: str) -> str:
        """Return under which name a try counts: a known browser's own, else account and network.

        `marks` is the browser's cookie: marks of accounts, parted by blanks.
        """
        mine = self.device_mark(email)
        if any(hmac.compare_digest(mark, mine) for mark in marks.split()):
            return f"device:{mine}"
        return f"{_name(email)}@{network(place)}"

    def _signature(self, name: str) -> str:
        return hmac.new(self._secret, f"device:{name}".encode(), hashlib.sha256).hexdigest()[:32]


def network(place: str) -> str:
    """Return the network of an address: /24, or /64 of IPv6."""
    try:
        address = ipaddress.ip_address(place)
    except ValueError:
        return place
    bits = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def _name(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]
