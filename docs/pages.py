"""Makes the pages of the reference that come from the code: `python docs/pages.py`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from ruamel.yaml import YAML

from pyros.cli.benches.scheduling import results_page
from pyros.cli.main import cli
from pyros.config.reference import reference_page

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs`; change the code or docs/pages.py, not this page. -->\n\n"
NUMBERS = re.compile(r"\b([PSB])(\d{1,2})\b(?:\s*(?:-|\u2013|to)\s*\1?(\d{1,2})\b)?")


def requirements() -> str:
    """Return the page that says which tests prove which requirement."""
    titles = YAML(typ="safe").load(REFERENCE / "requirements.yaml")
    proofs = _proofs()
    shown = sum(number in proofs for group in titles.values() for number in group)
    total = sum(len(group) for group in titles.values())
    lines = [
        "# Requirements and the tests that prove them\n",
        "A test says in its docstring which numbers it proves.",
        f"{shown} of {total} have a test; the others are open.\n",
    ]
    for heading, group in titles.items():
        lines += [f"## {heading}\n", "| number | what | proved by |", "|---|---|---|"]
        for number, title in group.items():
            lines.append(f"| {number} | {title} | {_named(proofs.get(number, []))} |")
        lines.append("")
    return MADE + "\n".join(lines)


def unknown_numbers() -> list[str]:
    """Return numbers that tests claim but nobody has asked for."""
    titles = YAML(typ="safe").load(REFERENCE / "requirements.yaml")
    known = {number for group in titles.values() for number in group}
    return sorted(set(_proofs()) - known)


def unproven_numbers() -> list[str]:
    """Return numbers that are asked for and that no test claims."""
    titles = YAML(typ="safe").load(REFERENCE / "requirements.yaml")
    proofs = _proofs()
    return [number for group in titles.values() for number in group if number not in proofs]


def commands() -> str:
    """Return the page of the commands, as `--help` says them."""
    sections = [
        f"## {title}\n\n```\n{command.get_help(context).rstrip()}\n```\n"
        for title, command, context in _commands(cli, click.Context(cli, info_name="pyros"))
    ]
    return MADE + "# Commands\n\n" + "\n".join(sections)


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context.terminal_width = 88
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _commands(inner, click.Context(inner, info_name=name, parent=context))


def _proofs() -> dict[str, list[tuple[str, str]]]:
    """Return for each number the tests (file, name) whose docstrings have it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node):
                for number in numbers(ast.get_docstring(node) or ""):
                    found.setdefault(number, []).append(
                        (path.relative_to(ROOT).as_posix(), node.name)
                    )
    return found


def _is_test(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return node.name.startswith("test_")


def numbers(text: str) -> Iterator[str]:
    """Return the numbers in a docstring: P20, S34, B1, and spans such as S12-S16."""
    seen = set()
    for letter, first, last in NUMBERS.findall(text):
        for number in range(int(first), int(last or first) + 1):
            name = f"{letter}{number}" if letter == "B" else f"{letter}{number:02}"
            if name not in seen:
                seen.add(name)
                yield name


def _named(tests: list[tuple[str, str]]) -> str:
    if not tests:
        return "**open**"
    return ", ".join(f"[{name}](../../{path})" for path, name in sorted(set(tests)))


PAGES: dict[str, Callable[[], str]] = {
    "requirements.md": requirements,
    "configuration.md": lambda: MADE + reference_page(),
    "commands.md": commands,
    "scheduling-figures.md": results_page,
}


def main() -> None:
    """Write every page anew and say which of them changed."""
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {'made anew' if changed else 'as it was'}\n")


if __name__ == "__main__":
    main()
