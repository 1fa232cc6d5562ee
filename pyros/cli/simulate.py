"""`pyros simulate`: the devices of a configuration as simulators behind TCP, for ever (P11)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.kernel.clock import SystemClock
from pyros.link.admin import ask
from simulators.serve import ADMIN_PORT, Served, addresses, listening
from simulators.world import World

ADMIN: Final = f"tcp://127.0.0.1:{ADMIN_PORT}"
ANSWER_S: Final = 2.0


class ServeByDefault(click.Group):
    """A group whose first argument may be a configuration: then it serves."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand of that name, else `serve` with all arguments."""
        if args and args[0] not in self.commands:
            args = ["serve", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give options before the configuration to `serve`, too."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ServeByDefault)
def simulate() -> None:
    """Serve simulated devices for ever: pyros simulate CONFIG; spoil them: inject, clear, list."""


@simulate.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--only", multiple=True, metavar="NAME", help="Serve this device; may be repeated.")
@click.option("--seed", type=int, help="Another simulated night.")
@click.option("--speed", type=click.FloatRange(0.1, 1000.0), help="Observatory seconds a second.")
@click.option("--admin", default=ADMIN, show_default=True, help="Where faults are injected.")
def serve(
    config: Path, only: Sequence[str], seed: int | None, speed: float | None, admin: str
) -> None:
    """Serve the devices of CONFIG until Ctrl-C or SIGTERM, one line for each with its address."""
    wanted = rehearsal.with_clock(load(config), factor=speed)
    clock = SystemClock(wanted.clock.factor, _begins(wanted))
    at = addresses(wanted)
    over = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: over.set())
    with listening(wanted, at, only=only, clock=clock) as elsewhere, ExitStack() as stack:
        nonce = os.urandom(8).hex()
        world = World(wanted, seed, clock=clock, nonce=nonce, elsewhere=elsewhere)
        served = stack.enter_context(Served(world, at, only=only, admin=admin))
        width = max(len(name) for name in served.addresses)
        for name, address in served.addresses.items():
            kind = world.boxes[name].kind
            click.echo(f"{name:{width}}  {kind:12}  {address.command}")
        click.echo(f"{'faults':{width}}  {'admin':12}  {admin}")
        over.wait()


@simulate.command()
@click.argument("device")
@click.argument("kind")
@click.option("--when", default="now", show_default=True, help="now, start:<verb>, utc:<iso> ...")
@click.option("--for", "duration_s", type=float, help="Seconds; without: until it is cleared.")
@click.option("--set", "numbers", multiple=True, metavar="NAME=NUMBER", help="A number of it.")
@click.option("--admin", default=ADMIN, show_default=True)
def inject(  # noqa: PLR0913, PLR0917  click gives each option by name
    device: str, kind: str, when: str, duration_s: float | None, numbers: Sequence[str], admin: str
) -> None:
    """Have DEVICE suffer a fault of KIND."""
    question = {
        "op": "inject",
        "device": device,
        "kind": kind,
        "when": when,
        "duration_s": duration_s,
        "parameters": dict(_pair(each) for each in numbers),
    }
    _say(ask(admin, question, timeout_s=ANSWER_S).get("active"))


@simulate.command()
@click.argument("device", required=False)
@click.argument("kind", required=False)
@click.option("--admin", default=ADMIN, show_default=True)
def clear(device: str | None, kind: str | None, admin: str) -> None:
    """End the faults of DEVICE, or of all; those of KIND, or all."""
    question = {"op": "clear", "device": device, "kind": kind}
    _say(ask(admin, question, timeout_s=ANSWER_S).get("active"))


@simulate.command(name="list")
@click.option("--admin", default=ADMIN, show_default=True)
def list_faults(admin: str) -> None:
    """Say which faults each device has now."""
    _say(ask(admin, {"op": "list"}, timeout_s=ANSWER_S).get("active"))


def _begins(config: Config) -> datetime | None:
    """Return where time starts, as `pyros run` has it; None: now, as the machine has it."""
    start = config.clock.start
    if isinstance(start, datetime):
        return start
    if start == "now" and config.clock.factor == 1.0:
        return None
    from pyros.cli.one_process import starting_instant  # noqa: PLC0415  the whole house, seconds

    return starting_instant(config)


def _pair(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise click.BadParameter(f"{text}: should be NAME=NUMBER") from None


def _say(active: object) -> None:
    if isinstance(active, dict):
        for name, kinds in active.items():
            click.echo(f"{name}: {', '.join(kinds) or 'well'}")
