"""Loggers that harm nobody, whatever their handlers do."""

from __future__ import annotations

import contextlib
import logging
from typing import Any


class QuietLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose handlers may raise without harm to the kernel."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Pass on; what a handler raises is dropped."""
        with contextlib.suppress(Exception):
            self.logger.log(level, msg, *args, **kwargs)


def quiet(name: str) -> QuietLogger:
    """The logger of that name."""
    return QuietLogger(logging.getLogger(name), {})


def flush() -> None:
    """Write out what the root's handlers hold back."""
    for handler in logging.getLogger().handlers:
        with contextlib.suppress(Exception):
            handler.flush()
