"""The simulated camera: it exposes, reads out, cools, keeps its frames until told."""

from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np
import pytest

from pyros.errors import InvalidValue, NotNow
from pyros.link.frames import read_part
from pyros.link.wire import encode
from simulators.faults import Fault

CAMERA = "camera-vis"


def pixels(night, key: str) -> np.ndarray:
    """Return a held frame as a client would read it."""
    part = night.box(CAMERA).frame(key, 0)
    return read_part([encode(part.header), part.pixels], key, 0).rows


def exposed(night, **args: object) -> np.ndarray:
    """Return the frame of an exposure, taken now."""
    key = night.order(CAMERA, "expose", **args)
    night.run(float(args["exposure_s"]) + 4.0)
    assert night.ended(CAMERA, key) == "done"
    return pixels(night, key)


def test_an_exposure_takes_its_time_and_its_readout_and_is_held_until_dropped(night) -> None:
    key = night.order(CAMERA, "expose", exposure_s=10.0, frame="DARK")
    night.run(5.0)
    seen = night.seen(CAMERA)
    assert (seen["phase"], seen["remaining_s"]) == ("exposing", 5.0)
    night.run(6.0)
    assert night.seen(CAMERA)["phase"] == "reading"
    night.run(2.0)
    seen = night.seen(CAMERA)
    assert (seen["phase"], seen["frames"]) == ("idle", [key])
    night.box(CAMERA).drop(key)
    assert night.seen(CAMERA)["frames"] == []
    with pytest.raises(NotNow):
        night.box(CAMERA).frame(key, 0)


def test_a_second_exposure_is_refused_while_one_runs(night) -> None:
    night.order(CAMERA, "expose", exposure_s=10.0)
    with pytest.raises(NotNow, match="busy"):
        night.order(CAMERA, "expose", exposure_s=10.0)


def test_an_aborted_exposure_leaves_no_frame_and_a_stopped_one_does(night) -> None:
    aborted = night.order(CAMERA, "expose", exposure_s=10.0)
    night.run(3.0)
    night.order(CAMERA, "abort")
    night.run(15.0)
    assert night.ended(CAMERA, aborted) == "aborted"
    assert night.seen(CAMERA)["frames"] == []

    stopped = night.order(CAMERA, "expose", exposure_s=10.0)
    night.run(4.0)
    night.order(CAMERA, "stop")
    night.run(3.0)

    assert night.ended(CAMERA, stopped) == "done"
    assert night.box(CAMERA).frame(stopped, 0).header["meta"]["exposure_s"] == 4.0


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ({"exposure_s": -1.0}, "exposure_s"),
        ({"exposure_s": "long"}, "exposure_s"),
        ({}, "exposure_s"),
        ({"exposure_s": 1.0, "frame": "SKY"}, "frame"),
        ({"exposure_s": 1.0, "binning_x": 0}, "binning_x"),
        ({"exposure_s": 1.0, "window": [0, 0, 5000, 10]}, "window"),
        ({"exposure_s": 1.0, "window": [0, 0, 10]}, "window"),
    ],
)
def test_what_cannot_be_exposed_is_refused_by_its_name(night, args: dict, name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        night.order(CAMERA, "expose", **args)
    assert refused.value.parameter == name
    assert night.seen(CAMERA)["phase"] == "idle"


def test_windows_and_bins_come_in_the_shape_that_was_ordered(night) -> None:
    detector = night.config.devices[CAMERA].detector
    rows, columns = detector.height_px, detector.width_px
    assert exposed(night, exposure_s=0.0, frame="BIAS").shape == (rows, columns)
    window = [100, 200, 300, 80]
    assert exposed(night, exposure_s=0.0, frame="BIAS", window=window).shape == (80, 300)
    binned = {"binning_x": 2, "binning_y": 4}
    assert exposed(night, exposure_s=0.0, frame="BIAS", **binned).shape == (rows // 4, columns // 2)


def test_a_light_frame_with_the_dome_shut_is_dark(night) -> None:
    dark = exposed(night, exposure_s=10.0, frame="DARK")
    light = exposed(night, exposure_s=10.0, frame="LIGHT")
    assert np.median(light) == pytest.approx(np.median(dark), abs=1.0)


def test_a_light_frame_under_an_open_dome_shows_sky_and_stars(night) -> None:
    dark = exposed(night, exposure_s=10.0, frame="DARK")
    night.observing()
    light = exposed(night, exposure_s=10.0, frame="LIGHT")
    level = float(np.median(light))
    assert level > float(np.median(dark)) + 50.0
    assert light.max() > level + 1000.0


def test_a_dome_that_shuts_during_an_exposure_takes_half_of_its_light(night) -> None:
    night.observing()
    whole = float(np.median(exposed(night, exposure_s=20.0))) - 1000.0
    key = night.order(CAMERA, "expose", exposure_s=20.0)
    night.order("dome", "close_shutter")
    night.run(25.0)
    assert float(np.median(pixels(night, key))) - 1000.0 == pytest.approx(whole / 2.0, rel=0.1)


def test_a_camera_starts_cold_where_the_configuration_says_so(a_night) -> None:
    """P54: ready at once."""
    cold, warm = a_night().seen(CAMERA), a_night(initially_cold=False).seen(CAMERA)
    assert cold["temperature_C"] == pytest.approx(-70.0, abs=0.3)
    assert (cold["cooler_on"], cold["cooler_stable"]) == (True, True)
    assert warm["temperature_C"] > -10.0
    assert (warm["cooler_on"], warm["cooler_stable"]) == (False, False)


def test_a_cooler_takes_minutes_works_hard_and_becomes_stable(a_night) -> None:
    """P11."""
    night = a_night(initially_cold=False)
    night.order(CAMERA, "cooler", on=True, setpoint_C=-70.0)
    temperatures = []
    for _ in range(20):
        night.run(30.0, 10.0)
        temperatures.append(night.seen(CAMERA)["temperature_C"])
    assert temperatures[0] > -45.0
    assert all(after < before + 0.3 for before, after in pairwise(temperatures))
    night.run(120.0, 10.0)
    seen = night.seen(CAMERA)
    assert seen["temperature_C"] == pytest.approx(-70.0, abs=0.3)
    assert seen["cooler_stable"] is True
    assert 50.0 < seen["power_pct"] < 95.0


def test_each_reading_of_the_temperature_differs_a_little(night) -> None:
    """P11: values drift."""
    read = []
    for _ in range(30):
        night.run(5.0, 5.0)
        read.append(night.seen(CAMERA)["temperature_C"])
    assert len(set(read)) > 25
    assert np.std(read) == pytest.approx(0.05, abs=0.04)


def test_a_crash_costs_the_frames_and_gives_another_boot(night) -> None:
    exposed(night, exposure_s=0.0, frame="BIAS")
    before = night.box(CAMERA).boot()
    night.world.inject(Fault(device=CAMERA, kind="crash", duration_s=5.0))
    night.run(6.0)
    assert night.box(CAMERA).boot() != before
    assert night.seen(CAMERA)["frames"] == []


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        ("shutter_stuck", lambda frame: np.median(frame) < 1010.0),
        ("all_zero", lambda frame: frame.max() == 0),
        ("saturated", lambda frame: frame.min() == 65535),
    ],
)
def test_each_fault_shows_in_the_frame(night, kind: str, test) -> None:
    night.observing()
    night.world.inject(Fault(device=CAMERA, kind=kind))
    assert test(exposed(night, exposure_s=10.0))


def test_a_corrupt_frame_has_another_crc_than_it_says(night) -> None:
    key = night.order(CAMERA, "expose", exposure_s=0.0, frame="BIAS")
    night.run(4.0)
    night.world.inject(Fault(device=CAMERA, kind="corrupt_frame"))
    part = night.box(CAMERA).frame(key, 0)
    assert part.header["crc32"] != zlib.crc32(part.pixels)


def test_a_frame_that_is_never_ready_ends_by_an_abort(night) -> None:
    night.world.inject(Fault(device=CAMERA, kind="exposure_never_ready"))
    key = night.order(CAMERA, "expose", exposure_s=5.0)
    night.run(60.0)
    assert night.seen(CAMERA)["phase"] == "reading"
    night.order(CAMERA, "abort")
    assert night.seen(CAMERA)["phase"] == "idle"
    assert night.ended(CAMERA, key) == "aborted"
