"""What stands before a detector: telescope, dome, filter, air, Sun, Moon and new stars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pyros.config.devices import Camera, Telescope
from pyros.config.model import Transient
from pyros.domain.devices.orders import Exposure
from pyros.sky.bodies import moon, sun_altitude
from simulators.detector import Chip
from simulators.light import airmass, sky_mag_arcsec2
from simulators.pointing import LocalSky
from simulators.sights import Pointing, Shutter, Truth, Wheel
from simulators.sky_image import Band, Scene, Source
from simulators.weather_process import Weather

TRANSIENT_REFERENCE_S: Final = 60.0
NO_WHEEL: Final = Band()
BETWEEN: Final = Band(name="between", width_nm=300.0, throughput=0.0)
LIGHT_S: Final = 60.0
"""Sun and Moon light the sky anew so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What lights the sky in one minute."""

    minute: int
    sun_altitude_deg: float
    moon_altitude_deg: float
    moon_lit: float


class View:
    """Looks through a telescope with a camera; called with an exposure and an instant."""

    def __init__(  # noqa: PLR0913  everything the light passes
        self,
        *,
        chip: Chip,
        camera: Camera,
        optics: Telescope | None,
        telescope: Pointing | None,
        dome: Shutter | None,
        wheel: Wheel | None,
        weather: Weather,
        sky: LocalSky,
        transients: Sequence[Transient] = (),
    ) -> None:
        self._chip, self._camera, self._optics = chip, camera, optics
        self._telescope, self._dome, self._wheel = telescope, dome, wheel
        self._weather, self._sky, self._transients = weather, sky, tuple(transients)
        self._light: Light | None = None

    def __call__(self, exposure: Exposure, now_s: float) -> Scene:
        """Return the scene of an exposure that begins now; the world's lock is held."""
        detector = self._camera.detector
        scene = Scene(
            key="",
            chip=self._chip,
            exposure=exposure,
            exposed_s=exposure.exposure_s,
            temperature_C=self._chip.dark_at_C,
            pixel_arcsec=detector.pixel_scale_arcsec,
            rotation_deg=detector.rotation_deg,
            sensitivity=detector.sensitivity,
            band=self._band(now_s),
            open_share=0.0,
        )
        shut = self._dome is not None and self._dome.blocks(now_s)
        if shut or self._telescope is None:
            return scene
        truth = self._telescope.truth(now_s)
        return self._outside(scene, truth, now_s)

    def _outside(self, scene: Scene, truth: Truth, now_s: float) -> Scene:
        air = self._weather.at(now_s)
        return replace(
            scene,
            open_share=1.0,
            ra_deg=truth.ra_deg,
            dec_deg=truth.dec_deg,
            altitude_deg=truth.altitude_deg,
            trail_arcsec=truth.trail_arcsec_s * scene.exposed_s,
            area_m2=math.pi / 4.0 * (self._optics.aperture_m if self._optics else 0.6) ** 2,
            seeing_arcsec=air.seeing_arcsec * airmass(truth.altitude_deg) ** 0.6,
            transparency=air.transparency,
            sky_mag=self._sky_mag(truth.altitude_deg, now_s),
            transients=tuple(self._new_stars(now_s)),
        )

    def _band(self, now_s: float) -> Band:
        if self._wheel is None:
            return NO_WHEEL
        found = self._wheel.filter_now(now_s)
        if found is None:
            return BETWEEN
        return Band(name=found.name, width_nm=found.width_nm, throughput=found.throughput)

    def _sky_mag(self, altitude_deg: float, now_s: float) -> float:
        minute = math.floor(now_s / LIGHT_S)
        if self._light is None or self._light.minute != minute:
            mjd = self._sky.mjd(minute * LIGHT_S)
            body = moon(self._sky.site, mjd)
            self._light = Light(
                minute=minute,
                sun_altitude_deg=float(sun_altitude(self._sky.site, mjd)),
                moon_altitude_deg=float(body.alt_deg),
                moon_lit=float(body.illumination),
            )
        return sky_mag_arcsec2(
            sun_altitude_deg=self._light.sun_altitude_deg,
            moon_altitude_deg=self._light.moon_altitude_deg,
            moon_lit=self._light.moon_lit,
            altitude_deg=altitude_deg,
        )

    def _new_stars(self, now_s: float) -> Iterator[Source]:
        """Yield the transients that have begun, as bright as they are now."""
        for each in self._transients:
            since_s = now_s - each.t0_s
            if since_s > 0.0:
                faded = 2.5 * each.decay * math.log10(max(1.0, since_s) / TRANSIENT_REFERENCE_S)
                magnitude = each.magnitude + faded
                yield Source(ra_deg=each.ra_deg, dec_deg=each.dec_deg, magnitude=magnitude)


def chip_of(name: str, camera: Camera, seed: int) -> Chip:
    """Return the detector of a camera of the configuration."""
    detector = camera.detector
    return Chip(
        camera=name,
        seed=seed,
        rows=detector.height_px,
        columns=detector.width_px,
        bias_adu=detector.bias_adu,
        gain_e_adu=detector.gain_e_adu,
        read_noise_e=detector.read_noise_e,
        dark_e_s=detector.dark_e_s,
        dark_at_C=camera.cooler.setpoints_C[0] if camera.cooler else 20.0,
        full_well_e=detector.full_well_e,
    )
