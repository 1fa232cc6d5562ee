"""One evening at the desk: the real observatory on its simulators, and a person at a browser."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
SPEED = "10"
"""Soon dark and open, and nothing is late by it on a slow machine."""
PATIENCE_MS = 180_000
STOP_S = 60
DEVICES = ("telescope", "camera-vis", "wheel-vis", "camera-nir", "dome", "plc", "weather")
WORD = "a word that nobody knows"
DASHBOARD = re.compile(r"dashboard: (http://\S+) +log in as (\S+), one-time password (\S+)")


@pytest.fixture
def observatory(tmp_path):
    """`pyros run` as a person types it, with free ports and a folder of its own."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    config = tmp_path / "config" / "simulation.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("port: 8098", "port: 0"), encoding="utf-8")
    command = [sys.executable, "-m", "pyros", "run", str(config), "--simulate", "--speed", SPEED]
    with (tmp_path / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            [*command, "--port", "0", "--data", str(tmp_path / "data")],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_S)
            process.stdout.close()


@pytest.fixture
def patient():
    """Let expectations wait for a telescope, not for a page."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


def dashboard(process):
    """Return address, name and one-time password, as the terminal says them."""
    for line in process.stdout:
        found = DASHBOARD.search(line)
        if found:
            return found.groups()
    raise AssertionError(f"it ended with code {process.wait()} before it was up")


@pytest.mark.realtime
def test_an_evening_from_the_first_log_in_to_the_follow_up_of_an_alert(
    observatory, engine, watch, picture, patient
) -> None:
    """B12, P20, P41, P43, P49, P50: log in, READY devices, drill, banner, slew, pause, resume."""
    address, name, password = dashboard(observatory)
    context = engine.new_context(viewport={"width": 1500, "height": 980})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    watched = watch(page, address)
    page.goto(address)
    page.fill("input[name=email]", name)
    page.fill("input[name=password]", password)
    page.get_by_test_id("log-in").click()
    for field, word in (("old", password), ("new", WORD), ("again", WORD)):
        page.fill(f"input[name={field}]", word)
    page.get_by_test_id("change-password").click()

    for device in DEVICES:
        life = page.get_by_test_id(f"device-{device}").get_by_test_id("life")
        expect(life).to_have_text(re.compile("READY|BUSY"))
    expect(page.get_by_test_id("mode")).to_contain_text("OBSERVING")
    expect(page.get_by_test_id("image-vis").locator("img")).to_be_visible()
    picture(watched, "story-1-observing")

    page.get_by_test_id("order-test-alert").click()
    page.get_by_test_id("confirm-yes").click()
    banner = page.get_by_test_id("banner-alert")
    expect(banner).to_contain_text("TEST")
    expect(banner).to_contain_text(re.compile("slew ordered|images since"))
    expect(page.get_by_test_id("now")).to_contain_text("observing")
    expect(banner).to_contain_text("images since")
    picture(watched, "story-2-alert")

    page.get_by_test_id("order-pause").click()
    expect(page.get_by_test_id("mode")).to_contain_text("MANUAL")
    expect(page.get_by_test_id("holds")).to_contain_text("operator")
    picture(watched, "story-3-paused")

    page.get_by_test_id("order-resume").click()
    page.get_by_test_id("confirm-yes").click()
    expect(page.get_by_test_id("mode")).to_contain_text("OBSERVING")
    expect(page.get_by_test_id("now")).to_contain_text("observing")
    picture(watched, "story-4-resumed")
    context.close()

    watched.clean()
    observatory.send_signal(signal.SIGTERM)
    assert observatory.wait(STOP_S) == 0
