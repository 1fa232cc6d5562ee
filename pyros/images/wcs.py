"""World coordinates of a frame: the tangential projection of where the telescope pointed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyros.images.cards import Card


def tangent_cards(  # noqa: PLR0913  six numbers are a projection
    *,
    ra_deg: float,
    dec_deg: float,
    pixel_scale_arcsec: float,
    rotation_deg: float,
    mirrored: bool,
    shape: tuple[int, int],
) -> Iterator[Card]:
    """Yield the WCS keywords of a frame whose centre points at (ra, dec), ICRS.

    With rotation 0 north is up (along the columns) and east is left; `rotation_deg` is the
    position angle of the columns, north through east; `mirrored` turns east and west.

    Source: E. W. Greisen and M. R. Calabretta, A&A 395, 1061 (2002); M. R. Calabretta and
    E. W. Greisen, A&A 395, 1077 (2002).
    """
    rows, columns = shape
    scale_deg = pixel_scale_arcsec / 3600.0
    sine, cosine = math.sin(math.radians(rotation_deg)), math.cos(math.radians(rotation_deg))
    right = 1.0 if mirrored else -1.0
    yield Card("WCSAXES", 2, "number of axes; WCS from the pointing, not solved")
    yield Card("RADESYS", "ICRS", "celestial frame")
    yield Card("CTYPE1", "RA---TAN", "right ascension, tangential projection")
    yield Card("CTYPE2", "DEC--TAN", "declination, tangential projection")
    yield Card("CUNIT1", "deg", "unit of CRVAL1 and CD1_*")
    yield Card("CUNIT2", "deg", "unit of CRVAL2 and CD2_*")
    yield Card("CRVAL1", ra_deg, "[deg] right ascension at the reference pixel")
    yield Card("CRVAL2", dec_deg, "[deg] declination at the reference pixel")
    yield Card("CRPIX1", (columns + 1) / 2, "[pixel] reference pixel, the centre")
    yield Card("CRPIX2", (rows + 1) / 2, "[pixel] reference pixel, the centre")
    yield Card("CD1_1", right * scale_deg * cosine, "[deg] east for a pixel along the row")
    yield Card("CD1_2", scale_deg * sine, "[deg] east for a pixel along the column")
    yield Card("CD2_1", -right * scale_deg * sine, "[deg] north for a pixel along the row")
    yield Card("CD2_2", scale_deg * cosine, "[deg] north for a pixel along the column")
