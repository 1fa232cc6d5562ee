"""The contract of a camera, by every line."""

from __future__ import annotations

import numpy as np
import pytest

from pyros.domain.devices.operation import OpState
from pyros.domain.devices.orders import Exposure, Frame
from pyros.errors import HardwareFault, NotNow
from pyros.kernel.fence import Epoch
from simulators.faults import Fault

BIAS = Exposure(exposure_s=0.0, frame=Frame.BIAS)


def shape_of(rig) -> tuple[int, int]:
    """Return rows and columns of the configured detector."""
    detector = rig.world._config.devices["camera-vis"].detector
    return detector.height_px, detector.width_px


def test_an_exposure_is_fetched_by_its_key_and_dropped_when_it_is_safe(rig) -> None:
    camera = rig.driver("camera-vis")
    exposure = camera.expose(Exposure(exposure_s=3.0, frame=Frame.DARK), key=rig.key())
    rig.run(1.0)
    assert camera.sample(5.0).phase == "exposing"
    rig.run(6.0)
    assert rig.end_of(camera, exposure).state is OpState.DONE
    assert camera.sample(5.0).frames == (exposure.key,)

    frame = camera.fetch(exposure.key, timeout_s=10.0)

    assert frame.pixels.shape == shape_of(rig)
    assert frame.pixels.dtype == np.dtype("<u2")
    assert frame.meta["exposure_s"] == 3.0
    assert frame.meta["frame"] == "DARK"
    again = camera.fetch(exposure.key, timeout_s=10.0)
    assert np.array_equal(frame.pixels, again.pixels)
    camera.drop(exposure.key)
    assert camera.sample(5.0).frames == ()
    with pytest.raises(NotNow):
        camera.fetch(exposure.key, timeout_s=10.0)


def test_a_corrupt_frame_is_never_handed_over_and_is_still_there_afterwards(rig) -> None:
    camera = rig.driver("camera-vis")
    exposure = camera.expose(BIAS, key=rig.key())
    rig.run(4.0)
    rig.world.inject(Fault(device="camera-vis", kind="corrupt_frame"))
    with pytest.raises(HardwareFault, match="corrupt"):
        camera.fetch(exposure.key, timeout_s=10.0)

    rig.world.clear("camera-vis")

    assert camera.fetch(exposure.key, timeout_s=10.0).pixels.shape == shape_of(rig)


def test_an_aborted_exposure_leaves_no_frame(rig) -> None:
    camera = rig.driver("camera-vis")
    exposure = camera.expose(Exposure(exposure_s=60.0), key=rig.key())
    rig.run(2.0)

    camera.abort(exposure.key)
    rig.run(2.0)

    assert rig.end_of(camera, exposure).state is OpState.ABORTED
    assert camera.sample(5.0).frames == ()


def test_a_frame_survives_its_owner(rig) -> None:
    """The exposure under way outlives the actor that ordered it."""
    camera = rig.driver("camera-vis")
    exposure = camera.expose(Exposure(exposure_s=5.0), key=rig.key())
    camera.disconnect()
    rig.run(10.0)

    successor = rig.driver("camera-vis", Epoch(1, 2))

    assert successor.sample(5.0).frames == (exposure.key,)
    assert successor.fetch(exposure.key, timeout_s=10.0).key == exposure.key


def test_the_cooler_does_as_it_is_told(rig) -> None:
    camera = rig.driver("camera-vis")
    camera.cooler(on=True, setpoint_C=-60.0, key=rig.key())
    rig.run(900.0, 10.0)
    sample = camera.sample(5.0)
    assert sample.setpoint_C == -60.0
    assert sample.temperature_C == pytest.approx(-60.0, abs=0.5)
    assert sample.cooler_stable is True
