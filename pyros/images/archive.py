"""Where a file lies below the data root, and how much room the disk has left.

Names are made of the date, the channel as config has it, the level and the exposure's key, never
of a text that came from outside (a target's or an alert's name).
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

from pyros.domain.image import Level

_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_KEY = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The disk below a folder, in bytes."""

    free_bytes: int
    total_bytes: int

    def nights(self, night_bytes: int) -> float:
        """Return for how many nights of `night_bytes` each there is room; infinite for none."""
        return self.free_bytes / night_bytes if night_bytes > 0 else float("inf")


def frame_path(  # noqa: PLR0913  six facts are a place
    *,
    night: date,
    channel: str,
    level: Level,
    start: datetime,
    exposure_key: str,
    revision: int = 1,
) -> PurePosixPath:
    """Return where a frame lies, relative to the data root.

    `2026-11-25/vis/L0/20261125T031234-<key>.fits`; a later revision ends in `-r2`.  One place for
    each (exposure_key, level, revision), whoever asks.

    Raises:
        ValueError: a channel or key that could lead elsewhere.
    """
    stem = _stem(channel, start, exposure_key, revision)
    return PurePosixPath(night.isoformat(), channel, level.value, f"{stem}.fits")


def preview_path(
    *, night: date, channel: str, start: datetime, exposure_key: str, revision: int = 1
) -> PurePosixPath:
    """Return where the quick-look picture of an exposure lies.  Errors as of `frame_path`."""
    stem = _stem(channel, start, exposure_key, revision)
    return PurePosixPath(night.isoformat(), channel, "preview", f"{stem}.png")


def master_path(*, night: date, channel: str, kind: str, sha256: str) -> PurePosixPath:
    """Return where a master frame lies, named by its content.  Errors as of `frame_path`."""
    if not _CHANNEL.fullmatch(kind):
        raise ValueError(f"kind {kind!r}: BIAS, DARK, FLAT or BADPIXEL is right")
    _check(channel, sha256)
    return PurePosixPath("masters", channel, f"{kind}-{night.isoformat()}-{sha256[:16]}.fits")


def below(root: Path, relative: PurePosixPath | str) -> Path:
    """Return the absolute path of a stored one.

    Raises:
        ValueError: it leads out of the data root.
    """
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ValueError(f"{relative}: a path below the data root is right")
    return path


def room(root: Path) -> Room:
    """Return the room on the disk of `root`; FileNotFoundError if there is no such folder."""
    usage = shutil.disk_usage(root)
    return Room(free_bytes=usage.free, total_bytes=usage.total)


def _stem(channel: str, start: datetime, exposure_key: str, revision: int) -> str:
    _check(channel, exposure_key)
    suffix = f"-r{revision}" if revision > 1 else ""
    return f"{start.astimezone(UTC):%Y%m%dT%H%M%S}-{exposure_key}{suffix}"


def _check(channel: str, key: str) -> None:
    if not _CHANNEL.fullmatch(channel):
        raise ValueError(f"channel {channel!r}: letters, digits, dot, - and _ are right")
    if not _KEY.fullmatch(key):
        raise ValueError(f"key {key!r}: 8 to 64 hexadecimal digits are right")
