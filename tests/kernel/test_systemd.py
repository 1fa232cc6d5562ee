"""Words to systemd."""

from __future__ import annotations

import socket

from pyros.kernel.systemd import notify
from pyros.kernel.watchdog import Watchdog


def test_systemd_hears_of_start_watch_and_stop(thread_world, tmp_path, monkeypatch):
    """S78: a watchdog that dies falls silent, and WatchdogSec acts."""
    world = thread_world
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        world.run(world.part("a"), scan_s=60.0)
        watchdog = Watchdog(world.system.services, 0.1)
        watchdog.scan(watchdog.last_scan + 1.0)
        world.system.stop()

        words = [line.recv(100) for _ in range(3)]

    assert words == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_without_systemd_nothing_is_said(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    assert notify("READY=1") is False


def test_a_socket_that_is_gone_harms_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))

    assert notify("READY=1") is False
