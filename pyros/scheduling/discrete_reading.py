"""Reads documents of kind "discrete": every fault at once, each at its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pyros.scheduling.columns import Columns
from pyros.scheduling.discrete import Discrete
from pyros.scheduling.document import parsed
from pyros.scheduling.faults import BadDocument, Fault, below, fault
from pyros.scheduling.limits import FORMAT

KEYS = {"format", "kind", "name", "class", "n", "seed", "step_s", "steps", "t0", "night", "phase"}
KEYS |= {"gap", "value", "accounts", "requests", "sky", "events", "sha256"}
COLUMNS = {"dur", "filter", "account", "base", "alt", "vec", "starts"}
MOST_STEPS = 1_000_000


def read_discrete(source: str | Path | Mapping[str, Any]) -> Discrete:
    """Return what a document of kind "discrete" describes.

    Raises:
        BadDocument: with every fault in it.
        OSError: the file cannot be read.
    """
    data = parsed(source)
    reader = _Reader(data)
    found = reader.read()
    if found is None or reader.faults:
        raise BadDocument(reader.faults)
    return found


class _Reader:
    """Reads one document; what is wrong is gathered, and something harmless stands in for it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.faults = data, list(_heads(data))
        self.columns = Columns(self.faults)

    def read(self) -> Discrete | None:
        data, take = self.data, self.columns
        step_s = take.number(data, "/step_s", 0.001, 3600.0)
        steps = int(take.number(data, "/steps", 1, MOST_STEPS, whole=True, stand_in=MOST_STEPS))
        gap = self._gap(step_s)
        phase, floor, power = self._value()
        room = take.column(data, "/accounts", low=0.0, default=())
        requests = data.get("requests")
        if not isinstance(requests, dict):
            self.faults.append(fault("/requests", requests, "should be an object of columns"))
            return None
        self.faults += _unknown(requests, COLUMNS, "/requests")
        if not isinstance(requests.get("dur"), list):
            wrong = repr(requests.get("dur"))[:60]
            self.faults.append(
                Fault(pointer="/requests/dur", wrong=wrong, right="should be a list")
            )
            return None
        duration = take.column(requests, "/requests/dur", low=1, high=MOST_STEPS, whole=True)
        rows = duration.size
        most = room.size - 1
        account = take.column(
            requests, "/requests/account", low=-1, high=most, whole=True, rows=rows, default=-1
        )
        turning = gap[0] is None
        needed = None if turning else 0
        stretch_of, first, last = take.intervals(requests, "/requests/starts", duration, steps)
        return Discrete(
            name=str(data.get("name", "")),
            step_s=step_s,
            steps=steps,
            gap_steps=gap[0],
            fixed_s=gap[1],
            rate_deg_s=gap[2],
            filter_s=gap[3],
            phase=phase,
            floor=floor,
            power=power,
            room=room,
            duration=duration.astype(np.int32),
            filters=take.column(
                requests, "/requests/filter", low=0, high=999, whole=True, rows=rows, default=needed
            ).astype(np.int32),
            account=account.astype(np.int32),
            base=take.column(requests, "/requests/base", low=0.0, rows=rows),
            alt=take.triples(requests, "/requests/alt", rows, needed=phase is not None),
            vec=take.triples(requests, "/requests/vec", rows, needed=turning),
            stretch_of=stretch_of,
            first=first,
            last=last,
            sha256=str(data.get("sha256") or digest(data)),
        )

    def _gap(self, step_s: float) -> tuple[int | None, float, float, float]:
        gap, take = self.data.get("gap"), self.columns
        if not isinstance(gap, dict):
            right = "should be {constant} or {fixed_s, rate_deg_s, filter_s}"
            self.faults.append(fault("/gap", gap, right))
            return 1, step_s, 1.0, 0.0
        if "constant" in gap:
            self.faults += _unknown(gap, {"constant"}, "/gap")
            steps = int(take.number(gap, "/gap/constant", 1, MOST_STEPS, whole=True))
            return steps, steps * step_s, 1.0, 0.0
        self.faults += _unknown(gap, {"fixed_s", "rate_deg_s", "filter_s"}, "/gap")
        fixed_s = take.number(gap, "/gap/fixed_s", 0.0, 3600.0)
        rate = take.number(gap, "/gap/rate_deg_s", 0.001, 1000.0)
        return None, fixed_s, rate, take.number(gap, "/gap/filter_s", 0.0, 3600.0)

    def _value(self) -> tuple[tuple[float, float] | None, float, float]:
        value, take = self.data.get("value"), self.columns
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(value, dict) or kind not in ("sinalt", "constant"):
            at, wrong = ("/value/kind", kind) if isinstance(value, dict) else ("/value", value)
            self.faults.append(fault(at, wrong, "should be sinalt or constant"))
            return None, 0.0, 1.0
        if kind == "constant":
            self.faults += _unknown(value, {"kind"}, "/value")
            return None, 0.0, 1.0
        self.faults += _unknown(value, {"kind", "floor", "power"}, "/value")
        floor = take.number(value, "/value/floor", 0.0, 1.0)
        power = take.number(value, "/value/power", 0.0, 10.0)
        phase = take.column(self.data, "/phase", low=-1e6, high=1e6, rows=2)
        return (float(phase[0]), float(phase[1])), floor, power


def _heads(data: Mapping[str, Any]) -> Iterator[Fault]:
    for key, right in (("format", FORMAT), ("kind", "discrete")):
        if data.get(key) != right:
            yield fault(f"/{key}", data.get(key), f"should be {right!r}")
    yield from _unknown(data, KEYS, "")
    said = data.get("sha256")
    if said is not None and said != digest(data):
        yield fault("/sha256", said, f"should be {digest(data)}, the hash of the rest")


def _unknown(data: Mapping[str, Any], known: set[str], pointer: str) -> Iterator[Fault]:
    for name in sorted(map(str, data.keys() - known)):
        right = f"known: {', '.join(sorted(known))}"
        yield Fault(pointer=below(pointer, name), wrong="unknown key", right=right)


def digest(data: Mapping[str, Any]) -> str:
    """Return the hash of a document without its own: UTF-8, keys sorted, no spaces."""
    rest = {key: value for key, value in data.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
