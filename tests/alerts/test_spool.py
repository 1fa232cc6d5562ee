"""Packets on disk, and ids in hand."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.alerts.ids import BLOCKS, PROVISIONAL, Ids
from pyros.actors.alerts.spool import Spool
from pyros.domain.alert import Packet

AT = datetime(2026, 3, 21, 4, 0, tzinfo=UTC)


def test_a_packet_comes_back_from_the_disk_as_it_went(tmp_path) -> None:
    """P36: line ends and zero bytes, too."""
    packet = Packet(payload=b"a\nb\r\n\x00c", source="vtp", received=AT, topic="t", sent=AT)
    spool = Spool(tmp_path / "spool")
    spool.keep(packet)

    assert spool.load(spool.kept()) == [packet]


def test_the_same_packet_is_kept_once_for_each_source(tmp_path) -> None:
    """P36."""
    spool = Spool(tmp_path)
    for source in ("a", "b", "a"):
        spool.keep(Packet(payload=b"x", source=source, received=AT))

    assert sorted(source for source, _ in spool.kept()) == ["a", "b"]


def test_a_damaged_file_is_left_out(tmp_path) -> None:
    """P36: and does not keep the others from being read."""
    spool = Spool(tmp_path)
    spool.keep(Packet(payload=b"x", source="a", received=AT))
    spool.keep(Packet(payload=b"y", source="b", received=AT))
    file = next(tmp_path.glob("a~*"))
    file.write_bytes(file.read_bytes()[:-1])

    assert [one.payload for one in spool.load(spool.kept())] == [b"y"]


def test_a_file_that_was_not_finished_does_not_count(tmp_path) -> None:
    """P36: a power cut in the middle."""
    (tmp_path / "a~123.part").write_bytes(b"{}")

    assert Spool(tmp_path).kept() == []


def test_dropping_twice_does_no_harm(tmp_path) -> None:
    """P36."""
    spool = Spool(tmp_path)
    spool.keep(Packet(payload=b"x", source="a", received=AT))
    keys = spool.kept()
    spool.drop(keys)
    spool.drop(keys)

    assert spool.kept() == []


@given(st.lists(st.sampled_from(["take", "add"]), max_size=80), st.integers(0, 3))
def test_no_id_is_given_twice(steps: list[str], ticks: int) -> None:
    """P36: with blocks, without, and with a clock that stands still."""
    ids = Ids(lambda: ticks)
    given_ids, next_id = [], 1
    for step in steps:
        if step == "take":
            given_ids.append(ids.take("alerts"))
        else:
            ids.add("alerts", next_id, 3)
            next_id += 3

    assert len(set(given_ids)) == len(given_ids)


def test_more_ids_are_wanted_when_half_are_left() -> None:
    """P36."""
    ids = Ids(lambda: 0)
    for name, count in BLOCKS.items():
        ids.add(name, 1, count)
    assert ids.low() == {}
    for _ in range(BLOCKS["alerts"] // 2):
        ids.take("alerts")

    assert ids.low() == {"alerts": BLOCKS["alerts"]}


def test_without_a_store_ids_come_from_the_clock() -> None:
    """P36: far above any that the store gives."""
    assert Ids(lambda: 12345).take("alerts") > PROVISIONAL
