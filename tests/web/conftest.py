"""A house without its managers: a real store and writer, a bus that tests publish on, probes."""

from __future__ import annotations

import asyncio
import inspect
import re
import shutil
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from yarl import URL

from pyros.config.load import load
from pyros.domain.user import Role
from pyros.kernel.clock import VirtualClock
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.probe import probe_spec
from pyros.messages.topics import is_stream, topic_of
from pyros.store import schema, users
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter, Write
from pyros.web.app import create_app
from pyros.web.parts import WebParts

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105  of the accounts below
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
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


class House:
    """What the web knows of the observatory, and what came to it from the web."""

    def __init__(self, config, folder, database, *, simulated=True):
        shutil.copy(database, folder / "pyros.db")
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'pyros.db'}", synchronous="OFF")
        self.clock, self.watch = VirtualClock(NOW), VirtualClock(NOW)
        majordome, self.majordome = probe_spec("majordome")
        alerts, self.alerts = probe_spec("alerts", answer=lambda _: "drill-1")
        writer = ChildSpec(id="writer", factory=lambda: StoreWriter(self.store), tier=0)
        self.system = ActorSystem([writer, majordome, alerts], clock=self.clock)
        self.system.start()
        self.bus = self.system.bus
        self.parts = WebParts(
            config=config,
            store=self.store,
            writer="/writer",
            staff={"majordome": "/majordome", "alerts": "/alerts"},
            address=self.system.address,
            bus=self.bus,
            clock=self.clock,
            tree=self.system.tree,
            dead_letters=lambda: self.system.dead_letter_count,
            data_root=folder,
            simulated=simulated,
            version="0.0.test",
            secret=b"of these tests",
            watch=self.watch,
        )
        for role in Role:
            self.add_user(f"{role.lower()}@x.org", role)

    def add_user(self, email, role, *, must_change_password=False):
        """Make an account with the password of all."""
        return self.store.write(
            lambda session: users.create_user(
                session,
                email,
                email.partition("@")[0],
                role,
                WEAK,
                at=NOW,
                by_admin=True,
                must_change_password=must_change_password,
            )
        )

    def publish(self, *events):
        """Say something on the bus."""
        for event in events:
            self.bus.publish(topic_of(event), event, stream=is_stream(event))

    def written(self):
        """Return when everything told to the writer is in the database."""
        self.system.address("/writer").ask(Write(work=lambda _: None, what="barrier"))

    def close(self):
        """Stop everything."""
        self.system.stop()
        self.store.close()


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
