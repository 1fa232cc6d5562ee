"""Keys that contradict each other, each said where it can be mended."""

from __future__ import annotations

import pytest

CASES = [
    # a line of the good file, what it becomes, the key, words of the message, words of the remedy
    ("camera: eye", "camera: eyes", "channels.vis.camera", "no camera 'eyes'", "'eye'"),
    ("wheel: wheel", "wheel: eye", "channels.vis.wheel", "no filter wheel 'eye'", "wheel"),
    ("channel: vis", "channel: viz", "devices.eye.channel", "no channel 'viz'", "'vis'"),
    ("attached_to: eye", "attached_to: ey", "devices.wheel.attached_to", "no camera or", "'eye'"),
    ("name: r, slot: 1", "name: g, slot: 1", "devices.wheel.filters.1.name", "twice", "anew"),
    ("name: r, slot: 1", "name: r, slot: 0", "devices.wheel.filters.1.slot", "slot 0", "one"),
    ("{kind: telescope,", "{kind: plc,", "devices", "no telescope", "kind: telescope"),
    ("simulation: {seed: 1}", "", "simulation", "is missing, but 'eye' is simulated", "seed"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[2])
def test_two_keys_that_contradict_each_other_are_named(case, good, complaints) -> None:
    """P02, B10."""
    old, new, key, message, remedy = case
    (found,) = [one for one in complaints(good.replace(old, new)) if one.key == key]

    assert message in found.message
    assert remedy in found.remedy


def test_the_small_configuration_of_these_tests_is_good(good, complaints) -> None:
    assert complaints(good) == []


def test_two_devices_on_one_port_are_refused(good, complaints) -> None:
    """P02: two boxes cannot share an address."""
    text = good.replace(
        "unit: mount, driver: simulated", "unit: mount, driver: pyros, address: tcp://b:7000"
    ).replace("unit: roof, driver: simulated", "unit: roof, driver: pyros, address: tcp://b:7000")

    (found,) = complaints(text)

    assert (found.line, found.key) == (11, "devices.roof.address")
    assert "port 7000 of b is taken by device 'mount'" in found.message


def test_a_real_device_needs_the_address_of_its_box(good, complaints) -> None:
    text = good.replace("unit: mount, driver: simulated", "unit: mount, driver: pyros")

    (found,) = complaints(text)

    assert found.key == "devices.mount.address"
    assert "tcp://host:port" in found.remedy


def test_time_runs_as_it_does_where_a_device_is_real(good, complaints) -> None:
    """P03: a factor is for rehearsals only."""
    text = good.replace(
        "unit: mount, driver: simulated", "unit: mount, driver: pyros, address: tcp://b:7000"
    )

    (found,) = complaints(text + "clock: {factor: 10}\n")

    assert found.key == "clock"
    assert "'mount' is real" in found.message


def test_no_actor_is_played_with_where_a_device_is_real(good, complaints) -> None:
    """P03: development mode is for simulated houses; the telescope's own driver forbids it."""
    text = good.replace(
        "unit: mount, driver: simulated", "unit: mount, driver: pyros, address: tcp://b:7000"
    )

    (found,) = complaints(text + "web: {development: true}\n")

    assert (found.key, found.code) == ("web.development", "real_device")
    assert "'mount' is real" in found.message


def test_development_mode_is_off_unless_the_file_says_so(good, judged) -> None:
    """P03."""
    assert not judged(good).in_development
    assert judged(good + "web: {development: true}\n").in_development


def test_a_house_that_becomes_real_is_not_in_development(good, judged) -> None:
    """P03: whatever way the configuration came about."""
    config = judged(good + "web: {development: true}\n")
    mount = config.devices["mount"].model_copy(update={"driver": "pyros"})

    real = config.model_copy(update={"devices": {**config.devices, "mount": mount}})

    assert not real.in_development


def test_a_needed_quantity_that_nothing_measures_is_refused(good, complaints) -> None:
    text = good.replace(
        "height_m: 650}", "height_m: 650, limits: {needed: [rain, wind_m_s, humdity_pct]}}"
    )

    (found,) = complaints(text)

    assert found.key == "site.limits.needed.2"
    assert found.remedy == "did you mean 'humidity_pct'?"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("wind_m_s: {bad: 12, good: 15, delay_s: 300}", "good (15.0) should be below bad (12.0)"),
        ("dew_margin_C: {bad: 3, good: 2, delay_s: 9}", "good (2.0) should be above bad (3.0)"),
        ("wind_m_s: {bad: 12, delay_s: 300}", "is missing"),
        ("gust_m_s: {bad: 35, good: 18, delay_s: 600}", "should be at most 30 (got 35)"),
    ],
)
def test_a_limit_without_a_margin_is_refused(limit, message, good, complaints) -> None:
    """Bad at once, good again only below a second number."""
    (found,) = complaints(good.replace("height_m: 650}", f"height_m: 650, limits: {{{limit}}}}}"))

    assert message in found.message


def test_a_permit_must_be_renewed_twice_before_it_ends(good, complaints) -> None:
    (found,) = complaints(good + "safety: {permit_s: 8}\n")

    assert "twice within permit_s" in found.remedy


def test_programmes_and_periods_fit_together(good, complaints) -> None:
    text = (
        good
        + "periods:\n"
        + "  - {code: a, start: 2026-01-01, end: 2026-06-30}\n"
        + "  - {code: b, start: 2026-06-30, end: 2026-12-31}\n"
        + "programmes:\n"
        + "  - {code: p, title: P, allocations: [{period: c, quota_s: 1}]}\n"
        + "  - {code: p, title: Q}\n"
    )

    found = {one.key: one.message for one in complaints(text)}

    assert found == {
        "periods.1.start": "begins before 'a' ends",
        "programmes.0.allocations.0.period": "no period 'c'",
        "programmes.1.code": "programme 'p' stands twice",
    }


def test_alert_sources_have_names_and_ports_of_their_own(good, complaints) -> None:
    """And a programme for what they bring, and a strategy that is there."""
    text = good + (
        "alerts:\n"
        "  strategy: nowhere.yaml\n"
        "  sources:\n"
        "    - {name: a, kind: inlet, port: 8080}\n"
        "    - {name: a, kind: vtp, host: b}\n"
    )

    assert {one.key for one in complaints(text)} == {
        "alerts.strategy",
        "alerts.sources.0.port",
        "alerts.sources.1.name",
        "alerts.programme",
    }


def test_a_fault_is_planned_for_a_simulated_device_only(good, complaints) -> None:
    text = good.replace("{seed: 1}", "{seed: 1, faults: [{device: roofs, kind: stuck}]}")

    (found,) = complaints(text)

    assert found.remedy == "did you mean 'roof'?"
