"""Each prerequisite of a start: ok, warn or FAIL, and the remedy."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyros.cli.prerequisites import Finding, examine
from pyros.config.alerts import InletSource, VtpSource
from pyros.sky.tables import leap_seconds

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def found(config, name: str, at: datetime = NOW) -> Finding:
    (one,) = [finding for finding in examine(config, at=at) if finding.name == name]
    return one


def test_a_fresh_house_may_start(a_config) -> None:
    """P02: on a machine where nothing is made yet; and the check itself makes nothing."""
    config = a_config()

    findings = list(examine(config, at=NOW))

    assert [finding.name for finding in findings if finding.stops] == []
    assert not config.data.root.exists()


def test_a_strategy_that_is_wrong_stops_the_start(a_config, tmp_path) -> None:
    """P02: with the place of each mistake."""
    strategy = tmp_path / "strategy.yaml"
    strategy.write_text("default: nothing\nplans: {}\n")

    finding = found(a_config(alerts={"strategy": strategy}), "strategy")

    assert finding.stops
    assert str(strategy) in finding.text


def test_a_request_that_is_wrong_is_a_warning(a_config, tmp_path) -> None:
    """P02, P04: the others are loaded."""
    (tmp_path / "one.yaml").write_text("short_name: M31\n")

    finding = found(a_config(simulation={"requests": tmp_path}), "request")

    assert not finding.holds
    assert not finding.stops
    assert "sequences" in finding.text


def test_a_finding_is_one_line_with_its_remedy() -> None:
    """P02."""
    good = Finding("disk", holds=True, text="80 GB free", remedy="free 3 GB")
    warned = Finding("clock", holds=False, text="not synchronised", remedy="timedatectl")
    failed = Finding("port", holds=False, text="8080 is used", remedy="stop it", blocking=True)

    assert str(good) == "ok    disk: 80 GB free"
    assert str(warned) == "warn  clock: not synchronised; timedatectl"
    assert str(failed) == "FAIL  port: 8080 is used; stop it"


def test_a_port_in_use_stops_the_start_and_names_who_uses_it(a_config, a_busy_port) -> None:
    """P02."""
    finding = found(a_config(web={"port": a_busy_port}), "web port")

    assert finding.stops
    assert f"port {a_busy_port} of 127.0.0.1 is used by pid" in finding.text


def test_the_port_of_an_alert_inlet_must_be_free_too(a_config, a_busy_port) -> None:
    """P02."""
    inlet = InletSource(kind="inlet", name="door", port=a_busy_port)

    assert found(a_config(alerts={"sources": (inlet,)}), "port of alerts 'door'").stops


def test_a_broker_that_does_not_answer_is_a_warning(a_config, a_busy_port) -> None:
    """P01, P02: it may come later."""
    silent = VtpSource(kind="vtp", name="far", host="127.0.0.1", port=1)
    there = VtpSource(kind="vtp", name="near", host="127.0.0.1", port=a_busy_port)
    config = a_config(alerts={"sources": (silent, there)})

    assert not found(config, "alerts 'far'").holds
    assert not found(config, "alerts 'far'").stops
    assert found(config, "alerts 'near'").holds


def test_a_real_device_that_does_not_answer_never_stops_the_start(a_config) -> None:
    """P01, P02: a missing device starts DISABLED."""
    config = a_config()
    absent = config.devices["dome"].model_copy(
        update={"driver": "pyros", "address": "tcp://127.0.0.1:1"}
    )
    config = config.model_copy(update={"devices": {**config.devices, "dome": absent}})

    finding = found(config, "dome")

    assert not finding.holds
    assert not finding.stops
    assert "no answer at 127.0.0.1:1" in finding.text


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_folder_that_cannot_be_made_stops_the_start(a_config, tmp_path, below) -> None:
    """P02."""
    (tmp_path / "data").write_text("a file, no folder")
    config = a_config(data={"root": tmp_path / "data" / below})

    finding = found(config, "data folder")

    assert finding.stops
    assert "is no folder" in finding.text
    assert "data.root" in finding.remedy


def test_a_data_folder_that_cannot_be_written_stops_the_start(a_config) -> None:
    """P02: not even by root."""
    finding = found(a_config(data={"root": Path("/proc/self")}), "data folder")

    assert finding.stops
    assert "cannot be written" in finding.text


def test_a_disk_with_too_little_room_is_a_warning(a_config) -> None:
    """P02."""
    finding = found(a_config(data={"night_gb": 1e9}), "disk")

    assert not finding.holds
    assert not finding.stops
    assert finding.remedy.startswith("free ")


@pytest.mark.parametrize(
    ("revision", "words"),
    [(None, "no revision"), ("ffffffff", "newer than this program")],
)
def test_a_database_of_another_schema_stops_the_start(a_config, revision, words) -> None:
    """P02: the remedy is a command."""
    config = a_config().model_copy(update={"simulation": None})  # simulated, it would be upgraded
    config.data.root.mkdir()
    with closing(sqlite3.connect(config.data.root / "pyros.db")) as database, database:
        database.execute("create table alembic_version (version_num varchar(32) not null)")
        if revision:
            database.execute("insert into alembic_version values (?)", (revision,))

    finding = found(config, "database")

    assert finding.stops
    assert words in finding.text
    assert finding.remedy


def test_a_file_that_is_no_database_stops_the_start(a_config) -> None:
    config = a_config()
    config.data.root.mkdir()
    (config.data.root / "pyros.db").write_bytes(b"garbage " * 1000)

    assert found(config, "database").stops


def test_tables_that_end_are_a_warning_and_never_a_refusal(a_config) -> None:
    """P02, B2: the clock may be years ahead of the tables."""
    late = leap_seconds().until + timedelta(days=1000)

    findings = [one for one in examine(a_config(), at=late) if one.name == "tables"]

    assert findings
    assert not any(finding.holds for finding in findings)
    assert not any(finding.stops for finding in findings)
