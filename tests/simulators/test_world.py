"""The whole world: the same seed and the same calls give the same night; faults begin and end."""

from __future__ import annotations

from hashlib import sha256

import pytest

from pyros.errors import InvalidValue
from pyros.link.device import Trouble
from simulators.faults import Fault


def trace(night) -> str:
    """Return a digest of an hour's work: every snapshot, and the bytes of a frame."""
    digest = sha256()
    night.observing()
    for place in range(3):
        night.order("wheel-vis", "select", name="gri"[place])
        night.run(5.0)
        key = night.order("camera-vis", "expose", exposure_s=20.0)
        night.run(25.0)
        digest.update(night.box("camera-vis").frame(key, 0).pixels)
        for name, box in night.world.boxes.items():
            digest.update(repr((name, box.snapshot())).encode())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_night_to_the_byte(a_night) -> None:
    """P11: simulators repeat themselves where a test wants it."""
    assert trace(a_night(7)) == trace(a_night(7))


def test_another_seed_gives_another_night(a_night) -> None:
    assert trace(a_night(7)) != trace(a_night(8))


def test_every_device_of_the_configuration_is_there_and_says_who_it_is(night) -> None:
    for name, entry in night.config.devices.items():
        box = night.box(name)
        hello = box.hello()
        assert box.kind == entry.kind
        assert hello["identity"]["serial"]
        assert hello["factor"] == 1.0
        assert set(hello["capabilities"]["verbs"]) == box.verbs


def test_its_snapshots_count_up_and_a_frozen_device_repeats_the_last(night) -> None:
    box = night.box("dome")
    first = box.snapshot()
    night.clock.advance(1.0)
    assert box.snapshot()["seq"] == first["seq"] + 1
    night.world.inject(Fault(device="dome", kind="freeze"))
    frozen = box.snapshot()
    night.clock.advance(5.0)
    assert box.snapshot() == frozen
    night.world.clear("dome")
    assert box.snapshot()["seq"] > frozen["seq"]


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [
        ("crash", Trouble.CUT),
        ("power_loss", Trouble.CUT),
        ("link_cut", Trouble.CUT),
        ("hang", Trouble.SILENT),
        ("slow", Trouble.SLOW),
        ("garbage", Trouble.GARBAGE),
        ("lost_ack", Trouble.LOST_ACK),
        ("duplicate_reply", Trouble.TWICE),
    ],
)
def test_faults_of_the_line_show_on_the_line_alone(night, kind: str, trouble: Trouble) -> None:
    box = night.box("weather")
    assert box.disturbance() is None
    night.world.inject(Fault(device="weather", kind=kind, duration_s=10.0))
    found = box.disturbance()
    assert found is not None
    assert found.trouble is trouble
    night.clock.advance(11.0)
    assert box.disturbance() is None


def test_a_fault_waits_for_its_verb_its_progress_or_its_instant(night) -> None:
    night.world.inject(Fault(device="wheel-vis", kind="stuck", when="start:select"))
    night.world.inject(Fault(device="telescope", kind="hang", when="progress:slew:0.5"))
    later = night.clock.utc().replace(hour=7).isoformat()
    night.world.inject(Fault(device="weather", kind="rain_sudden", when=f"utc:{later}"))
    night.run(5.0)
    assert not any(box.faults.active for box in night.world.boxes.values())

    night.order("wheel-vis", "select", name="r")
    assert "stuck" in night.box("wheel-vis").faults.active
    night.order("telescope", "unpark")
    night.run(4.0)
    night.order("telescope", "slew", **night.place(60.0, 170.0))
    night.run(5.0)
    night.box("telescope").snapshot()
    assert not night.box("telescope").faults.active
    night.run(20.0)
    night.box("telescope").snapshot()
    assert "hang" in night.box("telescope").faults.active
    night.clock.advance(3600.0)
    assert night.seen("weather")["sensors"]["rain"]["value"] is True


def test_what_a_device_cannot_suffer_is_refused_with_what_it_can(night) -> None:
    with pytest.raises(InvalidValue, match="tracking_lost"):
        night.world.inject(Fault(device="telescope", kind="rain_sudden"))
    with pytest.raises(InvalidValue, match="progress:<verb>"):
        night.world.inject(Fault(device="telescope", kind="stall", when="soon"))


def test_faults_of_the_configuration_are_planned_and_written_down(a_night) -> None:
    planned = {"device": "plc", "kind": "door_open", "duration_s": 60.0}
    night = a_night(faults=[planned])
    assert night.seen("plc")["is_safe"] is False
    night.run(61.0)
    assert night.seen("plc")["is_safe"] is True
    book = night.box("plc").faults.book
    assert [(line.at_s, line.active) for line in book] == [(0.0, True), (60.0, False)]


def test_bad_numbers_and_refusals_can_be_had_of_every_kind(night) -> None:
    for name in night.world.boxes:
        night.world.inject(Fault(device=name, kind="refuse"))
        night.world.inject(Fault(device=name, kind="number_bad"))
    state = night.seen("telescope")
    assert state["altitude_deg"] != state["altitude_deg"]


def test_an_operation_that_is_never_done_runs_until_it_is_aborted(night) -> None:
    night.world.inject(Fault(device="dome", kind="never_done"))
    night.order("dome", "kick")
    key = night.order("dome", "open_shutter")
    night.run(200.0)
    assert night.ended("dome", key) == "running"
    night.world.clear("dome")
    night.order("dome", "abort")
    assert night.ended("dome", key) == "aborted"
