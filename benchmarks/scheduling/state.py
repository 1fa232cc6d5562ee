"""How far a night of class G has come: what is done, what runs, what may still be planned.

Pure: an event and the plan it meets give the next state; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

Instance = dict[str, Any]
Slot = list[int]
"""[step, index]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One instant of a night; `instance` has all requests that were ever submitted."""

    instance: Instance
    now: int = 0
    free_from: int = 0
    """Nothing that is planned starts before it."""
    done: tuple[tuple[int, int], ...] = ()
    running: tuple[int, int] | None = None
    out: frozenset[int] = frozenset()
    """May not start until conditions change."""
    gone: frozenset[int] = frozenset()

    def end_of(self, slot: tuple[int, int] | Slot) -> int:
        """Return the step at which a slot ends."""
        return int(slot[0] + self.instance["requests"]["dur"][slot[1]])

    def eligible(self) -> list[bool]:
        """Return for each request whether it may still be planned."""
        begun = {index for _, index in self.done}
        begun |= {self.running[1]} if self.running is not None else set()
        closed = begun | self.out | self.gone
        return [index not in closed for index in range(len(self.instance["requests"]["dur"]))]

    def room(self) -> list[int]:
        """Return what is left on each account; what is done or runs has been paid."""
        left, requests = list(self.instance["accounts"]), self.instance["requests"]
        running = () if self.running is None else (self.running,)
        for _, index in (*self.done, *running):
            if requests["account"][index] >= 0:
                left[requests["account"][index]] -= requests["dur"][index]
        return left

    def standing(self, plan: Iterable[Slot]) -> list[Slot]:
        """Return the slots of a plan that may still be done as they are."""
        may = self.eligible()
        return [slot for slot in sorted(plan) if slot[0] >= self.free_from and may[slot[1]]]

    def rest(self) -> Instance:
        """Return the rest of the night as an instance; what runs is in it, at its start alone."""
        requests, left = self.instance["requests"], self.room()
        may = self.eligible()
        starts = [
            [[max(first, self.free_from), last] for first, last in spans if last >= self.free_from]
            if may[index]
            else []
            for index, spans in enumerate(requests["starts"])
        ]
        if self.running is not None:
            step, index = self.running
            starts[index] = [[step, step]]
            if requests["account"][index] >= 0:
                left[requests["account"][index]] += requests["dur"][index]
        return {**self.instance, "requests": {**requests, "starts": starts}, "accounts": left}


def after(state: State, event: dict[str, Any], plan: list[Slot]) -> State:
    """Return the state when an event has come while a plan was carried out."""
    met = _until(state, int(event["step"]), plan)
    now, running = met.now, met.running
    match event["kind"]:
        case "RESUME":  # the house opens late: nothing of the plan was done
            return replace(state, now=now, free_from=now, done=(), running=None)
        case "ALERT":  # what runs is cut, earns nothing, has its quota back and may come again
            return replace(met, running=None, free_from=now + int(event["steps"]))
        case "MISSED":
            return replace(met, free_from=max(met.free_from, now + int(event["steps"])))
        case "CONDITIONS":
            return replace(met, out=frozenset(event["out"]))
        case "CANCEL":
            begun = {index for _, index in met.done} | ({running[1]} if running else set())
            return replace(met, gone=met.gone | (frozenset(event["drop"]) - begun))
        case "SUBMIT":
            old, new = met.instance["requests"], event["requests"]
            requests = {key: [*old[key], *new[key]] for key in old}
            return replace(met, instance={**met.instance, "requests": requests})
    raise ValueError(f"unknown event {event['kind']}")


def _until(state: State, now: int, plan: list[Slot]) -> State:
    """Return the state at a step, nothing but the plan having happened since."""
    begun = [*([list(state.running)] if state.running is not None else [])]
    begun += [slot for slot in sorted(plan) if slot[0] < now and slot not in begun]
    ended = [(step, index) for step, index in begun if state.end_of([step, index]) <= now]
    still = [(step, index) for step, index in begun if state.end_of([step, index]) > now]
    return replace(
        state,
        now=now,
        free_from=max(now, state.free_from),
        done=(*state.done, *ended),
        running=still[0] if still else None,
    )
