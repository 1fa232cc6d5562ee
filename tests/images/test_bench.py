from __future__ import annotations

from pyros.images.bench import figures


def test_the_bench_tells_milliseconds_of_every_task_and_leaves_no_file(tmp_path):
    found = figures(tmp_path)

    assert {"fits_write_256_ms", "fits_write_1024_ms", "detect_1024_ms"} <= found.keys()
    assert all(0.0 < value < 60_000.0 for value in found.values())
    assert list(tmp_path.iterdir()) == []
