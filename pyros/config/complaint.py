"""A complaint about a file: where it is wrong, what is wrong, what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches

from pyros.errors import ConfigError

WIDEST_LINE = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that is wrong with a file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    key: str
    code: str
    message: str
    remedy: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return it as people and editors read it: place, text, the line, a caret, the remedy."""
        key = f"{self.key}: " if self.key else ""
        head = f"{self.file}:{self.line}:{self.column}: error: {key}{self.message}  [{self.code}]"
        return "\n".join([head, *self._excerpt(), *self._remedy()])

    def _excerpt(self) -> list[str]:
        if not self.source.strip():
            return []
        start = max(0, self.column - WIDEST_LINE // 2) if len(self.source) > WIDEST_LINE else 0
        excerpt = self.source[start : start + WIDEST_LINE]
        shown = "".join(one if one.isprintable() else " " for one in excerpt)
        return [f"{self.line:>8} | {shown}", f"{'':8} | {' ' * (self.column - 1 - start)}^"]

    def _remedy(self) -> list[str]:
        return [f"{'':8} = {self.remedy}"] if self.remedy else []

    def plain(self) -> dict[str, object]:
        """Return it as a plain map, for editors."""
        return asdict(self)


class WrongConfig(ConfigError):
    """All complaints about one file at once."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(sorted(complaints, key=lambda one: (one.line, one.column)))
        super().__init__("\n".join(str(complaint) for complaint in self.complaints))


def nearest(word: str, among: Iterable[str]) -> str | None:
    """Return the name of `among` that `word` was probably meant to be, or None."""
    names = list(among)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return close[0]
    folded = {name.casefold(): name for name in names}
    return folded.get(word.casefold())


def did_you_mean(word: str, among: Iterable[str]) -> str:
    """Return a remedy: the nearest name, else all that may stand there."""
    names = sorted(among)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"may be: {', '.join(names)}" if names else "there is none"
