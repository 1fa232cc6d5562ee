"""What the values of a document may be, beyond their types: ranges, words, lengths."""

from __future__ import annotations

FORMAT = "pyros-scheduling/1"
"""What a document says of itself."""
LARGEST = 1e15
LIMITS: dict[str, tuple[float, float]] = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 360.0),
    "height_m": (-1000.0, 100000.0),
    "ra_deg": (0.0, 360.0),
    "dec_deg": (-90.0, 90.0),
    "azimuth_deg": (0.0, 360.0),
    "altitude_deg": (-90.0, 90.0),
    "min_altitude_deg": (-90.0, 90.0),
    "sun_max_altitude_deg": (-90.0, 90.0),
    "moon_min_distance_deg": (0.0, 180.0),
    "zenith_max_deg": (-90.0, 90.0),
    "past_meridian_deg": (0.0, 180.0),
    "wrap_from_deg": (-360.0, 360.0),
    "ha_min_h": (-12.0, 12.0),
    "ha_max_h": (-12.0, 12.0),
    "step_s": (5.0, 60.0),
    "dut1_s": (-1.0, 1.0),
    "rate_deg_s": (0.001, 1000.0),
    "accel_deg_s2": (0.0001, 10000.0),
    "settle_s": (0.0, 3600.0),
    "flip_s": (0.0, 3600.0),
    "filter_s": (0.0, 3600.0),
    "per_slot_s": (0.0, 3600.0),
    "focus_s": (0.0, 3600.0),
    "duration_s": (0.001, 86400.0),
    "cost_s": (0.0, 1e7),
    "priority": (0.0, 100.0),
    "weight": (0.0, 1e6),
    "decay_s": (1.0, 1e7),
    "max_airmass": (1.0, 40.0),
    "moon_max_illumination": (0.0, 1.0),
    "min_s": (0.0, 1e6),
    "max_s": (0.0, 1e6),
    "preferred_loss": (0.0, 1.0),
    "preferred_tolerance_s": (1.0, 1e6),
    "priority_power": (0.0, 10.0),
    "air_floor": (0.0, 1.0),
    "air_power": (0.0, 10.0),
    "mjd": (0.0, 1e6),
}
"""The least and the greatest that a number of this name may be, wherever it stands."""
WORDS: dict[str, tuple[str, ...]] = {
    "wheels": ("max", "sum"),
    "combine": ("max", "sum"),
    "moon_counts": ("up", "always"),
    "per": ("minute", "count"),
}
ITEMS: dict[str, tuple[str, ...]] = {
    "horizon": ("azimuth_deg", "altitude_deg"),
    "track": ("mjd", "ra_deg", "dec_deg"),
}
"""What the numbers in each item of such a list are."""
LENGTHS: dict[str, tuple[int, int | None]] = {"axes": (1, 2), "members": (1, None)}
"""How many items such a list has, at least and at most."""
TEXT_NEEDED = frozenset({"id"})
"""Texts that may not be empty."""
INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$"
"""How an instant is written: ISO 8601 with its offset."""


def limits_of(name: str) -> tuple[float, float]:
    """Return the least and the greatest that a number of this name may be."""
    return LIMITS.get(name, (-LARGEST, LARGEST))
