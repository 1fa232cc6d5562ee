"""What a supervisor of supervisors leaves behind when it dies (S28, S53)."""

from __future__ import annotations

from collections import Counter

from pyros.kernel.lifecycle import ChildDown
from pyros.kernel.supervisor import supervisor


def test_each_end_below_a_supervisor_that_dies_is_told_once(world):
    """S28, S53: those of a supervisor that lives are its own to speak of."""
    inner = supervisor("inner", [world.part("a"), world.part("b")])
    world.run(supervisor("outer", [inner, world.part("c")]))

    world.system.kill("/outer")
    world.until(lambda: world.status("/outer/c").incarnation == 2)
    world.settle()

    ends = Counter((one.path, one.incarnation) for one in world.events(ChildDown))
    assert set(ends.values()) == {1}
    assert {path for path, _ in ends} == {
        "/outer",
        "/outer/inner",
        "/outer/inner/a",
        "/outer/inner/b",
        "/outer/c",
    }
    stopped = [name for word, name, _ in world.lives(words=("stopped",))]
    assert stopped == ["c", "b", "a"]
