"""Images and what was found in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyros.domain.image import AnalysisResult, Image, Level
from pyros.store import images


@pytest.fixture
def an_image(dusk, tonight):
    def build(n, **changes):
        columns = {
            "exposure_key": f"{n:032x}",
            "night": tonight,
            "channel": "vis",
            "start": dusk,
            "exposure_s": 60.0,
            "path": f"images/{n}.fits",
            "sha256": "0" * 64,
            "bytes": 2880,
            "flags": ("clouds",),
        }
        return Image(**{**columns, **changes})

    return build


def test_an_image_is_found_as_it_was_written(store, an_image, tonight):
    """P64: with path, checksum and flags."""
    image = an_image(1, temperature_C=-70.0, alert_id=4)

    stored = store.write(lambda s: images.add(s, image))

    assert replace(stored, id=0) == image
    assert store.read(lambda s: images.image(s, stored.id)) == stored
    assert store.read(lambda s: images.list(s, alert_id=4, night=tonight)) == (stored,)
    assert store.read(lambda s: images.list(s, alert_id=5)) == ()


def test_an_image_added_again_is_the_one_that_is_there(store, an_image):
    """Domain 2.3: a save that is repeated after a crash makes no second row."""
    first = store.write(lambda s: images.add(s, an_image(1)))

    assert store.write(lambda s: images.add(s, an_image(1))) == first
    assert len(store.read(images.list)) == 1


def test_a_new_reduction_is_a_new_revision(store, an_image):
    """P69: files are never overwritten."""
    raw = store.write(lambda s: images.add(s, an_image(1)))

    def reduce(session):
        revision = images.next_revision(session, raw.exposure_key, Level.L1A)
        path = f"images/1-{revision}.fits"
        made = replace(raw, id=0, level=Level.L1A, revision=revision, path=path, parent_id=raw.id)
        return images.add(session, made)

    made = [store.write(reduce) for _ in range(2)]

    assert [one.revision for one in made] == [1, 2]
    assert store.read(lambda s: images.by_key(s, raw.exposure_key)) == (raw, *made)


def test_images_without_a_result_are_found_until_they_have_one(store, an_image):
    """P69: also after a restart, and for each kind of analysis."""
    one, two = (store.write(lambda s, n=n: images.add(s, an_image(n))) for n in (1, 2))
    result = AnalysisResult(image_id=one.id, kind="CALIBRATION", ok=False, reason="no bias")

    stored = store.write(lambda s: images.add_result(s, result))
    again = store.write(lambda s: images.add_result(s, result))

    assert again == stored
    assert store.read(images.without_result) == (two,)
    assert store.read(lambda s: images.without_result(s, "PHOTOMETRY")) == (one, two)
    assert store.read(lambda s: images.results(s, one.id)) == (stored,)


def test_the_newest_image_of_a_channel_is_the_latest(store, an_image, tonight):
    """P42: for the dashboard; pages scroll back by id."""
    for n, channel in enumerate(["vis", "nir", "vis"]):
        store.write(lambda s, n=n, c=channel: images.add(s, an_image(n, channel=c)))

    assert store.read(lambda s: images.latest(s, "vis")).path == "images/2.fits"
    assert store.read(lambda s: images.latest(s, "nir")).path == "images/1.fits"
    assert store.read(lambda s: images.latest(s, "uv")) is None
    first, second, third = reversed(store.read(images.list))
    assert store.read(lambda s: images.list(s, before_id=third.id)) == (second, first)
    assert store.read(lambda s: images.count(s, tonight)) == 3
