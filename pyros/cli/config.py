"""`pyros config`: is a configuration right, what is in force, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from pyros.cli.summary import print_summary
from pyros.config.complaint import WrongConfig
from pyros.config.load import load
from pyros.config.schema import json_schema
from pyros.errors import ConfigError

UNREADABLE = 2


@click.group()
def config() -> None:
    """Check a configuration; print what is in force; print its schema."""


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def check(file: Path, form: Literal["text", "json"]) -> None:
    """Say everything that is wrong with FILE.  Exit code 0 good, 1 wrong, 2 cannot be read."""
    try:
        found = load(file)
    except WrongConfig as wrong:
        if form == "json":
            print_summary({"ok": False, "complaints": [one.plain() for one in wrong.complaints]})
        else:
            click.echo(str(wrong))
            click.echo(_count(len(wrong.complaints)))
        raise SystemExit(1) from None
    except ConfigError as unreadable:
        click.echo(f"pyros: {unreadable}", err=True)
        raise SystemExit(UNREADABLE) from None
    if form == "json":
        print_summary({"ok": True, "complaints": []})
    else:
        text = f"{len(found.devices)} devices, {len(found.channels)} channels"
        click.echo(f"{file}: good ({text})")


@config.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """Print as JSON what is in force with FILE, defaults filled in."""
    click.echo(load(file).model_dump_json(indent=2))


@config.command()
def schema() -> None:
    """Print the JSON schema; editors complete and check with it."""
    click.echo(json.dumps(json_schema(), indent=2))


def _count(number: int) -> str:
    return f"{number} error" if number == 1 else f"{number} errors"
