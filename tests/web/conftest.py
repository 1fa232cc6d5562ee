"""A house that answers to aiohttp's test client, and a person at a browser."""

from __future__ import annotations

import asyncio
import inspect
import re
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from builders.web_house import PASSWORD, House
from yarl import URL

from pyros.config.load import load
from pyros.store import schema
from pyros.store.engine import Store
from pyros.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
SEAL = re.compile(r'name="seal" value="([^"]+)"')


def pytest_pyfunc_call(pyfuncitem):
    """Run a coroutine test in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session")
def config():
    """The simulated observatory's configuration."""
    return load(ROOT / "config" / "simulation.yaml")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "pyros.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.close()
    return path


@pytest.fixture
def make_house(config, empty_database, tmp_path):
    """Make houses."""
    made = []

    def make(**choices):
        folder = tmp_path / f"house-{len(made)}"
        folder.mkdir()
        made.append(House(config, folder, empty_database, **choices))
        return made[-1]

    yield make
    for house in made:
        house.close()


@pytest.fixture
def house(make_house):
    """An empty house with three accounts."""
    return make_house()


class Browser:
    """A person at a browser: cookies, forms, and the headers that browsers send."""

    def __init__(self, client: TestClient):
        self.client = client
        self.origin = str(client.make_url("/")).rstrip("/")

    async def get(self, path, **more):
        """Return status and text."""
        async with self.client.get(path, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path, data=None, *, headers=None):
        """Return the answer of a form sent from a page of ours."""
        sent = {"Origin": self.origin} if headers is None else headers
        async with self.client.post(
            path, data=data or {}, headers=sent, allow_redirects=False
        ) as answer:
            await answer.read()
            return answer

    async def log_in(self, email, password=PASSWORD):
        """Return the answer of a try."""
        return await self.post("/login", {"email": email, "password": password, "next": "/"})

    async def form(self, path="/", **fields):
        """Return what a form on that page would send, with its hidden fields."""
        _, text = await self.get(path)
        found = {"csrf": CSRF, "key": KEY, "seal": SEAL}
        hidden = {
            name: match.group(1)
            for name, pattern in found.items()
            if (match := pattern.search(text))
        }
        return {**hidden, **fields}

    def secret(self):
        """Return the cookie of the log-in, None without."""
        port = URL(self.origin).port
        cookies = self.client.session.cookie_jar.filter_cookies(URL(self.origin))
        morsel = cookies.get(f"pyros-{port}")
        return morsel.value if morsel is not None else None


@pytest.fixture
def browsing():
    """Open a browser on a house, logged in as a role or not at all."""

    @asynccontextmanager
    async def opened(house, role=None):
        async with TestClient(TestServer(create_app(house.parts))) as client:
            browser = Browser(client)
            if role is not None:
                answer = await browser.log_in(f"{role.lower()}@x.org")
                assert answer.status == 303, await answer.text()
            yield browser

    return opened
