"""Own scripts and styles, and the icon: by content, for ever."""

from __future__ import annotations

from aiohttp import web

from pyros.web.keys import ASSETS

FOREVER = "public, max-age=31536000, immutable"


async def static(request: web.Request) -> web.Response:
    """Send a file of ours; one of another version is not here any more."""
    assets = request.app[ASSETS]
    asset = assets.get(request.match_info["name"])
    if asset is None or request.match_info["hash"] != assets.hash:
        raise web.HTTPNotFound(text="no such file: load the page again")
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=asset.zipped if zipped else asset.plain,
        content_type=asset.content_type,
        charset="utf-8",
        headers=headers,
    )


async def icon(request: web.Request) -> web.Response:
    """Send the icon, under the name that browsers ask for by themselves."""
    asset = request.app[ASSETS].get("icon.svg")
    if asset is None:
        raise web.HTTPNotFound
    return web.Response(body=asset.plain, content_type=asset.content_type)
