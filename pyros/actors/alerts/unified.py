"""Bytes of a GCN or LVK JSON notice to a Notice; a broken field is missing and named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyros.actors.alerts.literals import instant, position, printable
from pyros.actors.alerts.missions import GBM_SYSTEMATIC_DEG
from pyros.actors.alerts.voevent import NO_IDS, Unreadable
from pyros.domain.alert import Nature, Notice, Origin, Position, Rank

MAX_BYTES = 4 * 1024 * 1024
MOCK_IDS = ("MS", "TS")
"""Beginnings of LVK's mock and test superevents."""

Fields = Mapping[str, object]
"""One JSON object of a packet, unjudged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream:
    """What a topic carries."""

    mission: str
    family: str
    instrument: str = ""
    rank: Rank | None = None
    burst: bool = True
    systematic_deg: float = 0.0


_STREAMS: Mapping[str, _Stream] = {
    "einstein_probe.wxt": _Stream(
        mission="EP", family="EP", instrument="WXT", rank=Rank(grade=4, stage=1)
    ),
    "fermi.gbm": _Stream(
        mission="Fermi",
        family="Fermi-GBM",
        instrument="GBM",
        systematic_deg=GBM_SYSTEMATIC_DEG,
    ),
    "swift.bat.guano": _Stream(
        mission="Swift", family="Swift-GUANO", instrument="BAT", rank=Rank(grade=4, stage=1)
    ),
    "svom": _Stream(mission="SVOM", family="SVOM"),
    "maxi.gsc.unknown": _Stream(
        mission="MAXI", family="MAXI", instrument="GSC", rank=Rank(grade=4, stage=1)
    ),
    "maxi.gsc.known": _Stream(mission="MAXI", family="MAXI", instrument="GSC", burst=False),
    "icecube.gold_bronze": _Stream(
        mission="IceCube", family="IceCube", rank=Rank(grade=3, stage=1)
    ),
    "superk": _Stream(mission="Super-Kamiokande", family="Super-Kamiokande", burst=False),
}
"""By what follows gcn.notices. in the topic."""

_GBM_STAGES = {"FLIGHT_POSITION": 1, "GROUND_POSITION": 2, "FINAL_POSITION": 3}
_SVOM_RANKS = {
    "ECLAIRs": Rank(grade=4, stage=2),
    "MXT": Rank(grade=5, stage=10),
    "VT": Rank(grade=5, stage=30),
}


def read(payload: bytes, *, topic: str) -> Notice:
    """Return what a JSON notice says.

    Raises:
        Unreadable: too large, no JSON object, or a key twice.
    """
    fields = _document(payload)
    if "superevent_id" in fields:
        return _gravitational(fields, topic)
    return _notice(fields, topic)


def _document(payload: bytes) -> Fields:
    if len(payload) > MAX_BYTES:
        raise Unreadable(f"{len(payload)} bytes: at most {MAX_BYTES} are allowed")
    try:
        found = json.loads(
            payload.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=lambda _name: None,
        )
    except RecursionError:
        raise Unreadable("JSON nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"no JSON: {printable(str(error))}") from None
    if not isinstance(found, dict):
        raise Unreadable("the root is no JSON object")
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("a key stands twice")
    return fields


def _notice(fields: Fields, topic: str) -> Notice:
    stream = _stream(fields, topic)
    problems: list[str] = []
    tense, change = _text(fields, "alert_tense"), _text(fields, "alert_type")
    instrument = stream.instrument or _text(fields, "instrument")
    place = _place(fields, stream)
    if isinstance(place, str):
        problems.append(place)
    at = _instant(fields, "trigger_time", problems)
    written_id = _first_id(fields)
    retraction = change.lower() == "retraction"
    return Notice(
        ivorn="",
        form="json",
        topic=topic,
        role=tense,
        role_written=bool(tense),
        mission=stream.mission,
        family=stream.family,
        instrument=instrument,
        kind=_text(fields, "subtype") or change or "alert",
        nature=_nature(stream, tense, retraction=retraction),
        event_id="" if written_id in NO_IDS else written_id,
        event_id_written=written_id,
        position=place if isinstance(place, Position) else None,
        ra_deg=_number(fields, "ra"),
        dec_deg=_number(fields, "dec"),
        error_deg=_error_deg(fields),
        time=at,
        burst_at=at,
        burst_origin=Origin.TRIGGER if at is not None else Origin.NONE,
        written=_instant(fields, "alert_datetime", problems),
        retraction=retraction,
        withdraws=retraction,
        test_marks=("id 99999 is one of tests",) if written_id == "99999" else (),
        no_burst_marks=_no_burst(fields),
        rank=_rank(fields, stream, instrument),
        significance=_number(fields, "rate_snr") or _number(fields, "image_snr"),
        classification=_classes(fields),
        problems=tuple(problems),
    )


def _stream(fields: Fields, topic: str) -> _Stream:
    """Return what the topic carries; a packet without a topic is known by its schema."""
    schema = _text(fields, "$schema").partition("/gcn/notices/")[2].replace("/", ".")
    inside = topic.removeprefix("gcn.notices.") if topic else schema
    for prefix, stream in _STREAMS.items():
        if inside.startswith(prefix):
            return stream
    mission = _text(fields, "mission")
    return _Stream(mission=mission, family=mission, burst=False)


def _nature(stream: _Stream, tense: str, *, retraction: bool) -> Nature:
    if tense == "test":
        return Nature.TEST
    if retraction:
        return Nature.RETRACTION
    return Nature.BURST if stream.burst else Nature.OTHER


def _rank(fields: Fields, stream: _Stream, instrument: str) -> Rank | None:
    if stream.family == "Fermi-GBM":
        stage = _GBM_STAGES.get(_text(fields, "subtype"))
        return Rank(grade=2, stage=stage) if stage else None
    return _SVOM_RANKS.get(instrument) if stream.family == "SVOM" else stream.rank


def _no_burst(fields: Fields) -> tuple[str, ...]:
    share = _classes(fields).get("BELOW_HORIZON", 0.0)
    return ("classification BELOW_HORIZON",) if share > 0.0 else ()


def _place(fields: Fields, stream: _Stream) -> Position | str:
    held = _number(fields, "containment_probability")
    included = fields.get("systematic_included") is True
    return position(
        _number(fields, "ra"),
        _number(fields, "dec"),
        _error_deg(fields),
        containment=held if held is not None and 0.0 < held < 1.0 else 0.9,
        systematic_deg=0.0 if included else stream.systematic_deg,
    )


def _error_deg(fields: Fields) -> float | None:
    """Return the error radius, of an ellipse its semi-major axis."""
    error = fields.get("ra_dec_error")
    if isinstance(error, list):
        axes = [_as_number(axis) for axis in error[:2]]
        known = [axis for axis in axes if axis is not None]
        return max(known) if known and len(known) == len(axes) else None
    return _as_number(error)


def _first_id(fields: Fields) -> str:
    found = fields.get("id")
    if isinstance(found, list):
        found = found[0] if found else None
    return found.strip()[:256] if isinstance(found, str) else ""


def _classes(fields: Fields) -> dict[str, float]:
    found = fields.get("classification")
    if not isinstance(found, dict):
        return {}
    shares = {str(name): _as_number(share) for name, share in found.items()}
    return {name: share for name, share in shares.items() if share is not None}


def _gravitational(fields: Fields, topic: str) -> Notice:
    """Return a notice of LIGO, Virgo and KAGRA: shown only, its sky map is not read."""
    event = fields.get("event")
    inside: Fields = event if isinstance(event, dict) else {}
    problems: list[str] = []
    name, change = _text(fields, "superevent_id"), _text(fields, "alert_type")
    mock = name.startswith(MOCK_IDS)
    at = _instant(inside, "time", problems)
    retraction = change.upper() == "RETRACTION"
    return Notice(
        ivorn="",
        form="json",
        topic=topic,
        role="test" if mock else "current",
        role_written=False,
        mission="LVK",
        family="LVK",
        kind=change,
        nature=Nature.RETRACTION if retraction else Nature.TEST if mock else Nature.OTHER,
        event_id=name,
        event_id_written=name,
        time=at,
        burst_at=at,
        burst_origin=Origin.TRIGGER if at is not None else Origin.NONE,
        written=_instant(fields, "time_created", problems),
        retraction=retraction,
        withdraws=retraction,
        test_marks=(f"id {name} is a mock or test event",) if mock else (),
        classification=_classes(inside),
        problems=(*problems, "no position outside of the sky map"),
    )


def _text(fields: Fields, name: str) -> str:
    found = fields.get(name)
    return found.strip()[:256] if isinstance(found, str) else ""


def _number(fields: Fields, name: str) -> float | None:
    return _as_number(fields.get(name))


def _as_number(found: object) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:
        return None
    return value if abs(value) < float("inf") else None


def _instant(fields: Fields, name: str, problems: list[str]) -> datetime | None:
    text = _text(fields, name)
    at = instant(text)
    if text and at is None:
        problems.append(f"{name} {printable(text, 40)!r} is none")
    return at
