"""The pages of plans: who sees what in them, what changed, and old ones found."""

from __future__ import annotations

import html
import json
import re

import pytest
from builders.planned_night import BURST, OTHER, OWN, SHARED, store_plans
from builders.web_house import NOW

from pyros.domain.schedule import Cause
from pyros.domain.user import Role
from pyros.messages.commands import PlanAgain
from pyros.store import observations

EMPTY = ("/schedule", "/schedules", "/schedules?show=last", "/schedules?night=2026-11-24&days=7")


def words(text):
    """Return what a person reads, without tags and the pictures' numbers."""
    bare = re.sub(r"<script.*?</script>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def pictures(text):
    """Return the numbers of the pictures."""
    return json.loads(re.search(r'id="pictures"[^>]*>(.*?)</script>', text, re.DOTALL).group(1))


@pytest.fixture
def planned(house):
    """A house with three plans of a night, and their ids."""
    _, plans = store_plans(house, NOW)
    return house, [plan.id for plan in plans]


async def test_each_sequence_is_linked_to_its_request_or_its_alert_by_its_short_name(
    planned, browsing
) -> None:
    """P22."""
    house, _ = planned
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get("/schedule")
        links = re.findall(
            r'<th scope="row">(?:[^<]|<span[^<]*</span>)*<a href="([^"]+)">([^<]+)<', text
        )
        targets = {name: href for href, name in links}
        assert targets.keys() >= {OWN, SHARED, OTHER, BURST}
        assert targets[BURST] == "/alerts/GRB261125C"
        for name, href in targets.items():
            status, page = await browser.get(href)
            assert status == 200, href
            assert name in page or name == BURST


async def test_own_sequences_are_marked_and_linked(planned, browsing) -> None:
    """P33."""
    house, _ = planned
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/schedule")
    own = re.findall(r'<tr data-testid="slot"[^>]*class="own"[^>]*>.*?</tr>', text)

    assert len(own) == 2
    assert all("★" in row and OWN in row and 'href="/requests/' in row for row in own)
    bars = pictures(text)["rows"][0]["bars"]
    assert {bar["name"].partition("/")[0] for bar in bars if bar["own"]} == {OWN}


async def test_sequences_of_others_are_a_block_and_a_programme_and_nothing_else(
    planned, browsing
) -> None:
    """P33: name, target, number and numbers of others reach neither page nor picture."""
    house, ids = planned
    others = {
        slot.sequence_id: slot
        for plan in house.store.read(observations.schedules)
        for slot in plan.slots
        if slot.name.startswith(OTHER)
    }
    request = next(iter(others.values())).request_id
    async with browsing(house, Role.USER) as browser:
        for path in (
            "/schedule",
            *(f"/schedule/{n}" for n in ids),
            f"/schedules/{ids[1]}/{ids[2]}",
        ):
            _, text = await browser.get(path)
            assert OTHER not in text, path
            assert f"/requests/{request}" not in text, path
            keys = {bar["key"] for row in pictures(text)["rows"] for bar in row["bars"]}
            assert not keys & {f"s{n}" for n in others}, path
            assert not {c["key"] for c in pictures(text)["altitudes"]["curves"]} & {
                f"s{n}" for n in others
            }
            assert "P2 of others" in words(text), path
        status, _ = await browser.get(f"/requests/{request}")
        assert status == 403


@pytest.mark.parametrize("role", [Role.EXPERT, Role.ADMIN])
async def test_operators_see_everything(planned, browsing, role) -> None:
    """P33."""
    house, ids = planned
    async with browsing(house, role) as browser:
        _, text = await browser.get("/schedule")
        _, old = await browser.get(f"/schedules/{ids[0]}/{ids[1]}")

    assert words(text).count(OTHER) >= 4
    assert OTHER in old
    assert ">of others<" not in text + old


async def test_a_refusal_says_why_with_numbers_and_what_would_admit_it(planned, browsing) -> None:
    """P25, P31."""
    house, _ = planned
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/schedule")
    said = words(text)

    for each in (
        "Never above 30 deg between 05:10 and 12:50: best 27.4 deg at 05:12.",
        "change the lowest altitude from 30 to 27.39 deg",
        "required 30, best 27.4, best at 05:12 UTC",
        "Would displace a sequence of P2 (worth 12.0) for 9.5; wins from priority 88.",
        "change its priority from 70 to 88",
        "14 min more for night:P1; give up a sequence of P2",
        "Of other programmes: P2 2.",
        "proven",
    ):
        assert each in said, each


async def test_refusals_are_narrowed_by_their_code(planned, browsing) -> None:
    """P31."""
    house, _ = planned
    async with browsing(house, Role.EXPERT) as browser:
        _, whole = await browser.get("/schedule")
        _, text = await browser.get("/schedule?code=ALTITUDE")
        _, strange = await browser.get("/schedule?code=%3Cscript%3E")

    assert whole.count('data-testid="refusal"') == strange.count('data-testid="refusal"') == 5
    assert text.count('data-testid="refusal"') == 1
    assert "<script>alert" not in strange


async def test_a_plan_says_why_it_was_made_how_good_it_is_and_what_it_changed(
    planned, browsing
) -> None:
    """P22, P30."""
    house, ids = planned
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get("/schedule")
        _, old = await browser.get(f"/schedule/{ids[1]}")
    said = words(text)

    assert "because an alert took the telescope" in said
    assert "value 97.25 bound 100.00 gap 2.7 % solver dual-1 stage full took 941 ms" in said
    assert f"Against plan {ids[1]} : 0 kept, 5 moved, 2 new, 1 dropped, 1 were over" in said
    assert f"{OWN}/c 06:06 → 06:43 37 min later" in said
    assert f"dropped {SHARED}/a was at 05:18" in said
    assert "in force" in said
    assert "not in force" in words(old)
    assert "something was submitted" in words(old)


async def test_quotas_of_a_plan_are_shown_to_those_whose_they_are(planned, browsing) -> None:
    """P28."""
    house, _ = planned
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/schedule")
    async with browsing(house, Role.EXPERT) as browser:
        _, whole = await browser.get("/schedule")

    assert "night:P1 planned 1 h 30 min left 6 min one hour more +6.2" in words(text)
    assert text.count('data-testid="account"') == 1
    assert whole.count('data-testid="account"') == 3


async def test_pictures_show_plan_channels_execution_alerts_and_idle_times(
    planned, browsing
) -> None:
    house, _ = planned
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get("/schedule")
    drawn = pictures(text)
    rows = {row["name"]: row for row in drawn["rows"]}

    assert list(rows) == ["plan", "vis", "nir", "executed", "alerts"]
    states = {bar["state"] for bar in rows["plan"]["bars"]}
    assert states == {"planned", "idle"}
    assert [bar["name"] for bar in rows["vis"]["bars"]][:2] == ["g", "r"]
    assert any(bar["filler"] for bar in rows["plan"]["bars"])
    assert any(bar["frozen"] for bar in rows["plan"]["bars"])
    assert {"executed", "aborted"} <= {bar["state"] for bar in rows["executed"]["bars"]}
    assert {mark["name"] for mark in rows["alerts"]["marks"]} >= {"GRB261125C"}
    curves = drawn["altitudes"]["curves"]
    assert {curve["key"] for curve in curves} <= {bar["key"] for bar in rows["plan"]["bars"]}
    assert all(len(c["altitude_deg"]) == len(drawn["altitudes"]["moon_deg"]) for c in curves)


@pytest.mark.parametrize("path", EMPTY)
async def test_without_any_plan_a_page_says_what_will_be_here(house, browsing, path) -> None:
    """P21: an empty schedule is a sentence, never an error."""
    async with browsing(house, Role.USER) as browser:
        status, text = await browser.get(path)

    assert status == 200
    assert "There is no schedule yet" in text or "No plan is like that" in text


async def test_a_plan_without_slots_says_why_it_has_none(planned, browsing) -> None:
    """P21."""
    house, ids = planned
    plan = house.store.read(lambda s: observations.schedule(s, ids[-1]))
    empty = type(plan)(
        night=plan.night, made_at=NOW, cause=Cause.RESUME, idle_reason="the night is over"
    )
    made = house.store.write(lambda s: observations.add_schedule(s, empty))
    async with browsing(house, Role.USER) as browser:
        for path in ("/schedule", f"/schedule/{made.id}", f"/schedules/{ids[-1]}/{made.id}"):
            status, text = await browser.get(path)
            assert status == 200
            assert "the night is over" in text


async def test_old_plans_are_listed_by_night_days_before_end_of_night_and_code(
    planned, browsing
) -> None:
    """P30, P31."""
    house, ids = planned
    async with browsing(house, Role.USER) as browser:

        async def listed(query):
            status, text = await browser.get(f"/schedules{query}")
            assert status == 200
            return [int(n) for n in re.findall(r'<th scope="row"><a href="/schedule/(\d+)"', text)]

        whole = await listed("")
        assert whole[:3] == list(reversed(ids))
        assert await listed("?night=2026-11-24") == whole
        assert await listed("?night=2026-11-25&days=1") == whole
        assert await listed("?night=2026-11-23&days=7") == []
        assert await listed("?show=last") == [ids[-1]]
        assert await listed("?code=NO_ROOM") == [ids[-1]]
        assert await listed(f"?before={ids[0]}") == [n for n in whole if n < ids[0]]


@pytest.mark.parametrize(
    "query", ["night=tomorrow", "days=-3", "code=%00<x", "request=9" * 30, "before=x"]
)
async def test_a_strange_question_for_old_plans_is_no_error(planned, browsing, query) -> None:
    house, _ = planned
    async with browsing(house, Role.USER) as browser:
        status, text = await browser.get(f"/schedules?{query}")

    assert status == 200
    if query.startswith("night"):
        assert "should be like 2026-11-25" in text


async def test_two_plans_stand_side_by_side_with_what_moved(planned, browsing) -> None:
    """P30: in either order of the address the older one comes first."""
    house, ids = planned
    async with browsing(house, Role.EXPERT) as browser:
        _, text = await browser.get(f"/schedules/{ids[1]}/{ids[2]}")
        _, turned = await browser.get(f"/schedules/{ids[2]}/{ids[1]}")
        status, _ = await browser.get(f"/schedules/{ids[2]}/999")

    assert text.count('data-testid="side"') == 2
    assert "what moved: 0 kept, 5 moved, 2 new, 1 dropped" in words(text)
    names = [row["name"] for row in pictures(text)["rows"]]
    assert names == [f"plan {ids[1]}", f"plan {ids[2]}", "executed", "alerts"]
    assert pictures(turned)["rows"][0]["name"] == f"plan {ids[1]}"
    assert status == 404


async def test_a_request_shows_its_sequences_to_those_who_may_read_it(planned, browsing) -> None:
    """P22, P25: names of others stay out of the words of its refusals."""
    house, ids = planned
    plan = house.store.read(lambda s: observations.schedule(s, ids[-1]))
    own = next(slot.request_id for slot in plan.slots if slot.name.startswith(OWN))
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get(f"/requests/{own}")
    async with browsing(house, Role.EXPERT) as browser:
        _, whole = await browser.get(f"/requests/{own}")

    assert text.count('data-testid="sequence"') == 4
    assert "change its priority from 70 to 88" in words(text)
    assert f'href="/schedule/{ids[-1]}"' in text
    assert OTHER not in text
    assert OTHER in whole


async def test_an_operator_has_the_night_planned_anew(planned, browsing) -> None:
    house, _ = planned
    async with browsing(house, Role.EXPERT) as browser:
        form = await browser.form("/schedule")
        answer = await browser.post("/orders/schedule", form)
        _, text = await browser.get(answer.headers["Location"])
    house.majordome.wait_until(lambda got: any(isinstance(one, PlanAgain) for one in got))
    (order,) = house.majordome.of(PlanAgain)
    assert (order.cause, order.ordered_by) == (Cause.OPERATOR, "expert@x.org")

    assert "A new plan is ordered" in text
