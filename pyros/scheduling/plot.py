"""A night as a picture file: altitudes above, the telescope's time and the quotas below."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyros.scheduling.chart import Numbers, chart
from pyros.scheduling.model import Problem
from pyros.scheduling.timetable import Schedule

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN, HEIGHT_IN = 13.0, 9.0
DPI = 110
MOST_ACCOUNTS = 16
TOP_DEG = 95.0
SHORT_DAYS = 0.75
"""Longer pictures have a tick every third hour."""
FLAT_ROOM, UPRIGHT_ROOM, UPRIGHT_MOST = 150.0, 0.008, 10
"""Letters that fit into the whole width; the least share that holds a line; letters upright."""
LIGHT = {
    "day": "#fff3c4",
    "civil": "#d5dfeb",
    "nautical": "#bcc9da",
    "astronomical": "#a3b2c8",
    "dark": "#8d9db5",
}
"""How bright the sky is, as colours; the axis says the same in hours."""
SET_UP, EXPOSED, FILLED, FROZEN = "#c46b10", "#1d5c96", "#ffffff", "#3d3d3d"


class NoPlot(RuntimeError):
    """Pictures cannot be drawn in this installation; the text says what would be right."""


def plot(problem: Problem, schedule: Schedule, path: Path) -> None:
    """Draw a night into `path`, PNG or SVG by its name.

    Raises:
        NoPlot: matplotlib is not installed, or it cannot write such a file.
        OSError: the file cannot be written.
    """
    save(chart(problem, schedule), path)


def save(numbers: Numbers, path: Path) -> None:
    """Draw what `chart` or `chart_steps` says into `path`; raises as `plot` does."""
    figure = draw(numbers)
    kinds = sorted(figure.canvas.get_supported_filetypes())
    if path.suffix.lstrip(".").lower() not in kinds:
        raise NoPlot(f"{path}: a picture should end in .png or .svg (or {', '.join(kinds)})")
    # The same night gives the same bytes: no date in the file, no random names in an SVG.
    stamp = {"Date": None} if path.suffix.lower() == ".svg" else None
    from matplotlib import rc_context  # noqa: PLC0415

    with rc_context({"svg.hashsalt": "night"}):
        figure.savefig(path, dpi=DPI, metadata=stamp)


def draw(numbers: Numbers) -> Figure:
    """Return the picture of what `chart` says.

    Raises:
        NoPlot: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  half a second, and may be absent
    except ImportError:
        raise NoPlot("a picture needs matplotlib: pip install 'pyros[plot]'") from None
    accounts = numbers["accounts"][:MOST_ACCOUNTS]
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
    figure.suptitle(title_of(numbers), fontsize=12)
    heights = [5.0, 1.9, 0.5 + 0.14 * len(accounts)]
    sky, time, quota = figure.subplots(3, 1, height_ratios=heights)
    time.sharex(sky)
    _background(sky, numbers)
    _altitudes(sky, numbers)
    _background(time, numbers)
    _gantt(time, numbers)
    _quotas(quota, accounts)
    _hours(sky, numbers)
    return figure


def title_of(numbers: Numbers) -> str:
    """Return the line above the picture: whose night, how much is done, how good it is."""
    planned, refused = len(numbers["bars"]), len(numbers["refused"])
    return (
        f"Night of {numbers['night']['start'][:10]}, {numbers['night']['hours']:.1f} h:"
        f" {planned} planned, {refused} refused;"
        f" value {numbers['value']:.2f}, bound {numbers['bound']:.2f}, gap {numbers['gap']:.1%}"
        f" ({numbers['solver']}, {numbers['stage']})"
    )


def _background(axes: Axes, numbers: Numbers) -> None:
    for band in numbers["light"]:
        axes.axvspan(_x(band["start"]), _x(band["end"]), color=LIGHT[band["state"]], lw=0, zorder=0)
    for edge in ("start", "end"):
        axes.axvline(_x(numbers["night"][edge]), color="black", lw=0.9, ls=(0, (4, 3)), zorder=2)


def _altitudes(axes: Axes, numbers: Numbers) -> None:
    times = [_x(time) for time in numbers["times"]]
    for bar in numbers["bars"]:
        target = numbers["targets"][bar["id"]]
        heights, floor = target["altitude_deg"], target["floor_deg"]
        axes.plot(times, heights, color="#33475f", lw=0.5, alpha=0.55, zorder=3)
        inside = [_within(time, bar) for time in times]
        ends = [_x(bar["on_target"]), *(t for t, on in zip(times, inside, strict=True) if on)]
        ends.append(_x(bar["end"]))
        axes.plot(ends, _at(times, heights, ends), color=_colour(bar), lw=3.2, zorder=5)
        axes.plot(ends, _at(times, floor, ends), color="#a01818", lw=1.1, zorder=4)
    if numbers["moon_deg"] is not None:
        look: dict[str, Any] = {"color": "white", "lw": 1.8, "ls": (0, (5, 2)), "zorder": 4}
        axes.plot(times, numbers["moon_deg"], label=f"Moon, {numbers['moon_lit']:.0%} lit", **look)
    axes.plot([], [], color=EXPOSED, lw=3.2, label="planned")
    axes.plot([], [], color="#a01818", lw=1.1, label="its lowest allowed")
    axes.set_ylim(0.0, TOP_DEG)
    axes.set_ylabel("altitude, deg")
    axes.legend(loc="upper right", fontsize=8, ncols=3, facecolor=LIGHT["astronomical"])
    right = axes.twinx()
    right.set_ylim(0.0, TOP_DEG)
    right.set_yticks([altitude for _, altitude in numbers["airmass"]])
    right.set_yticklabels([f"{mass:g}" for mass, _ in numbers["airmass"]])
    right.set_ylabel("air mass")


def _gantt(axes: Axes, numbers: Numbers) -> None:
    span = _x(numbers["end"]) - _x(numbers["start"])
    rows = ["telescope", *sorted({name for bar in numbers["bars"] for name in bar["filters"]})]
    for bar in numbers["bars"]:
        start, on, end = (_x(bar[name]) for name in ("start", "on_target", "end"))
        _box(axes, 0, start, on, color=SET_UP)
        _box(axes, 0, on, end, **_look(bar))
        _named(axes, bar, on, end - on, span)
        for channel, pair in bar["filters"].items():
            row = rows.index(channel)
            _box(axes, row, on, end, color="white", edgecolor=EXPOSED, lw=0.5)
            if end - on > UPRIGHT_ROOM * span:
                _say(axes, (on + end) / 2, row, "\N{EN DASH}".join(dict.fromkeys(pair)))
    fixed = [(block["start"], block["end"], block["id"]) for block in numbers["blocks"]]
    if numbers["running"] is not None:
        fixed.append((numbers["running"]["start"], numbers["running"]["end"], "runs"))
    for begin, finish, name in fixed:
        _box(axes, 0, _x(begin), _x(finish), color=FROZEN)
        _say(axes, (_x(begin) + _x(finish)) / 2, 0, name, "white")
    for idle in numbers["idle"]:
        dots = {"fill": False, "hatch": "..", "edgecolor": "#555555", "lw": 0.0}
        _box(axes, 0, _x(idle["start"]), _x(idle["end"]), **dots)
    axes.set_yticks(range(len(rows)))
    axes.set_yticklabels(rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("UTC; orange: set-up, hatched: filler, grey: fixed, dotted: idle")


def _box(axes: Axes, row: int, start: float, end: float, **look: Any) -> None:  # noqa: ANN401
    axes.barh(row, end - start, left=start, height=0.8, zorder=3, **look)


def _look(bar: Numbers) -> dict[str, Any]:
    if bar["filler"]:
        return {"color": FILLED, "hatch": "///", "edgecolor": EXPOSED, "lw": 0.6}
    return {"color": _colour(bar), "edgecolor": EXPOSED, "lw": 0.6}


def _quotas(axes: Axes, accounts: list[Numbers]) -> None:
    if not accounts:
        axes.set_axis_off()
        axes.text(0.0, 0.5, "no quota limits this night", fontsize=9, va="center")
        return
    for row, account in enumerate(accounts):
        left_h, used_h = account["left_s"] / 3600.0, account["used_s"] / 3600.0
        axes.barh(row, left_h, color="white", edgecolor="#33475f", lw=0.8)
        axes.barh(row, used_h, color=EXPOSED, height=0.5)
        price = f"one hour more: +{account['price_per_h']:.1f}" if account["price_per_h"] else ""
        axes.text(
            max(left_h, used_h),
            row,
            f" {used_h:.2f} of {left_h:.2f} h  {price}",
            va="center",
            fontsize=7,
        )
    axes.set_yticks(range(len(accounts)))
    axes.set_yticklabels([account["id"] for account in accounts], fontsize=7)
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlim(left=0.0)
    axes.set_xlabel("hours of quota: planned (filled), left before (outline)")


def _hours(axes: Axes, numbers: Numbers) -> None:
    first, last = _x(numbers["start"]), _x(numbers["end"])
    every = 1 if last - first < SHORT_DAYS else 3
    hours = range(math.ceil(first * 24.0), math.floor(last * 24.0) + 1)
    ticks = [hour for hour in hours if hour % every == 0]
    axes.set_xticks([hour / 24.0 for hour in ticks])
    axes.set_xticklabels([f"{hour % 24:02}:00" for hour in ticks])
    axes.set_xlim(first, last)
    axes.grid(axis="both", color="white", lw=0.4, alpha=0.6, zorder=1)


def _within(time: float, bar: Numbers) -> bool:
    return _x(bar["on_target"]) < time < _x(bar["end"])


def _at(times: list[float], values: list[float], wanted: list[float]) -> list[float]:
    return [float(value) for value in np.interp(wanted, times, values)]


def _colour(bar: Numbers) -> str:
    return FROZEN if bar["frozen"] else EXPOSED


def _named(axes: Axes, bar: Numbers, left: float, width: float, span: float) -> None:
    """Write a bar's name along it where it fits, else upright, else not at all."""
    name, share = bar["name"], width / span
    colour = "black" if bar["filler"] else "white"
    upright = len(name) > share * FLAT_ROOM
    if upright and share < UPRIGHT_ROOM:
        return
    if upright and len(name) > UPRIGHT_MOST:
        name = f"{name[: UPRIGHT_MOST - 1]}\N{HORIZONTAL ELLIPSIS}"
    _say(axes, left + width / 2, 0, name, colour, upright=upright)


def _say(  # noqa: PLR0913  where, what and how
    axes: Axes, x: float, y: float, text: str, colour: str = "black", *, upright: bool = False
) -> None:
    turned = 90 if upright else 0
    axes.text(x, y, text, ha="center", va="center", fontsize=7, color=colour, rotation=turned)


def _x(instant: str) -> float:
    """Return days since 1970, as matplotlib counts dates."""
    return datetime.fromisoformat(instant).timestamp() / 86400.0
