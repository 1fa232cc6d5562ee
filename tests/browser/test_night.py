"""The first page as an operator uses it: it follows the house, and the house follows orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders.played_night import (
    alert_says,
    analysed,
    burst,
    drill,
    house_says,
    operator_hold,
    status,
    weather,
)
from playwright.sync_api import expect

from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.state import TelescopeState
from pyros.messages.commands import PauseObserving, ResumeObserving, SendTestAlert, StopEverything
from pyros.messages.events import ConditionsChanged, LogRecorded, NoticeStored

BOXES = """() => [...document.querySelectorAll('#sky text, #timeline text')].map((e) => {
  const b = e.getBoundingClientRect(), s = e.ownerSVGElement.getBoundingClientRect();
  return [e.ownerSVGElement.id, e.textContent, b.left - s.left, b.top - s.top,
          b.right - s.left, b.bottom - s.top, s.width, s.height];
})"""
SMALL = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.data?.trim()))
  .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 12)
  .map((e) => e.tagName + ' ' + e.textContent.slice(0, 30))"""
LOW = """() => [...document.querySelectorAll('button, .button, nav a, input:not([type=hidden])')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map((e) => e.textContent)"""


def test_the_page_follows_the_house_without_being_loaded_again(fresh, look) -> None:
    """B12, P41: mode, holds, weather, devices, log and banner change by push."""
    watched = look(fresh, "/", role="user")
    page, house, now = watched.page, fresh.house, fresh.now
    page.evaluate("() => { window.sameDocument = true; }")
    expect(page.get_by_test_id("mode-large")).to_contain_text("OBSERVING")

    house.publish(*house_says(now, fresh.night, None, (operator_hold(now),)))
    expect(page.get_by_test_id("mode")).to_contain_text("MANUAL")
    expect(page.get_by_test_id("mode-large")).to_contain_text("MANUAL")
    expect(page.get_by_test_id("why-idle")).to_have_text("operator: paused by ada@x.org")
    expect(page.get_by_test_id("holds")).to_contain_text("lifted by an EXPERT: Resume")

    house.publish(ConditionsChanged(at=now, conditions=weather(now, humidity_pct=94.0)))
    expect(page.get_by_test_id("safe")).to_contain_text("UNSAFE")
    expect(page.get_by_test_id("weather-why")).to_have_text("humidity 94.0 %, good below 85")
    expect(page.get_by_test_id("strip-humidity_pct").locator("output")).to_have_text("94")

    house.publish(replace(status("dome", now), life=DeviceState.FAULT, reason="motor stalled"))
    expect(page.get_by_test_id("device-dome").get_by_test_id("life")).to_have_text("FAULT")
    expect(page.get_by_test_id("device-dome")).to_contain_text("motor stalled")

    house.publish(LogRecorded(at=now, level="ERROR", actor="/a", text="<i>something</i>"))
    expect(page.get_by_test_id("log-line").first).to_contain_text("<i>something</i>")

    house.publish(alert_says(burst(now)))
    expect(page.get_by_test_id("banner-alert")).to_contain_text("slew ordered")
    house.publish(alert_says(burst(now), in_progress=False))
    expect(page.get_by_test_id("banner-alert")).to_be_hidden()

    reasons = ("role test: should be observation",)
    house.publish(
        NoticeStored(
            at=now, notice_id=99, source="local", ivorn="ivo://x#1", kind="test", reasons=reasons
        )
    )
    expect(page.get_by_test_id("why-not").first).to_have_text(reasons[0])
    assert page.evaluate("() => window.sameDocument") is True
    watched.clean()


def test_a_new_image_appears_as_soon_as_it_is_reduced(fresh, look) -> None:
    watched = look(fresh, "/", role="user")
    event = analysed(fresh.house)
    image = replace(event.image, fwhm_arcsec=0.77, target="a new target")
    figure = watched.page.get_by_test_id("image-vis")
    fresh.house.publish(replace(event, image=image))

    expect(figure).to_contain_text("0.77 arcsec")
    expect(figure).to_contain_text("a new target")
    expect(figure.locator("img")).to_be_visible()
    watched.clean()


def test_an_operator_pauses_and_resumes_in_two_steps(fresh, look, picture) -> None:
    """P20, P49, P50."""
    watched = look(fresh, "/", role="expert")
    page, house, now = watched.page, fresh.house, fresh.now
    page.get_by_test_id("order-pause").click()
    expect(page.get_by_test_id("said")).to_contain_text("Pause is ordered")
    house.majordome.wait_until(lambda _: len(house.majordome.of(PauseObserving)) == 1)
    house.publish(*house_says(now, fresh.night, None, (operator_hold(now),)))
    expect(page.get_by_test_id("mode")).to_contain_text("MANUAL")

    page.get_by_test_id("order-resume").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("paused by ada@x.org")
    picture(watched, "confirm-resume")
    assert house.majordome.of(ResumeObserving) == []
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("said")).to_contain_text("Resume is ordered")
    house.majordome.wait_until(lambda _: len(house.majordome.of(ResumeObserving)) == 1)
    expect(page.get_by_test_id("order-test-alert")).to_have_count(0)
    watched.clean()


def test_stop_is_one_step_from_every_page(fresh, look) -> None:
    watched = look(fresh, "/log", role="expert")
    watched.page.get_by_test_id("order-stop").click()

    fresh.house.majordome.wait_until(lambda _: len(fresh.house.majordome.of(StopEverything)) == 1)
    expect(watched.page.get_by_test_id("said")).to_contain_text("Stop is ordered")


def test_an_admin_sends_a_drill_and_sees_its_banner(fresh, look, picture) -> None:
    """P41, P43: marked as a test wherever it stands."""
    watched = look(fresh, "/", role="admin")
    page, house, now = watched.page, fresh.house, fresh.now
    page.get_by_test_id("order-test-alert").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("'M31 core', which runs since")
    page.get_by_test_id("confirm-yes").click()
    house.alerts.wait_until(lambda _: len(house.alerts.of(SendTestAlert)) == 1)
    house.publish(alert_says(replace(drill(now), state="active", real_slew=True)))

    banner = page.get_by_test_id("banner-alert")
    expect(banner).to_contain_text("TEST261125A")
    expect(banner.locator(".drill")).to_be_visible()
    picture(watched, "drill", full=False)
    watched.clean()


def test_a_user_sees_everything_and_can_order_nothing(played, look) -> None:
    """P89."""
    page = look(played, "/", role="user").page

    for order in ("pause", "resume", "park", "stop", "test-alert"):
        expect(page.get_by_test_id(f"order-{order}")).to_have_count(0)
    expect(page.get_by_test_id("tree")).to_be_visible()


def test_keys_change_the_theme_and_the_page_keeps_it(played, look) -> None:
    page = look(played, "/", role="user").page
    for key, theme in (("1", "day"), ("3", "red"), ("2", "dark"), ("3", "red")):
        page.keyboard.press(key)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "red")

    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.locator("h1")).to_have_text("Devices")


def test_a_page_that_is_cut_off_says_so_strikes_its_values_and_comes_back(fresh, look) -> None:
    """What is stale is struck out, never silently kept; back it takes one snapshot, no reload."""
    watched = look(fresh, "/", role="expert")
    page, now = watched.page, fresh.now
    page.evaluate("() => { window.sameDocument = true; }")
    cut = [True]

    def line(socket):
        if cut[0]:
            socket.close(code=1012)
        else:
            socket.connect_to_server()

    page.route_web_socket("**/ws", line)
    page.evaluate(
        "async () => { const { line } = await import(document.querySelector('script[src]').src"
        ".replace('night.js', 'page.js')); line.socket.close(); }"
    )
    expect(page.get_by_test_id("line-lost")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("order-pause")).to_be_disabled()
    expect(page.get_by_test_id("order-stop")).to_be_enabled()
    expect(page.locator("body")).to_have_attribute("data-line", "lost")

    cut[0] = False
    fresh.house.publish(*house_says(now, fresh.night, None, (operator_hold(now),)))
    expect(page.get_by_test_id("mode")).to_contain_text("MANUAL", timeout=30_000)
    expect(page.get_by_test_id("line-lost")).to_be_hidden()
    expect(page.get_by_test_id("order-pause")).to_be_enabled()
    assert page.evaluate("() => window.sameDocument") is True


def test_a_page_of_an_earlier_process_loads_itself_anew(fresh, look) -> None:
    """Its forms are signed by what is gone: Stop must work when the house is back."""
    watched = look(fresh, "/", role="expert")
    page = watched.page
    page.evaluate(
        "async () => { window.sameDocument = true; document.body.dataset.build = 'earlier';"
        " const { line } = await import(document.querySelector('script[src]').src"
        ".replace('night.js', 'page.js')); line.socket.close(); }"
    )

    page.wait_for_function("() => window.sameDocument === undefined")
    expect(page.get_by_test_id("live")).to_have_text("live")
    page.get_by_test_id("order-stop").click()
    expect(page.get_by_test_id("said")).to_contain_text("Stop is ordered")


def test_a_device_that_says_nothing_more_is_struck_out(fresh, look) -> None:
    watched = look(fresh, "/", role="user")
    old = fresh.now - timedelta(minutes=5)
    fresh.house.publish(replace(status("plc", fresh.now), at=old))

    row = watched.page.get_by_test_id("device-plc")
    expect(row).to_have_class("stale")
    expect(row).to_contain_text("5 min")


def test_the_telescope_and_its_goal_are_on_the_map(fresh, look) -> None:
    watched = look(fresh, "/", role="user")
    now = fresh.now
    slewing = TelescopeState(
        device="telescope",
        sampled_at=now,
        phase="slewing",
        altitude_deg=50.0,
        azimuth_deg=100.0,
        target_ra_deg=20.0,
        target_dec_deg=30.0,
    )
    fresh.house.publish(replace(status("telescope", now), snapshot=slewing))

    sky = watched.page.get_by_test_id("sky")
    expect(sky.locator("path.tube title")).to_have_text(
        "telescope slewing, altitude 50.0, azimuth 100.0 deg"
    )
    expect(sky.locator("circle.path")).to_have_count(1)


@pytest.mark.parametrize("size", ["wide", "telephone"])
def test_labels_neither_leave_the_pictures_nor_cover_each_other(played, look, size) -> None:
    page = look(played, "/", size=size).page
    boxes = page.evaluate(BOXES)

    assert len(boxes) > 12
    for picture, text, left, top, right, bottom, width, height in boxes:
        assert left >= -1, (picture, text)
        assert top >= -2, (picture, text)
        assert right <= width + 1, (picture, text)
        assert bottom <= height + 2, (picture, text)
    sky = [box for box in boxes if box[0] == "sky"]
    for n, one in enumerate(sky):
        for other in sky[n + 1 :]:
            apart = (
                one[4] <= other[2] + 2
                or other[4] <= one[2] + 2
                or one[5] <= other[3] + 4
                or other[5] <= one[3] + 4
            )
            assert apart, (one[1], other[1])


@pytest.mark.parametrize("size", ["wide", "telephone"])
@pytest.mark.parametrize("path", ["/", "/schedule", "/alerts", "/devices", "/log", "/system"])
def test_no_text_is_too_small_and_no_target_too_low(played, look, path, size) -> None:
    """Twelve pixels to read, 44 to hit on a telephone."""
    page = look(played, path, size=size).page

    assert page.evaluate(SMALL) == []
    if size == "telephone":
        assert page.evaluate(LOW) == []
