"""Until when the dome may be open, and when its heartbeat is to be kicked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave to be open until an instant of the monotonic clock, observatory seconds.

    A new owner of a dome waits for its first permit as long as a permit lasts, without kicking the
    box meanwhile: then `granted` is False.
    """

    until_s: float
    granted: bool = False

    def valid(self, now_s: float) -> bool:
        """Whether somebody has allowed it to be open now."""
        return self.granted and now_s < self.until_s

    def over(self, now_s: float) -> bool:
        """Whether it must not be open any more."""
        return now_s >= self.until_s

    def left_s(self, now_s: float) -> float:
        """How long it holds, seconds; 0 if it does not."""
        return max(0.0, self.until_s - now_s) if self.granted else 0.0

    def renewed(self, now_s: float, for_s: float) -> Permit:
        """Return the permit that holds `for_s` seconds from now."""
        return Permit(until_s=now_s + for_s, granted=True)

    def withdrawn(self, now_s: float) -> Permit:
        """Return the permit that is over now."""
        return Permit(until_s=now_s, granted=False)


def kick_due(permit: Permit, *, kicked_s: float | None, now_s: float, every_s: float) -> bool:
    """Whether the box is to be kicked now: only while the permit holds."""
    return permit.valid(now_s) and (kicked_s is None or now_s - kicked_s >= every_s)
