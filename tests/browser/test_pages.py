"""What a person sees: every page, both sizes, three themes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

PAGES = {
    "night": "/",
    "schedule": "/schedule",
    "schedules": "/schedules",
    "alerts": "/alerts",
    "images": "/images",
    "devices": "/devices",
    "log": "/log",
    "system": "/system",
    "actor": "/system/actors/majordome",
    "password": "/password",
}
THEMES = ("day", "dark", "red")


@pytest.mark.parametrize("size", ["wide", "telephone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_without_error_foreign_request_or_sideways_scroll(
    played, look, picture, name, size
) -> None:
    """B12: no foreign address, works without a network; the content policy is never violated."""
    watched = look(played, PAGES[name], size=size)
    picture(watched, f"{name}-{size}-dark")

    width, shown = watched.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= shown
    watched.clean()


@pytest.mark.parametrize("size", ["wide", "telephone"])
@pytest.mark.parametrize("theme", THEMES)
def test_the_night_in_each_theme(played, look, picture, theme, size) -> None:
    """Red keeps the eyes adapted: no pixel has green or blue above 30."""
    watched = look(played, "/", size=size, theme=theme)
    watched.page.wait_for_load_state("networkidle")
    path = picture(watched, f"night-{size}-{theme}")

    if theme == "red":
        pixels = np.asarray(Image.open(path).convert("RGB"))
        assert int(pixels[..., 1:].max()) <= 30
    watched.clean()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_an_empty_house_says_what_will_be_there(empty, look, picture, name) -> None:
    """P21: nothing there is normal."""
    watched = look(empty, PAGES[name])
    picture(watched, f"empty-{name}")

    watched.clean()
