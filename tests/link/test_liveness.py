"""How a line stands, from all that happens to it."""

from __future__ import annotations

import pytest

from pyros.link.liveness import (
    Liveness,
    Standing,
    answered,
    broke,
    greeted,
    opened,
    standing,
    told,
    unanswered,
)

CONNECTED = told(greeted(opened()), "boot:1", 10.0)


@pytest.mark.parametrize(
    ("line", "now_s", "expected"),
    [
        pytest.param(opened(), 0.0, Standing.CONNECTING, id="a socket that is open says nothing"),
        pytest.param(greeted(opened()), 99.0, Standing.CONNECTED, id="answers alone count"),
        pytest.param(CONNECTED, 12.9, Standing.CONNECTED, id="status younger than 3 periods"),
        pytest.param(CONNECTED, 13.1, Standing.STALE, id="status older than 3 periods"),
        pytest.param(CONNECTED, 20.1, Standing.LOST, id="status older than 10 periods"),
        pytest.param(unanswered(CONNECTED), 10.0, Standing.STALE, id="a request unanswered"),
        pytest.param(
            unanswered(unanswered(unanswered(CONNECTED))), 10.0, Standing.LOST, id="3 in a row"
        ),
        pytest.param(answered(unanswered(CONNECTED)), 10.0, Standing.CONNECTED, id="answers again"),
        pytest.param(broke(CONNECTED), 10.0, Standing.LOST, id="the connection broke"),
        pytest.param(greeted(broke(CONNECTED)), 10.0, Standing.CONNECTED, id="and stands again"),
        pytest.param(
            told(CONNECTED, "boot:1", 13.5), 13.5, Standing.STALE, id="a status at rest is no life"
        ),
        pytest.param(told(CONNECTED, "boot:2", 13.5), 13.5, Standing.CONNECTED, id="moves"),
    ],
)
def test_a_line_stands_as_the_table_says(line: Liveness, now_s: float, expected: Standing) -> None:
    assert standing(line, now_s) is expected
