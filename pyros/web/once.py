"""An order is done once, however often its button is pressed."""

from __future__ import annotations

import secrets
from collections import OrderedDict

KEPT = 1000


class Once:
    """Keys of orders that were given; each page makes its own."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._spent: OrderedDict[str, None] = OrderedDict()

    @staticmethod
    def key() -> str:
        """Return a new key, for one form on one page."""
        return secrets.token_urlsafe(12)

    def spend(self, key: str) -> bool:
        """Return whether the key is spent here for the first time; one too short never is."""
        if len(key) < 8 or key in self._spent:
            return False
        self._spent[key] = None
        while len(self._spent) > self._kept:
            self._spent.popitem(last=False)
        return True
