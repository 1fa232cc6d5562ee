"""Problems that brought the planner down: kept as files, to be run again by `pyros schedule`."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path

from pyros.scheduling import Problem, dump

log = logging.getLogger(__name__)

KEPT = 20
"""So many are kept, the newest."""


def keep(folder: Path, problem: Problem, at: datetime) -> Path | None:
    """Write a problem into the folder and return its file; None if the disk takes none."""
    path = folder / f"{at:%Y%m%dT%H%M%S.%fZ}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dump(problem), indent=1), encoding="utf-8")
        for old in sorted(folder.glob("*.json"))[:-KEPT]:
            old.unlink()
    except OSError as error:
        log.warning("the problem is not kept: %s: %s", path, error.strerror)
        return None
    return path
