"""Pages in headless Chromium, on a real web actor; the house behind it is played on the bus.

Elements that stories may rely on (`data-testid`): mode, mode-large, safe, doing, now, step,
why-idle, weather-why, holds (its rows: hold), said, order-pause, order-resume, order-park,
order-stop, order-test-alert, confirm, confirm-yes, confirm-no, changed, banner-alert, alerts
(rows: alert), notices (rows: notice, in them why-not), device-<name> (in it life), tree (rows:
actor), image-<channel>, strip-<quantity>, sky, timeline, schedule, log (rows: log-line), alarms,
gantt, altitudes, readout, slot, refusal, remedy, changes, newer, plan, order-schedule,
live, line-lost, away, missing, simulated, utc, log-in, login-text, change-password, problem,
log-out, error.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
from builders.planned_night import store_crowded, store_plans
from builders.played_night import say_all, store_night
from builders.web_house import NOW, PASSWORD, House
from playwright.sync_api import sync_playwright

from pyros.config.load import load
from pyros.kernel.clock import SystemClock
from pyros.store import schema
from pyros.store.engine import Store
from pyros.web.actor import Web

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "screenshots"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"wide": (1500, 980), "telephone": (390, 844)}


def pytest_collection_modifyitems(items):
    """Mark everything here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium():
    """Return where the browser is, None without one."""
    return os.environ.get("PYROS_CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="module")
def engine():
    """The browser; without one the tests are skipped by name, and fail in CI."""
    path = chromium()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium here: install it (Debian: apt install chromium)")
        pytest.skip("no chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Played:
    """A served house and its address."""

    def __init__(self, house, address, night):
        self.house, self.address, self.night = house, address, night

    @property
    def now(self):
        """The observatory's time."""
        return self.house.clock.utc()


class Planned(Played):
    """The same, with its plans in the order they were made."""

    def __init__(self, house, address, night, plans):
        super().__init__(house, address, night)
        self.plans = plans


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory):
    """A file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "pyros.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.close()
    return path


def serve(folder, database, **choices):
    """Return a house whose web actor serves a free port, and its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    house = House(
        load(ROOT / "config" / "simulation.yaml"),
        folder,
        database,
        clock=SystemClock(factor=1.0, start=NOW),
        watch=SystemClock(),
        web=lambda parts: Web(parts, listener),
        **choices,
    )
    return house, f"http://127.0.0.1:{listener.getsockname()[1]}", listener


@pytest.fixture(scope="module")
def played(tmp_path_factory, empty_database):
    """A house in the middle of its night."""
    house, address, listener = serve(tmp_path_factory.mktemp("played"), empty_database)
    night = store_night(house, NOW)
    say_all(house, night, house.clock.utc())
    yield Played(house, address, night)
    house.close()
    listener.close()


@pytest.fixture(scope="module")
def planned(tmp_path_factory, empty_database):
    """A house with three plans of its night, the last one after an alert."""
    house, address, listener = serve(tmp_path_factory.mktemp("planned"), empty_database)
    night, plans = store_plans(house, NOW)
    say_all(house, night, house.clock.utc())
    yield Planned(house, address, night, plans)
    house.close()
    listener.close()


@pytest.fixture
def serve_plans():
    """Serve a house with three plans for a test that changes it."""
    served = []

    def made(folder, database):
        house, address, listener = serve(folder, database)
        served.append((house, listener))
        night, plans = store_plans(house, NOW)
        say_all(house, night, house.clock.utc())
        return Planned(house, address, night, plans)

    yield made
    for house, listener in served:
        house.close()
        listener.close()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory, empty_database):
    """A house whose night is full from begin to end."""
    house, address, listener = serve(tmp_path_factory.mktemp("crowded"), empty_database)
    plan = store_crowded(house, NOW)
    yield Planned(house, address, None, (plan,))
    house.close()
    listener.close()


@pytest.fixture
def fresh(tmp_path, empty_database):
    """A house of its own for a test that changes it."""
    house, address, listener = serve(tmp_path, empty_database)
    night = store_night(house, NOW)
    say_all(house, night, house.clock.utc())
    yield Played(house, address, night)
    house.close()
    listener.close()


@pytest.fixture
def playful(tmp_path, empty_database):
    """A house in development: an admin may strike its actors."""
    house, address, listener = serve(tmp_path, empty_database, development=True)
    yield Played(house, address, None)
    house.system.services.faults.release()
    house.close()
    listener.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory, empty_database):
    """A house of which nothing is known."""
    house, address, listener = serve(tmp_path_factory.mktemp("empty"), empty_database)
    yield Played(house, address, None)
    house.close()
    listener.close()


class Watched:
    """A page with what went wrong on it, and what it asked of others."""

    def __init__(self, page, address):
        self.page, self.address = page, address
        self.errors, self.foreign = [], []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._request)

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def _request(self, request):
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.foreign.append(request.url)

    def clean(self):
        """Whether there was no error, no violation, no foreign request."""
        assert self.errors == []
        assert self.foreign == []


@pytest.fixture
def look(engine):
    """Open a page as a role: look(played, "/", size="wide", theme="dark")."""
    contexts = []

    def opened(played, path="/", *, role="admin", size="wide", theme="dark"):
        width, height = SIZES[size]
        context = engine.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.add_cookies([{"name": "theme", "value": theme, "url": played.address}])
        page = context.new_page()
        watched = Watched(page, played.address)
        page.goto(f"{played.address}/login")
        if role:
            page.fill("input[name=email]", f"{role}@x.org")
            page.fill("input[name=password]", PASSWORD)
            page.get_by_test_id("log-in").click()
            page.get_by_test_id("mode").wait_for()
            if path != "/":
                page.goto(f"{played.address}{path}")
            page.locator("#line[data-state=live]").wait_for()
        return watched

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def watch():
    """Watch a page for errors and foreign requests."""
    return Watched


@pytest.fixture
def picture():
    """Keep a screenshot for people to judge; return its path."""
    BUILD.mkdir(parents=True, exist_ok=True)

    def taken(watched, name, *, full=True):
        path = BUILD / f"{name}.png"
        path.write_bytes(watched.page.screenshot(full_page=full))
        return path

    return taken
