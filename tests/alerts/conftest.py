"""Packets of the outside world, and packets of our own making."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pyros.actors.alerts import unified, voevent
from pyros.actors.alerts.gate import Door, Policy
from pyros.domain.alert import Notice

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
