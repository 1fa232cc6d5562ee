"""`pyros alert`: send packets to an observatory; say what a packet means to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from pyros.actors.alerts import unified, voevent
from pyros.actors.alerts.gate import Door, Policy, gate
from pyros.actors.alerts.stamp import fresh, shift_to
from pyros.actors.alerts.vtp import Word
from pyros.cli.author import send as hand_in
from pyros.cli.author import time_at
from pyros.cli.summary import print_summary
from pyros.domain.alert import Notice
from pyros.kernel.clock import SystemClock

Files = tuple[Path, ...]
_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def alert() -> None:
    """Send and inspect alert packets."""


@alert.command()
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the inlet is.")
@click.option("--port", default=8098, show_default=True, help="Its port.")
@click.option(
    "--fresh",
    "anew",
    is_flag=True,
    help="Stamp them anew: written now by the observatory's clock, as a new event.",
)
def send(files: Files, host: str, port: int, *, anew: bool) -> None:
    """Hand FILES in over the VOEvent transport.  Exit code 0 if all were acknowledged."""
    payloads = [(file, file.read_bytes()) for file in files]
    if anew:
        payloads = list(_stamped(payloads, host, port))
    refused = 0
    for file, payload in payloads:
        answer = hand_in(payload, host=host, port=port)
        refused += answer.word is not Word.ACK
        click.echo(f"{file.name}: {answer.word}{f': {answer.text}' if answer.text else ''}")
    raise SystemExit(1 if refused else 0)


def _stamped(
    payloads: list[tuple[Path, bytes]], host: str, port: int
) -> Iterator[tuple[Path, bytes]]:
    """Yield the packets as of now; those of one call stay as far apart as they were."""
    now = time_at(host=host, port=port) or SystemClock().utc()
    shift = min(shift_to(payload, now) for _, payload in payloads)
    serial = int(now.timestamp()) % 1_000_000
    for file, payload in payloads:
        yield file, fresh(payload, shift=shift, serial=serial)


@alert.command()
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option("--topic", default="", help="GCN topic that they came on, for JSON.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a packet.")
def read(files: Files, topic: str, *, as_json: bool) -> None:
    """Say what FILES mean, and what would keep them from moving a telescope when written."""
    for file in files:
        notice = _read(file, topic)
        reasons = _reasons(notice)
        if as_json:
            print_summary({"file": file.name, "reasons": reasons, **_plain(notice)})
            continue
        click.echo(f"{file.name}: {notice.mission} {notice.kind} {notice.event_id}")
        click.echo(f"  {_place(notice)}")
        for text in reasons or ["may move a telescope"]:
            click.echo(f"  {text}")


def _read(file: Path, topic: str) -> Notice:
    payload = file.read_bytes()
    if payload.lstrip()[:1] == b"{":
        return unified.read(payload, topic=topic)
    return voevent.read(payload, topic=topic)


def _reasons(notice: Notice) -> list[str]:
    """Return the gate's reasons at the time of the notice, from a source that may bring it."""
    door = Door(authorities=(notice.authority,), topics=notice.form == "json")
    now = notice.written or notice.burst_at or datetime.min.replace(tzinfo=UTC)
    policy = Policy(doors={"file": door})
    return [
        str(one) for one in gate(notice, policy, source="file", now=now, burst_at=notice.burst_at)
    ]


def _place(notice: Notice) -> str:
    place = notice.position
    if place is None:
        return "no usable position"
    return f"RA {place.ra_deg:.4f} Dec {place.dec_deg:+.4f} deg, r90 {place.r90_deg:.4f} deg"


def _plain(notice: Notice) -> dict[str, object]:
    return {
        "ivorn": notice.ivorn,
        "mission": notice.mission,
        "kind": notice.kind,
        "nature": notice.nature.value,
        "event_id": notice.event_id,
        "ra_deg": notice.ra_deg,
        "dec_deg": notice.dec_deg,
        "burst_at": notice.burst_at.isoformat() if notice.burst_at else None,
        "problems": list(notice.problems),
    }
