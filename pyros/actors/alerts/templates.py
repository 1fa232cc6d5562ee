"""VOEvents of our own making: the frame of any, and a typical alert after SVOM's format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

SVOM = "ivo://org.svom/fsc"
"""Whose format a drill follows."""

Param = tuple[str, str, str]
"""Group (empty: none), name and value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What a VOEvent shall say.  Degrees; a position without error has `error_deg` 0."""

    ivorn: str
    role: str
    written: datetime
    observed: datetime
    ra_deg: float | None = None
    dec_deg: float | None = None
    error_deg: float = 0.0
    frame: str = "UTC-FK5-GEO"
    params: tuple[Param, ...] = ()
    cites: tuple[tuple[str, str], ...] = ()
    """Kind of citation and the ivorn cited."""


def voevent(sketch: Sketch) -> bytes:
    """Return the packet, VOEvent 2.0 in UTF-8."""
    place = ""
    if sketch.ra_deg is not None and sketch.dec_deg is not None:
        place = (
            '<Position2D unit="deg"><Name1>RA</Name1><Name2>Dec</Name2><Value2>'
            f"<C1>{sketch.ra_deg:.4f}</C1><C2>{sketch.dec_deg:.4f}</C2></Value2>"
            f"<Error2Radius>{sketch.error_deg:.4f}</Error2Radius></Position2D>"
        )
    cites = "".join(
        f"<EventIVORN cite={quoteattr(kind)}>{escape(ivorn)}</EventIVORN>"
        for kind, ivorn in sketch.cites
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0"
  role={quoteattr(sketch.role)} ivorn={quoteattr(sketch.ivorn)}>
<Who><AuthorIVORN>{escape(sketch.ivorn.partition("#")[0])}</AuthorIVORN>
<Date>{_iso(sketch.written)}</Date></Who>
<What>{"".join(_params(sketch.params))}</What>
<WhereWhen><ObsDataLocation><ObservatoryLocation id="GEOLEO"/><ObservationLocation>
<AstroCoordSystem id={quoteattr(sketch.frame)}/>
<AstroCoords coord_system_id={quoteattr(sketch.frame)}>
<Time unit="s"><TimeInstant><ISOTime>{_iso(sketch.observed)}</ISOTime></TimeInstant></Time>
{place}</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>
{f"<Citations>{cites}</Citations>" if cites else ""}</voe:VOEvent>"""
    return text.encode()


def _params(params: Iterable[Param]) -> Iterable[str]:
    grouped: dict[str, list[str]] = {}
    for group, name, value in params:
        param = f"<Param name={quoteattr(name)} value={quoteattr(value)}/>"
        grouped.setdefault(group, []).append(param)
    for group, inside in grouped.items():
        text = "".join(inside)
        yield f"<Group name={quoteattr(group)}>{text}</Group>" if group else text


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}"


def drill_packet(
    *, ivorn: str, event_id: str, now: datetime, ra_deg: float, dec_deg: float
) -> bytes:
    """Return a typical test alert: a coded-mask position, ten seconds old, role test."""
    return _coded_mask(ivorn, "test", event_id, now, (ra_deg, dec_deg))


def burst_packet(
    *, now: datetime, ra_deg: float, dec_deg: float, number: int = 0, event_id: str = ""
) -> bytes:
    """Return what a coded-mask telescope would send of a burst ten seconds old.

    For rehearsals: its role is observation, so it moves a telescope wherever its authority may.
    Without `event_id` the burst is the `number`-th of its day.
    """
    event_id = event_id or f"sb{now:%y%m%d}{number % 100:02d}"
    ivorn = f"{SVOM}#{event_id}_eclairs-wakeup"
    return _coded_mask(ivorn, "observation", event_id, now, (ra_deg, dec_deg))


def retraction_packet(*, ivorn: str, event_id: str, now: datetime, cites: str) -> bytes:
    """Return the packet by which a publisher takes the packet `cites` of an event back."""
    return voevent(
        Sketch(
            ivorn=ivorn,
            role="observation",
            written=now,
            observed=now,
            params=(("", "Packet_Type", "219"), ("Svom_Identifiers", "Burst_Id", event_id)),
            cites=(("retraction", cites),),
        )
    )


def _coded_mask(
    ivorn: str, role: str, event_id: str, now: datetime, place_deg: tuple[float, float]
) -> bytes:
    burst_at = now - timedelta(seconds=10)
    return voevent(
        Sketch(
            ivorn=ivorn,
            role=role,
            written=now,
            observed=burst_at,
            ra_deg=place_deg[0] % 360.0,
            dec_deg=place_deg[1],
            error_deg=0.05,
            frame="UTC-ICRS-GEO",
            params=(
                ("", "Packet_Type", "202"),
                ("", "Instrument", "ECLAIRs"),
                ("Svom_Identifiers", "Burst_Id", event_id),
                ("Svom_Identifiers", "Alert_Seq_T0", f"{_iso(burst_at)}Z"),
                ("Detection_Info", "SNR", "20.0"),
            ),
        )
    )
