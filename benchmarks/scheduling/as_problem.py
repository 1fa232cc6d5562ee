"""An instance as the library's own problem: sky and constraints instead of columns of steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from benchmarks.scheduling.night import HEIGHT_M, LAT_DEG, LON_DEG
from pyros.scheduling.model import (
    Account,
    AccountKind,
    Axis,
    Channel,
    Constraints,
    Mount,
    MountKind,
    Night,
    Problem,
    Request,
    Site,
    Target,
    Value,
)

DUT1_S = 0.0


def as_problem(instance: dict[str, Any]) -> Problem:
    """Return the night of an instance with slews; starts differ at the edges of masks at most."""
    t0 = datetime.fromisoformat(instance["t0"])
    step_s, gap = instance["step_s"], instance["gap"]
    end = t0 + timedelta(seconds=step_s * instance["steps"])
    return Problem(
        site=Site(lat_deg=LAT_DEG, lon_deg=LON_DEG, height_m=HEIGHT_M),
        night=Night(start=t0, end=end, step_s=step_s, dut1_s=DUT1_S),
        mount=Mount(
            kind=MountKind.SIMPLE,
            axes=(Axis(rate_deg_s=gap["rate_deg_s"]),),
            settle_s=gap["fixed_s"],
        ),
        channels={"camera": Channel(filter_s=gap["filter_s"])},
        combine="sum",
        accounts={
            f"night:{number}": Account(kind=AccountKind.NIGHT, left_s=step_s * room)
            for number, room in enumerate(instance["accounts"])
        },
        requests=tuple(_request(instance, t0, index) for index in range(instance["n"])),
        value=Value(per="count" if instance["class"] == "D" else "minute"),
    )


def _request(instance: dict[str, Any], t0: datetime, index: int) -> Request:
    requests, sky, step_s = instance["requests"], instance["sky"], instance["step_s"]
    duration_s = step_s * requests["dur"][index]
    minutes = 1.0 if instance["class"] == "D" else duration_s / 60.0
    name, account = str(requests["filter"][index]), requests["account"][index]
    first, last = (t0 + timedelta(seconds=step_s * step) for step in sky["window"][index])
    return Request(
        id=f"{index:05d}",
        target=Target(ra_deg=sky["ra_deg"][index], dec_deg=sky["dec_deg"][index]),
        duration_s=duration_s,
        cost_s=duration_s,
        setup={"camera": (name, name)},
        priority=round(requests["base"][index] / minutes, 6),
        window=(first, last),
        accounts=(f"night:{account}",) if account >= 0 else (),
        constraints=Constraints(
            max_airmass=sky["max_airmass"][index],
            sun_max_altitude_deg=sky["sun_max_deg"][index],
            moon_min_distance_deg=sky["moon_min_deg"][index],
            moon_counts="always",
        ),
    )
