"""Inputs to survive: what is rejected, what is kept and can never move a telescope."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyros.actors.alerts import unified, voevent
from pyros.actors.alerts.gate import gate
from pyros.actors.alerts.voevent import Unreadable
from pyros.domain.alert import Notice, Origin

REJECTED = {
    "billion_laughs.xml": "DOCTYPE",
    "xxe_file.xml": "DOCTYPE",
    "external_dtd.xml": "DOCTYPE",
    "truncated.xml": "no XML",
    "empty.xml": "empty",
    "html_error_page.xml": "",
    "utf16_bom.xml": "UTF-8",
    "deep_nesting.xml": "no XML",
    "huge_2MB.xml": "at most 1000000",
    "json_deep.json": "nested too deeply",
    "kafka_error_text.json": "no JSON",
    "json_dup_keys.json": "a key stands twice",
}
NO_POSITION = {
    "ra_nan.xml",
    "ra_400.xml",
    "dec_148.xml",
    "ra_comma.xml",
    "ra_text.xml",
    "err_negative.xml",
    "err_zero.xml",
    "err_200.xml",
    "two_positions.xml",
    "unit_radians.xml",
    "ep_nan.json",
    "ep_null_event.json",
}
GOOD_AT = datetime(2026, 2, 28, 20, 58, 19, tzinfo=UTC)
"""When the packet was written that the XML ones are made from."""
EP_TOPIC = "gcn.notices.einstein_probe.wxt.alert"


def _read(path: Path) -> Notice:
    payload = path.read_bytes()
    if path.suffix == ".json":
        return unified.read(payload, topic=EP_TOPIC)
    return voevent.read(payload, topic="gcn.notices.svom.voevent.eclairs")


def _reasons(notice: Notice, policy, now: datetime | None = None) -> list[str]:
    if now is None:
        now = GOOD_AT if notice.form == "voevent" else notice.burst_at + timedelta(seconds=60)
    verdict = gate(notice, policy, source="gcn", now=now, burst_at=notice.burst_at)
    return [str(one) for one in verdict]


@pytest.mark.parametrize("name", sorted(REJECTED))
def test_what_cannot_be_read_is_rejected_with_its_reason(hostile: Path, name: str) -> None:
    """P35: bombs, entities, foreign encodings, deep nesting, too much, no document at all."""
    with pytest.raises(Unreadable) as why:
        _read(hostile / name)

    assert REJECTED[name] in str(why.value)


def test_every_other_packet_is_kept(hostile: Path) -> None:
    """P35: a broken field never loses the packet."""
    names = {path.name for path in hostile.iterdir()} - set(REJECTED) - {"MANIFEST.json"}

    assert names
    for name in sorted(names):
        _read(hostile / name)


@pytest.mark.parametrize("name", sorted(NO_POSITION))
def test_a_position_that_means_nothing_is_not_usable(hostile: Path, policy, name: str) -> None:
    """P35: the packet is kept and can never move a telescope."""
    notice = _read(hostile / name)

    assert notice.position is None
    assert any("position" in text for text in _reasons(notice, policy, GOOD_AT))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("role_missing.xml", "role missing: should be observation"),
        ("role_prediction.xml", "role prediction: should be observation"),
        ("role_test.xml", "role test: should be observation"),
        ("time_future.xml", "ahead of our clock"),
        ("time_bad.xml", "the time of the burst is not known"),
        ("time_empty.xml", "the time of the burst is not known"),
        ("retraction_of_unknown.xml", "a retraction"),
        ("ep_tense_injection.json", "alert_tense injection: should be current"),
    ],
)
def test_the_gate_says_why_it_stays_shut(hostile: Path, policy, name: str, reason: str) -> None:
    """P35, B9."""
    notice = _read(hostile / name)

    assert any(
        reason in text for text in _reasons(notice, policy, GOOD_AT if ".xml" in name else None)
    )


def test_a_missing_role_means_observation_but_was_not_written(hostile: Path) -> None:
    """P35: the standard's default is kept apart from what the sender wrote."""
    notice = _read(hostile / "role_missing.xml")

    assert (notice.role, notice.role_written) == ("observation", False)


def test_a_blank_between_date_and_time_is_accepted(hostile: Path, policy) -> None:
    """P35."""
    notice = _read(hostile / "time_space.xml")

    assert notice.burst_at is not None
    assert _reasons(notice, policy) == []


def test_barycentric_time_is_converted(hostile: Path) -> None:
    """P35: TDB is 69.184 s ahead of UTC since 2017."""
    plain = _read(hostile / "time_space.xml").time
    converted = _read(hostile / "coord_tdb.xml").time

    assert (plain - converted).total_seconds() == pytest.approx(69.184, abs=0.01)


def test_without_an_event_id_the_name_is_the_key(hostile: Path, policy) -> None:
    """P35: the packet still counts."""
    notice = _read(hostile / "burst_id_missing.xml")

    assert notice.event_id == ""
    assert _reasons(notice, policy) == []


def test_an_ellipse_has_its_longer_half_axis_as_error(hostile: Path) -> None:
    """P35."""
    notice = _read(hostile / "ep_error_list.json")

    assert notice.error_deg == max(_numbers_of_error(hostile))


def _numbers_of_error(hostile: Path) -> list[float]:
    return json.loads((hostile / "ep_error_list.json").read_text())["ra_dec_error"][:2]


def test_a_json_notice_without_an_id_is_kept(hostile: Path) -> None:
    """P35."""
    assert _read(hostile / "ep_id_missing.json").event_id == ""


def test_markup_in_names_stays_text(hostile: Path) -> None:
    """P35: names from packets are data."""
    notice = _read(hostile / "sql_and_html_in_names.xml")

    assert notice.burst_origin is Origin.TRIGGER
    assert "<" in notice.event_id or "'" in notice.event_id
