"""The pages of plans as people use them: pointed at, by keyboard, by push, on a telephone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from builders.planned_night import OTHER, OWN
from PIL import Image
from playwright.sync_api import expect

from pyros.domain.schedule import Cause
from pyros.messages.events import ScheduleReady
from pyros.store import observations

PAGES = {
    "schedule": lambda plans: "/schedule",
    "old": lambda plans: f"/schedule/{plans[0].id}",
    "schedules": lambda plans: "/schedules",
    "compare": lambda plans: f"/schedules/{plans[0].id}/{plans[-1].id}",
    "request": lambda plans: f"/requests/{plans[-1].slots[1].request_id}",
}
TEXTS = """() => [...document.querySelectorAll('#gantt text, #altitudes text')].map((e) => {
  const b = e.getBoundingClientRect(), s = e.ownerSVGElement.getBoundingClientRect();
  return [e.ownerSVGElement.id, e.textContent, b.left - s.left, b.top - s.top,
          b.right - s.left, b.bottom - s.top, s.width, s.height];
})"""
SMALL = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.data?.trim()))
  .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 12)
  .map((e) => e.tagName + ' ' + e.textContent.slice(0, 30))"""
LOW = """() => [...document.querySelectorAll(
    'button, .button, select, summary, nav a, input:not([type=hidden])')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
  .map((e) => e.textContent)"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


LOOKS = [(size, theme) for size in ("wide", "telephone") for theme in ("day", "dark", "red")]


@pytest.mark.parametrize("way", LOOKS, ids="-".join)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_plans_in_each_theme_and_size(planned, look, picture, name, way) -> None:
    """B12: no error, nothing foreign, no sideways scroll; red has no pixel that is not red."""
    size, theme = way
    watched = look(planned, PAGES[name](planned.plans), role="user", size=size, theme=theme)
    path = picture(watched, f"plan-{name}-{size}-{theme}")

    width, shown = watched.page.evaluate(WIDTHS)
    assert width <= shown
    assert watched.page.evaluate(SMALL) == []
    if size == "telephone":
        assert watched.page.evaluate(LOW) == []
    if theme == "red":
        pixels = np.asarray(Image.open(path).convert("RGB"))
        assert int(pixels[..., 1:].max()) <= 30
    watched.clean()


@pytest.mark.parametrize("size", ["wide", "telephone"])
@pytest.mark.parametrize("role", ["user", "admin"])
def test_labels_of_a_full_night_neither_leave_the_pictures_nor_cover_each_other(
    crowded, look, picture, size, role
) -> None:
    watched = look(crowded, "/schedule", role=role, size=size)
    picture(watched, f"plan-crowded-{size}-{role}")
    boxes = watched.page.evaluate(TEXTS)

    assert len(boxes) > 12
    for where, text, left, top, right, bottom, width, height in boxes:
        assert left >= -1, (where, text)
        assert top >= -2, (where, text)
        assert right <= width + 1, (where, text)
        assert bottom <= height + 2, (where, text)
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            apart = (
                one[0] != other[0]
                or one[4] <= other[2] + 2
                or other[4] <= one[2] + 2
                or one[5] <= other[3] + 4
                or other[5] <= one[3] + 4
            )
            assert apart, (one[1], other[1])
    watched.clean()


def test_what_one_points_at_stands_out_in_the_table_and_in_both_pictures(planned, look) -> None:
    """P22, P33."""
    watched = look(planned, "/schedule", role="user")
    page = watched.page
    page.get_by_test_id("slot").filter(has_text=OWN).first.hover()

    bars = page.locator("#gantt .slot.on")
    expect(bars.first).to_be_visible()
    expect(page.locator("#altitudes .curve.on")).to_have_count(1)
    expect(page.locator("#altitudes .curve.on .floor")).to_have_css("display", "inline")
    expect(page.get_by_test_id("readout")).to_contain_text(OWN)
    key = bars.first.get_attribute("data-key")
    page.locator(f'#gantt a[data-key="{key}"] rect').last.hover()
    expect(page.locator(f'tr.on[data-key="{key}"]')).to_have_count(1)
    watched.clean()


def test_the_bars_are_gone_through_by_keyboard_and_lead_to_their_requests(planned, look) -> None:
    """P22: each bar is a link; only the first is a stop of the tabulator."""
    watched = look(planned, "/schedule", role="user")
    page = watched.page
    links = page.locator("#gantt a")
    assert page.locator('#gantt a[tabindex="0"]').count() == 1

    links.first.focus()
    page.keyboard.press("ArrowRight")
    expect(links.nth(1)).to_be_focused()
    expect(page.get_by_test_id("readout")).to_contain_text(
        "own: own-field/b, planned 05:31 to 05:51"
    )
    page.wait_for_timeout(5500)
    expect(page.locator("#gantt a:focus")).to_have_attribute(
        "aria-label", re.compile("own-field/b")
    )
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(OWN)
    watched.clean()


def test_others_sequences_have_no_link_and_no_curve(planned, look) -> None:
    """P33."""
    page = look(planned, "/schedule", role="user").page

    assert OTHER not in page.content()
    expect(page.locator("#gantt g.slot")).not_to_have_count(0)
    others = page.locator("tr[data-testid=slot]").filter(has_text="of others")
    expect(others).to_have_count(2)
    expect(others.locator("a")).to_have_count(0)


def test_a_plan_that_comes_into_force_is_shown_without_loading_the_page_again(
    tmp_path, empty_database, look, serve_plans
) -> None:
    """P22: by push; what is opened stays open, and where the keyboard stands stays."""
    house = serve_plans(tmp_path, empty_database)
    watched = look(house, "/schedule?said=planning", role="expert")
    page = watched.page
    page.evaluate("() => { window.sameDocument = true; }")
    expect(page.get_by_test_id("said")).to_be_visible()
    page.locator("#changes > summary").click()
    row = page.get_by_test_id("slot").filter(has_text=OWN).locator("a").last
    row.focus()
    href = row.get_attribute("href")
    last = house.plans[-1]
    newer = replace(
        last, id=0, made_at=house.now, cause=Cause.CANCEL, slots=last.slots[1:], refusals=()
    )
    stored = house.house.store.write(lambda session: observations.add_schedule(session, newer))
    house.house.publish(ScheduleReady(at=house.now, schedule=stored))

    expect(page.locator("h1")).to_contain_text(f"Schedule {stored.id}")
    expect(page.get_by_test_id("why")).to_contain_text("something was cancelled")
    expect(page.get_by_test_id("said")).to_have_count(0)
    expect(page.locator("#changes")).to_have_attribute("open", "")
    expect(page.locator(":focus")).to_have_attribute("href", href)
    assert page.evaluate("() => window.sameDocument") is True
    watched.clean()


def test_an_old_plan_stays_and_says_that_there_is_a_newer_one(planned, look) -> None:
    """P30."""
    page = look(planned, f"/schedule/{planned.plans[0].id}", role="user").page

    expect(page.get_by_test_id("newer")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("not in force")
    page.get_by_test_id("newer").locator("a").click()
    expect(page.locator("h1")).to_contain_text(f"Schedule {planned.plans[-1].id}")
    expect(page.get_by_test_id("newer")).to_be_hidden()


def test_the_line_of_now_and_the_slot_of_now_follow_the_clock(planned, look) -> None:
    watched = look(planned, "/schedule", role="user")
    page = watched.page

    expect(page.locator("#gantt line.nowline title")).to_have_text(re.compile(r"now, 05:0\d"))
    expect(page.locator("#altitudes line.nowline")).to_have_count(1)
    expect(page.locator('tr[data-when="now"]')).to_contain_text("GRB261125B")
    assert planned.now - planned.plans[-1].made_at < timedelta(minutes=20)


def test_two_plans_are_joined_by_what_moved(planned, look) -> None:
    """P30: a line from each old place to the new one."""
    first, second = planned.plans[1], planned.plans[2]
    watched = look(planned, f"/schedules/{first.id}/{second.id}", role="expert")
    both = {one.sequence_id for one in first.slots} & {one.sequence_id for one in second.slots}

    expect(watched.page.locator("#gantt line.move")).to_have_count(len(both))
    expect(watched.page.locator("#gantt .bar.changed")).not_to_have_count(0)
    watched.clean()


def test_old_plans_are_found_by_the_form(planned, look) -> None:
    """P30, P31."""
    watched = look(planned, "/schedules", role="user")
    page = watched.page
    page.select_option("select[name=code]", "NO_ROOM")
    page.get_by_test_id("narrow").click()

    expect(page.get_by_test_id("plan")).to_have_count(1)
    page.get_by_role("link", name="no room").click()
    expect(page.get_by_test_id("refusal")).to_have_count(1)
    watched.clean()
