"""Where the focus lies for a filter."""

from __future__ import annotations

from collections.abc import Iterable

from pyros.config.devices import Filter


def offset_steps(filters: Iterable[Filter], name: str) -> int:
    """Return how far, in steps, the focus lies from the focus without any filter (P19).

    Raises:
        KeyError: no such filter.
    """
    offsets = {each.name: each.focus_offset_steps for each in filters}
    return offsets[name]
