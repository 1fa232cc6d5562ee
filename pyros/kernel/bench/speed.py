"""How fast and how small: messages, the bus, idle actors."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import pykka

from pyros.kernel.bench.measure import Echo, Figures, figure, per_call_s, running
from pyros.kernel.bus import EventBus
from pyros.kernel.clock import SystemClock
from pyros.kernel.dynamic import dynamic
from pyros.kernel.spec import ChildSpec, Restart
from pyros.kernel.supervisor import StartChild

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.bench.measure import Effort

PLAIN = "plain Pykka 4.5, same process, alternating rounds, medians"


class PlainEcho(pykka.ThreadingActor):
    """What one would write with Pykka alone."""

    use_daemon_thread = True

    def on_receive(self, message: object) -> object:
        """Give it back."""
        return message


def figures(effort: Effort) -> Figures:
    """Ratios to plain Pykka, and the cost of a publication."""
    return _messages(effort) | _bus(effort) | _memory(effort)


def _messages(effort: Effort) -> Figures:
    asks: tuple[list[float], list[float]] = ([], [])
    tells: tuple[list[float], list[float]] = ([], [])
    plain = PlainEcho.start()
    with running(ChildSpec(id="a", factory=Echo, mailbox=1_000_000)) as system:
        address = system.address("/s/a")
        for _ in range(effort.rounds):
            asks[0].append(per_call_s(lambda: plain.ask(1), effort.asks))
            asks[1].append(per_call_s(lambda: address.ask(1), effort.asks))
            tells[0].append(_told_s(plain, plain.ask, effort.tells))
            tells[1].append(_told_s(address, address.ask, effort.tells))
    plain.stop()
    ask_us = [statistics.median(times) * 1e6 for times in asks]
    rates = [1e-3 / statistics.median(times) for times in tells]
    ask_ratio, tell_ratio = ask_us[1] / ask_us[0], rates[1] / rates[0]
    spoken = f"{PLAIN}: {ask_us[1]:.1f} us against {ask_us[0]:.1f} us"
    told = f"{PLAIN}: {rates[1]:.0f} k/s against {rates[0]:.0f} k/s"
    return {
        "ask_ratio": figure(
            round(ask_ratio, 3), "", 1.15, holds=ask_ratio <= 1.15, against=f"at most; {spoken}"
        ),
        "tell_ratio": figure(
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


def _bus(effort: Effort) -> Figures:
    bus = EventBus(SystemClock())
    readers = [bus.subscribe(["device/*"], _no_news) for _ in range(10)]

    def publish_and_take() -> None:
        bus.publish("device/mount", "tracking")
        for reader in readers:
            reader.dirty.clear()  # as if it had been read, without the cost of reading

    rounds = [per_call_s(publish_and_take, effort.publications) for _ in range(effort.rounds)]
    publish_us = statistics.median(rounds) * 1e6
    return {
        "publish10_us": figure(
            round(publish_us, 2),
            "us",
            20,
            holds=publish_us <= 20.0,
            against="one publication to 10 subscribers, each woken every time",
        )
    }


def _no_news() -> None:
    """A reader that does nothing when woken."""


def _memory(effort: Effort) -> Figures:
    """Growth of the resident set for each idle actor, both sets alive at once."""
    count, plain_kib, ours_kib = effort.actors, [], []
    with running(dynamic("d")) as system:
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
        "memory_ratio": figure(
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
