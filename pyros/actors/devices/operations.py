"""Which operations are under way, how the last ones ended, and who wants to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import State
from pyros.errors import OperationTimeout

REMEMBERED = 200
"""So many ended operations are remembered."""
UNSEEN_S = 3.0
"""An accepted operation that no sample shows for so long is unknown to the device."""
ORPHAN_S = 30.0
"""So long may an operation be found running before somebody asks for it."""
MOMENTARY = frozenset({"abort", "reset", "kick"})
"""What a driver orders under keys of its own: nobody follows it."""
LATE_S = 1.0
"""An operation may be so much later than its deadline before it is aborted, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An operation under way; seconds of the monotonic clock."""

    operation: Operation
    since_s: float
    seen_s: float
    found: bool = False
    """Found running on the box, not ordered by this actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """All that is known of a device's operations, by key; `followers` are paths of actors."""

    running: Mapping[str, Running] = field(default_factory=dict)
    ended: Mapping[str, Operation] = field(default_factory=dict)
    refused: Mapping[str, Operation] = field(default_factory=dict)
    """Orders that were not begun; the same key may be ordered again."""
    followers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def known(self, key: str) -> Operation | None:
        """Return the operation `key`, under way or ended, None if it is not known."""
        running = self.running.get(key)
        return running.operation if running else self.ended.get(key)

    def under_way(self, background: frozenset[str] = frozenset()) -> Operation | None:
        """Return the operation that keeps others out, None if there is none."""
        for each in self.running.values():
            if each.operation.verb not in background:
                return each.operation
        return None

    def newest(self, background: frozenset[str] = frozenset()) -> str:
        """Return the key of what was begun last and runs, empty if nothing does."""
        keys = [key for key, one in self.running.items() if one.operation.verb not in background]
        return keys[-1] if keys else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a sample says of operations: which ended, and which run though nobody asked for them."""

    endings: tuple[Operation, ...] = ()
    orphans: tuple[Operation, ...] = ()


def accepted(
    ops: Operations, operation: Operation, now_s: float
) -> tuple[Operations, tuple[Operation, ...]]:
    """Return the operations with one that the device accepted; and that, if it ended at once."""
    key = operation.key
    ops = replace(ops, ended=_without(ops.ended, key), refused=_without(ops.refused, key))
    if operation.ended:
        return _end(ops, (operation,)), (operation,)
    running = Running(operation=operation, since_s=now_s, seen_s=now_s)
    return replace(ops, running={**ops.running, key: running}), ()


def refused(ops: Operations, key: str, verb: str, why: str) -> Operations:
    """Return the operations with an order that was refused, for whoever follows its key."""
    if not key or ops.known(key) is not None:
        return ops
    failed = Operation(key=key, verb=verb, state=OpState.FAILED, error=f"refused: {why}")
    newest = list({**_without(ops.refused, key), key: failed}.items())[-REMEMBERED:]
    return replace(ops, refused=dict(newest))


def seen(
    ops: Operations,
    sample: State,
    now_s: float,
    *,
    done_keys: frozenset[str] = frozenset(),
    kept_keys: frozenset[str] = frozenset(),
) -> tuple[Operations, Seen]:
    """Return the operations after a sample, and what it says of them.

    What ended on the box before this actor knew of it is remembered but is no ending.
    `done_keys` are proven done by the sample itself, `kept_keys` are under way whether or not the
    device knows them.  One found running that nobody has asked for within `ORPHAN_S` is an orphan.
    """
    told = _told_by(sample)
    if not ops.running and all(key in ops.ended and not _open(ops, key) for key in told):
        return ops, Seen()
    hidden = sample.op is not None and not sample.op.ended  # a box shows its newest alone
    ops = replace(
        ops,
        running={
            key: replace(each, seen_s=now_s) if hidden or key in kept_keys else each
            for key, each in ops.running.items()
        },
    )
    mine = [
        _after(each, told.get(key), now_s, done=key in done_keys)
        for key, each in ops.running.items()
    ]
    others = [each for key, each in told.items() if key not in ops.running]
    found = [each for each in others if not each.ended and _open(ops, each.key)]
    news = [each for each in others if each.ended and _is_news(ops, each)]
    ops = _remember(ops, [each for each in others if each.ended and each.key not in ops.ended])
    endings = (*(each.operation for each in mine if each.operation.ended), *news)
    running = {each.operation.key: each for each in mine} | {
        each.key: Running(operation=each, since_s=now_s, seen_s=now_s, found=True) for each in found
    }
    ended = {key: each for key, each in ops.ended.items() if key not in running}
    ops = _end(replace(ops, running=running, ended=ended), endings)
    return ops, Seen(endings=endings, orphans=_orphans(ops, now_s))


def expire(ops: Operations, now_s: float) -> tuple[Operations, tuple[Operation, ...]]:
    """Return the operations without those beyond their deadline, and these as failed."""
    if not ops.running:
        return ops, ()
    late = tuple(
        each.operation.ending(
            OpState.FAILED,
            error=f"{OperationTimeout.__name__}: not done in {each.operation.deadline_s:g} s",
        )
        for each in ops.running.values()
        if 0.0 < each.operation.deadline_s < now_s - each.since_s - LATE_S
    )
    return _end(ops, late), late


def lost(ops: Operations, why: str) -> tuple[Operations, tuple[Operation, ...]]:
    """Return the operations after the line broke: what ran ends unknown, and these endings."""
    endings = tuple(
        each.operation.ending(OpState.UNKNOWN, error=why) for each in ops.running.values()
    )
    return _end(ops, endings), endings


def follow(
    ops: Operations, key: str, reply_to: str, *, readable: bool, done_keys: frozenset[str]
) -> tuple[Operations, Operation | None]:
    """Return the operations with somebody who wants to know the end of `key`, or that end.

    Known ends are told at once.  While the device cannot be read the question waits; a key that a
    readable device does not know ends UNKNOWN: the order never arrived or is long forgotten.
    """
    ended = ops.ended.get(key) or ops.refused.get(key)
    if key in done_keys and (ended is None or ended.state is OpState.UNKNOWN):
        verb = ended.verb if ended else ""
        return ops, Operation(key=key, verb=verb, state=OpState.DONE, progress=1.0)
    if ended is not None:
        return ops, ended
    if key not in ops.running and readable:
        return ops, strange(key)
    paths = ops.followers.get(key, ())
    if reply_to in paths:
        return ops, None
    return replace(ops, followers={**ops.followers, key: (*paths, reply_to)}), None


def strange(key: str) -> Operation:
    """Return the end of an operation that the device does not know."""
    return Operation(
        key=key, verb="", state=OpState.UNKNOWN, error="the device does not know this operation"
    )


def unanswered(ops: Operations) -> tuple[str, ...]:
    """Return keys that somebody follows and that are neither under way nor ended."""
    return tuple(key for key in ops.followers if ops.known(key) is None)


def _without(operations: Mapping[str, Operation], key: str) -> dict[str, Operation]:
    return {each: operation for each, operation in operations.items() if each != key}


def released(ops: Operations, key: str) -> tuple[Operations, tuple[str, ...]]:
    """Return the operations without the followers of `key`, and these paths."""
    left = {each: paths for each, paths in ops.followers.items() if each != key}
    return replace(ops, followers=left), ops.followers.get(key, ())


def _told_by(sample: State) -> dict[str, Operation]:
    told = {each.key: each for each in sample.ended if each.verb not in MOMENTARY}
    if sample.op is not None and sample.op.verb not in MOMENTARY:
        told.setdefault(sample.op.key, sample.op)
    return told


def _after(each: Running, told: Operation | None, now_s: float, *, done: bool) -> Running:
    if told is not None:
        return replace(each, operation=told, seen_s=now_s)
    if done:
        return replace(each, operation=each.operation.ending(OpState.DONE))
    if now_s - each.seen_s > UNSEEN_S:
        gone = each.operation.ending(OpState.UNKNOWN, error=strange(each.operation.key).error)
        return replace(each, operation=gone)
    return each


def _open(ops: Operations, key: str) -> bool:
    """Whether nothing certain is known yet of the end of `key`."""
    return key not in ops.ended or ops.ended[key].state is OpState.UNKNOWN


def _is_news(ops: Operations, told: Operation) -> bool:
    """Whether the end that the box tells settles what we had to call unknown."""
    return told.key in ops.ended and _open(ops, told.key) and told.state is not OpState.UNKNOWN


def _orphans(ops: Operations, now_s: float) -> tuple[Operation, ...]:
    return tuple(
        each.operation
        for key, each in ops.running.items()
        if each.found and key not in ops.followers and now_s - each.since_s > ORPHAN_S
    )


def _end(ops: Operations, endings: Sequence[Operation]) -> Operations:
    keys = {each.key for each in endings}
    running = {key: each for key, each in ops.running.items() if key not in keys}
    return _remember(replace(ops, running=running), endings)


def _remember(ops: Operations, endings: Sequence[Operation]) -> Operations:
    ended = {**ops.ended, **{each.key: each for each in endings}}
    newest = list(ended.items())[-REMEMBERED:]
    return replace(ops, ended=dict(newest))
