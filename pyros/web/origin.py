"""Where a request comes from: which page, which network, and whether the line is safe."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from pyros.web.keys import PARTS

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def from_own_page(request: web.Request) -> bool:
    """Return whether a page of ours sent it: by Sec-Fetch-Site, else by Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    return same_origin(request)


def same_origin(request: web.Request) -> bool:
    """Return whether the Origin is there and is the host that was asked."""
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == forwarded(request, "Host", request.host)


def is_secure(request: web.Request) -> bool:
    """Return whether the browser speaks to us, or to our proxy, by TLS."""
    return request.secure or forwarded(request, "Proto", "http") == "https"


def place(request: web.Request) -> str:
    """Return the address of whoever asks; behind a trusted proxy what it says."""
    direct = request.remote or ""
    last = forwarded(request, "For", direct).rpartition(",")[2]
    return last.strip() or direct


def forwarded(request: web.Request, name: str, otherwise: str) -> str:
    """Return an X-Forwarded header, if a trusted proxy set it."""
    value = request.headers.get(f"X-Forwarded-{name}")
    return value if value and _trusted(request) else otherwise


def _trusted(request: web.Request) -> bool:
    networks = request.app[PARTS].config.web.trusted_proxies
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


def own_path(wanted: str) -> str:
    """Return a path of ours to go to; the first page for anything that might lead elsewhere."""
    parts = urlsplit(wanted)
    strange = any(character in wanted for character in "\\\r\n\t")
    mine = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if mine and not strange and not parts.netloc and not parts.scheme else "/"
