"""What the machine is asked."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from pyros.cli.host import clock_is_synchronised, user_of_port


def test_who_listens_at_a_port_is_named() -> None:
    """P02: the remedy names the process."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        said = user_of_port(server.getsockname()[1])

    assert said == f"pid {os.getpid()} ({Path('/proc/self/comm').read_text().strip()})"


def test_nobody_listens_at_a_free_port() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

    assert user_of_port(port) == ""


def test_the_clock_is_synchronised_or_not() -> None:
    assert clock_is_synchronised() in (True, False)
