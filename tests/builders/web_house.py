"""A house without its managers: a real store and writer, a bus that tests publish on, probes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from argon2 import PasswordHasher

from pyros.domain.user import Role
from pyros.kernel.clock import VirtualClock
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.probe import probe_spec
from pyros.messages.topics import is_stream, topic_of
from pyros.store import users
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter, Write
from pyros.web.parts import WebParts

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105  of the accounts below
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class House:
    """What the web knows of the observatory, and what came to it from the web."""

    def __init__(  # noqa: PLR0913  what tests may choose
        self,
        config,
        folder,
        database,
        *,
        simulated=True,
        development=False,
        clock=None,
        watch=None,
        web=None,
        majordome_answers=None,
    ):
        shutil.copy(database, folder / "pyros.db")
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'pyros.db'}", synchronous="OFF")
        self.clock = clock or VirtualClock(NOW)
        self.watch = watch or VirtualClock(NOW)
        majordome, self.majordome = probe_spec("majordome", answer=majordome_answers)
        alerts, self.alerts = probe_spec("alerts", answer=lambda _: "drill-1")
        writer = ChildSpec(id="writer", factory=lambda: StoreWriter(self.store), tier=0)
        more = [ChildSpec(id="web", factory=lambda: web(self.parts), tier=9)] if web else []
        self.system = ActorSystem(
            [writer, majordome, alerts, *more],
            clock=self.clock,
            faults=FaultPlan() if development else None,
        )
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
            letters=lambda: self.system.dead_letters,
            abandoned=lambda: self.system.abandoned,
            data_root=folder,
            simulated=simulated,
            version="0.0.test",
            secret=b"of these tests",
            strikes=self.system if development else None,
            watch=self.watch,
        )
        self.system.start()
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
