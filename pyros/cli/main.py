"""The command `pyros`: loads the subcommand that is asked for, turns our errors into one line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import click

import pyros
from pyros.config.complaint import WrongConfig
from pyros.errors import PyrosError

STOPPED = 130
"""Exit code after Ctrl-C, as shells count it."""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lives, and what it does in one line."""

    module: str
    attribute: str
    help: str


SUBCOMMANDS = {
    "run": Subcommand("run", "run", "Run the observatory, real or simulated."),
    "check": Subcommand("check", "check", "Check each prerequisite of a start."),
    "config": Subcommand("config", "config", "Check a configuration; print its schema."),
    "night": Subcommand("night", "night", "Run a whole simulated night."),
    "simulate": Subcommand("simulate", "simulate", "Serve simulated devices for ever."),
    "alert": Subcommand("alert", "alert", "Send and inspect alert packets."),
    "schedule": Subcommand("schedule", "schedule", "Turn a scheduling problem into a timetable."),
    "db": Subcommand("db", "db", "Upgrade and inspect the database."),
    "user": Subcommand("user", "user", "Make accounts and unlock them."),
    "request": Subcommand("request", "request", "Import, export and check requests."),
    "bench": Subcommand("bench", "bench", "Measure a part."),
    "chaos": Subcommand("chaos", "chaos", "Run nights with random faults."),
}


class LazyGroup(click.Group):
    """A group whose subcommands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the subcommands that this installation has."""
        return [name for name, one in SUBCOMMANDS.items() if _module(one)]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return the subcommand, imported; None if there is none of that name."""
        found = SUBCOMMANDS.get(cmd_name)
        module = _module(found) if found else None
        if found is None or module is None:
            return None
        command: click.Command | None = getattr(import_module(module), found.attribute, None)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line for each subcommand, without importing it."""
        rows = [(name, SUBCOMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _module(subcommand: Subcommand) -> str | None:
    name = f"pyros.cli.{subcommand.module}"
    return name if find_spec(name) else None


@click.group(cls=LazyGroup)
@click.version_option(pyros.__version__, prog_name="pyros")
def cli() -> None:
    """Control software for an autonomous telescope."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code; an error of ours is one line, never a trace."""
    try:
        code = cli.main(arguments, prog_name="pyros", standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(STOPPED)
    except WrongConfig as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(1)
    except PyrosError as error:
        click.echo(f"pyros: {error}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
