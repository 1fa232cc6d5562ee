"""`pyros check`: each prerequisite of a start in one line."""

from __future__ import annotations

from pathlib import Path

import click

from pyros.cli.prerequisites import examine
from pyros.cli.summary import print_summary
from pyros.config.load import load


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def check(config: Path, *, as_json: bool) -> None:
    """Say of each prerequisite of CONFIG whether it holds, and if not, what to do."""
    findings = []
    for finding in examine(load(config)):
        click.echo(str(finding))
        findings.append(finding)
    missing = [finding.name for finding in findings if finding.stops]
    warned = [finding.name for finding in findings if not finding.holds and not finding.blocking]
    if as_json:
        print_summary({"ok": not missing, "missing": missing, "warned": warned})
    raise SystemExit(1 if missing else 0)
