"""What holds for every test: loopback only, no thread and no actor left behind."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
ENDING_S = 10.0
"""A thread that was told to end may take so long; only one that never ends fails a test."""


class ForeignAddress(AssertionError):
    """A test tried to leave this machine."""


def _is_here(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _judge(address: object) -> None:
    if isinstance(address, tuple) and not _is_here(address[0]):
        raise ForeignAddress(f"tests speak to loopback only, not to {address[0]}")


def _guard_sockets() -> None:
    """Let sockets of this process reach loopback only."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        _judge(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: object) -> int:
        _judge(address)
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: bytes, *rest: object) -> int:
        _judge(rest[-1])
        return sendto(self, data, *rest)

    def guarded_getaddrinfo(host: object, *rest: object, **named: object) -> list:
        _judge((host,))
        return getaddrinfo(host, *rest, **named)

    socket.socket.connect = guarded_connect
    socket.socket.connect_ex = guarded_connect_ex
    socket.socket.sendto = guarded_sendto
    socket.getaddrinfo = guarded_getaddrinfo


def pytest_configure() -> None:
    _guard_sockets()
    always = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("pyros", always, derandomize=True)
    settings.register_profile("explore", always, max_examples=1000)
    settings.load_profile("pyros")  # no duration and no luck decides, on no machine


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread which keeps the process alive, or an actor."""
    before, actors_before = set(threading.enumerate()), set(_actors())
    yield
    actors = _stopped([one for one in _actors() if one not in actors_before])
    left = [one for one in threading.enumerate() if one not in before and not one.daemon]
    for thread in left:
        thread.join(ENDING_S)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left behind: {', '.join(alive)}"
    assert not actors, f"actors left behind: {', '.join(actors)}"


def _actors() -> list[Any]:
    """Return every registered actor, if any module has loaded the library of actors."""
    pykka = sys.modules.get("pykka")
    return list(pykka.ActorRegistry.get_all()) if pykka else []


def _stopped(references: list[Any]) -> list[str]:
    """Stop these actors and return their names."""
    for reference in references:
        reference.stop(block=True, timeout=ENDING_S)
    return [str(reference) for reference in references]


@pytest.fixture(scope="session")
def packets() -> Path:
    """Folder of real alert packets, named by PYROS_PACKETS; it is not part of the project."""
    named = os.environ.get("PYROS_PACKETS")
    if not named:
        pytest.skip("PYROS_PACKETS is not set: the folder of real alert packets")
    folder = Path(named)
    assert folder.is_dir(), f"PYROS_PACKETS={named} is no folder"
    return folder


@pytest.fixture(scope="session")
def pages() -> ModuleType:
    """Return the tool that makes pages of the documents; it is no part of the package."""
    spec = spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
