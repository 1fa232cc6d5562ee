"""What is known of a detector before anybody has measured it: enough for a first reduction."""

from __future__ import annotations

from dataclasses import dataclass

ADU_MAX = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Numbers of a detector, as the configuration gives them; dark current at its set point."""

    bias_adu: float
    gain_e_adu: float
    read_noise_e: float
    dark_e_s: float
    full_well_e: float
    pixel_scale_arcsec: float
    """Of an unbinned pixel."""

    @property
    def saturation_adu(self) -> float:
        """Counts above which a raw pixel tells nothing: full well, or the converter's end."""
        return min(self.bias_adu + self.full_well_e / self.gain_e_adu, ADU_MAX)

    @property
    def dark_adu_s(self) -> float:
        """Counts of dark current a second."""
        return self.dark_e_s / self.gain_e_adu
