"""Every number asked for has a title, every number claimed was asked for, the page is true."""

from __future__ import annotations

from ruamel.yaml import YAML


def test_every_number_has_a_title(pages) -> None:
    titles = YAML(typ="safe").load(pages.REFERENCE / "requirements.yaml")

    numbers = [number for group in titles.values() for number in group]
    assert numbers == [
        *[f"P{n:02}" for n in range(1, 92)],
        *[f"S{n:02}" for n in range(1, 100)],
        *[f"B{n}" for n in range(1, 15)],
    ]


def test_no_test_claims_a_number_that_nobody_asked_for(pages) -> None:
    assert pages.unknown_numbers() == []


def test_each_scenario_of_the_kernel_has_a_test(pages) -> None:
    """The kernel is accepted by them: one without a test is not built."""
    assert [number for number in pages.unproven_numbers() if number.startswith("S")] == []


def test_the_page_of_requirements_is_as_the_tests_are(pages) -> None:
    """A stale page lies; `make docs` makes it anew."""
    written = (pages.REFERENCE / "requirements.md").read_text(encoding="utf-8")

    assert written == pages.requirements(), "stale: run make docs"


def test_spans_of_numbers_are_read(pages) -> None:
    assert list(pages.numbers("P20, S12-S14 and B1; P20.")) == ["P20", "S12", "S13", "S14", "B1"]
