"""Pages do not lie: what is made is current, examples run, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from doctest import DocTestParser, DocTestRunner
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from pyros.cli.main import cli, main
from pyros.config.document import parse
from pyros.config.schema import keys_of, schema_at

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def blocks(kind: str) -> list:
    """Return every fenced block of a kind, as (page, text)."""
    found = []
    for page in PAGES:
        for indent, word, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if word == kind:
                lines = [line.removeprefix(indent) for line in text.splitlines()]
                name = page.relative_to(ROOT).as_posix()
                found.append(pytest.param(page, lines, id=f"{name}:{lines[0]}"))
    return found


@pytest.mark.parametrize("name", ["configuration.md", "commands.md", "scheduling-figures.md"])
def test_a_page_made_from_the_code_is_as_the_code_is(pages, name: str) -> None:
    written = (pages.REFERENCE / name).read_text(encoding="utf-8")

    assert written == pages.PAGES[name](), "stale: run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_of_the_project(page: Path) -> None:
    targets = [
        target
        for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target
    ]

    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize(("page", "lines"), blocks("console"))
def test_an_example_prints_what_the_page_shows(page, lines, capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    command, *shown = lines
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "pyros"

    with pytest.raises(SystemExit):
        main(arguments)

    assert capsys.readouterr().out.splitlines() == shown


@pytest.mark.parametrize(("page", "lines"), blocks("sh"))
def test_a_command_that_a_page_names_exists(page, lines) -> None:
    for line in lines:
        program, *arguments = shlex.split(line, comments=True)
        if program == "make":
            assert f"\n{arguments[0]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
        elif Path(program).name == "pyros":
            _parse(arguments)
        else:
            assert (ROOT / program).exists(), f"{page.name}: no {program}"


def _parse(arguments: list[str]) -> None:
    """Find the subcommand and let it read its arguments, without running it."""
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments[0])
        assert found is not None, f"no command {arguments[0]}"
        command, arguments = found, arguments[1:]
    options = {name for parameter in command.params for name in parameter.opts}
    named = {argument for argument in arguments if argument.startswith("--")}
    assert named <= options, f"{command.name} has no {named - options}"


def pages_with_python() -> list:
    """Return each page with blocks of Python, and their texts in order."""
    found = {}
    for each in blocks("python"):
        page, lines = each.values
        found.setdefault(page, []).append("\n".join(lines) + "\n")
    return [pytest.param(texts, id=page.name) for page, texts in found.items()]


@pytest.mark.parametrize("texts", pages_with_python())
def test_the_python_of_a_page_runs_from_top_to_bottom(texts) -> None:
    """What has prompts shows what the page says; the rest is run as it stands."""
    known = {"__name__": "page"}

    for text in texts:
        if text.startswith(">>> "):
            example = DocTestParser().get_doctest(text, known, "page", None, 0)
            example.globs = known
            assert DocTestRunner().run(example, clear_globs=False).failed == 0
        else:
            exec(compile(text, "page", "exec", dont_inherit=True), known)  # noqa: S102  a page of ours


@pytest.mark.parametrize(("page", "lines"), blocks("yaml"))
def test_a_snippet_of_configuration_has_keys_that_exist(page, lines) -> None:
    document = parse("\n".join(lines), file=page.name)
    if "sequences" in document.data:
        return  # a request; the exchange format has tests of its own
    for path in document.keys:
        outer, key = path[:-1], path[-1]
        schema = schema_at(outer, document.data)
        if "properties" in schema:
            assert key in keys_of(schema), f"{page.name}: {path}"


def test_every_decision_has_its_line_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")

    decisions = sorted(path.name for path in folder.glob("0*.md"))
    assert decisions
    assert [name for name in decisions if f"]({name})" not in listed] == []
    assert [name[:4] for name in decisions] == [f"{n:04}" for n in range(1, len(decisions) + 1)]


def test_the_request_of_the_how_to_is_one_of_the_examples() -> None:
    page = (ROOT / "docs" / "how-to" / "write-requests.md").read_text(encoding="utf-8")
    (_, _, text), *_ = BLOCK.findall(page)

    example = (ROOT / "config" / "examples" / "mrk421.yaml").read_text(encoding="utf-8")
    yaml = YAML(typ="safe")
    shown, shipped = yaml.load(text), yaml.load(example)
    assert shown["sequences"][0]["target"] == shipped["sequences"][0]["target"]
    assert shown.keys() == shipped.keys()
