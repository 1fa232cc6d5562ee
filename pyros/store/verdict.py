"""How a database stands: what its schema was judged to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the schema stands: a line for people, and what to do if it is not good."""

    good: bool
    text: str
    remedy: str = ""
    older: bool = False
    """Whether an upgrade is all that it needs."""
    missing: bool = False
    """Whether there is no database yet."""
