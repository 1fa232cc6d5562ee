"""`pyros schedule`: the scheduling library's own command, under the house's name."""

from __future__ import annotations

import click

from pyros.scheduling.__main__ import main


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="FILE [OPTIONS]")
def schedule(arguments: tuple[str, ...]) -> None:
    """Plan the night that FILE describes: the same as `python -m pyros.scheduling`.

    `pyros schedule --help` names its options: a picture (--plot night.png), another plan to begin
    from (--previous), why one request is not in it (--explain ID), the answer as JSON (--json).
    """
    raise SystemExit(main(arguments or ("--help",)))
