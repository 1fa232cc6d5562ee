"""Plan a night from a file: `python -m pyros.scheduling FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from pyros.scheduling.check import check
from pyros.scheduling.document import dump, load, parsed
from pyros.scheduling.explained import explained
from pyros.scheduling.faults import BadDocument
from pyros.scheduling.model import Problem
from pyros.scheduling.plan import plan
from pyros.scheduling.plot import NoPlot, plot, save
from pyros.scheduling.printed import printed
from pyros.scheduling.schemas import KINDS, schema
from pyros.scheduling.timetable import Budget, Schedule

VALID, BROKEN, BAD_INPUT = 0, 1, 2


class BadUse(ValueError):
    """Arguments or installation do not suffice; the text says what would be right."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 a valid schedule, 1 a rule is broken, 2 the input is wrong."""
    options = _parser().parse_args(arguments)
    if options.schema:
        _say([json.dumps(schema(options.schema), indent=1)])
        return VALID
    try:
        return _run(options)
    except (BadDocument, BadUse, NoPlot) as error:
        _say([str(error)], to_errors=True)
    except OSError as error:
        _say([f"{error.filename}: {error.strerror}"], to_errors=True)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pyros.scheduling", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="JSON, kind `night` or `discrete`")
    parser.add_argument("--previous", type=Path, help="a schedule to begin from")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds to search")
    parser.add_argument("--moves", type=int, help="moves to search, instead of seconds")
    parser.add_argument("--threads", type=int, default=1, help="to search with")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the schedule as JSON")
    parser.add_argument("--out", type=Path, help="write the schedule as JSON")
    parser.add_argument("--plot", type=Path, help="draw the night into this file: .png or .svg")
    parser.add_argument("--check", type=Path, help="judge this schedule instead of making one")
    parser.add_argument("--explain", metavar="ID", help="when one request can be seen, and why not")
    parser.add_argument("--schema", choices=KINDS, help="print a JSON Schema")
    parser.add_argument("--warm", action="store_true", help="compile what planning needs, now")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.warm:
        _warm()
        if options.file is None:
            return VALID
    if options.file is None:
        raise BadUse("FILE is missing: a problem as JSON, or --schema KIND")
    if parsed(options.file).get("kind") == "discrete":
        return _discrete(options)
    problem = load(options.file)
    if not isinstance(problem, Problem):
        raise BadUse(f"{options.file}: is a schedule, should be a night")
    if options.check:
        return _show(options, problem, _schedule(options.check))
    previous = _schedule(options.previous) if options.previous else None
    schedule = plan(problem, previous, _budget(options))
    return (
        _explain(problem, schedule, options.explain)
        if options.explain
        else _show(options, problem, schedule)
    )


def _budget(options: argparse.Namespace) -> Budget:
    return Budget(
        seconds=options.budget, moves=options.moves, threads=options.threads, seed=options.seed
    )


def _schedule(path: Path) -> Schedule:
    schedule = load(path)
    if isinstance(schedule, Schedule):
        return schedule
    raise BadUse(f"{path}: is a night, should be a schedule")


def _show(options: argparse.Namespace, problem: Problem, schedule: Schedule) -> int:
    violations = check(problem, schedule)
    text = json.dumps(dump(schedule), indent=1, ensure_ascii=False)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        plot(problem, schedule, options.plot)
    _say([text] if options.json else printed(problem, schedule))
    _say((f"{one.rule}: {', '.join(one.ids)}: {one.text}" for one in violations), to_errors=True)
    return BROKEN if violations else VALID


def _explain(problem: Problem, schedule: Schedule, name: str) -> int:
    request = next((one for one in problem.requests if name in (one.id, one.name)), None)
    if request is None:
        known = ", ".join(one.id for one in problem.requests[:20])
        raise BadUse(f"request {name!r}: should be one of {known}")
    _say(explained(problem, schedule, request))
    return VALID


def _discrete(options: argparse.Namespace) -> int:
    """Answer a problem in steps, with the compiled solver alone."""
    from pyros.scheduling.discrete import answer, cells  # noqa: PLC0415 - wants the compiler
    from pyros.scheduling.discrete_reading import read_discrete  # noqa: PLC0415

    try:
        from pyros.scheduling.solve import solve  # noqa: PLC0415
    except ImportError as error:
        raise BadUse(f"kind `discrete` needs the compiled solver: {error}") from None
    problem = read_discrete(options.file)
    found = solve(cells(problem), _budget(options))
    text = json.dumps(answer(problem, found))
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        from pyros.scheduling.chart_steps import chart_steps  # noqa: PLC0415

        document, given = parsed(options.file), json.loads(text)
        save(chart_steps(document, problem, given, value=found.value), options.plot)
    gap = 1.0 - found.value / found.bound if found.bound else 0.0
    lines = [f"{step:6}  request {row}" for step, row in json.loads(text)["slots"]]
    values = f"value {found.value:.3f}, bound {found.bound:.3f}"
    lines += [f"{values} (no plan is worth more), gap {gap:.2%}"]
    _say([text] if options.json else lines)
    return VALID


def _warm() -> None:
    _say([import_module("pyros.scheduling.warm").warm()])


def _say(lines: Iterable[str], *, to_errors: bool = False) -> None:
    stream = sys.stderr if to_errors else sys.stdout
    for line in lines:
        stream.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
