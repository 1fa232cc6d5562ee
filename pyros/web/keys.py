"""Every key of the application and of a request, typed."""

from __future__ import annotations

from concurrent.futures import Executor

from aiohttp import web

from pyros.domain.user import User
from pyros.kernel.bridge import Bridge
from pyros.sky.site import Site
from pyros.web.assets import Assets
from pyros.web.auth.passwords import Passwords
from pyros.web.auth.sessions import Session, Sessions
from pyros.web.auth.throttle import Throttle
from pyros.web.hub import Hub
from pyros.web.once import Once
from pyros.web.parts import WebParts

PARTS = web.AppKey("parts", WebParts)
POOL = web.AppKey("pool", Executor)
BRIDGE = web.AppKey("bridge", Bridge)
HUB = web.AppKey("hub", Hub)
SESSIONS = web.AppKey("sessions", Sessions)
PASSWORDS = web.AppKey("passwords", Passwords)
THROTTLE = web.AppKey("throttle", Throttle)
ASSETS = web.AppKey("assets", Assets)
ONCE = web.AppKey("once", Once)
SITE = web.AppKey("site", Site)

USER = web.RequestKey("user", User)
SESSION = web.RequestKey("session", Session)
NONCE = web.RequestKey("nonce", str)
REQUEST_ID = web.RequestKey("request_id", str)
TITLE = web.RequestKey("title", str)
