from __future__ import annotations

from pyros.sky.bench import figures


def test_the_bench_gives_a_figure_for_every_task() -> None:
    taken = figures()

    assert {"altaz_single_ms", "altaz_1000x600_ms", "night_ms"} <= taken.keys()
    assert all(value > 0.0 for value in taken.values())
