"""What all simulated devices share: operations, boots, faults, and one lock for the whole world."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from pyros import __version__
from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import OpState
from pyros.errors import CommandRefused, HardwareFault, NotNow, NotSupported
from pyros.link.device import Disturbance, FramePart, Trouble
from simulators.chance import number_of
from simulators.clock import Clock
from simulators.faults import Fault, Faults
from simulators.operations import Doing, Operations

TROUBLES: Final[Mapping[str, Trouble]] = {
    "crash": Trouble.CUT,
    "power_loss": Trouble.CUT,
    "link_cut": Trouble.CUT,
    "hang": Trouble.SILENT,
    "garbage": Trouble.GARBAGE,
    "slow": Trouble.SLOW,
    "lost_ack": Trouble.LOST_ACK,
    "duplicate_reply": Trouble.TWICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a box stands on: name, time, the world's lock, seed and place in the count of worlds."""

    name: str
    clock: Clock
    lock: threading.RLock
    utc_0: datetime
    mono_0: float
    seed: int
    nonce: str = ""
    """Differs between processes that play the same seed."""

    def now_s(self) -> float:
        """Return seconds since the world began."""
        return self.clock.monotonic() - self.mono_0


class Box(ABC):
    """A simulated device; answers for `link.device.Device`.

    A kind says what it can (`verbs`), begins orders (`_start`), moves on (`_step`), stops
    (`_stop`), comes up after a loss of power (`_wake_up`), and shows itself (`_fields`).
    """

    kind: ClassVar[Kind]
    verbs: frozenset[str]
    own_verbs: ClassVar[frozenset[str]]
    model: ClassVar[str] = "simulator"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.name = ground.name
        self.verbs = self.own_verbs | {"abort", "reset"}
        self.faults = Faults(self.kind, utc_0=ground.utc_0, seed=ground.seed)
        self._boots = 0
        self._boot_id = self._new_boot()
        self._came_s = -math.inf
        self._seq = 0
        self._operations = Operations()
        self._struck: set[str] = set()
        self._frozen: Mapping[str, object] | None = None
        self._heard_s = ground.now_s()

    # what a kind says

    @abstractmethod
    def _start(self, doing: Doing, args: Mapping[str, object], now_s: float) -> None:
        """Begin an order: fill in goal, deadline and end; raises CommandRefused."""

    @abstractmethod
    def _step(self, now_s: float) -> None:
        """Come to `now_s`, ending what ends on the way."""

    @abstractmethod
    def _fields(self, now_s: float) -> dict[str, object]:
        """Return phase and the fields of this kind, plain."""

    def _stop(self, now_s: float) -> float:
        """Stop whatever moves; return when it will be at rest."""
        return now_s

    def _wake_up(self, now_s: float, *, lost: bool) -> None:  # noqa: B027  some forget nothing
        """Come up again; `lost`: positions are gone."""

    def _limits(self) -> dict[str, object]:
        """Return ranges and names of arguments, plain."""
        return {}

    def _interlocks(self, now_s: float) -> list[str]:  # noqa: ARG002  most have none
        """Return why something is not allowed now."""
        return []

    def _hurts(self, now_s: float) -> list[str]:  # noqa: ARG002  most have none
        """Return faults that the box itself reports."""
        return []

    # what the server asks

    def boot(self) -> str:
        """Return 16 hex digits, new at each start."""
        with self._ground.lock:
            self._advance()
            return self._boot_id

    def hello(self) -> Mapping[str, object]:
        """Return identity, capabilities and the time factor."""
        with self._ground.lock:
            return {
                "identity": {
                    "maker": "PyROS",
                    "model": f"{self.model} {self.kind}",
                    "serial": f"{number_of(self._ground.seed, self.name) % 10**8:08d}",
                    "firmware": __version__,
                    "driver": "simulators",
                    "driver_version": __version__,
                },
                "capabilities": {"verbs": sorted(self.verbs), "limits": self._limits()},
                "factor": self._ground.clock.factor,
            }

    def snapshot(self) -> Mapping[str, object]:
        """Return the device as it is now, plain."""
        with self._ground.lock:
            now_s = self._advance()
            if "freeze" in self.faults.active and self._frozen is not None:
                return self._frozen
            self._seq += 1
            self._frozen = self._shown(now_s)
            return self._frozen

    def heard(self) -> None:
        """Know that the owner lives."""
        self._heard_s = self._ground.now_s()

    def begin(self, key: str, verb: str, args: Mapping[str, object]) -> Mapping[str, object]:
        """Begin an order; return its operation; raises CommandRefused if nothing was begun."""
        with self._ground.lock:
            now_s = self._advance()
            doing = Doing(key=key, verb=verb, since_s=now_s)
            if verb == "abort":
                self._abort(doing, args, now_s)
            elif verb == "reset":
                self._reset(doing, now_s)
            elif verb not in self.own_verbs:
                raise NotSupported(f"{self.name} knows no {verb}")
            else:
                if "refuse" in self.faults.active:
                    raise CommandRefused(f"{self.name}: refused")
                self._start(doing, args, now_s)
                self.faults.started(verb, now_s)
            return self._accept(doing, now_s)

    def operation(self, key: str) -> Mapping[str, object] | None:
        """Return what became of a key, None if it never came."""
        with self._ground.lock:
            now_s = self._advance()
            return self._operations.told(key, now_s)

    def frame(self, key: str, part: int) -> FramePart:  # noqa: ARG002  cameras only
        """Refuse: only cameras have frames."""
        raise NotSupported(f"{self.name} has no frames")

    def frames(self) -> list[str]:
        """Return no keys: only cameras have frames."""
        return []

    def drop(self, key: str) -> None:  # noqa: B027  cameras only
        """Do nothing: only cameras have frames."""

    def disturbance(self) -> Disturbance | None:
        """Return what is wrong with the line now."""
        with self._ground.lock:
            self._advance()
            for kind, fault in self.faults.active.items():
                trouble = TROUBLES.get(kind)
                if trouble is not None:
                    return Disturbance(trouble=trouble, by_s=fault.parameter("by_s", 2.0))
            return None

    # what its world does to it

    def inject(self, fault: Fault) -> None:
        """Have a fault; raises InvalidValue if this kind knows no such fault."""
        with self._ground.lock:
            self.faults.add(fault, self._ground.now_s())
            self._advance_again()

    def clear(self, kind: str | None = None) -> None:
        """Be rid of the faults of that kind, or of all."""
        with self._ground.lock:
            self.faults.clear(kind, self._ground.now_s())
            self._advance_again()

    def advance(self, now_s: float) -> None:
        """Come to `now_s`; for other boxes of the same world, which hold its lock."""
        self._advance(now_s)

    # shared machinery

    def _advance(self, now_s: float | None = None) -> float:
        now_s = self._ground.now_s() if now_s is None else now_s
        if now_s == self._came_s:
            return now_s
        self._came_s = now_s
        self.faults.pass_to(now_s)
        self._feel_faults(now_s)
        self._step(now_s)
        for each in self._doing:
            self.faults.progressed(each.verb, each.progress(now_s), now_s)
        return now_s

    def _advance_again(self) -> None:
        """Take up what has changed at this very instant."""
        self._came_s = -math.inf
        self._advance()

    def _feel_faults(self, now_s: float) -> None:
        """Restart when a fault that costs a boot begins (silent restart) or ends (crash)."""
        active = self.faults.active
        if not active and not self._struck:
            return
        begun, over = active.keys() - self._struck, self._struck - active.keys()
        self._struck = set(active)
        if "restart_silent" in begun or "power_loss" in begun:
            self._restart(now_s, lost=True)
        if "crash" in over or "power_loss" in over:
            self._restart(now_s, lost="power_loss" in over)
        if "freeze" in over:
            self._frozen = None

    def _restart(self, now_s: float, *, lost: bool) -> None:
        self._boots += 1
        self._boot_id = self._new_boot()
        self._operations.clear()
        self._wake_up(now_s, lost=lost)

    def _new_boot(self) -> str:
        ground = self._ground
        return f"{number_of('boot', ground.seed, ground.nonce, self.name, self._boots):016x}"

    def _accept(self, doing: Doing, now_s: float) -> Mapping[str, object]:
        if doing.until_s is not None and doing.until_s <= now_s and self._may_end(doing):
            return self._finish(doing, now_s)
        return self._operations.begin(doing, now_s)

    def _abort(self, doing: Doing, args: Mapping[str, object], now_s: float) -> None:
        only = args.get("key")
        doing.until_s = now_s
        if "abort_ignored" in self.faults.active:
            return
        hit = [each for each in self._doing if only in (None, each.key)]
        if only is not None and not hit:
            return
        doing.until_s = self._stop(now_s)
        for each in hit:
            if each in self._doing:
                self._finish(each, now_s, OpState.ABORTED, error="aborted")

    def _reset(self, doing: Doing, now_s: float) -> None:
        if "error" in self.faults.active:
            raise NotNow("the cause of the fault is still there")
        doing.until_s = now_s

    def _finish(
        self, doing: Doing, now_s: float, state: OpState = OpState.DONE, **result: object
    ) -> dict[str, object]:
        """End an operation and remember how."""
        return self._operations.finish(doing, now_s, state, **result)

    def _fail(self, doing: Doing, now_s: float, error: str) -> None:
        self._finish(doing, now_s, OpState.FAILED, error=f"{HardwareFault.__name__}: {error}")

    def _finish_due(self, now_s: float) -> None:
        """End what is due and has no end of its own (aborts, resets, settings)."""
        for each in list(self._doing):
            if each.until_s is not None and each.until_s <= now_s and self._may_end(each):
                self._finish(each, now_s)

    def _never_done(self) -> bool:
        return "never_done" in self.faults.active

    def _may_end(self, doing: Doing) -> bool:
        return doing.silent or doing.verb in ("abort", "reset") or not self._never_done()

    def _running(self, *verbs: str) -> Doing | None:
        return self._operations.find(*verbs)

    @property
    def _doing(self) -> list[Doing]:
        return self._operations.running

    def _shown(self, now_s: float) -> Mapping[str, object]:
        hurts = self._hurts(now_s)
        fields = self._fields(now_s)
        if "error" in self.faults.active:
            fields["phase"], hurts = "error", [*hurts, "hardware error"]
        if "number_bad" in self.faults.active:
            fields = {
                name: float("nan") if type(value) is float else value
                for name, value in fields.items()
            }
        return {
            "device": self.name,
            "kind": self.kind.value,
            "boot": self._boot_id,
            "seq": self._seq,
            "utc_ms": round(self._ground.clock.utc().timestamp() * 1000.0),
            "state": fields,
            **self._operations.shown(now_s),
            "faults": hurts,
            "interlocks": self._interlocks(now_s),
        }
