"""Images: the newest first, each with its picture and what was measured in it."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from pyros.domain.image import Image
from pyros.images.archive import below
from pyros.store import images
from pyros.store.engine import Session
from pyros.web.keys import PARTS
from pyros.web.reading import in_thread, read, read_or
from pyros.web.render import render
from pyros.web.shapes import image_shape

LIMIT = 48
NONE: tuple[Image, ...] = ()


async def page(request: web.Request) -> web.StreamResponse:
    """Show a grid of images, narrowed by channel, scrolled back by number."""
    channel = request.query.get("channel", "")
    channel = channel if channel in request.app[PARTS].config.channels else ""
    before = request.query.get("before", "")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    found = await read_or(
        request.app,
        lambda session: images.list(
            session, channel=channel or None, before_id=before_id, limit=LIMIT
        ),
        NONE,
    )
    older = {"channel": channel, "before": found.value[-1].id} if len(found.value) == LIMIT else {}
    context = {
        "images": [image_shape(image) for image in found.value],
        "channel": channel,
        "channels": list(request.app[PARTS].config.channels),
        "older": urlencode({key: value for key, value in older.items() if value}),
        "missing": found.missing,
    }
    return render(request, "images.html", context)


async def one(request: web.Request) -> web.StreamResponse:
    """Show one image: its numbers, and the other levels of the same exposure."""
    number = int(request.match_info["id"])
    found = await read(request.app, lambda session: _one(session, number))
    if found is None:
        raise web.HTTPNotFound(text=f"there is no image {number}")
    return render(request, "image.html", found)


async def preview(request: web.Request) -> web.StreamResponse:
    """Send the picture of an image."""
    number = int(request.match_info["id"])
    image = await read(request.app, lambda session: images.image(session, number))
    if image is None or not image.preview_path:
        raise web.HTTPNotFound(text=f"image {number} has no picture")
    body = await in_thread(request.app, lambda: _bytes(request, image))
    if body is None:
        raise web.HTTPNotFound(text=f"the picture of image {number} is not on the disk")
    kept = {"Cache-Control": "private, max-age=86400, immutable"}
    return web.Response(body=body, content_type="image/png", headers=kept)


def _bytes(request: web.Request, image: Image) -> bytes | None:
    try:
        return below(request.app[PARTS].data_root, image.preview_path).read_bytes()
    except (OSError, ValueError):  # gone, or a path that leads out of the data folder
        return None


def _one(session: Session, number: int) -> dict[str, object] | None:
    image = images.image(session, number)
    if image is None:
        return None
    siblings = images.by_key(session, image.exposure_key)
    results = [result for each in siblings for result in images.results(session, each.id)]
    return {
        "image": image_shape(image),
        "path": image.path,
        "sha256": image.sha256,
        "night": image.night.isoformat(),
        "siblings": [image_shape(each) for each in siblings],
        "results": results,
    }
