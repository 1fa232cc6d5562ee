"""A real house rehearsed on simulators."""

from __future__ import annotations

from pyros.config.rehearsal import in_folder, simulated, with_clock, with_seed


def test_a_real_house_is_rehearsed_with_every_device_simulated(good, judged) -> None:
    """P03, P15: what is configured stays, only the boxes are played."""
    text = good.replace("simulation: {seed: 1}\n", "").replace(
        "driver: simulated", "driver: pyros, address: tcp://b:PORT"
    )
    text = text.replace("  driver: pyros", "  driver: pyros").replace(
        "    driver: pyros, address: tcp://b:PORT", "    driver: pyros\n    address: tcp://b:PORT"
    )
    for number in range(5):
        text = text.replace("PORT", str(7000 + 2 * number), 1)
    real = judged(text)

    played = simulated(real)

    assert {device.driver for device in real.devices.values()} == {"pyros"}
    assert {device.driver for device in played.devices.values()} == {"simulated"}
    assert {device.address for device in played.devices.values()} == {None}
    assert played.channels == real.channels
    assert played.simulation is not None


def test_speed_and_seed_come_from_the_command_line_too(good, judged, tmp_path) -> None:
    """P03: with no code to comment out."""
    config = in_folder(with_seed(with_clock(judged(good), factor=60.0, start="dusk"), 7), tmp_path)

    assert (config.clock.factor, config.clock.start) == (60.0, "dusk")
    assert config.simulation.seed == 7
    assert config.data.database_url == f"sqlite:///{tmp_path / 'pyros.db'}"


def test_what_is_not_given_stays(good, judged) -> None:
    config = judged(good)

    assert with_clock(config) == config
