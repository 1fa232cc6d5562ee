"""Packets on disk until their rows are written: one file each, whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pyros.domain.alert import Packet

SUFFIX = ".packet"
Key = tuple[str, str]
"""Source and sha256 of the bytes."""


def sha256(payload: bytes) -> str:
    """Return the digest under which a packet is known."""
    return hashlib.sha256(payload).hexdigest()


class Spool:
    """A folder of packets.  Every method may raise OSError; nobody waits for it in the hot path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, packet: Packet) -> None:
        """Write a packet; when this returns it survives a power cut."""
        self._folder.mkdir(parents=True, exist_ok=True)
        head = {
            "source": packet.source,
            "received": packet.received.isoformat(),
            "topic": packet.topic,
            "sent": packet.sent.isoformat() if packet.sent else None,
            "place": packet.place,
        }
        whole = self._folder / f"{packet.source}~{sha256(packet.payload)}{SUFFIX}"
        part = whole.with_suffix(".part")
        with part.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + packet.payload)
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)
        _sync(self._folder)

    def kept(self) -> list[Key]:
        """Return what is kept, the oldest first."""
        files = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime_ns)
        names = (file.name.removesuffix(SUFFIX).rpartition("~") for file in files)
        return [(source, digest) for source, _, digest in names]

    def load(self, keys: Iterable[Key]) -> list[Packet]:
        """Return the packets of these keys; one that is damaged is left out."""
        packets = (self._packet(key) for key in keys)
        return [packet for packet in packets if packet is not None]

    def drop(self, keys: Iterable[Key]) -> None:
        """Delete what is safe elsewhere."""
        for source, digest in keys:
            (self._folder / f"{source}~{digest}{SUFFIX}").unlink(missing_ok=True)

    def _packet(self, key: Key) -> Packet | None:
        source, digest = key
        content = (self._folder / f"{source}~{digest}{SUFFIX}").read_bytes()
        head, _, payload = content.partition(b"\n")
        if sha256(payload) != digest:
            return None
        facts = json.loads(head)
        return Packet(
            payload=payload,
            source=facts["source"],
            received=datetime.fromisoformat(facts["received"]),
            topic=facts["topic"],
            sent=datetime.fromisoformat(facts["sent"]) if facts["sent"] else None,
            place=facts["place"],
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
