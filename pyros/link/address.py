"""Addresses of devices: where their three sockets are, and how far they reach."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from pyros.errors import ConfigError

_TCP: Final = re.compile(r"tcp://([A-Za-z0-9_.-]+):(\d{1,5})")
PORTS: Final = 3
"""So many in a row has a device at TCP: for orders, for status, for frames."""
_INPROC: Final = re.compile(r"inproc://([A-Za-z0-9_.-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The sockets for orders, status and frames; `remote` if the bytes go through a network."""

    command: str
    status: str
    data: str
    remote: bool


def parse(text: str, *, frames_port: int | None = None, insecure: bool = False) -> Address:
    """Return the sockets of `tcp://host:N` (N, N + 1, N + 2) or `inproc://name`.

    Raises:
        ConfigError: neither; or TCP beyond loopback, which nothing protects yet, without
            `insecure`.
    """
    inproc = _INPROC.fullmatch(text)
    if inproc is not None:
        return Address(command=text, status=f"{text}.status", data=f"{text}.data", remote=False)
    tcp = _TCP.fullmatch(text)
    if tcp is None or not 1 <= int(tcp[2]) <= 65533:
        raise ConfigError(f"address {text!r}: should be tcp://host:port or inproc://name")
    host, port = tcp[1], int(tcp[2])
    if not (insecure or is_loopback(host)):
        raise ConfigError(
            f"address {text}: orders to devices are not encrypted, so TCP stays on this machine; "
            "should be tcp://127.0.0.1:port"
        )
    data = frames_port if frames_port is not None else port + 2
    return Address(
        command=text, status=f"tcp://{host}:{port + 1}", data=f"tcp://{host}:{data}", remote=True
    )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
