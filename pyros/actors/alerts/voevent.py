"""Bytes of a VOEvent to a Notice; a broken field is missing and named, never fatal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from pyros.actors.alerts import marks
from pyros.actors.alerts.literals import instant, number, position, printable, utc_of_tdb
from pyros.actors.alerts.missions import (
    KINDS,
    Kind,
    Mission,
    burst_instant,
    mission_of,
    refined,
)
from pyros.actors.alerts.params import Params
from pyros.domain.alert import Citation, Nature, Notice, Origin, Position
from pyros.errors import Refused

MAX_BYTES = 1_000_000
MAX_IVORN = 512
ROLES = frozenset({"observation", "prediction", "utility", "test"})
NO_IDS = frozenset({"", "-1", "0"})
"""Event ids that stand for none."""
J2000 = ("FK5", "ICRS")

_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_TEXT_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)


class Unreadable(Refused):
    """No notice can be made of these bytes; the text says why."""


def document(payload: bytes) -> etree._Element:
    """Return the root of an XML document from the outside.

    Raises:
        Unreadable: too large, not UTF-8, with a DOCTYPE, or no well-formed XML.
    """
    _check_bytes(payload)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"no XML: {printable(str(error))}") from None


def _check_bytes(payload: bytes) -> None:
    if not payload.strip():
        raise Unreadable("empty")
    if len(payload) > MAX_BYTES:
        raise Unreadable(f"{len(payload)} bytes: at most {MAX_BYTES} are allowed")
    if _DOCTYPE.search(payload):
        raise Unreadable("a DOCTYPE is not allowed")
    declared = _ENCODING.match(payload.removeprefix(b"\xef\xbb\xbf"))
    if declared is not None and declared[1].strip().lower() not in _TEXT_ENCODINGS:
        raise Unreadable("encoding: only UTF-8 and ASCII are read")
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"no UTF-8 at byte {error.start}") from None


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def name_of(root: etree._Element) -> str:
    """Return the ivorn of a VOEvent.

    Raises:
        Unreadable: another document, or no name.
    """
    if local_name(root) != "VOEvent":
        raise Unreadable(f"root {printable(local_name(root))}: should be VOEvent")
    ivorn = (root.get("ivorn") or "").strip()
    if not ivorn or len(ivorn) > MAX_IVORN:
        raise Unreadable(f"ivorn of {len(ivorn)} characters: should be 1 to {MAX_IVORN}")
    return ivorn


def read(payload: bytes, *, topic: str = "", publisher: str = "") -> Notice:
    """Return what a VOEvent says; `publisher` overrules the authority in its name (drills).

    Raises:
        Unreadable: no VOEvent with a name.
    """
    root = document(payload)
    ivorn = name_of(root)
    params = Params(_params(root))
    mission = mission_of(publisher or ivorn.partition("#")[0].lower())
    packet_type = params.whole("Packet_Type")
    kind = _kind(mission, packet_type, params, ivorn)
    return _notice(root, ivorn, topic, params, mission, packet_type, kind)


def _kind(
    mission: Mission | None, packet_type: int | None, params: Params, ivorn: str
) -> Kind | None:
    if mission is None or packet_type is None:
        return None
    kind = KINDS.get((mission.name, packet_type))
    return refined(kind, mission.name, params, ivorn) if kind is not None else None


def _notice(  # noqa: PLR0913, PLR0917 - the parts of one packet
    root: etree._Element,
    ivorn: str,
    topic: str,
    params: Params,
    mission: Mission | None,
    packet_type: int | None,
    kind: Kind | None,
) -> Notice:
    problems: list[str] = []
    role = (root.get("role") or "").strip()
    printed = _printed(root, problems)
    place = _place(printed, params, kind)
    if isinstance(place, str):
        problems.append(place)
    time = _time(root, problems)
    burst_at, origin = _burst(mission, kind, params, time)
    written = _written(root, problems)
    id_written, event_id = _event_id(mission, params, kind)
    cites = tuple(_citations(root, ivorn))
    retraction = _is_retraction(mission, kind, params, cites)
    test_marks = marks.test_marks(mission, params, event_id or id_written, ivorn)
    return Notice(
        ivorn=ivorn,
        topic=topic,
        role=role or "observation",
        role_written=bool(role),
        mission=mission.name if mission else "",
        family=kind.family if kind else (mission.family if mission else ""),
        instrument=kind.instrument if kind else "",
        packet_type=packet_type,
        kind=kind.name if kind else printable(ivorn.partition("#")[2], 40),
        nature=_nature(role, kind, retraction=retraction, test=bool(test_marks)),
        event_id=event_id,
        event_id_written=id_written,
        position=place if isinstance(place, Position) else None,
        ra_deg=printed.ra_deg,
        dec_deg=printed.dec_deg,
        error_deg=printed.error_deg,
        time=time,
        burst_at=burst_at,
        burst_origin=origin,
        written=written,
        citations=cites,
        retraction=retraction,
        withdraws=retraction or bool(mission and kind and marks.withdraws(mission, kind, params)),
        test_marks=tuple(test_marks),
        no_burst_marks=tuple(
            marks.no_burst_marks(mission, kind, params) if mission and kind else ()
        ),
        doubts=tuple(marks.doubts(mission, kind, params) if mission and kind else ()),
        rank=kind.rank if kind else None,
        significance=_significance(mission, params),
        problems=tuple(problems),
    )


def _params(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    for param in root.iter("{*}Param"):
        parent = param.getparent()
        inside = parent is not None and local_name(parent) == "Group"
        group = (parent.get("name") or "") if inside and parent is not None else ""
        yield group, param.get("name") or "", param.get("value") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """A position as it stands in the packet, and why it may not be used, if so."""

    ra_deg: float | None = None
    dec_deg: float | None = None
    error_deg: float | None = None
    refusal: str = ""


def _printed(root: etree._Element, problems: list[str]) -> _Printed:
    places = [_place_at(element) for element in root.iter("{*}Position2D")]
    if not places:
        return _Printed()
    first = places[0]
    if any(place != first for place in places[1:]):
        problems.append("two positions")
        return _Printed(
            ra_deg=first.ra_deg,
            dec_deg=first.dec_deg,
            error_deg=first.error_deg,
            refusal="two different positions",
        )
    return first


def _place_at(element: etree._Element) -> _Printed:
    unit = (element.get("unit") or "").strip()
    frame = _frame(element)
    refusal = ""
    if unit != "deg":
        refusal = f"unit {printable(unit, 20) or 'missing'}: should be deg"
    elif not any(name in frame for name in J2000):
        refusal = f"frame {printable(frame, 40) or 'missing'}: should be FK5 or ICRS"
    return _Printed(
        ra_deg=number(_text(element, "{*}Value2/{*}C1")),
        dec_deg=number(_text(element, "{*}Value2/{*}C2")),
        error_deg=number(_text(element, "{*}Error2Radius")),
        refusal=refusal,
    )


def _frame(element: etree._Element) -> str:
    for above in element.iterancestors("{*}AstroCoords"):
        return (above.get("coord_system_id") or "").strip()
    return ""


def _place(printed: _Printed, params: Params, kind: Kind | None) -> Position | str:
    if kind is not None and not kind.place:
        return f"{kind.name} carries no position of a source"
    if params.text("Coords_String") == "pointing_direction":
        return "the position is where the satellite points"
    if printed.refusal:
        return printed.refusal
    return position(
        printed.ra_deg,
        printed.dec_deg,
        printed.error_deg,
        containment=kind.containment if kind else 0.9,
        systematic_deg=kind.systematic_deg if kind else 0.0,
    )


def _time(root: etree._Element, problems: list[str]) -> datetime | None:
    element = root.find(".//{*}ISOTime")
    if element is None:
        return None
    at = instant(element.text)
    if at is None:
        problems.append(f"time {printable(element.text or '', 40)!r} is none")
        return None
    return utc_of_tdb(at) if _frame(element).startswith("TDB") else at


def _burst(
    mission: Mission | None, kind: Kind | None, params: Params, time: datetime | None
) -> tuple[datetime | None, Origin]:
    stated = instant(burst_instant(mission.name, params)) if mission is not None else None
    if stated is not None:
        return stated, Origin.TRIGGER
    if time is None:
        return None, Origin.NONE
    return time, kind.origin if kind is not None else Origin.TRIGGER


def _written(root: etree._Element, problems: list[str]) -> datetime | None:
    text = _text(root, "{*}Who/{*}Date")
    at = instant(text)
    if text is not None and at is None:
        problems.append(f"date {printable(text, 40)!r} is none")
    return at


def _event_id(mission: Mission | None, params: Params, kind: Kind | None) -> tuple[str, str]:
    """Return the event id as written, and normalised (empty if it stands for none)."""
    if mission is None or kind is None:
        text = mission.event_id(params) if mission is not None else ""
        return text, "" if text in NO_IDS else text
    text = mission.event_id(params)
    normal = mission.normal_id(text)
    return text, "" if text in NO_IDS or normal in NO_IDS else normal


def _citations(root: etree._Element, ivorn: str) -> Iterator[Citation]:
    for element in root.iterfind("{*}Citations/{*}EventIVORN"):
        cited = (element.text or "").strip()
        if cited and len(cited) <= MAX_IVORN and cited.lower() != ivorn.lower():
            yield Citation(cite=(element.get("cite") or "").strip().lower(), ivorn=cited)


def _is_retraction(
    mission: Mission | None, kind: Kind | None, params: Params, cites: tuple[Citation, ...]
) -> bool:
    flags = mission.retraction_flags if mission is not None else ()
    return (
        any(one.cite == "retraction" for one in cites)
        or (kind is not None and kind.nature is Nature.RETRACTION)
        or any(params.says(flag) for flag in flags)
    )


def _nature(role: str, kind: Kind | None, *, retraction: bool, test: bool) -> Nature:
    if role == "test" or test:
        return Nature.TEST
    if retraction:
        return Nature.RETRACTION
    if role == "utility":
        return Nature.UTILITY
    return kind.nature if kind is not None else Nature.OTHER


def _significance(mission: Mission | None, params: Params) -> float | None:
    names = mission.significance if mission is not None else ()
    values = [value for name in names if (value := params.number(name))]
    return values[0] if values else None


def _text(element: etree._Element, path: str) -> str | None:
    found = element.find(path)
    return found.text if found is not None else None
