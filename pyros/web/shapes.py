"""What a page shows of a value, worked out once for the server's page and for the live one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

from pyros.domain.alert import Alert, AlertState
from pyros.domain.conditions import CauseStatus, Conditions
from pyros.domain.devices.state import (
    CameraState,
    DomeState,
    FilterWheelState,
    PlcState,
    State,
    TelescopeState,
    WeatherState,
)
from pyros.domain.holds import Hold, HoldKind
from pyros.domain.image import Image
from pyros.kernel.lifecycle import ActorStatus, LifecycleEvent
from pyros.messages import events
from pyros.web import formats
from pyros.web.lives import actor_shape, event_shape
from pyros.web.plain import plain

Shape = Mapping[str, Any]
"""Plain values and instants, by the names that templates and scripts use."""


class Blank(dict[str, object]):
    """A value of which nothing is known: each field is empty.  Also what scripts copy and fill."""

    def __missing__(self, key: str) -> object:
        return ""


GLYPHS: Mapping[str, str] = {
    "READY": "●",
    "BUSY": "◐",
    "INITIALISING": "◔",
    "CONNECTING": "◌",
    "UNKNOWN": "?",
    "FAULT": "✖",
    "DISABLED": "○",
    "OUT": "⊘",
    "OBSERVING": "▶",
    "PAUSED": "‖",
    "MANUAL": "☛",
    "CLOSED": "▼",
    "LOCKED": "✖",
    "STARTING": "◔",
    "DAY": "☀",
    "TWILIGHT": "◒",
}
"""A shape beside each word of state: colour never says it alone."""

LIFTED_BY: Mapping[HoldKind, str] = {
    HoldKind.SAFETY: "an ADMIN, by hand",
    HoldKind.SITE: "the site's interlocks, once clear",
    HoldKind.WEATHER: "the weather, once its delay is over",
    HoldKind.OPERATOR: "an EXPERT: Resume",
    HoldKind.STARTING: "itself, when every device has reported",
    HoldKind.DEVICE: "the device, once it is steady",
    HoldKind.DAYLIGHT: "sunset",
    HoldKind.TWILIGHT: "the night",
}


@singledispatch
def shape(value: object) -> object:
    """Return what is shown of a value: plain, unless somebody says otherwise below."""
    return plain(value)


@shape.register
def _holds(value: events.HoldsChanged) -> Shape:
    return {
        "mode": str(value.mode),
        "glyph": GLYPHS[value.mode],
        "because": value.because,
        "count": len(value.holds),
        "holds": [hold_shape(hold) for hold in value.holds],
    }


def hold_shape(hold: Hold) -> Shape:
    """Return one hold with who may lift it."""
    return {
        "key": hold.key,
        "kind": str(hold.kind),
        "since": hold.since,
        "by": hold.by,
        "reason": hold.reason,
        "latched": hold.latched,
        "closes": hold.closes,
        "lifted_by": _lifted_by(hold),
    }


def _lifted_by(hold: Hold) -> str:
    by_hand = hold.latched and hold.kind not in {HoldKind.OPERATOR, HoldKind.SAFETY}
    return "an EXPERT, by hand" if by_hand else LIFTED_BY[hold.kind]


@shape.register
def _house(value: events.HouseStatus) -> Shape:
    running, night = value.running, value.night
    return {
        "at": value.at,
        "mode": str(value.mode),
        "doing": value.doing,
        "why_idle": value.why_idle,
        "running": running.name if running is not None else "",
        "running_since": running.start if running is not None else None,
        "next": value.next_name,
        "next_start": value.next_start,
        "dome_order": value.dome_order,
        "night": night.date.isoformat() if night is not None else "",
        "night_start": night.start if night is not None else None,
        "night_end": night.end if night is not None else None,
    }


@shape.register
def _progress(value: events.ExecutionProgress) -> Shape:
    execution = value.execution
    ended = execution.end is not None
    return {
        "at": value.at,
        "name": "" if ended else execution.name,
        "step": "" if ended else value.step,
        "done": execution.exposures_done,
        "planned": execution.exposures_planned,
        "counted": "" if ended else f"{execution.exposures_done} of {execution.exposures_planned}",
        "expected_end": None if ended else value.expected_end,
        "alert": execution.alert_id is not None,
    }


@shape.register
def _conditions(value: events.ConditionsChanged) -> Shape:
    return conditions_shape(value.conditions)


def conditions_shape(now: Conditions) -> Shape:
    """Return the weather's verdict in words, with the numbers of the strips."""
    causes = [_cause(cause) for cause in now.causes]
    good_at = max((c.good_at for c in now.causes if c.good_at is not None), default=None)
    bad = any(cause.bad for cause in now.causes)
    return {
        "at": now.at,
        "safe": now.safe,
        "word": "SAFE" if now.safe else "UNSAFE",
        "glyph": "✔" if now.safe else "▼",
        "why": _why_unsafe(now, causes),
        "good_at": None if bad else good_at,
        "causes": causes,
        "sky": str(now.sky),
        "seeing_arcsec": now.seeing_arcsec,
        "interlocks": list(now.interlocks),
        "values": {**plain_map(now.values), "dew_margin_C": dew_margin(now.values)},
    }


def dew_margin(values: Mapping[str, object]) -> float | None:
    """Return how far the air is above its dew point, degrees."""
    air, dew = values.get("temperature_C"), values.get("dew_point_C")
    if isinstance(air, int | float) and isinstance(dew, int | float):
        return float(air) - float(dew)
    return None


def _cause(cause: CauseStatus) -> Shape:
    if cause.bad:
        text = f"{cause.cause} {formats.number(cause.value, 1, cause.unit)}"
        if cause.good_limit is not None:
            text += (
                f", good below {cause.good_limit:g}"
                if _high(cause)
                else (f", good above {cause.good_limit:g}")
            )
    else:
        text = f"{cause.cause} good again, waits"
    return {"cause": cause.cause, "bad": cause.bad, "text": text, "good_at": cause.good_at}


def _high(cause: CauseStatus) -> bool:
    return (cause.bad_limit or 0.0) >= (cause.good_limit or 0.0)


def _why_unsafe(now: Conditions, causes: list[Shape]) -> str:
    said = [*now.interlocks, *(str(cause["text"]) for cause in causes)]
    if not now.complete and not said:
        said.append("not every quantity has a source")
    return "; ".join(said)


@shape.register
def _device(value: events.DeviceStatus) -> Shape:
    return {
        "name": value.device,
        "kind": str(value.kind),
        "life": str(value.life),
        "glyph": GLYPHS[value.life],
        "since": value.since,
        "at": value.at,
        "blocking": value.blocking,
        "simulated": value.simulated,
        "unit": value.unit,
        "channel": value.channel,
        "reason": value.reason,
        "says": says(value.snapshot),
        "next_try_s": value.next_try_s,
        "pointing": _pointing(value.snapshot),
        "slit_az_deg": value.snapshot.azimuth_deg
        if isinstance(value.snapshot, DomeState)
        else None,
    }


def _pointing(state: State | None) -> Shape | None:
    if not isinstance(state, TelescopeState):
        return None
    return {
        "phase": state.phase,
        "alt_deg": state.altitude_deg,
        "az_deg": state.azimuth_deg,
        "target_ra_deg": state.target_ra_deg,
        "target_dec_deg": state.target_dec_deg,
    }


def says(state: State | None) -> str:
    """Return in a few words what a device says of itself, with units."""
    if state is None:
        return ""
    words = [state.phase, *_numbers(state)]
    if state.faults:
        words.append("faults: " + ", ".join(state.faults))
    if state.interlocks:
        words.append("interlocks: " + ", ".join(state.interlocks))
    return ", ".join(word for word in words if word)


def _numbers(state: State) -> list[str]:
    for kind, tell in _TELLERS:
        if isinstance(state, kind):
            return tell(state)
    return []


def _telescope(state: TelescopeState) -> list[str]:
    if state.altitude_deg is None or state.azimuth_deg is None:
        return []
    return [f"alt {state.altitude_deg:.1f} deg", f"az {state.azimuth_deg:.1f} deg"]


def _camera(state: CameraState) -> list[str]:
    left = [] if state.remaining_s is None else [f"{state.remaining_s:.0f} s left"]
    cold = [] if state.temperature_C is None else [f"{state.temperature_C:.1f} C"]
    if cold and state.cooler_stable is False:
        cold.append("not steady")
    return [*left, *cold]


def _wheel(state: FilterWheelState) -> list[str]:
    return [f"filter {state.name}"] if state.name else []


def _dome(state: DomeState) -> list[str]:
    return [] if state.azimuth_deg is None else [f"slit az {state.azimuth_deg:.0f} deg"]


def _plc(state: PlcState) -> list[str]:
    return [{True: "safe", False: "not safe", None: "unknown"}[state.is_safe], *state.reasons]


def _weather(state: WeatherState) -> list[str]:
    return [f"{sum(one.good for one in state.sensors.values())} of {len(state.sensors)} sensors"]


_TELLERS: tuple[tuple[type[State], Callable[[Any], list[str]]], ...] = (
    (TelescopeState, _telescope),
    (CameraState, _camera),
    (FilterWheelState, _wheel),
    (DomeState, _dome),
    (PlcState, _plc),
    (WeatherState, _weather),
)


@shape.register
def _schedule(value: events.ScheduleReady) -> Shape:
    one = value.schedule
    return {
        "id": one.id,
        "made_at": one.made_at,
        "cause": str(one.cause),
        "slots": len(one.slots),
        "refusals": len(one.refusals),
        "idle_reason": one.idle_reason,
    }


@shape.register
def _alert_changed(value: events.AlertChanged) -> Shape:
    return {**alert_shape(value.alert), "in_progress": value.in_progress}


def alert_shape(alert: Alert) -> Shape:
    """Return how an alert stands: where, how well known, what became of it, how fast."""
    stamps = alert.stamps
    return {
        "id": alert.id,
        "name": alert.name,
        "state": str(alert.state),
        "in_progress": False,
        "drill": alert.drill,
        "real_slew": alert.real_slew,
        "ra_deg": alert.ra_deg,
        "dec_deg": alert.dec_deg,
        "place": place(alert.ra_deg, alert.dec_deg, alert.r90_deg),
        "r90_deg": alert.r90_deg,
        "members": ", ".join(f"{family} {event}" for family, event in alert.members),
        "burst_at": alert.burst_at or stamps.burst,
        "received_at": stamps.received,
        "stands": stands(alert),
        "rule": alert.rule,
        "reasons": list(alert.reasons),
        "latency_s": _between(stamps.received, stamps.commanded),
    }


def stands(alert: Alert) -> str:
    """Return what the alert does now, in words."""
    if alert.state is not AlertState.ACTIVE:
        why = f": {'; '.join(alert.reasons)}" if alert.reasons else ""
        return f"{alert.state}{why}"
    if alert.stamps.first_light is not None:
        return f"images since {formats.clock(alert.stamps.first_light)} UTC"
    if alert.stamps.commanded is not None:
        return f"slew ordered at {formats.clock(alert.stamps.commanded)} UTC"
    return "accepted, waits for the telescope"


def place(ra_deg: float | None, dec_deg: float | None, r90_deg: float | None) -> str:
    """Return a position with its uncertainty, degrees."""
    if ra_deg is None or dec_deg is None:
        return "no position"
    text = f"RA {ra_deg:.3f} Dec {dec_deg:+.3f} deg"
    if r90_deg is None:
        return text
    size = f"{r90_deg * 60:.1f} arcmin" if r90_deg < 1.0 else f"{r90_deg:.1f} deg"
    return f"{text}, r90 {size}"


def _between(first: datetime | None, last: datetime | None) -> float | None:
    return None if first is None or last is None else (last - first).total_seconds()


@shape.register
def _analysed(value: events.ImageAnalysed) -> Shape:
    return {**image_shape(value.image), "ok": value.result.ok, "reason": value.result.reason}


@shape.register
def _taken(value: events.ImageTaken) -> Shape:
    return image_shape(value.image)


def image_shape(image: Image) -> Shape:
    """Return what is shown of an image; `preview` is the address of its picture, or empty."""
    return {
        "id": image.id,
        "channel": image.channel,
        "filter": image.filter or "no filter",
        "frame": image.frame,
        "level": str(image.level),
        "target": image.target,
        "start": image.start,
        "exposure": formats.number(image.exposure_s, 0 if image.exposure_s >= 1 else 3, "s"),
        "fwhm": formats.number(image.fwhm_arcsec, 2, "arcsec"),
        "sources": formats.number(image.sources, 0),
        "background": formats.number(image.background, 0, "ADU"),
        "airmass": formats.number(image.airmass, 2),
        "flags": ", ".join(image.flags),
        "preview": f"/images/{image.id}/preview.png" if image.preview_path else "",
        "alert": image.alert_id is not None,
    }


@shape.register
def _actor(value: ActorStatus) -> Shape:
    return actor_shape(value)


@shape.register
def _event(value: LifecycleEvent) -> Shape:
    return event_shape(value)


@shape.register
def _log(value: events.LogRecorded) -> Shape:
    return {"at": value.at, "level": value.level, "actor": value.actor, "text": value.text}


def plain_map(values: Mapping[str, object]) -> Mapping[str, Any]:
    """Return a map of plain values."""
    return {name: plain(value) for name, value in values.items()}
