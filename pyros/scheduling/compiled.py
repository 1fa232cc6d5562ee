"""Compilation of the inner loops: numba, without the interpreter's lock, kept between runs.

Numba holds what it has kept for good while the file of a function is unchanged, though its loops
contain those of other files.  So what is kept lies in a folder named after all of them together.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
HERE = Path(__file__).parent
SETTINGS: Any = numba.config


def compiled(function: Function) -> Function:
    """Return the function compiled at its first call for the types of that call.

    It holds no interpreter lock, so that threads run side by side, and keeps IEEE arithmetic, so
    that the same input gives the same bytes.
    """
    before = SETTINGS.CACHE_DIR
    SETTINGS.CACHE_DIR = str(_place(before))
    try:
        loop = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    finally:
        SETTINGS.CACHE_DIR = before
    return cast(Function, loop)


def digest(folder: Path) -> str:
    """Return a short name for the text of every file of compiled loops in a folder."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    loops = [text for text in texts if b"@compiled" in text]
    return hashlib.sha256(b"\0".join(loops)).hexdigest()[:12]


def _place(given: str) -> Path:
    """Return the folder for what is kept: the one given, beside the sources, or the user's."""
    beside = HERE / "__pycache__"
    user = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pyros-scheduling"
    writable = os.access(beside if beside.exists() else HERE, os.W_OK)
    base = Path(given) if given else (beside if writable else user)
    return base / f"loops-{_DIGEST}"


_DIGEST = digest(HERE)
