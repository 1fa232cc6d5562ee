"""A YAML 1.2 file as plain data, with the place of each key and value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from pyros.config.complaint import Complaint, WrongConfig
from pyros.errors import ConfigError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 100_000

Key: TypeAlias = str | int
KeyPath: TypeAlias = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a file, to be quoted in complaints."""

    file: str
    lines: tuple[str, ...]

    def complain(
        self, at: Place, *, code: str, message: str, remedy: str = "", key: str = ""
    ) -> Complaint:
        """Return a complaint with the line of the file that it is about."""
        return Complaint(
            file=self.file,
            line=at.line,
            column=at.column,
            key=key,
            code=code,
            message=message,
            remedy=remedy,
            source=self.lines[at.line - 1] if 0 < at.line <= len(self.lines) else "",
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is good YAML: its data, and where each key and value of it stands."""

    sheet: Sheet
    data: object
    keys: dict[KeyPath, Place]
    values: dict[KeyPath, Place]

    def walked(self, location: KeyPath) -> KeyPath:
        """Return the part of `location` that is really in the file, without names of variants."""
        path: KeyPath = ()
        for step in location:
            if (*path, step) in self.values:
                path = (*path, step)
        return path


def read(path: Path) -> Document:
    """Return the file at `path` as data with places.

    Raises:
        WrongConfig: it is not good YAML, has a key twice, or is too large or too deep.
        ConfigError: it cannot be read at all.
    """
    return parse(_text(path), file=str(path))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as trouble:
        raise ConfigError(f"{path}: cannot be read: {trouble.strerror or trouble}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path}: has {len(raw)} bytes; at most {MAX_BYTES} are read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = raw.count(b"\n", 0, trouble.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8; save the file as UTF-8") from None


def parse(text: str, *, file: str) -> Document:
    """Return `text` as data with places; raises as `read`."""
    sheet = Sheet(file, tuple(text.splitlines()))
    try:
        node = _yaml().compose(text)
        if node is None:
            empty = sheet.complain(Place(1, 1), code="empty", message="the file is empty")
            raise WrongConfig([empty])
        survey = _Survey(sheet)
        survey.visit(node, ())
        if survey.complaints:
            raise WrongConfig(survey.complaints)
        constructor, _ = _yaml().get_constructor_parser(text)
        data: object = constructor.construct_document(node)
    except YAMLError as trouble:
        raise WrongConfig([_syntax(trouble, sheet)]) from None
    return Document(sheet, data, survey.keys, survey.values)


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # the survey finds all of them, with their places
    return yaml


class _Survey:
    """Walks the nodes once: places, keys that stand twice, depth, number of values."""

    def __init__(self, sheet: Sheet) -> None:
        self.keys: dict[KeyPath, Place] = {}
        self.values: dict[KeyPath, Place] = {}
        self.complaints: list[Complaint] = []
        self._sheet = sheet
        self._full = False

    def visit(self, node: Node, path: KeyPath) -> None:
        if self._full:
            return
        if len(path) > MAX_DEPTH or len(self.values) > MAX_VALUES:
            self._full = True
            self._complain(node, "too_deep", f"more than {MAX_DEPTH} levels or {MAX_VALUES} values")
            return
        self.values[path] = _place(node)
        match node:
            case MappingNode():
                self._entries(node, path)
            case SequenceNode():
                for i, child in enumerate(node.value):
                    self.visit(child, (*path, i))

    def _entries(self, node: MappingNode, path: KeyPath) -> None:
        for key_node, child in node.value:
            if not isinstance(key_node, ScalarNode):
                self._complain(key_node, "key", "a key should be a single word")
                continue
            key = str(key_node.value)
            first = self.keys.get((*path, key))
            if first is not None:
                remedy = f"the first is in line {first.line}; keep one of them"
                self._complain(key_node, "double_key", f"key '{key}' stands twice", remedy)
                continue
            self.keys[*path, key] = _place(key_node)
            self.visit(child, (*path, key))

    def _complain(self, node: Node, code: str, message: str, remedy: str = "") -> None:
        complaint = self._sheet.complain(_place(node), code=code, message=message, remedy=remedy)
        self.complaints.append(complaint)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _syntax(trouble: YAMLError, sheet: Sheet) -> Complaint:
    """Return a fault of the YAML itself in the same form as all others."""
    if isinstance(trouble, ReaderError):
        at = _place_of_character(trouble.position, sheet)
        message = f"character U+{trouble.character:04X} is not allowed"
        return sheet.complain(at, code="syntax", message=message, remedy="take it away")
    mark = getattr(trouble, "problem_mark", None) or getattr(trouble, "context_mark", None)
    at = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = str(getattr(trouble, "problem", None) or trouble)
    context = getattr(trouble, "context", None)
    message = f"{problem} ({context})" if context else problem
    return sheet.complain(at, code="syntax", message=message, remedy=_remedy(problem))


def _place_of_character(position: int, sheet: Sheet) -> Place:
    left = position
    for number, line in enumerate(sheet.lines, start=1):
        if left <= len(line):
            return Place(number, left + 1)
        left -= len(line) + 1
    return Place(1, 1)


REMEDIES = {
    "\\t": "indent with blanks, never with tabs",
    "mapping values are not allowed": "put text that holds ': ' into quotes, or indent the line",
    "expected ',' or": "a bracket or brace before this is not closed",
    "<stream end>": "a bracket, brace or quote is not closed",
    "could not determine a constructor": "take the tag away: a value stands there without '!'",
    "undefined alias": "an alias (*name) needs its anchor (&name) before it",
    "another document": "one file holds one document: take '---' away",
}


def _remedy(problem: str) -> str:
    return next((remedy for sign, remedy in REMEDIES.items() if sign in problem), "")
