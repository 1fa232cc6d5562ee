"""A plan as rows of bars over the night: telescope, channels, what was done, alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from pyros.domain.alert import Alert
from pyros.domain.estimate import Timings, exposure_s
from pyros.domain.execution import Execution, Outcome
from pyros.domain.request import Album, Sequence
from pyros.domain.schedule import Idle
from pyros.web.formats import hm
from pyros.web.plan_view import SlotRow

ENDED_AS = {
    None: "executing",
    Outcome.DONE: "executed",
    Outcome.INTERRUPTED: "aborted",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "aborted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that takes time; one without an end goes on.  Set-up lasts until `on_target`."""

    key: str
    start: datetime
    on_target: datetime
    end: datetime | None
    name: str
    state: str
    """planned, exposure, idle, executing, executed, aborted, failed or other"""
    text: str = ""
    href: str = ""
    own: bool = False
    alert: bool = False
    filler: bool = False
    frozen: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something of an instant."""

    at: datetime
    name: str
    href: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the picture."""

    name: str
    kind: str
    """plan, channel, executed or alerts"""
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


Named = Callable[[Execution], tuple[str, str, bool]]
"""Name, address and whether it may be seen, of an execution."""


IDLE = {
    "NOTHING_UP": "nothing up",
    "TOO_SHORT": "too short",
    "QUOTA": "quota used up",
    "WAITING": "waiting",
    "BLOCK": "kept free",
}
"""Why nothing runs, in two words."""


def plan_row(name: str, rows: Iterable[SlotRow], idle: Iterable[Idle] = ()) -> Row:
    """Return the telescope's time as a plan has it, and why it stands still between."""
    bars = (*map(_nothing, idle), *map(_planned, rows))
    return Row(name=name, kind="plan", bars=tuple(sorted(bars, key=lambda bar: bar.start)))


def _nothing(one: Idle) -> Bar:
    return Bar(
        key=f"i{one.start:%H%M%S}",
        start=one.start,
        on_target=one.start,
        end=one.end,
        name=IDLE.get(one.why, one.why.lower()),
        state="idle",
        text=one.text,
    )


def _planned(row: SlotRow) -> Bar:
    return Bar(
        key=row.key,
        start=row.start,
        on_target=row.on_target,
        end=row.end,
        name=row.name,
        state="planned" if row.seen else "other",
        text=_slot_text(row),
        href=row.href,
        own=row.own,
        alert=row.alert,
        filler=row.filler,
        frozen=row.frozen,
        change=row.change,
    )


def _slot_text(row: SlotRow) -> str:
    if not row.seen:
        return "of others"
    words = [f"programme {row.programme}"]
    words += [row.filters] if row.filters else []
    words += [] if row.altitude_deg is None else [f"altitude {row.altitude_deg:.0f} deg"]
    words += [] if row.airmass is None else [f"air mass {row.airmass:.2f}"]
    distance = row.moon_distance_deg
    words += [] if distance is None else [f"Moon {distance:.0f} deg away"]
    words += ["fills a gap, free"] if row.filler else []
    words += ["was about to start, stayed as it was"] if row.frozen else []
    words += [row.change] if row.change not in ("", "kept") else []
    return ", ".join(words)


def channel_rows(
    rows: Iterable[SlotRow], sequences: dict[str, Sequence], timings: Timings
) -> tuple[Row, ...]:
    """Return which filter each channel has when; `sequences` by the key of their row."""
    bars: dict[str, list[Bar]] = {}
    for row in rows:
        sequence = sequences.get(row.key)
        for album in sequence.albums if sequence is not None else ():
            bars.setdefault(album.channel, []).extend(_exposures(row, album, timings))
    return tuple(
        Row(name=name, kind="channel", bars=tuple(bars[name]))
        for name in sorted(bars, reverse=True)
    )


def _exposures(row: SlotRow, album: Album, timings: Timings) -> Iterator[Bar]:
    """Yield a bar for each run of one filter, its length by its share of the album's time."""
    channel = timings.of(album.channel)
    shares = [plan.count * exposure_s(plan, channel) for plan in album.plans]
    whole, room_s = sum(shares), (row.end - row.on_target).total_seconds()
    begun = row.on_target
    for plan, share in zip(album.plans, shares, strict=True):
        end = begun + timedelta(seconds=room_s * share / whole) if whole > 0.0 else row.end
        yield Bar(
            key=row.key,
            start=begun,
            on_target=begun,
            end=end,
            name=plan.filter,
            state="exposure",
            text=f"{row.name}: {plan.count} x {plan.exposure_s:g} s",
            own=row.own,
            filler=row.filler,
        )
        begun = end


def executed_row(executions: Iterable[Execution], named: Named) -> Row:
    """Return what the telescope did."""
    return Row(
        name="executed", kind="executed", bars=tuple(_done(one, named) for one in executions)
    )


def _done(one: Execution, named: Named) -> Bar:
    name, href, seen = named(one)
    counted = f"{one.exposures_done} of {one.exposures_planned} exposures"
    words = (str(one.outcome or ""), counted, one.reason) if seen else (str(one.outcome or ""),)
    return Bar(
        key=f"s{one.sequence_id}" if seen else f"e{one.id}",
        start=one.start,
        on_target=one.start,
        end=one.end,
        name=name,
        state=ENDED_AS[one.outcome],
        text=", ".join(word for word in words if word),
        href=href,
        alert=one.alert_id is not None,
    )


def alerts_row(alerts: Iterable[Alert], start: datetime, end: datetime) -> Row:
    """Return the alerts that came between two instants."""
    found = []
    for alert in alerts:
        at = alert.stamps.received or alert.burst_at
        if at is not None and start <= at <= end:
            text = f"{'TEST, ' if alert.drill else ''}{alert.state}, came {hm(at)}"
            found.append(
                Mark(
                    at=at, name=alert.name, href=f"/alerts/{quote(alert.name, safe='')}", text=text
                )
            )
    return Row(name="alerts", kind="alerts", marks=tuple(sorted(found, key=lambda one: one.at)))
