"""Compilation of the inner loops: numba, without the interpreter's lock, kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return the function compiled at its first call for the types of that call.

    It holds no interpreter lock, so that threads run side by side, and keeps IEEE arithmetic, so
    that the same input gives the same bytes.
    """
    return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))
