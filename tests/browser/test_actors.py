"""The actors as an operator sees them, and as an admin plays with them in development mode."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pyros.domain.audit import LogLine
from pyros.kernel.lifecycle import tree_topic
from pyros.messages.events import LogRecorded
from pyros.store import house as shelf

PATIENCE_MS = 30_000
PAGE = "/system/actors/majordome"
TOPIC = tree_topic("/majordome")
ROW = "tr[data-key='/majordome']"


def strike(page, verb):
    """Press the button of one deed, and confirm."""
    page.get_by_test_id(verb).click()
    expect(page.get_by_test_id("confirm")).to_contain_text("/majordome, incarnation")
    page.get_by_test_id("confirm-yes").click()
    page.locator("#line[data-state=live]").wait_for()


def test_an_actor_that_is_killed_comes_back_before_ones_eyes(playful, look, picture) -> None:
    """S11, S13, B12: incarnation, restarts, reason and traceback, on both pages, by push."""
    watched = look(playful, PAGE)
    page = watched.page
    onlooker = look(playful, "/system", role="user")
    expect(page.get_by_test_id("incarnation")).to_have_text("1")

    strike(page, "kill")

    expect(page.get_by_test_id("incarnation")).to_have_text("2")
    expect(page.get_by_test_id("failure")).to_have_text("Killed: killed by the fault plan")
    fold = page.get_by_test_id("events").locator("li[data-state=failed]").first
    expect(fold.get_by_test_id("trace")).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.get_by_test_id("trace")).to_contain_text("Killed: killed by the fault plan")
    picture(watched, "actor-killed")
    row = onlooker.page.locator(ROW)
    expect(row.get_by_test_id("incarnation")).to_have_text("2")
    expect(row.get_by_test_id("restarts")).to_have_text("1")
    expect(row.get_by_test_id("failure")).to_contain_text("killed")
    expect(onlooker.page.get_by_test_id("failures")).to_contain_text("killed by the fault plan")
    onlooker.page.get_by_test_id("failures").locator("summary").first.click()
    picture(onlooker, "system-killed")
    watched.clean()
    onlooker.clean()


@pytest.mark.realtime
def test_an_actor_that_hangs_is_seen_at_work_and_then_replaced(playful, look, picture) -> None:
    """S70, S76, B12: its handler's age first, then the next incarnation and the thread left."""
    watched = look(playful, PAGE)
    page = watched.page
    onlooker = look(playful, "/system", role="user")

    strike(page, "hang")

    expect(onlooker.page.locator(ROW).get_by_test_id("at-work")).to_contain_text("Struck: ")
    picture(onlooker, "system-hangs")
    expect(page.get_by_test_id("incarnation")).to_have_text("2", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("failure")).to_contain_text("hung: Struck took longer than")
    expect(onlooker.page.get_by_test_id("abandoned")).to_have_text("1")
    expect(onlooker.page.get_by_test_id("threads")).to_contain_text("/majordome#1")
    picture(onlooker, "system-hung")

    playful.house.system.services.faults.release()
    expect(onlooker.page.get_by_test_id("abandoned")).to_have_text("0")
    expect(onlooker.page.get_by_test_id("threads")).to_contain_text("No thread")
    watched.clean()
    onlooker.clean()


def test_an_actor_that_is_restarted_has_not_failed(playful, look) -> None:
    """S11."""
    watched = look(playful, PAGE)

    strike(watched.page, "restart")

    expect(watched.page.get_by_test_id("incarnation")).to_have_text("2")
    expect(watched.page.get_by_test_id("failure")).to_have_text("")
    expect(watched.page.get_by_test_id("events")).to_contain_text("is replaced by order")
    watched.clean()


def test_a_part_that_is_away_is_said_on_every_page_until_it_is_back(fresh, look) -> None:
    """B11, B12, S83: with its next try, and without loading the page again."""
    watched = look(fresh, "/images", role="user")
    page, house, now = watched.page, fresh.house, fresh.now
    expect(page.get_by_test_id("away")).to_have_count(0)
    there = house.bus.latest(TOPIC)

    house.bus.publish(
        TOPIC,
        replace(
            there,
            state="restarting",
            last_reason="OSError: no port",
            next_try=now + timedelta(seconds=80),
        ),
    )
    expect(page.get_by_test_id("away")).to_contain_text("majordome is restarting: OSError: no port")
    expect(page.get_by_test_id("away")).to_contain_text("next try in ")

    house.bus.publish(TOPIC, there)
    expect(page.get_by_test_id("away")).to_have_count(0)
    watched.clean()


def test_the_live_log_does_not_repeat_the_lines_that_the_page_came_with(fresh, look) -> None:
    """P90: on the log and on an actor's own page, which shows its own lines alone."""
    house, now = fresh.house, fresh.now
    house.publish(*said(now, "/majordome", "once"))
    line = LogLine(at=now, level="INFO", actor="/majordome", text="once")
    house.store.write(lambda session: shelf.log(session, [line]))
    for path in ("/log", PAGE):
        watched = look(fresh, path, role="user")
        lines = watched.page.get_by_test_id("log")
        house.publish(*said(fresh.now, "/majordome", f"mine {path}"))
        house.publish(*said(fresh.now, "/alerts", f"another's {path}"))
        house.publish(*said(fresh.now, "/majordome", f"last {path}"))
        expect(lines).to_contain_text(f"last {path}")

        assert lines.inner_text().count("once") == 1
        assert (f"another's {path}" in lines.inner_text()) == (path == "/log")
        watched.clean()


def said(at, actor, text):
    """Return a line of the log, as the bus has it."""
    return (LogRecorded(at=at, level="INFO", actor=actor, text=text),)


def test_one_may_leave_it_at_the_second_step(playful, look) -> None:
    watched = look(playful, PAGE)
    watched.page.get_by_test_id("kill").click()
    watched.page.get_by_test_id("confirm-no").click()

    expect(watched.page).to_have_url(f"{playful.address}{PAGE}")
    expect(watched.page.get_by_test_id("incarnation")).to_have_text("1")


def test_the_web_itself_may_be_restarted_from_its_page(playful, look) -> None:
    """S94: the page finds the next incarnation by itself."""
    watched = look(playful, "/system/actors/web")
    page = watched.page
    page.get_by_test_id("restart").click()
    page.get_by_test_id("confirm-yes").click()

    expect(page.get_by_test_id("incarnation")).to_have_text("2", timeout=PATIENCE_MS)


@pytest.mark.parametrize("role", ["user", "expert"])
def test_who_is_no_admin_has_no_button_and_is_refused(playful, look, role) -> None:
    """P89."""
    watched = look(playful, PAGE, role=role)

    expect(watched.page.get_by_test_id("incarnation")).to_have_text("1")
    assert watched.page.get_by_test_id("strikes").count() == 0
    assert refused(watched, "kill") == 403


def test_a_house_that_is_not_in_development_has_no_button(fresh, look) -> None:
    """P03: not for an admin either."""
    watched = look(fresh, PAGE)

    expect(watched.page.get_by_test_id("incarnation")).to_have_text("1")
    assert watched.page.get_by_test_id("strikes").count() == 0
    assert watched.page.get_by_test_id("development").count() == 0
    assert refused(watched, "kill") == 404


def refused(watched, verb):
    """Return the status of an order that is sent without a button."""
    csrf = watched.page.locator("input[name=csrf]").first.get_attribute("value")
    answer = watched.page.request.post(
        f"{watched.address}/orders/actors/{verb}/majordome",
        form={"csrf": csrf, "key": "a" * 12, "seal": "a.0.b"},
        headers={"Origin": watched.address},
    )
    return answer.status
