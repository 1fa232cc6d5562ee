"""What happens to an actor that fails or hangs, and to those who asked it."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

from pyros.kernel.bench.measure import QUICK, Echo, Effort, Figures, figure, running
from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown, ChildUp
from pyros.kernel.ref import ActorDead, ActorRestarting, AskTimeout
from pyros.kernel.spec import ChildSpec

if TYPE_CHECKING:
    from pyros.kernel.ref import Address, BoundedFuture
    from pyros.kernel.system import ActorSystem


def figures(effort: Effort) -> Figures:
    """How soon one is replaced, and whether an ask is ever lost."""
    return _lives(effort) | _lost(effort) | _hung(effort)


def _lives(effort: Effort) -> Figures:
    spans_ms: list[float] = []
    with running(ChildSpec(id="a", factory=Echo)) as system:
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
        "replace_ms": figure(
            round(replace_ms, 3),
            "ms",
            10,
            holds=replace_ms <= 10.0,
            against="failure to replacement ready, trivial start; plain Pykka never replaces",
        )
    }


def _lost(effort: Effort) -> Figures:
    """Asks that race deaths; one that ends by its deadline alone was lost."""
    futures: list[BoundedFuture] = []
    with running(ChildSpec(id="a", factory=Echo, mailbox=1_000_000)) as system:
        address = system.address("/s/a")
        for _ in range(effort.deaths):
            futures += [address.begin_ask(1, 30.0) for _ in range(50)]
            address.offer(ValueError("bench"))
            futures += [address.begin_ask(1, 30.0) for _ in range(50)]
        lost = sum(_is_lost(future) for future in futures)
    return {
        "lost_replies": figure(
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


def _hung(effort: Effort) -> Figures:
    scan_s, budget_s, excess = 0.05, 0.3, []
    for _ in range(3 if effort is QUICK else 7):
        spec = ChildSpec(id="a", factory=Echo, budget_s=budget_s)
        with running(spec, scan_s=scan_s) as system:
            excess.append((_hang_s(system, system.address("/s/a")) - budget_s) / scan_s)
    scans = statistics.median(excess)
    return {
        "hung_excess_scans": figure(
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
