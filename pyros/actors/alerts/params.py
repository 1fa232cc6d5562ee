"""The Params of a packet: by name, or by group and name."""

from __future__ import annotations

from collections.abc import Iterable

from pyros.actors.alerts.literals import number, whole


class Params:
    """Params in document order; the first of a name counts, names are case-sensitive."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._named: dict[str, str] = {}
        self._grouped: dict[tuple[str, str], str] = {}
        for group, name, value in rows:
            self._named.setdefault(name, value)
            self._grouped.setdefault((group, name), value)

    def text(self, name: str, group: str | None = None) -> str:
        """Return the value of a Param, stripped; empty if there is none."""
        found = self._named.get(name) if group is None else self._grouped.get((group, name))
        return (found or "").strip()

    def number(self, name: str, group: str | None = None) -> float | None:
        """Return the value as a number, None if it is missing or none."""
        return number(self.text(name, group))

    def whole(self, name: str, group: str | None = None) -> int | None:
        """Return the value as an integer, None if it is missing or none."""
        return whole(self.text(name, group))

    def says(self, name: str, group: str | None = None) -> bool:
        """Return whether the value is `true` in any case; a missing one is not."""
        return self.text(name, group).lower() == "true"
