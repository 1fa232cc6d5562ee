"""Names of the majordome's own operations: the same order at the same instant has one name."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b


def order_key(verb: str, at: datetime) -> str:
    """Return 32 hex digits that name this order for ever."""
    return blake2b(f"majordome {verb} {at.isoformat()}".encode(), digest_size=16).hexdigest()
