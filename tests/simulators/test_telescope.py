"""The simulated mount: it takes its time, follows the sky, and refuses what a mount refuses."""

from __future__ import annotations

import pytest

from pyros.errors import InvalidValue, NotNow
from pyros.sky.coords import altaz, separation_deg
from pyros.sky.site import Site
from simulators.faults import Fault


def test_a_slew_speeds_up_runs_and_arrives_where_it_was_sent(night) -> None:
    """P11: motors take time, with acceleration."""
    night.order("telescope", "unpark")
    night.run(4.0)
    place = night.place(60.0, 170.0)
    key = night.order("telescope", "slew", **place)
    speeds = []
    for _ in range(400):
        before = night.seen("telescope")
        night.run(0.1, 0.1)
        after = night.seen("telescope")
        if after["phase"] == "slewing":
            speeds.append(abs(after["azimuth_deg"] - before["azimuth_deg"]) / 0.1)
    moving = [speed for speed in speeds if speed < 100.0]  # not through north
    assert max(moving) <= 12.0 + 1e-6
    assert moving[1] < 2.0
    assert night.ended("telescope", key) == "done"
    seen = night.seen("telescope")
    assert seen["phase"] == "tracking"
    off = separation_deg(seen["ra_deg"], seen["dec_deg"], place["ra_deg"], place["dec_deg"])
    assert off * 3600.0 < 5.0


def test_while_it_tracks_it_shows_the_altitude_that_the_sky_says(night) -> None:
    night.observing()
    site = night.config.site
    here = Site(lat_deg=site.latitude_deg, lon_deg=site.longitude_deg, height_m=site.height_m)
    for _ in range(5):
        night.run(1700.0, 10.0)
        seen = night.seen("telescope")
        if seen["phase"] != "tracking":
            break
        altitude, azimuth = altaz(
            here, seen["target_ra_deg"], seen["target_dec_deg"], night.clock.utc()
        )
        assert seen["altitude_deg"] == pytest.approx(float(altitude), abs=0.001)
        assert seen["azimuth_deg"] == pytest.approx(float(azimuth), abs=0.002)


def test_tracking_is_nearly_perfect_and_never_quite(night) -> None:
    """P11: values drift."""
    night.observing()
    errors = []
    for _ in range(60):
        night.run(10.0, 10.0)
        errors.append(night.seen("telescope")["tracking_error_arcsec"])
    assert len(set(errors)) == len(errors)
    assert max(abs(error) for error in errors) < 10.0


def test_it_really_points_some_arcseconds_off_what_it_says(night) -> None:
    night.observing()
    seen = night.seen("telescope")
    truth = night.box("telescope").truth(night.world.now_s())
    off = separation_deg(seen["ra_deg"], seen["dec_deg"], truth.ra_deg, truth.dec_deg) * 3600.0
    assert 0.1 < off < 120.0


def test_a_parked_telescope_refuses_to_move(night) -> None:
    with pytest.raises(NotNow, match="parked") as refused:
        night.order("telescope", "slew", **night.place(60.0, 170.0))
    assert refused.value.number == 0x408


def test_a_target_below_the_limit_is_refused_with_the_limit(night) -> None:
    night.order("telescope", "unpark")
    night.run(4.0)
    with pytest.raises(InvalidValue, match="at least 10"):
        night.order("telescope", "slew", **night.place(5.0, 170.0))


def test_a_second_slew_is_refused_until_an_abort_and_the_mount_comes_to_rest(night) -> None:
    night.order("telescope", "unpark")
    night.run(4.0)
    key = night.order("telescope", "slew", **night.place(60.0, 170.0))
    night.run(5.0)
    with pytest.raises(NotNow, match="busy"):
        night.order("telescope", "slew", **night.place(50.0, 200.0))

    night.order("telescope", "abort")
    night.run(0.2, 0.2)
    assert night.seen("telescope")["phase"] == "aborting"
    night.run(3.0)

    seen = night.seen("telescope")
    assert seen["phase"] == "idle"
    assert night.ended("telescope", key) == "aborted"
    night.run(1.0)
    assert night.seen("telescope")["azimuth_deg"] == seen["azimuth_deg"]


def test_a_park_interrupts_a_slew_and_ends_at_the_park_switch(night) -> None:
    night.order("telescope", "unpark")
    night.run(4.0)
    slew = night.order("telescope", "slew", **night.place(60.0, 170.0))
    night.run(3.0)

    park = night.order("telescope", "park")
    night.run(60.0)

    assert night.ended("telescope", slew) == "aborted"
    assert night.ended("telescope", park) == "done"
    seen = night.seen("telescope")
    assert seen["at_park"] is True
    assert (seen["altitude_deg"], seen["azimuth_deg"]) == (45.0, 0.0)


def test_a_target_that_sets_is_let_go_at_the_limit(night) -> None:
    night.order("telescope", "unpark")
    night.run(4.0)
    night.order("telescope", "slew", **night.place(12.0, 265.0))
    night.run(60.0)
    assert night.seen("telescope")["phase"] == "tracking"

    night.run(3600.0, 10.0)

    seen = night.seen("telescope")
    assert seen["phase"] == "idle"
    assert seen["altitude_deg"] > 8.0


def test_without_a_word_of_its_owner_for_five_minutes_it_parks_by_itself(night) -> None:
    night.observing()

    for _ in range(400):
        night.clock.advance(1.0)
        night.box("telescope").snapshot()

    assert night.seen("telescope")["at_park"] is True


def test_after_a_silent_restart_it_has_another_boot_and_has_forgotten_all(night) -> None:
    night.observing()
    before = night.box("telescope").boot()

    night.world.inject(Fault(device="telescope", kind="restart_silent", duration_s=1.0))
    night.run(2.0)

    seen = night.seen("telescope")
    assert night.box("telescope").boot() != before
    assert (seen["phase"], seen["altitude_deg"], seen["azimuth_deg"]) == ("parked", 0.0, 0.0)
    assert night.box("telescope").snapshot()["ended"] == []


def test_a_stalled_mount_never_says_done_and_an_abort_still_works(night) -> None:
    night.order("telescope", "unpark")
    night.run(4.0)
    night.world.inject(Fault(device="telescope", kind="stall", when="start:slew"))
    key = night.order("telescope", "slew", **night.place(60.0, 170.0))
    night.run(300.0)
    assert night.ended("telescope", key) == "running"

    night.order("telescope", "abort")
    night.run(5.0)

    assert night.seen("telescope")["phase"] == "idle"
    assert night.ended("telescope", key) == "aborted"
