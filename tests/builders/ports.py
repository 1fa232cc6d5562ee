"""Ports that nobody uses, for servers which must be told theirs before they bind."""

from __future__ import annotations

import contextlib
import os
import random
import socket

BELOW_EPHEMERAL = range(12_000, 32_000)
"""What the system gives to clients lies above: none of them takes a port that is promised."""
TRIES = 200
_DRAWN = random.Random(os.getpid())  # noqa: S311  two processes that test draw apart


def free_port() -> int:
    """Return a port of the loopback address that is free now."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that are free now."""
    for _ in range(TRIES):
        first = _DRAWN.randrange(BELOW_EPHEMERAL.start, BELOW_EPHEMERAL.stop - count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports in a row")


def _is_free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
