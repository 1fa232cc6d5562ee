"""Every real packet against what its manifest says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from pyros.actors.alerts.gate import Policy, gate
from pyros.domain.alert import Nature, Notice, Origin

OTHER_NAMES = {"Einstein Probe": "EP", "KONUS": "Konus"}
"""Missions that we call otherwise than the manifest does."""


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _near(a: datetime | None, b: datetime | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= timedelta(milliseconds=2)


def _cites(notice: Notice) -> str:
    return " ".join(f"{one.cite}:{one.ivorn}" for one in notice.citations)


def test_every_packet_is_read_as_its_manifest_says(manifest, notice_of) -> None:
    """P35: role, name, event id, numbers, times and citations of 79 notices."""
    wrong = []
    for row in manifest:
        notice = notice_of(row)
        role = notice.role or "(absent)"
        found = {
            "role": role,
            "ivorn": notice.ivorn or None,
            "event_id": notice.event_id_written or None,
            "ra_deg": notice.ra_deg,
            "dec_deg": notice.dec_deg,
            "err_deg": notice.error_deg,
        }
        expected = {key: row[key] for key in found}
        if row["mission"] in {"ALARRM-REQUEST", "Gaia", "dc3.broker"}:
            expected["event_id"] = None
        if row["file"].startswith("EinsteinProbe"):
            expected["err_deg"] = pytest.approx(row["err_deg"])
        if found != expected:
            wrong.append((row["file"], found, expected))
        if not _near(notice.time, _instant(row["iso_time_utc"])):
            wrong.append((row["file"], "time", notice.time, row["iso_time_utc"]))
        if not _near(notice.written, _instant(row["notice_time_utc"])):
            wrong.append((row["file"], "written", notice.written, row["notice_time_utc"]))
        if row["cites"] is not None and _cites(notice) != row["cites"]:
            wrong.append((row["file"], "cites", _cites(notice), row["cites"]))
    assert wrong == []


def test_positions_are_usable_where_the_manifest_says_so(manifest, notice_of) -> None:
    """P35: 0/0, missing errors and pointings of satellites are no places of a source."""
    usable = {row["file"]: notice_of(row).position is not None for row in manifest}

    assert usable == {row["file"]: row["usable_position"] for row in manifest}


def test_the_time_of_the_burst_is_never_the_time_of_later_data(manifest, notice_of) -> None:
    """P35: MXT, XRT and UVOT give the time of their own exposure."""
    wrong = []
    for row in manifest:
        notice = notice_of(row)
        at = notice.burst_at if notice.burst_origin is not Origin.DATA else None
        if not _near(at, _instant(row["t0_utc"])):
            wrong.append((row["file"], at, row["t0_utc"]))
    assert wrong == []


def test_kinds_that_are_no_bursts_are_told_apart(manifest, notice_of) -> None:
    """P35: retractions, pointings, tests and utility packets."""
    natures = {
        "retraction": Nature.RETRACTION,
        "pointing": Nature.POINTING,
        "test": Nature.TEST,
        "utility": Nature.UTILITY,
    }
    told = {row["file"]: notice_of(row).nature for row in manifest if row["kind"] in natures}

    assert told == {row["file"]: natures[row["kind"]] for row in manifest if row["kind"] in natures}


def test_missions_are_known_by_the_publisher(manifest, notice_of) -> None:
    """P35."""
    ours = {row["file"]: notice_of(row).mission for row in manifest}
    strangers = {"ALARRM-REQUEST", "Gaia", "dc3.broker", "AMON"}

    assert {name: ours[name] for name in ours} == {
        row["file"]: OTHER_NAMES.get(row["mission"], row["mission"])
        if row["mission"] not in strangers
        else ("IceCube" if row["mission"] == "AMON" else "")
        for row in manifest
    }


def test_exactly_the_packets_that_may_move_a_telescope_pass_the_gate(
    manifest, notice_of: Callable[..., Notice], policy: Policy
) -> None:
    """P35, B9: with the clock at the time of each notice."""
    passing = set()
    for row in manifest:
        notice = notice_of(row)
        now = notice.written or notice.burst_at + timedelta(seconds=60)
        if not gate(notice, policy, source="gcn", now=now, burst_at=notice.burst_at):
            passing.add(row["file"])

    assert passing == {row["file"] for row in manifest if row["may_move_telescope"]}
