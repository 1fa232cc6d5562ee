"""A world that plays some devices alone knows the others by their status streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from pyros.domain.devices.orders import Exposure
from pyros.kernel.clock import SystemClock
from simulators.serve import Served, addresses, listening
from simulators.world import World

CAMERA = "camera-vis"
PATIENCE_S = 20.0


def told(**state: object) -> SimpleNamespace:
    """Return the newest status of a device."""
    return SimpleNamespace(latest={"state": state})


OPEN = told(open_switch=True, closed_switch=False, azimuth_deg=100.0)
SHUT = told(open_switch=False, closed_switch=True, azimuth_deg=100.0)
SILENT = SimpleNamespace(latest=None)
TRACKING = told(phase="tracking", ra_deg=120.0, dec_deg=40.0, altitude_deg=60.0, azimuth_deg=103.0)
AWAY = told(phase="tracking", ra_deg=120.0, dec_deg=40.0, altitude_deg=60.0, azimuth_deg=180.0)
RED, BETWEEN = told(name="r"), told(name=None)


def level(night, telescope, dome, wheel) -> float:
    """Return how bright a frame of 10 s is, beyond its bias, when the others say this."""
    elsewhere = {"telescope": telescope, "dome": dome, "wheel-vis": wheel}
    world = World(night.config, 1, clock=night.clock, elsewhere=elsewhere)
    camera = world.boxes[CAMERA]
    key = night.key()
    camera.begin(key, "expose", {"exposure_s": 10.0})
    night.clock.advance(20.0)
    return float(np.median(np.frombuffer(camera.frame(key, 0).pixels, "<u2"))) - 1000.0


@pytest.mark.parametrize(
    ("telescope", "dome", "wheel", "bright"),
    [
        pytest.param(TRACKING, OPEN, RED, True, id="all is well"),
        pytest.param(TRACKING, SHUT, RED, False, id="the dome is shut"),
        pytest.param(AWAY, OPEN, RED, False, id="the slit is elsewhere"),
        pytest.param(TRACKING, OPEN, BETWEEN, False, id="the wheel is between two filters"),
        pytest.param(TRACKING, SILENT, RED, False, id="nothing was heard of the dome"),
        pytest.param(SILENT, SILENT, SILENT, False, id="nothing was heard at all"),
    ],
)
def test_a_frame_depends_on_what_the_others_say(night, telescope, dome, wheel, bright) -> None:
    assert (level(night, telescope, dome, wheel) > 20.0) is bright


def test_the_others_are_not_played_here(night) -> None:
    world = World(night.config, 1, clock=night.clock, elsewhere={"dome": SHUT})
    assert "dome" not in world.boxes
    assert world.boxes["plc"].snapshot()["state"]["inputs"]["dome_closed"]["value"] is True


def test_a_camera_alone_sees_the_sky_of_the_telescope_in_another_process(night) -> None:
    """P11: with `--only`, what it needs of the others comes from their status streams."""
    shipped = addresses(night.config, scheme="inproc")
    at = {name: f"{where}.{id(night)}" for name, where in shipped.items()}
    night.observing()
    night.order("wheel-vis", "select", name="r")
    night.run(5.0)
    others = ["telescope", "dome", "wheel-vis"]

    with (
        Served(night.world, at, only=others),
        listening(night.config, at, only=[CAMERA], clock=night.clock) as elsewhere,
    ):
        until(lambda: all(news.latest is not None for news in elsewhere.values()))
        world = World(night.config, 1, clock=night.clock, elsewhere=elsewhere)
        scene = world.boxes[CAMERA]._look(Exposure(exposure_s=1.0), 0.0)

    seen = night.seen("telescope")
    assert sorted(elsewhere) == sorted(others)
    assert scene.open_share == 1.0
    assert scene.band.name == "r"
    assert scene.ra_deg == pytest.approx(seen["ra_deg"], abs=1e-3)
    assert scene.dec_deg == pytest.approx(seen["dec_deg"], abs=1e-3)


def until(happens: Callable[[], object]) -> None:
    """Wait until something happens; fail if it does not."""
    clock, tick = SystemClock(), threading.Event()
    while not happens():
        assert clock.monotonic() < PATIENCE_S
        tick.wait(0.02)
