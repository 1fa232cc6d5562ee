"""Plan a night from a file: `python -m pyros.scheduling FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyros.scheduling.check import check
from pyros.scheduling.document import dump, load
from pyros.scheduling.faults import BadDocument
from pyros.scheduling.instants import iso
from pyros.scheduling.model import Problem
from pyros.scheduling.plan import plan
from pyros.scheduling.plot import NoPlot, plot
from pyros.scheduling.schemas import schema
from pyros.scheduling.timetable import Budget, Schedule
from pyros.scheduling.visibility import visibility

VALID, BROKEN, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 a valid schedule, 1 a rule is broken, 2 the input is wrong."""
    options = _parser().parse_args(arguments)
    if options.schema:
        _say(json.dumps(schema(options.schema), indent=1))
        return VALID
    try:
        return _run(options)
    except (BadDocument, NoPlot) as error:
        _say(str(error), to=sys.stderr)
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}", to=sys.stderr)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pyros.scheduling", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a problem: JSON, kind `night`")
    parser.add_argument("--previous", type=Path, help="a schedule to begin from")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds to search")
    parser.add_argument("--moves", type=int, help="moves to search, instead of seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the schedule as JSON")
    parser.add_argument("--out", type=Path, help="write the schedule as JSON")
    parser.add_argument("--plot", type=Path, help="draw the night into this file: .png or .svg")
    parser.add_argument("--check", type=Path, help="judge this schedule instead of making one")
    parser.add_argument("--explain", metavar="ID", help="when one request can be seen, and why not")
    parser.add_argument("--schema", choices=["night", "schedule"], help="print a JSON Schema")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.file is None:
        _say("FILE is missing: a problem as JSON, or --schema KIND", to=sys.stderr)
        return BAD_INPUT
    problem = load(options.file)
    if not isinstance(problem, Problem):
        _say(f"{options.file}: is a schedule, should be a night", to=sys.stderr)
        return BAD_INPUT
    if options.explain:
        return _explain(problem, options.explain)
    if options.check:
        schedule = _schedule(options.check)
    else:
        previous = _schedule(options.previous) if options.previous else None
        budget = Budget(seconds=options.budget, moves=options.moves, seed=options.seed)
        schedule = plan(problem, previous, budget)
    return _show(options, problem, schedule)


def _schedule(path: Path) -> Schedule:
    schedule = load(path)
    if isinstance(schedule, Schedule):
        return schedule
    raise OSError(22, "is a night, should be a schedule", str(path))


def _show(options: argparse.Namespace, problem: Problem, schedule: Schedule) -> int:
    violations = check(problem, schedule)
    text = json.dumps(dump(schedule), indent=1, ensure_ascii=False)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        plot(problem, schedule, options.plot)
    if options.json:
        _say(text)
    else:
        _say("\n".join(_table(problem, schedule)))
    for violation in violations:
        _say(f"{violation.rule}: {', '.join(violation.ids)}: {violation.text}", to=sys.stderr)
    return BROKEN if violations else VALID


def _table(problem: Problem, schedule: Schedule) -> Iterator[str]:
    names = {request.id: request.name or request.id for request in problem.requests}
    yield f"{'set-up':8}  {'target':8}  {'end':8}  {'alt':>5}  {'air':>5}  {'value':>7}  request"
    for slot in schedule.slots:
        mark = " (filler)" if slot.filler else " (frozen)" if slot.frozen else ""
        yield (
            f"{slot.start:%H:%M:%S}  {slot.on_target:%H:%M:%S}  {slot.end:%H:%M:%S}"
            f"  {slot.altitude_deg:5.1f}  {slot.airmass:5.2f}  {slot.value:7.2f}"
            f"  {names[slot.id]}{mark}"
        )
    for idle in schedule.idle:
        yield f"idle {iso(idle.start)} to {iso(idle.end)}: {idle.why}, {idle.text}"
    for refusal in schedule.refusals:
        yield f"refused {names[refusal.id]}: {refusal.code}: {refusal.text}"
    yield f"value {schedule.value:.2f}, bound {schedule.bound:.2f}, gap {schedule.gap:.1%}"


def _explain(problem: Problem, name: str) -> int:
    seen = visibility(problem).get(name)
    if seen is None:
        known = ", ".join(request.id for request in problem.requests[:20])
        _say(f"request {name!r}: should be one of {known}", to=sys.stderr)
        return BAD_INPUT
    for code, windows in seen.windows.items():
        times = ", ".join(f"{start:%H:%M:%S}-{end:%H:%M:%S}" for start, end in windows)
        _say(f"{code:14} {times or 'never'}")
    starts = ", ".join(f"{start:%H:%M:%S}-{end:%H:%M:%S}" for start, end in seen.starts)
    _say(f"{'may start':14} {starts or 'never'}")
    _say(f"highest {seen.best_altitude_deg:.1f} deg at {seen.best_at:%H:%M:%S}")
    return VALID


def _say(text: str, *, to: object = None) -> None:
    stream = sys.stdout if to is None else sys.stderr
    stream.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
