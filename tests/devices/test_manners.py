"""What each kind adds: arguments that are refused, and what makes it ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.devices.dome import dome_manner
from pyros.actors.devices.focus import offset_steps
from pyros.actors.devices.manner import Kick, Now
from pyros.actors.devices.news import gist
from pyros.actors.devices.telescope import TelescopeManner
from pyros.config.devices import Filter, Telescope
from pyros.config.night import Safety
from pyros.domain.devices.state import DomeState, TelescopeState
from pyros.messages.device_commands import CloseDome, RenewPermit, Slew, WithdrawPermit
from pyros.sky.bodies import sun
from pyros.sky.coords import radec
from pyros.sky.site import Site

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
NOW = Now(at=AT, s=0.0)
SITE = Site(lat_deg=31.0, lon_deg=-115.5, height_m=2800.0)
TELESCOPE = TelescopeManner(
    entry=Telescope(kind="telescope", unit="mount", driver="pyros"), site=SITE
)


def slew(ra_deg: float, dec_deg: float) -> Slew:
    return Slew(at=AT, key="1", ra_deg=ra_deg, dec_deg=dec_deg)


def test_a_slew_to_where_nothing_is_is_refused_with_the_range() -> None:
    """P20, P75."""
    assert TELESCOPE.objections(slew(400.0, -91.0), NOW) == (
        "ra_deg 400: allowed is 0 to below 360",
        "dec_deg -91: allowed is -90 to 90",
    )


def test_a_slew_below_the_mounts_limit_is_refused_with_the_altitude() -> None:
    """4.5: mount limits, in every state and for everybody."""
    ra_deg, dec_deg = (float(each) for each in radec(SITE, 9.0, 180.0, AT))
    (reason,) = TELESCOPE.objections(slew(ra_deg % 360.0, dec_deg), NOW)

    assert reason.startswith("altitude 9.0 deg: at least 10")
    ra_deg, dec_deg = (float(each) for each in radec(SITE, 11.0, 180.0, AT))
    assert TELESCOPE.objections(slew(ra_deg % 360.0, dec_deg), NOW) == ()


def test_a_slew_near_the_sun_is_refused_by_day() -> None:
    """4.5: 40 deg."""
    noon = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    where = sun(SITE, noon)
    reasons = TELESCOPE.objections(
        slew(float(where.ra_deg), float(where.dec_deg) + 30.0), Now(at=noon, s=0.0)
    )

    assert reasons == ("30 deg from the Sun: at least 40 is allowed",)


@pytest.mark.parametrize("phase", ["parked", "parking"])
def test_a_parked_telescope_does_not_slew(phase: str) -> None:
    """Parked stays parked until somebody unparks it."""
    parked = TelescopeState(device="t", sampled_at=AT, phase=phase, at_park=phase == "parked")

    assert TELESCOPE.refusals("slew", parked, NOW) == ("the telescope is parked: unpark it first",)
    assert TELESCOPE.refusals("unpark", parked, NOW) == ()


def test_a_filter_has_its_focus_offset() -> None:
    """P19."""
    filters = [Filter(name="g", slot=0, focus_offset_steps=120), Filter(name="r", slot=1)]

    assert offset_steps(filters, "g") == 120
    with pytest.raises(KeyError):
        offset_steps(filters, "z")


def test_noise_is_no_news_and_a_new_phase_is() -> None:
    """5.4: a status at each beat that changed something."""
    before = TelescopeState(device="t", sampled_at=AT, phase="tracking", ra_deg=10.0, seq=1)

    assert gist(before) == gist(replace(before, seq=2, ra_deg=10.000001))
    assert gist(before) != gist(replace(before, phase="slewing"))
    assert gist(before) != gist(replace(before, ra_deg=11.0))


shows = st.sampled_from(
    [
        ("open", True, False),
        ("closed", False, True),
        ("closing", False, False),
        ("partly", False, False),
        ("error", True, True),
        ("unknown", None, None),
    ]
)
orders = st.sampled_from(["renew", "withdraw", "close", "none"])


@given(st.lists(st.tuples(shows, orders, st.floats(0.1, 20.0)), max_size=40))
def test_whatever_happens_a_dome_without_a_permit_is_kept_closing_and_never_kicked(
    script: list[tuple[tuple[str, bool | None, bool | None], str, float]],
) -> None:
    """4.4: no kick without a permit; not closed and no permit: a close within each 10 s."""
    dome, s, until_s, closed_order_s = dome_manner(Safety(), NOW), 0.0, 15.0, -1e9
    granted = False
    for (phase, is_open, is_closed), order, step_s in script:
        s += step_s
        now = Now(at=AT, s=s)
        match order:
            case "renew":
                dome = dome.told(RenewPermit(at=AT, until_s=15.0), now)
                until_s, granted = s + 15.0, True
            case "withdraw":
                dome, until_s, granted = dome.told(WithdrawPermit(at=AT, reason="x"), now), s, False
            case "close":
                dome = dome.told(CloseDome(at=AT, key="1", reason="x"), now)
        shown = DomeState(
            device="d",
            sampled_at=AT,
            phase=phase,
            open_switch=is_open,
            closed_switch=is_closed,
        )
        dome, tended = dome.tend(shown, now)
        closes = any(isinstance(each, CloseDome) for each in tended.orders)
        closed_order_s = s if closes else closed_order_s
        if any(isinstance(each, Kick) for each in tended.orders):
            assert granted
            assert s < until_s
        certainly_closed = is_closed is True and is_open is False
        if certainly_closed:
            assert not closes
        elif s >= until_s and phase != "closing":
            assert s - closed_order_s < 10.0
