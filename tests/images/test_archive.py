from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.image import Level
from pyros.images import archive

NIGHT = date(2026, 11, 24)
START = datetime(2026, 11, 25, 3, 12, 34, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"


def path(**changes):
    given_facts = {
        "night": NIGHT,
        "channel": "vis",
        "level": Level.L0,
        "start": START,
        "exposure_key": KEY,
    }
    return archive.frame_path(**(given_facts | changes))


def test_a_frame_lies_by_night_channel_and_level():
    assert path() == PurePosixPath(f"2026-11-24/vis/L0/20261125T031234-{KEY}.fits")


def test_a_new_reduction_gets_a_new_name():
    """P04: files are never overwritten."""
    names = {path(level=level, revision=revision) for level in Level for revision in (1, 2, 3)}

    assert len(names) == 12


@pytest.mark.parametrize("channel", ["", "..", "vis/../..", "a b", "-vis", "\u00e9", "v" * 33])
def test_a_channel_that_could_lead_elsewhere_is_refused(channel):
    with pytest.raises(ValueError, match="right"):
        path(channel=channel)


@given(st.text(max_size=80))
def test_no_exposure_key_leads_out_of_its_folder(key):
    """P04: whatever a device or a packet says, the name stays below the data root."""
    try:
        found = path(exposure_key=key)
    except ValueError:
        return
    assert found.parent == PurePosixPath("2026-11-24/vis/L0")
    assert ".." not in found.parts


def test_previews_and_masters_have_their_places():
    preview = archive.preview_path(night=NIGHT, channel="vis", start=START, exposure_key=KEY)
    master = archive.master_path(night=NIGHT, channel="vis", kind="FLAT", sha256="ab" * 32)

    assert preview == PurePosixPath(f"2026-11-24/vis/preview/20261125T031234-{KEY}.png")
    assert master == PurePosixPath("masters/vis/FLAT-2026-11-24-abababababababab.fits")


def test_a_path_out_of_the_data_root_is_refused(tmp_path):
    assert archive.below(tmp_path, path()) == (tmp_path / path()).resolve()

    for bad in ("../secret", "/etc/passwd", "a/../../b"):
        with pytest.raises(ValueError, match="below the data root"):
            archive.below(tmp_path, bad)


def test_room_on_the_disk_is_told_in_nights(tmp_path):
    """P02."""
    found = archive.room(tmp_path)

    assert 0 < found.free_bytes <= found.total_bytes
    assert found.nights(found.free_bytes) == 1.0
    assert found.nights(0) == float("inf")
