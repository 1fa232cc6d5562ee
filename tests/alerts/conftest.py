"""Packets of the outside world, and packets of our own making."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pyros.actors.alerts import unified, voevent
from pyros.actors.alerts.desk import Desk
from pyros.actors.alerts.filing import Filing
from pyros.actors.alerts.gate import Door, Policy
from pyros.actors.alerts.settings import Settings
from pyros.actors.alerts.strategy import strategy_of
from pyros.actors.alerts.templates import Sketch
from pyros.actors.alerts.templates import voevent as voevent_of
from pyros.domain.alert import Alert, Notice, Packet
from pyros.messages.events import AlertChanged

Row = Mapping[str, Any]

GCN_DOOR = Door(topics=True)
"""As GCN's Kafka: topics say whose packets they bring."""


def topic_of(row: Row) -> str:
    """Return the topic of a row without the publisher's remark behind it."""
    return (row["topic"] or "").split(" ")[0]


@pytest.fixture(scope="session")
def manifest(packets: Path) -> list[Row]:
    return json.loads((packets / "dev" / "MANIFEST.json").read_text())


@pytest.fixture(scope="session")
def hostile(packets: Path) -> Path:
    return packets / "hostile"


@pytest.fixture(scope="session")
def notice_of(packets: Path) -> Callable[[Row], Notice]:
    def read(row: Row) -> Notice:
        payload = (packets / "dev" / row["file"]).read_bytes()
        if row["format"] == "json":
            return unified.read(payload, topic=topic_of(row))
        return voevent.read(payload, topic=topic_of(row))

    return read


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy(doors={"gcn": GCN_DOOR})


T0 = datetime(2026, 3, 21, 4, 0, 0, tzinfo=UTC)
"""When the bursts of our own packets happen; the time is made up."""

SVOM = "ivo://org.svom/fsc"
GCN = "ivo://nasa.gsfc.gcn"

STRATEGY = {
    "default": "narrow",
    "rules": [{"name": "too wide", "when": {"r90_min_deg": 10}, "plan": "none"}],
    "plans": {
        "narrow": {
            "constraints": {"sun_max_deg": -12, "alt_min_deg": 15},
            "channels": {
                "vis": [
                    {"until_s": 60, "filter": "clear", "exposures_s": [5]},
                    {"until_s": 600, "filter": "clear", "exposures_s": [10, 20]},
                    {"until_s": "end", "filter": "r", "exposures_s": [60]},
                ],
                "nir": [{"until_s": "end", "exposures_s": [30]}],
            },
        },
    },
}


class Ours:
    """Packets of our own making, after each mission's documented format."""

    def eclairs(  # noqa: PLR0913 - the fields of a packet, by name
        self,
        burst: str = "sb26032101",
        *,
        ra_deg: float = 150.0,
        dec_deg: float = 20.0,
        error_deg: float = 0.1,
        burst_at: datetime = T0,
        late_s: float = 30.0,
        role: str = "observation",
        kind: int = 202,
        name: str = "eclairs-wakeup",
        cites: tuple[tuple[str, str], ...] = (),
        authority: str = SVOM,
    ) -> bytes:
        return voevent_of(
            Sketch(
                ivorn=f"{authority}#{burst}_{name}",
                role=role,
                written=burst_at + timedelta(seconds=late_s),
                observed=burst_at,
                ra_deg=ra_deg,
                dec_deg=dec_deg,
                error_deg=error_deg,
                frame="UTC-ICRS-GEO",
                params=(
                    ("", "Packet_Type", str(kind)),
                    ("Svom_Identifiers", "Burst_Id", burst),
                    ("Detection_Info", "SNR", "12.0"),
                ),
                cites=cites,
            )
        )

    def svom_retraction(self, burst: str = "sb26032101", *, late_s: float = 300.0) -> bytes:
        cited = (("retraction", f"{SVOM}#{burst}_eclairs-wakeup"),)
        return self.eclairs(burst, kind=219, name="retraction", cites=cited, late_s=late_s)

    def gbm(  # noqa: PLR0913 - the fields of a packet, by name
        self,
        trigger: int = 795000000,
        *,
        stage: str = "Fin_Pos",
        kind: int = 115,
        ra_deg: float = 152.0,
        dec_deg: float = 21.0,
        error_deg: float = 2.0,
        burst_at: datetime = T0,
        late_s: float = 600.0,
        params: tuple[tuple[str, str, str], ...] = (),
    ) -> bytes:
        return voevent_of(
            Sketch(
                ivorn=f"{GCN}/Fermi#GBM_{stage}{burst_at:%Y-%m-%dT%H:%M:%S}_{trigger}",
                role="observation",
                written=burst_at + timedelta(seconds=late_s),
                observed=burst_at,
                ra_deg=ra_deg,
                dec_deg=dec_deg,
                error_deg=error_deg,
                params=(
                    ("", "Packet_Type", str(kind)),
                    ("", "TrigID", str(trigger)),
                    ("Trigger_ID", "Def_NOT_a_GRB", "false"),
                    ("Trigger_ID", "Test_Submission", "false"),
                    *params,
                ),
            )
        )

    def bat(  # noqa: PLR0913 - the fields of a packet, by name
        self,
        trigger: int = 1190000,
        *,
        ra_deg: float = 150.0,
        dec_deg: float = 20.0,
        error_deg: float = 0.05,
        burst_at: datetime = T0,
        late_s: float = 15.0,
        identified: str = "true",
    ) -> bytes:
        return voevent_of(
            Sketch(
                ivorn=f"{GCN}/SWIFT#BAT_GRB_Pos_{trigger}-001",
                role="observation",
                written=burst_at + timedelta(seconds=late_s),
                observed=burst_at,
                ra_deg=ra_deg,
                dec_deg=dec_deg,
                error_deg=error_deg,
                params=(
                    ("", "Packet_Type", "61"),
                    ("", "TrigID", str(trigger)),
                    ("Solution_Status", "GRB_Identified", identified),
                    ("Solution_Status", "Def_NOT_a_GRB", "false"),
                ),
            )
        )


@pytest.fixture(scope="session")
def ours() -> Ours:
    return Ours()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    doors = {
        "vtp": Door(authorities=(GCN, SVOM)),
        "inlet": Door(moves=False),
        "gcn": GCN_DOOR,
    }
    return Settings(
        policy=Policy(doors=doors),
        strategy=strategy_of(
            STRATEGY, version="ours@1", channels={"vis": ("clear", "r"), "nir": ()}
        ),
        authority="ivo://observatory.example/site",
        programme="alerts",
        field_deg=0.25,
        spool=tmp_path / "spool",
    )


class Chain:
    """The desk with ids that count, and all that it said."""

    def __init__(self, settings: Settings) -> None:
        self._ids = count(1)
        self.desk = Desk(settings, lambda _name: next(self._ids))
        self.filings: list[Filing] = []

    def hear(
        self, payload: bytes, *, source: str = "vtp", topic: str = "", at: datetime | None = None
    ) -> Filing:
        now = at or self._written(payload, topic)
        packet = Packet(payload=payload, source=source, topic=topic, received=now)
        filing = self.desk.receive(packet, now)
        self.filings.append(filing)
        return filing

    @staticmethod
    def _written(payload: bytes, topic: str) -> datetime:
        if payload.startswith(b"{"):
            notice = unified.read(payload, topic=topic)
        else:
            notice = voevent.read(payload)
        return notice.written or notice.burst_at + timedelta(seconds=60)

    def said(self, kind: type) -> list[Any]:
        return [one for filing in self.filings for one in filing.events if isinstance(one, kind)]

    def alerts(self) -> list[Alert]:
        """Return the alerts as they stand, without those that became another's."""
        newest = {event.alert.id: event.alert for event in self.said(AlertChanged)}
        return [alert for alert in newest.values() if alert.merged_into is None]


@pytest.fixture
def chain(settings: Settings) -> Chain:
    return Chain(settings)


@pytest.fixture
def new_chain(settings: Settings) -> Callable[[], Chain]:
    return lambda: Chain(settings)
