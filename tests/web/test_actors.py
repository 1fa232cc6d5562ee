"""The pages of the actors: how each stands and what it may suffer, by whom, and where."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from builders.web_house import NOW

from pyros.domain.audit import LogLine
from pyros.domain.user import Role
from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import LIFECYCLE, ActorStatus, ChildDown, ChildUp, tree_topic
from pyros.store import house as shelf

PATH = "/majordome"
VERBS = ("kill", "hang", "restart")
EVIL = "<script>alert(1)</script>"


def order(verb, path=PATH):
    """Return where an order for an actor goes."""
    return f"/orders/actors/{verb}{path}"


def entries(house):
    """Return what was written down, the oldest first."""
    house.written()
    rows = house.store.read(shelf.audit_entries)
    orders = [one for one in reversed(rows) if one.action != "log in"]
    return [(one.who, one.action, one.subject, one.outcome) for one in orders]


def downs(house):
    """Return how the majordome has ended so far."""
    values = [one.value for one in house.bus.items(LIFECYCLE)[0]]
    return [str(one.kind) for one in values if isinstance(one, ChildDown) and one.path == PATH]


def settled(house):
    """Wait until nobody has mail."""
    house.system.services.timers.settle()


@pytest.fixture
def playful(make_house):
    """A house in development."""
    return make_house(development=True)


@pytest.mark.parametrize(("verb", "end"), [("kill", "killed"), ("restart", "shutdown")])
async def test_an_admin_strikes_an_actor_in_two_steps(playful, browsing, verb, end) -> None:
    """S11, S13: it ends, the next incarnation comes, and it is written down who wanted it."""
    async with browsing(playful, Role.ADMIN) as browser:
        _, asked = await browser.get(order(verb))
        assert downs(playful) == []
        answer = await browser.post(order(verb), await browser.form(order(verb)))
        settled(playful)
        _, text = await browser.get("/system/actors/majordome")

    assert "/majordome, incarnation 1, is running." in asked
    assert answer.headers["Location"] == f"/system/actors/majordome?said={verb}"
    assert downs(playful) == [end]
    assert 'data-testid="incarnation">2<' in text
    assert entries(playful) == [("admin@x.org", f"{verb}-actor", PATH, "DONE")]


async def test_the_same_confirmation_sent_twice_strikes_once(playful, browsing) -> None:
    async with browsing(playful, Role.ADMIN) as browser:
        form = await browser.form(order("restart"))
        await browser.post(order("restart"), form)
        await browser.post(order("restart"), form)
        settled(playful)

    assert downs(playful) == ["shutdown"]


async def test_a_confirmation_is_for_one_deed_on_one_incarnation(playful, browsing) -> None:
    """Nobody kills the successor of the actor that he meant."""
    async with browsing(playful, Role.ADMIN) as browser:
        form = await browser.form(order("kill"))
        other = await browser.post(order("kill", "/alerts"), form)
        another = await browser.post(order("hang"), form)
        playful.system.restart(PATH)
        settled(playful)
        late = await browser.post(order("kill"), form)
        text = await late.text()

    assert [answer.status for answer in (other, another, late)] == [409, 409, 409]
    assert "incarnation 2" in text
    assert downs(playful) == ["shutdown"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [Role.USER, Role.EXPERT])
async def test_who_is_no_admin_sees_no_button_and_is_refused(playful, browsing, role, verb) -> None:
    """P89: the refusal is written down."""
    async with browsing(playful, role) as browser:
        _, text = await browser.get("/system/actors/majordome")
        status, _ = await browser.get(order(verb))
        form = await browser.form("/password", key="a" * 12)
        answer = await browser.post(order(verb), form)

    assert 'data-testid="strikes"' not in text
    assert (status, answer.status) == (403, 403)
    assert downs(playful) == []
    assert entries(playful) == [(f"{role.lower()}@x.org", order(verb), "", "REFUSED")]


@pytest.mark.parametrize("verb", VERBS)
async def test_a_house_that_is_not_in_development_has_neither_button_nor_order(
    house, browsing, verb
) -> None:
    """P03: to an admin it is not there."""
    async with browsing(house, Role.ADMIN) as browser:
        _, text = await browser.get("/system/actors/majordome")
        status, _ = await browser.get(order(verb))
        answer = await browser.post(order(verb), await browser.form("/", key="a" * 12))

    assert 'data-testid="strikes"' not in text
    assert 'data-testid="development"' not in text
    assert (status, answer.status) == (404, 404)
    assert downs(house) == []


async def test_a_strike_needs_the_token_of_the_log_in(playful, browsing) -> None:
    async with browsing(playful, Role.ADMIN) as browser:
        form = await browser.form(order("kill"))
        answer = await browser.post(order("kill"), {**form, "csrf": "0" * 64})

    assert answer.status == 403
    assert downs(playful) == []


async def test_the_page_of_hanging_says_for_how_long_and_when_it_is_found(
    playful, browsing
) -> None:
    """S70, S72."""
    async with browsing(playful, Role.ADMIN) as browser:
        budget_s = next(s.budget_s for s in playful.system.tree() if s.path == PATH)
        _, text = await browser.get(order("hang"))

    assert f"It stands still for {budget_s + 30:.0f} s by your watch; {budget_s:.0f} s" in text


async def test_an_actor_that_nobody_knows_is_not_found(playful, browsing) -> None:
    """P21."""
    async with browsing(playful, Role.ADMIN) as browser:
        for path in (
            "/system/actors/nobody",
            order("kill", "/nobody"),
            "/system/actors/majordome/x",
        ):
            assert (await browser.get(path))[0] == 404, path


async def test_what_failed_is_told_with_its_traceback_behind_a_fold(house, browsing) -> None:
    """S11, P90: on the page of all and on the actor's own, and what it wrote."""
    fails(house, fallen("OSError: link lost", "Traceback: in line 7"))
    line = LogLine(at=NOW, level="ERROR", actor=PATH, text="I go down")
    house.store.write(lambda session: shelf.log(session, [line]))
    async with browsing(house, Role.USER) as browser:
        for path in ("/system", "/system/actors/majordome"):
            _, text = await browser.get(path)
            assert "OSError: link lost" in text, path
            assert "(while at Look)" in text, path
            assert re.search(r"<details[^>]*><summary>.*<pre[^>]*>Traceback: in line 7</pre>", text)

    assert "I go down" in text


async def test_a_failure_that_the_bus_has_forgotten_is_still_shown(house, browsing) -> None:
    """S11: the tree remembers the last one of each actor."""
    fails(house, fallen("OSError: link lost", "in line 7"))
    for number in range(1100):
        up = ChildUp(path="/alerts", incarnation=number, at=NOW)
        house.bus.publish(LIFECYCLE, up, stream=True)
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/system")

    assert text.count("in line 7</pre>") == 1


async def test_a_part_in_backoff_says_when_it_is_tried_again(house, browsing) -> None:
    """B11, S83: on every page."""
    status = ActorStatus(
        path=PATH,
        state="restarting",
        incarnation=3,
        restarts=2,
        last_reason="OSError: no port",
        since=NOW,
        next_try=NOW + timedelta(seconds=12),
        tier=3,
        blocking=True,
    )
    house.bus.publish(tree_topic(PATH), status)
    async with browsing(house, Role.USER) as browser:
        for path in ("/log", "/system"):
            _, text = await browser.get(path)
            assert "majordome is restarting: OSError: no port" in text
            assert ">in 12 s<" in text


async def test_hostile_text_of_an_actor_is_shown_as_text(house, browsing) -> None:
    fails(house, fallen(EVIL, EVIL))
    async with browsing(house, Role.USER) as browser:
        for path in ("/system", "/system/actors/majordome"):
            _, text = await browser.get(path)
            assert EVIL not in text
            assert "&lt;script&gt;alert(1)" in text


async def test_messages_that_reached_nobody_are_named_once_for_all_alike(house, browsing) -> None:
    """S59."""
    for _ in range(3):
        house.system.address("/nobody").offer(NOW)
    house.system.address("/nobody/else").offer(timedelta(1))
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/system")

    said = re.sub(r"<[^>]+>", "", text)
    assert f'data-testid="dead-letters">{house.system.dead_letter_count}<' in text
    assert "3 \N{MULTIPLICATION SIGN} datetime to /nobody " in said
    assert said.count(" datetime to ") == 1
    assert "timedelta to /nobody/else" in said


async def test_an_open_page_learns_each_second_what_waits_and_what_is_at_work(
    playful, browsing
) -> None:
    """B12: by push, and only what has changed."""
    async with browsing(playful, Role.USER) as browser:
        origin = {"Origin": browser.origin}
        async with browser.client.ws_connect("/ws", headers=origin) as socket:
            await socket.send_json({"sub": ["kernel/tree/*", "kernel/losses"]})
            playful.system.hang(PATH, over_s=30.0)
            row = await heard(socket, tree_topic(PATH), lambda value: value["at_work"])
            playful.system.address("/nobody").offer(NOW)
            losses = await heard(socket, "kernel/losses", lambda value: value["dead_letters"])

    assert row["at_work"].startswith("Struck: ")
    assert losses["letters"][0]["to"] == "/nobody"
    playful.system.services.faults.release()


async def test_a_frame_tells_a_failure_with_its_traceback_to_those_who_listen(
    house, browsing
) -> None:
    """B12."""
    async with browsing(house, Role.USER) as browser:
        origin = {"Origin": browser.origin}
        async with browser.client.ws_connect("/ws", headers=origin) as socket:
            await socket.send_json({"sub": ["kernel/lifecycle"]})
            fails(house, fallen("OSError: link lost", "in line 7"))
            while True:
                frame = json.loads((await socket.receive()).data)
                await socket.send_json({"ack": frame["n"]})
                items = frame["stream"].get("kernel/lifecycle", {}).get("items", [])
                found = [one["value"] for one in items if not one["value"]["calm"]]
                if found:
                    break

    assert (found[0]["trace"], found[0]["page"]) == ("in line 7", "/system/actors/majordome")


async def heard(socket, topic, wanted):
    """Return the first value of a topic that is wanted."""
    while True:
        frame = json.loads((await socket.receive()).data)
        await socket.send_json({"ack": frame["n"]})
        if topic in frame["state"] and wanted(frame["state"][topic]["value"]):
            return frame["state"][topic]["value"]


def fails(house, down):
    """Let the kernel say that the majordome ended so."""
    house.bus.publish(LIFECYCLE, down, stream=True)
    status = house.bus.latest(tree_topic(PATH))
    house.bus.publish(tree_topic(PATH), replace(status, last_failure=down))


def fallen(reason, traceback):
    """Return how the majordome failed."""
    return ChildDown(
        path=PATH,
        incarnation=1,
        at=NOW,
        kind=ExitKind.FAILED,
        reason=reason,
        traceback=traceback,
        message_type="Look",
    )
