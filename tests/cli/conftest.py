"""Configurations of a house with its data in a folder of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyros.config.load import load
from pyros.config.model import Config

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"


@pytest.fixture
def a_config(tmp_path: Path) -> Callable[..., Config]:
    """The shipped configuration with free ports, data below `tmp_path`, and changes by block."""

    def build(**changes: dict) -> Config:
        config = load(SHIPPED)
        free = {
            "data": {"root": tmp_path / "data"},
            "web": {"port": 0},
            "alerts": {"sources": ()},
        }
        for block in free.keys() | changes.keys():
            update = {**free.get(block, {}), **changes.get(block, {})}
            changed = getattr(config, block).model_copy(update=update)
            config = config.model_copy(update={block: changed})
        return config

    return build


@pytest.fixture
def a_busy_port() -> Iterator[int]:
    """A port of loopback that somebody listens at."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]
