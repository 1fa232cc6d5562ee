"""What is wrong with a request, by field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `field` as `sequences.0.albums.1.plans.2.exposure_s`."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"
