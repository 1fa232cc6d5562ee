"""Bad input to `pyros run`: one clear line each, exit code 1, never a traceback."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import sys

import pytest
from builders.process import ROOT

from pyros.actors.alerts.templates import burst_packet
from pyros.actors.alerts.vtp import Word
from pyros.cli.author import send, time_at
from pyros.errors import StartError
from pyros.link.ports import free_ports
from pyros.store import alerts, requests, schema
from pyros.store.engine import Store

pytestmark = pytest.mark.realtime

REAL = """\
site: {name: Hill, latitude_deg: 31.0, longitude_deg: -115.0, height_m: 2000}
data: {root: data}
web: {port: 0}
devices:
  telescope: {kind: telescope, unit: mount, driver: pyros, address: "tcp://127.0.0.1:7310"}
  camera: {kind: camera, unit: vis, driver: pyros, address: "tcp://127.0.0.1:7320", channel: vis}
  weather: {kind: weather, unit: weather, driver: pyros, address: "tcp://127.0.0.1:7330"}
channels: {vis: {camera: camera}}
"""


def start(config, *options, prefix=()):
    """What `pyros run` says to bad input, and its exit code; it must end by itself."""
    command = [*prefix, sys.executable, "-m", "pyros", "run", str(config), *options]
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100
    )
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "supervision tree" not in ran.stdout
    assert ran.stderr.count("FAIL  ") <= 1
    assert len(ran.stderr.splitlines()) <= 4  # the line, its place, a remedy
    return ran.returncode, ran.stderr


def test_broken_yaml_is_told_with_its_place(config):
    """P02, B10."""
    code, said = start(config(("site:\n", "site: [\n")))

    assert code == 1
    assert "house.yaml:" in said


def test_an_unknown_kind_of_device_is_told_with_those_there_are(config):
    """P02, P05, B10."""
    code, said = start(config(("kind: dome, unit", "kind: umbrella, unit")))

    assert code == 1
    assert "umbrella" in said
    assert "dome" in said


@pytest.mark.parametrize("what", ["web", "inlet"])
def test_a_port_that_is_taken_is_named(config, what, tmp_path):
    """P02."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        web, inlet = (port, 0) if what == "web" else (0, port)
        house = config(("port: 8080", f"port: {web}"), ("port: 8098", f"port: {inlet}"))

        code, said = start(house, "--data", str(tmp_path / "data"))

    assert code == 1
    assert str(port) in said


def test_a_data_folder_that_is_a_file_is_told(config, tmp_path):
    """P02."""
    (tmp_path / "file").write_text("no folder")

    code, said = start(config(), "--data", str(tmp_path / "file"), "--port", "0")

    assert code == 1
    assert "data folder" in said


def test_a_data_folder_that_cannot_be_written_is_told(config, tmp_path):
    """P02: whoever starts it, root too, on a disk that is read-only."""
    (tmp_path / "data").mkdir()
    mount = f"mount -t tmpfs -o ro none {tmp_path / 'data'}"
    alone = ("unshare", "--mount", "--map-root-user", "sh", "-c", f'{mount} && exec "$@"', "-")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("mount namespaces cannot be made here")

    code, said = start(config(), "--data", str(tmp_path / "data"), "--port", "0", prefix=alone)

    assert code == 1
    assert "cannot be written (Read-only file system)" in said


@pytest.mark.parametrize(("revision", "word"), [("base", "upgrade"), ("ffff", "newer")])
def test_a_database_of_another_version_is_told_with_the_remedy(tmp_path, revision, word):
    """P02: an old one names the command, a newer one the program."""
    (tmp_path / "house.yaml").write_text(REAL)
    store = Store(f"sqlite:///{tmp_path / 'data' / 'pyros.db'}")
    schema.upgrade(store)
    if revision == "base":
        schema.downgrade(store, "base")
    store.close()
    if revision == "ffff":
        with sqlite3.connect(tmp_path / "data" / "pyros.db") as database:
            database.execute("update alembic_version set version_num = 'ffff'")
        database.close()

    code, said = start(tmp_path / "house.yaml")

    assert code == 1
    assert word in said


def test_a_simulated_house_upgrades_an_old_database_by_itself(process):
    """P02: nothing stops it, and nobody is sent to a command."""
    store = Store(f"sqlite:///{process.data / 'pyros.db'}")
    schema.upgrade(store)
    schema.downgrade(store, "base")

    process.start().wait_for("dashboard:")

    assert schema.current(store) == schema.head()
    store.close()
    assert process.stop() == 0


def test_a_bad_example_is_left_out_with_a_word_and_the_rest_is_observed(process):
    """P02: an example is no reason to stay shut."""
    examples = process.config.parent / "examples"
    (examples / "aaa.yaml").write_text("short_name: broken\nsequences: 7\n")

    process.start().wait_for("begins, ")

    assert re.search(r"request .*aaa\.yaml is left out: \S+", process.said)
    assert len(process.read(requests.load_all)) == len(list(examples.glob("*.yaml"))) - 1
    assert process.stop() == 0
    assert "Traceback" not in process.said


def test_garbage_at_the_alert_port_costs_one_connection_and_no_alert(process, config):
    """P04, P34: the house lives, and the next packet is acknowledged."""
    port = free_ports(1)
    process.config = config(("port: 8098", f"port: {port}"))
    process.start().wait_for("dashboard:")
    process.until(lambda: answers(port))
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100, b"\x00\x00\x00\x05<a", b""):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(garbage)
    now = time_at(host="127.0.0.1", port=port)
    packet = burst_packet(now=now, ra_deg=10.0, dec_deg=30.0, number=1)

    assert send(packet, host="127.0.0.1", port=port).word is Word.ACK
    process.until(lambda: packet in {notice.raw for notice in process.read(alerts.notices)})
    assert len(process.read(alerts.alerts)) == 1
    assert process.stop() == 0
    assert "Traceback" not in process.said


def answers(port):
    """Whether the inlet is there."""
    try:
        return time_at(host="127.0.0.1", port=port) is not None
    except StartError:
        return False
