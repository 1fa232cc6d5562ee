"""The figures of the kernel beside plain Pykka."""

from __future__ import annotations

import contextlib
import logging
import statistics
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pykka

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.bus import EventBus
from pyros.kernel.cell import ExitKind
from pyros.kernel.clock import SystemClock
from pyros.kernel.dynamic import dynamic
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown, ChildUp
from pyros.kernel.ref import ActorDead, ActorRestarting, AskTimeout
from pyros.kernel.spec import ChildSpec, Restart, RestartIntensity
from pyros.kernel.supervisor import StartChild, TerminateChild, supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyros.kernel.ref import Address, BoundedFuture

PLAIN = "plain Pykka 4.5, same process, alternating rounds, medians"
PATIENT = RestartIntensity(max_restarts=1_000_000, period_s=1.0)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure."""

    rounds: int
    asks: int
    tells: int
    actors: int
    deaths: int
    publications: int


FULL = Effort(rounds=15, asks=2_000, tells=20_000, actors=300, deaths=500, publications=20_000)
QUICK = Effort(rounds=5, asks=400, tells=4_000, actors=100, deaths=60, publications=3_000)


class PlainEcho(pykka.ThreadingActor):
    """What one would write with Pykka alone."""

    use_daemon_thread = True

    def on_receive(self, message: object) -> object:
        """Give it back."""
        return message


class Echo(SupervisedActor):
    """The same, supervised."""

    def on_receive(self, message: object) -> object:
        """Give it back, fail if that is asked for, or hang until the event is set."""
        if isinstance(message, Exception):
            raise message
        if isinstance(message, threading.Event):
            message.wait()
        return message


def figures(quick: bool = False) -> dict[str, dict[str, object]]:  # noqa: FBT001, FBT002 agreed
    """Measure: key -> value, unit, bound, whether it holds, and what it was measured against."""
    effort = QUICK if quick else FULL
    parts = (_messages, _bus, _lives, _memory, _lost, _hung, _trace)
    with _in_silence():
        return {key: figure for part in parts for key, figure in part(effort).items()}


@contextlib.contextmanager
def _in_silence() -> Iterator[None]:
    """The deaths of a measurement are nobody's news."""
    kernel = logging.getLogger("pyros.kernel")
    level = kernel.level
    kernel.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        kernel.setLevel(level)


def _figure(
    value: object, unit: str, bound: float, *, holds: bool, against: str
) -> dict[str, object]:
    return {"value": value, "unit": unit, "bound": bound, "holds": holds, "against": against}


@contextlib.contextmanager
def _system(*specs: ChildSpec, scan_s: float = 0.1) -> Iterator[ActorSystem]:
    unit = supervisor("s", specs, intensity=PATIENT)
    system = ActorSystem([unit], clock=SystemClock(), scan_s=scan_s, max_abandoned=1_000)
    system.start()
    try:
        yield system
    finally:
        system.stop()


def _per_call_s(action: Callable[[], object], count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        action()
    return (time.perf_counter() - began) / count


def _messages(effort: Effort) -> dict[str, dict[str, object]]:
    asks: tuple[list[float], list[float]] = ([], [])
    tells: tuple[list[float], list[float]] = ([], [])
    plain = PlainEcho.start()
    with _system(ChildSpec(id="a", factory=Echo, mailbox=1_000_000)) as system:
        address = system.address("/s/a")
        for _ in range(effort.rounds):
            asks[0].append(_per_call_s(lambda: plain.ask(1), effort.asks))
            asks[1].append(_per_call_s(lambda: address.ask(1), effort.asks))
            tells[0].append(_told_s(plain, plain.ask, effort.tells))
            tells[1].append(_told_s(address, address.ask, effort.tells))
    plain.stop()
    ask_us = [statistics.median(times) * 1e6 for times in asks]
    rates = [1e-3 / statistics.median(times) for times in tells]
    ask_ratio, tell_ratio = ask_us[1] / ask_us[0], rates[1] / rates[0]
    spoken = f"{PLAIN}: {ask_us[1]:.1f} us against {ask_us[0]:.1f} us"
    told = f"{PLAIN}: {rates[1]:.0f} k/s against {rates[0]:.0f} k/s"
    return {
        "ask_ratio": _figure(
            round(ask_ratio, 3), "", 1.15, holds=ask_ratio <= 1.15, against=f"at most; {spoken}"
        ),
        "tell_ratio": _figure(
            round(tell_ratio, 2), "", 1.5, holds=tell_ratio >= 1.5, against=f"at least; {told}"
        ),
    }


def _told_s(to: Any, ask: Callable[..., object], count: int) -> float:  # noqa: ANN401 two kinds
    """Seconds a message from the first tell until the last has been handled."""
    began = time.perf_counter()
    for number in range(count):
        to.tell(number)
    ask("handled")
    return (time.perf_counter() - began) / count


def _bus(effort: Effort) -> dict[str, dict[str, object]]:
    bus = EventBus(SystemClock())
    readers = [bus.subscribe(["device/*"], _no_news) for _ in range(10)]

    def publish_and_take() -> None:
        bus.publish("device/mount", "tracking")
        for reader in readers:
            reader.dirty.clear()  # as if it had been read, without the cost of reading

    rounds = [_per_call_s(publish_and_take, effort.publications) for _ in range(effort.rounds)]
    publish_us = statistics.median(rounds) * 1e6
    return {
        "publish10_us": _figure(
            round(publish_us, 2),
            "us",
            20,
            holds=publish_us <= 20.0,
            against="one publication to 10 subscribers, each woken every time",
        )
    }


def _no_news() -> None:
    """A reader that does nothing when woken."""


def _lives(effort: Effort) -> dict[str, dict[str, object]]:
    spans_ms: list[float] = []
    with _system(ChildSpec(id="a", factory=Echo)) as system:
        ups, address = threading.Semaphore(0), system.address("/s/a")
        count = 0

        def woken() -> None:
            ups.release()

        feed = system.bus.subscribe([LIFECYCLE], woken)
        for _ in range(effort.deaths):
            began = time.perf_counter()
            address.tell(ValueError("bench"))
            while count <= len(spans_ms):
                ups.acquire()
                items = [item for got, _ in feed.take()[1].values() for item in got]
                count += sum(isinstance(item.value, ChildUp) for item in items)
            spans_ms.append((time.perf_counter() - began) * 1e3)
    replace_ms = statistics.median(spans_ms)
    return {
        "replace_ms": _figure(
            round(replace_ms, 3),
            "ms",
            10,
            holds=replace_ms <= 10.0,
            against="failure to replacement ready, trivial start; plain Pykka never replaces",
        )
    }


def _memory(effort: Effort) -> dict[str, dict[str, object]]:
    """Growth of the resident set for each idle actor, both sets alive at once."""
    count, plain_kib, ours_kib = effort.actors, [], []
    with _system(dynamic("d")) as system:
        boss, plain = system.address("/s/d"), []
        for batch in range(3):
            before = _resident_kib()
            plain += [PlainEcho.start() for _ in range(count)]
            middle = _resident_kib()
            for number in range(count):
                spec = ChildSpec(id=f"e{batch}-{number}", factory=Echo, restart=Restart.TEMPORARY)
                boss.ask(StartChild(spec))
            plain_kib.append((middle - before) / count)
            ours_kib.append((_resident_kib() - middle) / count)
        for ref in plain:
            ref.stop()
    ours, theirs = statistics.median(ours_kib), statistics.median(plain_kib)
    ratio = ours / theirs if theirs > 0 else float("inf")
    return {
        "memory_ratio": _figure(
            round(ratio, 2),
            "",
            1.5,
            holds=ratio <= 1.5,
            against=f"plain Pykka, both sets alive: {ours:.1f} KiB against {theirs:.1f} KiB",
        )
    }


def _resident_kib() -> float:
    with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123
        return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _lost(effort: Effort) -> dict[str, dict[str, object]]:
    """Asks that race deaths; one that ends by its deadline alone was lost."""
    futures: list[BoundedFuture] = []
    with _system(ChildSpec(id="a", factory=Echo, mailbox=1_000_000)) as system:
        address = system.address("/s/a")
        for _ in range(effort.deaths):
            futures += [address.begin_ask(1, 30.0) for _ in range(50)]
            address.offer(ValueError("bench"))
            futures += [address.begin_ask(1, 30.0) for _ in range(50)]
        lost = sum(_is_lost(future) for future in futures)
    return {
        "lost_replies": _figure(
            lost,
            "",
            0,
            holds=lost == 0,
            against=f"{len(futures)} asks over {effort.deaths} deaths; plain Pykka loses some",
        )
    }


def _is_lost(future: BoundedFuture) -> bool:
    try:
        future.get(30.0)
    except AskTimeout:
        return True
    except (ActorDead, ActorRestarting, ValueError):
        return False
    return False


def _hung(effort: Effort) -> dict[str, dict[str, object]]:
    scan_s, budget_s, excess = 0.05, 0.3, []
    for _ in range(3 if effort is QUICK else 7):
        spec = ChildSpec(id="a", factory=Echo, budget_s=budget_s)
        with _system(spec, scan_s=scan_s) as system:
            excess.append((_hang_s(system, system.address("/s/a")) - budget_s) / scan_s)
    scans = statistics.median(excess)
    return {
        "hung_excess_scans": _figure(
            round(scans, 2),
            "scans",
            2,
            holds=scans <= 2.0,
            against=f"hung actor replaced, beyond its budget of {budget_s} s, scan {scan_s} s",
        )
    }


def _hang_s(system: ActorSystem, address: Address) -> float:
    release, news = threading.Event(), threading.Event()
    feed = system.bus.subscribe([LIFECYCLE], news.set)
    seen: list[object] = []
    began = time.perf_counter()
    address.tell(release)
    while not _replaced(seen):
        news.wait(10.0)
        news.clear()
        seen += [item.value for got, _ in feed.take()[1].values() for item in got]
    span_s = time.perf_counter() - began
    release.set()
    return span_s


def _replaced(events: list[object]) -> bool:
    hung = [e for e in events if isinstance(e, ChildDown) and e.kind is ExitKind.HUNG]
    return bool(hung) and any(isinstance(e, ChildUp) and e.incarnation == 2 for e in events)


def _trace(effort: Effort) -> dict[str, dict[str, object]]:
    traces = [_sim_trace(11, effort.rounds * 20) for _ in range(2)]
    same = traces[0] == traces[1]
    return {
        "same_trace": _figure(
            same, "", 1, holds=same, against="the same seed in the deterministic runtime"
        )
    }


def _sim_trace(seed: int, seconds: int) -> str:
    sim = SimRuntime(seed)
    specs = [probe_spec(f"p{number}", "ticks", tier=number)[0] for number in range(5)]
    system = ActorSystem(
        [supervisor("s", specs, intensity=PATIENT)], clock=sim.clock, runtime=sim, boot=1
    )
    system.start()
    for second in range(seconds):
        for number in range(5):
            system.address(f"/s/p{number}").offer(second)
        system.bus.publish("ticks", second)
        if second % 7 == 0:
            system.address("/s").ask(TerminateChild("p3"))
        sim.run_for(1.0)
    system.stop()
    return sim.trace
