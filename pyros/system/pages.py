"""The web as the house sees it: what a page may look at, and how an incarnation is made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from pyros import __version__
from pyros.actors import tree
from pyros.config.model import Config
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.system import ActorSystem
from pyros.store.engine import Store
from pyros.system.outside import Outside
from pyros.web.actor import Web
from pyros.web.parts import WebParts


@dataclass(slots=True, kw_only=True)
class Pages:
    """Makes the web; it is told of the system that it lives in, which is made after its factory."""

    config: Config
    store: Store
    outside: Outside
    parts: WebParts | None = None

    def connect(self, system: ActorSystem, staff: Mapping[str, str]) -> None:
        """Tell what a page may look at."""
        self.parts = WebParts(
            config=self.config,
            store=self.store,
            writer=tree.WRITER,
            staff=staff,
            address=system.address,
            bus=system.bus,
            clock=system.clock,
            tree=system.tree,
            dead_letters=lambda: system.dead_letter_count,
            letters=lambda: system.dead_letters,
            abandoned=lambda: system.abandoned,
            data_root=self.config.data.root,
            simulated=self.config.simulation is not None,
            version=__version__,
            secret=secrets.token_bytes(32),
            strikes=system if self._in_development else None,
        )

    @property
    def _in_development(self) -> bool:
        """The configuration asks for it, nothing is real, and who built the house meant it too."""
        return self.config.in_development and self.outside.faults is not None

    def make(self) -> SupervisedActor:
        """Return a new incarnation of the web."""
        listener = self.outside.listener
        if self.parts is None or listener is None:
            raise RuntimeError("the web was started before it was connected")
        return Web(self.parts, listener)
