"""The contract of a mount, by every line."""

from __future__ import annotations

import pytest

from pyros.domain.devices.operation import OpState
from pyros.errors import InvalidValue, NotNow
from pyros.sky.coords import radec, separation_deg
from pyros.sky.site import Site


@pytest.fixture
def place(rig) -> tuple[float, float]:
    """A place 60 degrees high in the south."""
    site = rig.world.sky.site
    at = Site(lat_deg=site.lat_deg, lon_deg=site.lon_deg, height_m=site.height_m)
    ra, dec = radec(at, 60.0, 170.0, rig.clock.utc())
    return float(ra), float(dec)


def test_a_night_of_a_mount(rig, place) -> None:
    """Unpark, slew, track, park: each is accepted, moves, and is where it was sent."""
    mount = rig.driver("telescope")
    with pytest.raises(NotNow):
        mount.slew(*place, key=rig.key())
    mount.unpark(key=rig.key())
    rig.run(5.0)
    slew = mount.slew(*place, key=rig.key())
    assert slew.eta_s > 1.0
    rig.run(10.0)
    moving = mount.sample(5.0)
    assert (moving.phase, moving.op.key) == ("slewing", slew.key)
    assert 0.0 < moving.op.progress < 1.0
    rig.run(slew.eta_s)
    there = mount.sample(5.0)
    assert there.phase == "tracking"
    assert rig.end_of(mount, slew).state is OpState.DONE
    assert float(separation_deg(there.ra_deg, there.dec_deg, *place)) * 3600.0 < 10.0
    park = mount.park(key=rig.key())
    rig.run(120.0)
    assert rig.end_of(mount, park).state is OpState.DONE
    assert mount.sample(5.0).at_park is True


def test_an_abort_ends_a_slew_and_standstill_is_seen(rig, place) -> None:
    mount = rig.driver("telescope")
    mount.unpark(key=rig.key())
    rig.run(5.0)
    slew = mount.slew(*place, key=rig.key())
    rig.run(3.0)

    mount.abort()
    rig.run(4.0)

    assert rig.end_of(mount, slew).state is OpState.ABORTED
    first = mount.sample(5.0)
    rig.run(1.0)
    second = mount.sample(5.0)
    assert first.phase == second.phase == "idle"
    assert (first.altitude_deg, first.azimuth_deg) == (second.altitude_deg, second.azimuth_deg)


def test_what_it_cannot_reach_is_refused_before_it_moves(rig, place) -> None:
    mount = rig.driver("telescope")
    mount.unpark(key=rig.key())
    rig.run(5.0)

    with pytest.raises(InvalidValue):
        mount.slew(place[0], -89.0, key=rig.key())
    with pytest.raises(InvalidValue):
        mount.slew(400.0, 10.0, key=rig.key())

    assert mount.sample(5.0).phase == "idle"
