"""Ports that nobody uses, for boxes which must be told theirs before they bind."""

from __future__ import annotations

import os
import socket

from pyros.errors import StartError

BELOW_EPHEMERAL = range(12_000, 32_000)
"""What the system gives to clients lies above: none of them takes a port that is promised."""
OWN = 500
"""A process promises ports out of so many of its own, one after another: until one is bound,
nobody else must be promised it."""
_first, _given = BELOW_EPHEMERAL.start + os.getpid() * OWN % len(BELOW_EPHEMERAL), 0


def free_ports(count: int) -> int:
    """Return the first of so many ports of 127.0.0.1 in a row that are free now.

    Raises:
        StartError: there are none.
    """
    global _given  # noqa: PLW0603  what was promised is a fact of the process
    for _ in range(OWN):
        if _given + count > OWN:
            _given = 0
        first = _first + _given
        _given += 1
        if all(_is_free(port) for port in range(first, first + count)):
            _given += count - 1
            return first
    raise StartError(f"no {count} free ports in a row on 127.0.0.1; close some servers")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
