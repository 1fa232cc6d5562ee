"""`pyros db`: bring the database to what this program wants; say how it stands."""

from __future__ import annotations

from pathlib import Path

import click

from pyros.config.load import load
from pyros.errors import StartError
from pyros.store import schema
from pyros.store.engine import Store


@click.group()
def db() -> None:
    """Upgrade and inspect the database."""


@db.command()
@click.argument("where", metavar="CONFIG|URL")
def upgrade(where: str) -> None:
    """Make the database, or bring its schema up to date; its rows stay."""
    store = open_store(where)
    before = schema.upgrade(store)
    now = schema.current(store)
    store.close()
    if before == now:
        click.echo(f"{store.path}: at {now} already")
    else:
        click.echo(f"{store.path}: upgraded from {before or 'nothing'} to {now}")


@db.command()
@click.argument("where", metavar="CONFIG|URL")
def check(where: str) -> None:
    """Say whether the database is as this program wants it."""
    store = open_store(where)
    schema.check(store)
    store.close()
    click.echo(f"{store.path}: good, at {schema.head()}")


def open_store(where: str) -> Store:
    """Return the store that a configuration file, or a URL, names.

    Raises:
        StartError: there is no such file.
        ConfigError: the file is wrong.
    """
    if "://" in where:
        return Store(where)
    path = Path(where)
    if not path.is_file():
        raise StartError(f"{where}: no such file; give a configuration or sqlite:///data/pyros.db")
    return Store(load(path).data.database_url)
