"""Simulated devices as a process of their own: they can be killed, stopped, and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders.process import until
from click.testing import CliRunner

from pyros.cli.simulate import simulate
from pyros.config.load import load
from pyros.drivers.registry import driver_maker, transport_to
from pyros.errors import DeviceUnreachable, LinkLost
from pyros.kernel.clock import SystemClock
from pyros.kernel.fence import Epoch
from pyros.link.address import PORTS
from pyros.link.ports import free_ports

CONFIG = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"
DOME = "driver: simulated, form: dome"
SPEED = 10.0
START = "2026-03-01T06:00:00Z"
PATIENCE_S = 30.0
"""What must happen happens within this, or the test fails; it decides nothing else."""

pytestmark = pytest.mark.realtime


@dataclass
class Site:
    """A configuration file on disk, and processes that play its dome."""

    file: Path
    admin: str
    process: subprocess.Popen[str] | None = None
    lines: tuple[str, ...] = ()

    def start(self) -> None:
        """Start `pyros simulate` for the dome alone, and read what it says of itself."""
        command = [sys.executable, "-m", "pyros", "simulate", str(self.file)]
        options = ["--only", "dome", "--speed", str(SPEED), "--admin", self.admin]
        self.process = subprocess.Popen(command + options, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.lines = tuple(self.process.stdout.readline().rstrip() for _ in range(2))

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End the process and return its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        code = process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()
        return code

    def driver(self, incarnation: int = 1) -> Any:
        """Return a driver to the dome, not yet connected."""
        entry = load(self.file).devices["dome"]
        clock = SimpleNamespace(factor=SPEED, real_monotonic=SystemClock().real_monotonic)
        make = driver_maker("dome", entry, transport_to("dome", entry))
        return make(SimpleNamespace(path="/dome", epoch=Epoch(1, incarnation), clock=clock))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    port = free_ports(PORTS)
    text = CONFIG.read_text().replace("start: dusk", f"start: {START}")
    text = text.replace(DOME, f"driver: simulated, address: 'tcp://127.0.0.1:{port}', form: dome")
    file = tmp_path / "site.yaml"
    file.write_text(text)
    for name in ("strategy.yaml", "examples"):
        (tmp_path / name).symlink_to(CONFIG.parent / name)
    made = Site(file, f"tcp://127.0.0.1:{free_ports(PORTS)}")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def dome(site: Site) -> Iterator[Any]:
    driver = site.driver()
    driver.connect(5.0)
    yield driver
    driver.disconnect()


def _is_gone(driver: Any) -> bool:
    try:
        driver.sample(0.5)
    except LinkLost:
        return True
    except DeviceUnreachable:
        return False
    return False


def _is_back(driver: Any) -> bool:
    try:
        driver.connect(1.0)
    except DeviceUnreachable:
        return False
    return True


def _is_kicked(driver: Any) -> bool:
    """Whether the line is fresh enough for an order; a busy machine may say its status late."""
    try:
        driver.kick()
    except DeviceUnreachable:
        return False
    return True


def test_it_says_one_line_for_each_device_with_its_address(site: Site) -> None:
    """P11: each can stand in for ever."""
    assert site.lines[0].split() == ["dome", "dome", load(site.file).devices["dome"].address]
    assert site.lines[1].split() == ["faults", "admin", site.admin]
    assert site.stop() == 0


def test_a_killed_device_is_lost_at_once_and_its_successor_is_another_boot(site, dome) -> None:
    """P01, P17: it comes back in any order, and is connected anew."""
    before = dome.sample(1.0).boot_id
    told = threading.Event()
    dome.on_change(told.set)

    site.stop(signal.SIGKILL)

    assert told.wait(PATIENCE_S)
    until(lambda: _is_gone(dome))
    site.start()
    until(lambda: _is_back(dome))
    assert dome.sample(1.0).boot_id != before


def test_an_order_to_a_stopped_process_is_never_executed_late(site, dome) -> None:
    """The order lay in its socket; when the process goes on it has grown too old."""
    dome.kick()
    os.kill(site.process.pid, signal.SIGSTOP)
    with pytest.raises(DeviceUnreachable):
        dome.open_shutter(key="a" * 32)
    threading.Event().wait(1.2)

    os.kill(site.process.pid, signal.SIGCONT)
    until(lambda: _is_back(dome))
    until(lambda: _is_kicked(dome))

    assert dome.port.client.operation("a" * 32) is None
    assert dome.sample(1.0).phase == "closed"


def test_a_dome_without_its_owner_closes_by_itself(site, dome) -> None:
    """Whoever is killed, the dome is closed."""
    dome.kick()
    dome.open_shutter(key="a" * 32)
    clock = SystemClock()
    while dome.sample(1.0).phase != "open":
        until(lambda: _is_kicked(dome))
        threading.Event().wait(0.05)
        assert clock.monotonic() < PATIENCE_S

    dome.disconnect()
    watcher = site.driver(2)
    until(lambda: _is_back(watcher))
    until(lambda: watcher.sample(1.0).phase == "closed")
    watcher.disconnect()


def test_a_fault_is_injected_and_cleared_from_the_command_line(site, dome) -> None:
    def told(*words: str) -> str:
        done = CliRunner().invoke(simulate, [*words, "--admin", site.admin])
        assert done.exit_code == 0, done.output
        return done.output

    assert "dome: limit_switch_both" in told("inject", "dome", "limit_switch_both")
    assert dome.sample(1.0).phase == "error"
    assert "dome: limit_switch_both" in told("list")
    assert "dome: well" in told("clear", "dome")
    assert dome.sample(1.0).phase == "closed"

    wrong = CliRunner().invoke(simulate, ["inject", "dome", "ghosts", "--admin", site.admin])
    assert wrong.exit_code != 0
    assert "limit_switch_both" in str(wrong.exception)


def test_a_second_one_at_the_same_address_says_so_in_one_line(site) -> None:
    command = [sys.executable, "-m", "pyros", "simulate", str(site.file), "--only", "dome"]
    second = subprocess.run(
        [*command, "--admin", f"tcp://127.0.0.1:{free_ports(PORTS)}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert second.returncode == 1
    assert "is another simulator or device there" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_device_that_does_not_exist_is_refused_with_those_that_do(site) -> None:
    done = CliRunner().invoke(simulate, [str(site.file), "--only", "domes"])
    assert done.exit_code != 0
    assert "should be one of" in str(done.exception)
