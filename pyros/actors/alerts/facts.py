"""What a strategy's rules may ask of an alert, from its notices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from pyros.actors.alerts.strategy import Facts
from pyros.domain.alert import Alert, Notice

POLE_RA_DEG, POLE_DEC_DEG = 192.85948, 27.12825
"""Galactic north pole, ICRS (Hipparcos catalogue, volume 1, section 1.5.3)."""


def facts_of(
    alert: Alert,
    notices: Sequence[Notice],
    best: Notice | None,
    *,
    now: datetime,
    night: bool | None,
) -> Facts:
    """Return the facts; `notices` are those that stand, `best` gives the position."""
    age = now - alert.burst_at if alert.burst_at is not None else None
    return Facts(
        missions=frozenset(notice.mission for notice in notices),
        instrument=best.instrument if best else "",
        kind=best.kind if best else "",
        r90_deg=alert.r90_deg,
        significance=_significance(notices, best),
        classification=best.classification if best else {},
        age_s=max(0.0, age.total_seconds()) if age is not None else 0.0,
        galactic_b_deg=_galactic_b_deg(alert),
        night=night,
        members=len(alert.members) - len(alert.withdrawn),
        doubtful=alert.doubtful,
    )


def _significance(notices: Sequence[Notice], best: Notice | None) -> float | None:
    """Return that of the notice whose position counts, else the highest of all."""
    if best is not None and best.significance is not None:
        return best.significance
    return max((n.significance for n in notices if n.significance is not None), default=None)


def _galactic_b_deg(alert: Alert) -> float | None:
    if alert.ra_deg is None or alert.dec_deg is None:
        return None
    dec, pole = math.radians(alert.dec_deg), math.radians(POLE_DEC_DEG)
    ra = math.radians(alert.ra_deg - POLE_RA_DEG)
    sine = math.sin(dec) * math.sin(pole) + math.cos(dec) * math.cos(pole) * math.cos(ra)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))
