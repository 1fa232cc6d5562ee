"""Strategies, which of them is the default, and the switches that people turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select

from pyros.store.engine import Session
from pyros.store.tables.alerts import DefaultStrategyRow, StrategyVersionRow, SwitchRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyText:
    """A version of a strategy; `version` names it as `name@n`."""

    id: int = 0
    name: str
    n: int = 0
    text: str
    author: str
    at: datetime
    comment: str = ""

    @property
    def version(self) -> str:
        """Name of this text for ever."""
        return f"{self.name}@{self.n}"


def add_strategy(session: Session, strategy: StrategyText) -> StrategyText:
    """Keep a text of a strategy as its next version; the same text again makes none."""
    wanted = (
        select(StrategyVersionRow.__table__)
        .where(StrategyVersionRow.name == strategy.name)
        .order_by(StrategyVersionRow.n.desc())
    )
    newest = session.execute(wanted).mappings().first()
    if newest is not None and newest["text"] == strategy.text:
        return StrategyText(**newest)
    n = 1 if newest is None else newest["n"] + 1
    row = {name: getattr(strategy, name) for name in StrategyText.__dataclass_fields__}
    del row["id"]
    added = insert(StrategyVersionRow).values(**{**row, "n": n}).returning(StrategyVersionRow.id)
    return replace(strategy, id=session.execute(added).scalar_one(), n=n)


def make_default(session: Session, version_id: int, *, by: str, at: datetime) -> None:
    """Let this version be the strategy from now on."""
    session.execute(insert(DefaultStrategyRow), [{"version_id": version_id, "by": by, "at": at}])


def default_strategy(session: Session) -> StrategyText | None:
    """Return the strategy in force, None before the first."""
    wanted = (
        select(StrategyVersionRow.__table__)
        .join(DefaultStrategyRow, DefaultStrategyRow.version_id == StrategyVersionRow.id)
        .order_by(DefaultStrategyRow.id.desc())
    )
    row = session.execute(wanted).mappings().first()
    return None if row is None else StrategyText(**row)


def turn(session: Session, name: str, value: bool, *, by: str, at: datetime) -> None:  # noqa: FBT001
    """Turn a switch, as `accept_alerts`."""
    session.execute(insert(SwitchRow), [{"name": name, "value": value, "by": by, "at": at}])


def switch(session: Session, name: str, *, default: bool) -> bool:
    """Return how a switch stands."""
    wanted = select(SwitchRow.value).where(SwitchRow.name == name).order_by(SwitchRow.id.desc())
    found = session.execute(wanted).scalar()
    return default if found is None else found
