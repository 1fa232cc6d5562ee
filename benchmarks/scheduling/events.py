"""What happens in a night of class G: drawn once, written out in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.scheduling.draws import HOUR, columns, draw
from benchmarks.scheduling.night import Night

KINDS = ("ALERT",) * 4 + ("CONDITIONS",) * 3 + ("CANCEL",) * 2 + ("SUBMIT",) * 2 + ("MISSED",)
MINUTE = HOUR // 60
ALERT_STEPS, MISSED_STEPS = 30 * MINUTE, 5 * MINUTE
NEW_REQUESTS = 20
OUT, CANCELLED = 1.0 / 3.0, 0.05


def events(night: Night, seed: int, n: int, *, median_min: float) -> list[dict[str, Any]]:
    """Return the opening and twelve events in the order of their steps.

    RESUME (the opening): nothing before it.  ALERT and MISSED: `steps` are taken from now on.
    CONDITIONS: `out` may not start until the next CONDITIONS.  CANCEL: `drop` are gone unless
    they have begun.  SUBMIT: `requests` and `sky` are appended to those of the file.
    """
    rng = np.random.default_rng([20260321, seed, n, 7])
    opening = night.dark[0] + rng.uniform(20.0, 90.0) * MINUTE
    times = np.sort(rng.uniform(opening + 30.0 * MINUTE, night.dark[1] - 60.0 * MINUTE, len(KINDS)))
    found: list[dict[str, Any]] = [{"kind": "RESUME", "step": round(opening)}]
    for kind, time in zip(rng.permutation(list(KINDS)), times, strict=True):
        event = {
            "kind": str(kind),
            "step": round(time),
            **_drawn(rng, night, str(kind), n, median_min),
        }
        n += len(event["requests"]["dur"]) if kind == "SUBMIT" else 0
        found.append(event)
    return found


def _drawn(
    rng: np.random.Generator, night: Night, kind: str, n: int, median_min: float
) -> dict[str, Any]:
    match kind:
        case "ALERT":
            return {"steps": ALERT_STEPS}
        case "MISSED":
            return {"steps": MISSED_STEPS}
        case "CONDITIONS":
            return {"out": np.flatnonzero(rng.random(n) < OUT).tolist()}
        case "CANCEL":
            return {"drop": np.flatnonzero(rng.random(n) < CANCELLED).tolist()}
        case _:
            drawn = draw(rng, night, NEW_REQUESTS, median_min=median_min, priority=(2.5, 1.2))
            requests, sky = columns(night, drawn, per="minute", quotas=True)
            return {"requests": requests, "sky": sky}
