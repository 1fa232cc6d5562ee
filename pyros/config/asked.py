"""What may be asked of each channel and how long it takes, as the values that checks want."""

from __future__ import annotations

from pyros.config.devices import Camera, FilterWheel
from pyros.config.model import Config
from pyros.domain.checks import ChannelLimits
from pyros.domain.estimate import ChannelTimings, Timings


def channel_limits(config: Config) -> dict[str, ChannelLimits]:
    """Return the limits of every channel, by name."""
    return {name: _limits(config, name) for name in config.channels}


def timings(config: Config) -> Timings:
    """Return the seconds that every channel needs beside its exposures."""
    channels = {name: _timings(config, name) for name in config.channels}
    return Timings(channels=channels)


def _limits(config: Config, name: str) -> ChannelLimits:
    channel = config.channels[name]
    camera, wheel = config.devices[channel.camera], config.devices.get(channel.wheel or "")
    filters = wheel.filters if isinstance(wheel, FilterWheel) else ()
    return ChannelLimits(
        filters=tuple(one.name for one in filters),
        min_exposure_s=camera.min_exposure_s if isinstance(camera, Camera) else 0.0,
        max_exposure_s=channel.max_exposure_s,
        max_count=channel.max_count,
        binnings=channel.binnings,
        readout_modes=channel.readout_modes,
        field_arcsec=_field_arcsec(camera) if isinstance(camera, Camera) else None,
    )


def _field_arcsec(camera: Camera) -> float:
    detector = camera.detector
    return min(detector.width_px, detector.height_px) * detector.pixel_scale_arcsec


def _timings(config: Config, name: str) -> ChannelTimings:
    camera = config.devices[config.channels[name].camera]
    usual = ChannelTimings()
    if not isinstance(camera, Camera):
        return usual
    return ChannelTimings(readout_s=camera.detector.readout_s)
