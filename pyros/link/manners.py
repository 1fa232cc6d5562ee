"""Who sends so much rubbish that he is not listened to for a while."""

from __future__ import annotations

from collections import deque
from typing import Final

MOST: Final = 20
"""More bad messages than this in `WITHIN_S` are too many."""
WITHIN_S: Final = 60.0
DEAF_S: Final = 60.0


class Manners:
    """Counts bad messages by sender; `now_s` are real seconds that never fall."""

    def __init__(self) -> None:
        self._bad: dict[bytes, deque[float]] = {}
        self._deaf_until_s: dict[bytes, float] = {}

    def listens(self, peer: bytes, now_s: float) -> bool:
        """Whether this sender is answered."""
        until_s = self._deaf_until_s.get(peer)
        if until_s is None:
            return True
        if now_s < until_s:
            return False
        del self._deaf_until_s[peer]
        return True

    def misbehaved(self, peer: bytes, now_s: float) -> bool:
        """Count a bad message; whether the sender is not listened to from now on."""
        times = self._bad.setdefault(peer, deque(maxlen=MOST + 1))
        times.append(now_s)
        if len(times) <= MOST or now_s - times[0] > WITHIN_S:
            return False
        self._deaf_until_s[peer] = now_s + DEAF_S
        times.clear()
        return True
