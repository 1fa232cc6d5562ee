"""Own scripts and styles: read once, named by the hash of them all, served for ever."""

from __future__ import annotations

import gzip
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed."""

    content_type: str
    plain: bytes
    zipped: bytes


class Assets:
    """All files below `folder`; modules import each other by relative names."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _asset(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES
        }
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(name.encode() + b"\0" + asset.plain)
        self.hash = digest.hexdigest()[:16]

    def build(self, secret: bytes) -> str:
        """Return a mark of these files and of what signs forms: a page of another one is stale."""
        return hmac.new(secret, self.hash.encode(), hashlib.sha256).hexdigest()[:16]

    def url(self, name: str) -> str:
        """Return the address of a file.

        Raises:
            KeyError: there is no such file.
        """
        _ = self._files[name]
        return f"/static/{self.hash}/{name}"

    def get(self, name: str) -> Asset | None:
        """Return a file, None if there is none of that name."""
        return self._files.get(name)


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    zipped = gzip.compress(plain, compresslevel=9, mtime=0)
    return Asset(content_type=TYPES[path.suffix], plain=plain, zipped=zipped)
