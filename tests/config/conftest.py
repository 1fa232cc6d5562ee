"""A small good configuration, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pyros.config.complaint import Complaint, WrongConfig
from pyros.config.document import parse
from pyros.config.load import judge
from pyros.config.model import Config

GOOD = """\
site: {name: Here, latitude_deg: 43.9, longitude_deg: 5.7, height_m: 650}
devices:
  mount: {kind: telescope, unit: mount, driver: simulated}
  eye: {kind: camera, unit: eye, driver: simulated, channel: vis}
  wheel:
    kind: filter_wheel
    unit: eye
    driver: simulated
    attached_to: eye
    filters: [{name: g, slot: 0}, {name: r, slot: 1}]
  roof: {kind: dome, unit: roof, driver: simulated}
  station: {kind: weather, unit: station, driver: simulated}
channels:
  vis: {camera: eye, wheel: wheel}
simulation: {seed: 1}
"""


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def judged(tmp_path: Path) -> Callable[[str], Config]:
    """Text to Config, as if it stood in a file of its own."""

    def judge_text(text: str) -> Config:
        return judge(parse(text, file="site.yaml"), folder=tmp_path)

    return judge_text


@pytest.fixture
def complaints(judged: Callable[[str], Config]) -> Callable[[str], list[Complaint]]:
    """Text to what is wrong with it; nothing, if it is good."""

    def complain(text: str) -> list[Complaint]:
        try:
            judged(text)
        except WrongConfig as wrong:
            return list(wrong.complaints)
        return []

    return complain
