"""Orders: from own pages only, once each, written down, and refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders.played_night import house_says, operator_hold, weather
from builders.web_house import NOW

from pyros.domain.user import Role
from pyros.messages.commands import (
    ParkTelescope,
    PauseObserving,
    ResumeObserving,
    SendTestAlert,
    StopEverything,
)
from pyros.messages.events import ConditionsChanged
from pyros.store import house as shelf

ONE_STEP = {
    "/orders/pause": PauseObserving,
    "/orders/park": ParkTelescope,
    "/orders/stop": StopEverything,
}


def entries(house):
    """Return what was written down of orders, the first one first."""
    house.written()
    found = reversed(house.store.read(shelf.audit_entries))
    return [(one.who, one.action, one.outcome) for one in found if one.action != "log in"]


async def arrived(house, kind):
    """Return the orders of a kind that the majordome got."""
    house.system.address("/majordome").ask("barrier")
    return house.majordome.of(kind)


@pytest.mark.parametrize("path", ONE_STEP)
async def test_an_order_reaches_the_majordome_once_and_is_written_down(
    house, browsing, path
) -> None:
    """P20, P49: one step, 303 back; the same form sent twice is one order."""
    async with browsing(house, Role.EXPERT) as browser:
        form = await browser.form("/")
        first, again = [await browser.post(path, form) for _ in range(2)]

        assert first.status == again.status == 303
        assert first.headers["Location"].startswith("/?said=")
    (order,) = await arrived(house, ONE_STEP[path])
    assert (order.ordered_by, order.at) == ("expert@x.org", NOW)
    assert entries(house) == [("expert@x.org", ONE_STEP[path].__name__, "DONE")]


async def test_resuming_shows_the_numbers_of_now_before_it_is_done(house, browsing) -> None:
    """P50: danger in two steps."""
    house.publish(*house_says(NOW, None, None, (operator_hold(NOW),)))
    house.publish(ConditionsChanged(at=NOW, conditions=weather(NOW, humidity_pct=71.0)))
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get("/orders/resume")
        assert "paused by ada@x.org" in text
        assert "humidity 71.0 % (limit 90)" in text

        answer = await browser.post("/orders/resume", await browser.form("/orders/resume"))
        assert answer.headers["Location"] == "/?said=resume"
    assert len(await arrived(house, ResumeObserving)) == 1


@pytest.mark.parametrize("spoil", ["changed", "late", "forged", "of another order"])
async def test_a_confirmation_is_void_when_the_house_has_changed_or_it_is_old(
    house, browsing, spoil
) -> None:
    house.publish(*house_says(NOW, None, None, (operator_hold(NOW),)))
    async with browsing(house, Role.ADMIN) as browser:
        form = await browser.form("/orders/resume")
        if spoil == "changed":
            house.publish(*house_says(NOW, None, None, ()))
        elif spoil == "late":
            house.watch.advance(31)
        elif spoil == "forged":
            form["seal"] = form["seal"][:-2] + "00"
        else:
            form["seal"] = (await browser.form("/alerts/test"))["seal"]
        answer = await browser.post("/orders/resume", form)
        text = await answer.text()

    assert answer.status == 409
    assert 'data-testid="changed"' in text
    assert await arrived(house, ResumeObserving) == []


@pytest.mark.parametrize("simulated", [True, False])
async def test_an_admins_test_alert_slews_in_a_simulated_observatory_only(
    make_house, browsing, simulated
) -> None:
    """P43."""
    house = make_house(simulated=simulated)
    async with browsing(house, Role.ADMIN) as browser:
        answer = await browser.post("/orders/test-alert", await browser.form("/alerts/test"))

    assert answer.headers["Location"] == "/?said=drill"
    (order,) = house.alerts.of(SendTestAlert)
    assert (order.real_slew, order.ordered_by) == (simulated, "admin@x.org")


async def test_an_order_without_the_right_is_refused_and_written_down(house, browsing) -> None:
    """P89."""
    async with browsing(house, Role.USER) as browser:
        answer = await browser.post("/orders/stop", await browser.form("/password", key="a" * 12))

    assert answer.status == 403
    assert await arrived(house, StopEverything) == []
    assert entries(house) == [("user@x.org", "/orders/stop", "REFUSED")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"},
    ],
)
async def test_an_order_of_a_foreign_page_is_refused(house, browsing, headers) -> None:
    async with browsing(house, Role.ADMIN) as browser:
        form = await browser.form("/")
        sent = {name: value.replace("OWN", browser.origin) for name, value in headers.items()}
        answer = await browser.post("/orders/stop", form, headers=sent)

    assert answer.status == 403
    assert await arrived(house, StopEverything) == []


async def test_an_order_without_the_token_of_its_log_in_is_refused(house, browsing) -> None:
    async with browsing(house, Role.ADMIN) as browser, browsing(house, Role.ADMIN) as other:
        form = await browser.form("/")
        foreign = (await other.form("/"))["csrf"]
        for token in ("", "0" * 64, foreign, "\N{SNOWMAN}"):
            answer = await browser.post("/orders/stop", {**form, "csrf": token})
            assert answer.status == 403

    assert await arrived(house, StopEverything) == []


async def test_an_order_is_never_given_by_looking(house, browsing) -> None:
    async with browsing(house, Role.ADMIN) as browser:
        for path in (*ONE_STEP, "/orders/test-alert"):
            assert (await browser.get(path))[0] == 405

    assert house.majordome.messages == []


async def test_an_order_to_somebody_who_is_away_says_so_and_when_to_try_again(
    house, browsing
) -> None:
    """P04, S63: 503, and the refusal is written down after the order."""
    house.parts = replace(house.parts, staff={"majordome": "/nobody", "alerts": "/nobody"})
    async with browsing(house, Role.EXPERT) as browser:
        answer = await browser.post("/orders/park", await browser.form("/"))

    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert [outcome for *_, outcome in entries(house)] == ["DONE", "REFUSED"]
