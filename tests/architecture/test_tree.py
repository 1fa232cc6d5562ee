"""The drawing of the supervision tree is the tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyros.actors.tree import DeviceChild, Factories, tree
from pyros.kernel.spec import ChildSpec, SupervisorSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "supervision.md"
COLUMN = 26


def nobody() -> None:
    """A factory that is never called: only the table is looked at."""


def the_tree() -> tuple[ChildSpec, ...]:
    return tree(
        Factories(
            writer=nobody,
            sink=nobody,
            monitoring=nobody,
            alerts=nobody,
            sources={"<name>": nobody},
            web=nobody,
            devices=(DeviceChild(name="<device>", unit="<name>", factory=nobody, blocking=True),),
            analyzer=nobody,
            observation=nobody,
            scheduler=nobody,
            majordome=nobody,
        )
    )


def drawn(children: tuple[ChildSpec, ...], depth: int = 0) -> Iterator[str]:
    """Return the lines of the drawing, in the order of start."""
    for child in children:
        words = []
        if isinstance(child, SupervisorSpec):
            words.append("dynamic" if child.one_deadline else child.strategy.value)
        if child.optional:
            words.append("optional")
        yield f"{'  ' * depth + child.id:{COLUMN}}{', '.join(words)}".rstrip()
        if isinstance(child, SupervisorSpec):
            yield from drawn(child.children, depth + 1)


def test_the_documented_start_up_is_the_supervision_tree() -> None:
    """P06: what starts what, in which order."""
    block = PAGE.read_text(encoding="utf-8").split("```\n")[1]

    assert block.splitlines() == list(drawn(the_tree()))


def test_only_infrastructure_and_the_branch_that_never_pauses_can_end_the_process() -> None:
    """P04, P16: devices, analyzer and night are optional."""
    assert [child.id for child in the_tree() if not child.optional] == [
        "infrastructure",
        "always_on",
    ]
