"""Pages: each opens whatever is missing, and shows text as text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from builders.played_night import (
    KINDS,
    alert_says,
    burst,
    drill,
    house_says,
    say_all,
    status,
    store_night,
    weather,
)
from builders.web_house import NOW

from pyros.domain.audit import LogLine
from pyros.domain.devices.device import DeviceState
from pyros.domain.holds import Hold, HoldKind
from pyros.domain.image import Level
from pyros.domain.user import Role
from pyros.messages.events import ConditionsChanged, LinkReported
from pyros.store import house as shelf
from pyros.store import images, observations

READ = (
    "/",
    "/schedule",
    "/alerts",
    "/images",
    "/devices",
    "/log",
    "/system",
    "/system/actors/majordome",
    "/night.json",
)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e\x07"


class Tags(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def harmless(text):
    """Whether a page has no element or attribute that somebody else put there."""
    tags = Tags(text).found
    inline = [t for t, a in tags if t == "script" and "src" not in a and a.get("type") is None]
    handlers = [name for _, a in tags for name in a if name.startswith("on") or name == "style"]
    return inline == [] and handlers == [] and ("img", {"src": "x"}) not in tags


@pytest.mark.parametrize("path", READ)
async def test_a_page_of_an_empty_house_opens(house, browsing, path) -> None:
    """P21: no schedule, no request, no night, no device, no image: normal."""
    async with browsing(house, Role.USER) as browser:
        status_, text = await browser.get(path)

    assert status_ == 200
    assert harmless(text)


async def test_without_a_schedule_the_page_says_what_will_bring_it(house, browsing) -> None:
    """P21."""
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/schedule")

    assert 'data-testid="no-schedule"' in text


@pytest.mark.parametrize("path", READ)
async def test_a_page_opens_while_every_actor_is_down(house, browsing, path) -> None:
    """P04: history comes from the store alone."""
    store_night(house, NOW)
    async with browsing(house, Role.USER) as browser:
        await browser.get("/")
        house.written()
        house.system.stop()
        status_, text = await browser.get(path)

    assert status_ == 200
    if path == "/":
        assert "M15" in text


@pytest.mark.parametrize("path", READ)
async def test_a_page_opens_while_the_database_is_away(house, browsing, path) -> None:
    """P04: live values go on, and the page says which part is missing."""
    say_all(house, store_night(house, NOW), NOW)
    async with browsing(house, Role.USER) as browser:
        await browser.get("/")
        house.store.close()
        for file in house.folder.glob("pyros.db*"):
            file.rename(file.with_name(f"gone-{file.name}"))
        status_, text = await browser.get(path)

    assert status_ == 200
    assert ("the database does not answer" in text) or path.endswith(".json")
    if path == "/":
        assert "OBSERVING" in text


async def test_the_first_page_answers_the_five_questions(house, browsing) -> None:
    """B12, P22: state, why idle, veto reason, restarts, last images, plan, without a click."""
    night = store_night(house, NOW)
    hold = Hold(
        key="weather:humidity",
        kind=HoldKind.WEATHER,
        since=NOW - timedelta(minutes=3),
        by="monitoring",
        reason="humidity 93.0 %",
    )
    say_all(house, night, NOW, hold)
    house.publish(ConditionsChanged(at=NOW, conditions=weather(NOW, humidity_pct=93.0)))
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/")

    said = re.sub(r"<[^>]+>", "", text)
    for words in (
        "CLOSED",
        "weather:humidity: humidity 93.0 %",
        "lifted by the weather, once its delay is over",
        "UNSAFE",
        "humidity 93.0 %, good below 85",
        "Bubble of M33",
        "FWHM 2",
        "no answer in 1.0 s",
        "role test: should be observation",
    ):
        assert words in said, words


async def test_an_alert_in_progress_is_on_every_page(house, browsing) -> None:
    """P41: also what it does now; a drill is marked as one."""
    house.publish(alert_says(burst(NOW)))
    house.publish(alert_says(replace(drill(NOW), name="TEST-1")))
    house.publish(alert_says(replace(burst(NOW), name="OLD"), in_progress=False))
    async with browsing(house, Role.USER) as browser:
        for path in READ[:-1]:
            _, text = await browser.get(path)
            rows = re.findall(r'data-key="([^"]+)" data-testid="banner-alert"', text)
            assert rows == ["GRB261125B", "TEST-1"], path
            assert "slew ordered at 04:59:20 UTC" in text


async def test_an_alert_page_tells_the_chain_of_its_instants(house, browsing) -> None:
    """P42."""
    store_night(house, NOW)
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/alerts/GRB261125B")

    assert "+30.000 s after burst" in text
    assert "+0.010 s after received" in text


async def test_a_packet_that_moved_nothing_is_shown_with_every_reason(house, browsing) -> None:
    store_night(house, NOW)
    house.publish(LinkReported(at=NOW, source="local", connected=True, packets=3, rejected=1))
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/alerts")

    for reason in ("role test: should be observation", "what local brings moves nothing"):
        assert reason in text
    assert "3 packets, 1 rejected" in text


async def test_hostile_text_is_shown_as_text_on_every_page(house, browsing) -> None:
    """A log line, an alert's name, a reason: whatever comes from outside stays text."""
    night = store_night(house, NOW)
    say_all(house, night, NOW, Hold(key=EVIL, kind=HoldKind.OPERATOR, since=NOW, reason=EVIL))
    house.publish(alert_says(replace(burst(NOW), name=EVIL)))
    house.publish(replace(status("dome", NOW), reason=EVIL, life=DeviceState.FAULT))
    line = LogLine(at=NOW, level="ERROR", actor=EVIL, text=EVIL)
    house.store.write(lambda session: shelf.log(session, [line]))
    async with browsing(house, Role.ADMIN) as browser:
        for path in (*READ[:-1], "/orders/resume", "/alerts/test", "/nothing" + EVIL):
            _, text = await browser.get(path)
            assert harmless(text), path
            assert "<script>alert" not in text, path


@pytest.mark.parametrize(
    "query",
    [f"actor={EVIL}", "before=-1", "before=9" * 40, "before=x", "level=NONE", "before=1%00"],
)
async def test_a_strange_query_of_the_log_is_no_error(house, browsing, query) -> None:
    async with browsing(house, Role.USER) as browser:
        status_, text = await browser.get(f"/log?{query}")

    assert status_ == 200
    assert harmless(text)


async def test_the_log_scrolls_back_to_its_oldest_line(house, browsing) -> None:
    """P90: by cursor, without a hole; of one actor too."""
    lines = [
        LogLine(at=NOW + timedelta(seconds=n), level="INFO", actor=f"/a{n % 2}", text=f"line {n}.")
        for n in range(450)
    ]
    house.store.write(lambda session: shelf.log(session, lines))
    seen, path = [], "/log"
    async with browsing(house, Role.USER) as browser:
        while path:
            _, text = await browser.get(path)
            seen += [int(n) for n in re.findall(r">line (\d+)\.<", text)]
            older = re.search(r'href="([^"]+)" data-testid="older"', text)
            path = older.group(1).replace("&amp;", "&") if older else ""
        _, text = await browser.get("/log?actor=/a1")

    assert seen == list(reversed(range(450)))
    assert {int(n) % 2 for n in re.findall(r">line (\d+)\.<", text)} == {1}


async def test_schedules_of_before_can_be_read_with_their_refusals(house, browsing) -> None:
    """P30, P31: each with the reason in words and its numbers."""
    store_night(house, NOW)
    stored = house.store.read(observations.current_schedule)
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get(f"/schedule/{stored.id}")

    assert text.count('data-testid="slot"') == len(stored.slots)
    assert text.count('data-testid="refusal"') == len(stored.refusals)
    assert "required deg 30" in text


async def test_the_picture_of_an_image_comes_from_the_data_folder_alone(house, browsing) -> None:
    store_night(house, NOW)
    good = house.store.read(lambda session: images.latest(session, "vis", level=Level.L1A))
    bad = replace(good, id=0, revision=2, path="x", preview_path="../../../etc/hostname")
    outside = house.store.write(lambda session: images.add(session, bad))
    async with browsing(house, Role.USER) as browser:
        async with browser.client.get(f"/images/{good.id}/preview.png") as answer:
            body = await answer.read()
            assert (answer.status, answer.content_type) == (200, "image/png")
        status_, _ = await browser.get(f"/images/{outside.id}/preview.png")
        page, _ = await browser.get(f"/images/{good.id}")

    assert body.startswith(b"\x89PNG")
    assert status_ == 404
    assert page == 200


@pytest.mark.parametrize("month", [6, 12])
async def test_a_night_that_never_comes_or_never_ends_is_shown(
    make_house, browsing, config, month
) -> None:
    """P21, P24: latitude 80 in June and December."""
    site = config.site.model_copy(update={"latitude_deg": 80.0})
    house = make_house()
    house.parts = replace(house.parts, config=config.model_copy(update={"site": site}))
    house.clock.advance((datetime(2027, month, 21, tzinfo=UTC) - NOW).total_seconds())
    async with browsing(house, Role.USER) as browser:
        status_, text = await browser.get("/")
        _, data = await browser.get("/night.json")

    assert status_ == 200
    assert ("the Sun does not go below" in text) == (month == 6)
    drawn = json.loads(data)["pictures"]["timeline"]
    light = {bar["state"] for bar in drawn["light"]}
    assert light == {"day"} if month == 6 else "dark" in light and "day" not in light


async def test_who_is_not_there_is_named_in_a_banner(house, browsing) -> None:
    """B11, B12: a part that is away is said on every page."""
    down = [
        replace(s, state="restarting", last_reason="ValueError: boom")
        if s.path == "/majordome"
        else s
        for s in house.system.tree()
    ]
    house.parts = replace(house.parts, tree=lambda: tuple(down))
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/log")

    assert "majordome is restarting: ValueError: boom" in text


async def test_ready_is_said_only_when_everybody_is(house, browsing) -> None:
    """B11: those who are not are named."""
    house.publish(*(status(name, NOW) for name in KINDS), *house_says(NOW, None, None, ()))
    async with browsing(house) as browser:
        ready = json.loads((await browser.get("/readyz"))[1])
        house.publish(status("dome", NOW, DeviceState.FAULT))
        code, text = await browser.get("/readyz")
        alive = json.loads((await browser.get("/healthz"))[1])

    assert ready == {"ready": True, "missing": []}
    assert (code, json.loads(text)["missing"]) == (503, ["dome is FAULT"])
    assert alive["ok"] is True
