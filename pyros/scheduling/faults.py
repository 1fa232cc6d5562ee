"""What is wrong in a document: every fault, each with its place."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a document."""

    pointer: str
    """JSON pointer: where it stands."""
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.wrong}; {self.right}"


class BadDocument(ValueError):
    """A document with faults, all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def fault(pointer: str, data: object, right: str) -> Fault:
    """Return the fault that `data` stands where something else is right."""
    return Fault(pointer=pointer, wrong=repr(data)[:60], right=right)


def below(pointer: str, name: str) -> str:
    """Return the pointer of a member; `~` and `/` in its name are escaped."""
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
