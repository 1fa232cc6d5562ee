"""LCO's adaptive_scheduler: its integer programme over slices of 300 s, SCIP, gap 1 % (class E).

Its kernel is asked, without the observatory's services around it.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.scheduling.peers.report import Found, Instance, run

SLICE_S = 300
MIP_GAP = 0.01
TELESCOPE = "telescope"


def solve(instance: Instance, limit_s: float, *, slice_s: int = SLICE_S) -> Found:
    """Return what it finds within a limit, seconds; its slices begin with the night."""
    # Else its first import tries to reach a metrics host; and it logs where it stands.
    os.environ.update(OPENTSDB_PYTHON_METRICS_TEST_MODE="1", OPENTSDB_HOSTNAME="127.0.0.1")
    sys.path.append(os.getcwd())  # noqa: PTH109 - as it is found before the move
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        return _solved(instance, limit_s, slice_s)


def _solved(instance: Instance, limit_s: float, slice_s: int) -> Found:
    from adaptive_scheduler.kernel import fullscheduler_ortoolkit, reservation  # noqa: PLC0415

    step_s, requests = int(instance["step_s"]), instance["requests"]
    made: dict[int, Any] = {}
    for index, spans in enumerate(requests["starts"]):
        taken = requests["dur"][index] + instance["gap"]["constant"]
        windows = [(first * step_s, (last + taken) * step_s) for first, last in spans]
        made[index] = reservation.Reservation(
            requests["base"][index], taken * step_s, {TELESCOPE: _intervals(windows)}
        )
    kernel = fullscheduler_ortoolkit.FullScheduler_ortoolkit(
        "SCIP",
        [reservation.CompoundReservation([one]) for one in made.values()],
        {TELESCOPE: _intervals([(0, (instance["steps"] + 1) * step_s)])},
        [],
        slice_s,
        MIP_GAP,
        warm_starts=False,
    )
    kernel.schedule_all(timelimit=limit_s)
    done = {index: one for index, one in made.items() if one.scheduled}
    return {
        "slots": sorted([one.scheduled_start // step_s, index] for index, one in done.items()),
        "version": _version(),
        "slice_s": slice_s,
    }


def _intervals(spans: list[tuple[int, int]]) -> Any:  # noqa: ANN401
    from time_intervals.intervals import Intervals  # noqa: PLC0415

    kinds = ("start", "end")
    pairs = [
        {"time": time, "type": kind}
        for span in spans
        for time, kind in zip(span, kinds, strict=True)
    ]
    return Intervals(pairs)


def _version() -> str | None:
    try:
        return version("adaptive_scheduler")
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    run(solve)
