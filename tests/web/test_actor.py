"""The web actor: its loop in its thread, on a socket that outlives it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from builders.web_house import NOW, House

from pyros.kernel.clock import SystemClock, VirtualClock
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown, ChildUp
from pyros.web.actor import LEFT_S, Server, Web

PATIENCE_S = 30.0


@pytest.fixture
def listener():
    """The socket that the composition root owns."""
    made = socket.create_server(("127.0.0.1", 0))
    yield made
    made.close()


@pytest.fixture
def served(config, tmp_path, empty_database, listener):
    """Make a house whose web actor runs; `change` its parts first."""
    made = []

    def make(**change):
        made.append(
            House(
                config,
                tmp_path,
                empty_database,
                clock=SystemClock(start=NOW),
                watch=SystemClock(),
                web=lambda parts: Web(replace(parts, **change), listener),
            )
        )
        return made[-1]

    yield make
    for house in made:
        house.close()


def ask(listener, path, timeout_s=PATIENCE_S):
    """Return status and text of a GET."""
    line = http.client.HTTPConnection(*listener.getsockname(), timeout=timeout_s)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def wait_for(house, predicate):
    """Return the first event of the actors' lives that fits, those of before included."""
    news = threading.Event()
    subscription = house.bus.subscribe([LIFECYCLE], news.set)
    events = [one.value for one in house.bus.items(LIFECYCLE)[0]]
    while True:
        for event in events:
            if predicate(event):
                subscription.close()
                return event
        assert news.wait(PATIENCE_S), "it did not come about"
        news.clear()
        events = [one.value for one in subscription.take()[1].get(LIFECYCLE, ([], 0))[0]]


def test_pages_are_served_when_the_actor_is_up(served, listener) -> None:
    served()

    status, text = ask(listener, "/healthz")
    assert (status, json.loads(text)["ok"]) == (200, True)


def test_the_port_stays_when_the_actor_has_stopped(served, listener) -> None:
    """Nobody else can take it; a line waits for the next incarnation."""
    house = served()
    house.close()

    with pytest.raises(OSError, match="in use"):
        socket.create_server(listener.getsockname())


@pytest.mark.realtime
def test_a_hung_loop_is_replaced_on_the_same_port(served, listener) -> None:
    """S94: silent for three seconds it fails, and the next incarnation answers."""
    hang, free = threading.Event(), threading.Event()

    def tree():
        if hang.is_set():
            hang.clear()
            free.wait(PATIENCE_S)
        return ()

    house = served(tree=tree)
    assert ask(listener, "/readyz")[0] == 200
    hang.set()
    pool = ThreadPoolExecutor(1)
    pool.submit(_ignored, listener, "/readyz")
    down = wait_for(house, lambda e: isinstance(e, ChildDown) and e.path == "/web")
    wait_for(house, lambda e: isinstance(e, ChildUp) and e.path == "/web" and e.incarnation == 2)

    assert "silent" in down.reason
    assert ask(listener, "/healthz")[0] == 200
    free.set()
    pool.shutdown()


def _ignored(listener, path):
    try:
        ask(listener, path)
    except (OSError, http.client.HTTPException):
        return


def test_a_loop_whose_actor_is_gone_without_a_word_ends_by_itself(served, listener) -> None:
    """S74: two would serve the same port, one of them for ever."""
    house = served()
    watch = VirtualClock(NOW)
    left = Server(replace(house.parts, watch=watch), listener.dup(), look_s=0.01)

    left.start(PATIENCE_S)
    watch.move_to(LEFT_S + 1.0)
    left.join(PATIENCE_S)

    assert not left.runs
    assert ask(listener, "/healthz")[0] == 200
