"""Questions to the store, in a thread of the web's own; a dead database is an answer, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiohttp import web

from pyros.errors import StoreUnavailable
from pyros.store.engine import Session
from pyros.web.keys import PARTS, POOL

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was found, or the value for nothing and why nothing could be found."""

    value: T
    missing: str = ""


async def read(app: web.Application, query: Callable[[Session], T]) -> T:
    """Return what `query` finds; the loop runs on meanwhile.

    Raises:
        StoreUnavailable: the database is away or took longer than 2 s.
    """
    return await in_thread(app, lambda: app[PARTS].store.read(query))


async def read_or(app: web.Application, query: Callable[[Session], T], nothing: T) -> Answer[T]:
    """Return what `query` finds, or `nothing` and why: the page is shown without it."""
    try:
        return Answer(await read(app, query))
    except StoreUnavailable as gone:
        return Answer(nothing, f"the database does not answer: {gone}")


async def in_thread(app: web.Application, work: Callable[[], T]) -> T:
    """Return the result of something that blocks."""
    return await asyncio.get_running_loop().run_in_executor(app[POOL], work)
