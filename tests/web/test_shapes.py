"""Values as people read them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from builders.played_night import (
    KINDS,
    burst,
    house_says,
    operator_hold,
    snapshot,
    status,
    weather,
)
from builders.web_house import NOW
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.alert import AlertState
from pyros.domain.devices.device import DeviceState
from pyros.domain.holds import HoldKind, Mode
from pyros.kernel.bus import Published
from pyros.messages import events
from pyros.web import formats
from pyros.web.formats import DASH
from pyros.web.frames import Fragment
from pyros.web.plain import dumps
from pyros.web.shapes import GLYPHS, LIFTED_BY, conditions_shape, says, shape, stands


def test_every_state_has_a_shape_beside_its_word() -> None:
    """Colour never says it alone."""
    assert {*DeviceState, *Mode} <= set(GLYPHS)
    assert set(LIFTED_BY) == set(HoldKind)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_device_says_something_with_units(name) -> None:
    assert says(snapshot(name, NOW)) != ""


def test_a_device_says_what_it_is_doing() -> None:
    assert says(snapshot("telescope", NOW)) == "tracking, alt 71.2 deg, az 318.0 deg"
    assert says(snapshot("camera-vis", NOW)) == "exposing, 21 s left, -70.0 C"
    assert says(snapshot("plc", NOW)) == "ok, safe"
    assert says(None) == ""


def test_unsafe_weather_says_which_limit_and_what_would_be_good() -> None:
    shown = conditions_shape(weather(NOW, humidity_pct=93.0))

    assert (shown["word"], shown["why"]) == ("UNSAFE", "humidity 93.0 %, good below 85")


def test_weather_that_is_good_again_says_until_when_it_waits() -> None:
    bad = weather(NOW, humidity_pct=93.0)
    later = NOW + timedelta(minutes=10)
    waiting = replace(bad, causes=(replace(bad.causes[0], bad=False, good_at=later),))
    shown = conditions_shape(waiting)

    assert shown["good_at"] == later
    assert shown["why"] == "humidity good again, waits"


def test_a_hold_says_who_may_lift_it() -> None:
    """B12: the reason of the veto, and what ends it."""
    holds, _ = house_says(NOW, None, None, (operator_hold(NOW),))
    (shown,) = shape(holds)["holds"]

    assert shown["reason"] == "paused by ada@x.org"
    assert shown["lifted_by"] == "an EXPERT: Resume"


def test_an_alert_says_where_it_stands() -> None:
    """P41."""
    alert = burst(NOW)
    light = replace(alert, stamps=replace(alert.stamps, first_light=NOW))
    gone = replace(alert, state=AlertState.RETRACTED, reasons=("a retraction",))

    assert stands(alert) == "slew ordered at 04:59:20 UTC"
    assert stands(light) == "images since 05:00:00 UTC"
    assert stands(gone) == "retracted: a retraction"


@given(st.floats(allow_nan=True, allow_infinity=True), st.text())
def test_a_frame_is_json_that_can_stand_in_a_page(number, text) -> None:
    dumped = dumps({"number": number, "text": text})

    assert "<" not in dumped
    assert json.loads(dumped)["text"] == text


def test_a_traceback_stays_in_the_house() -> None:
    published = Published(1, NOW, {"traceback": "secret", "reason": "boom"})

    assert "secret" not in Fragment(published).json
    assert "boom" in Fragment(published).json


def test_every_event_of_the_house_has_a_json(monkeypatch) -> None:
    for event in (*house_says(NOW, None, None, (operator_hold(NOW),)), status("dome", NOW)):
        assert json.loads(Fragment(Published(1, NOW, event)).json)["seq"] == 1
    assert isinstance(shape(events.NightClosed), object)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (99, "99 s"),
        (120, "2 min"),
        (7560, "2.1 h"),
        (400000, "5 d"),
        (None, DASH),
        (float("nan"), DASH),
        (-200, "-3 min"),
    ],
)
def test_an_age_has_a_unit(seconds, text) -> None:
    assert formats.duration(seconds) == text


def test_what_is_unknown_is_a_dash_never_zero() -> None:
    assert formats.number(None, 1, "C") == DASH
    assert formats.number(float("inf"), 1, "C") == DASH
    assert formats.number(0.0, 1, "C") == "0.0 C"
    assert formats.clock(None) == formats.stamp(None) == formats.ra(None) == DASH


def test_numbers_of_a_refusal_are_a_line() -> None:
    numbers = {
        "best_at": "2026-11-25T13:13:29Z",
        "best": 8.51,
        "change": {"from": 25.0, "to": 14.6},
    }

    assert formats.facts(numbers) == "best at 13:13 UTC, best 8.51, change (from 25, to 14.6)"
