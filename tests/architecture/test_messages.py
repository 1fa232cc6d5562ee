"""Messages are frozen values of plain types."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from pathlib import Path

import pytest

MODULES = sorted(
    path.stem
    for path in (Path(__file__).resolve().parents[2] / "pyros" / "messages").glob("*.py")
    if path.stem not in ("__init__", "topics")
)


def messages(module: str) -> list[type]:
    """Return the classes that a module of messages defines."""
    found = import_module(f"pyros.messages.{module}")
    return [
        one
        for _, one in inspect.getmembers(found, inspect.isclass)
        if one.__module__ == found.__name__ and dataclasses.is_dataclass(one)
    ]


def test_there_are_messages() -> None:
    assert [module for module in MODULES if messages(module)]


@pytest.mark.parametrize("module", MODULES)
def test_every_message_is_frozen_and_told_by_keywords(module: str) -> None:
    """What two actors share cannot change under either."""
    for message in messages(module):
        parameters = message.__dataclass_params__
        assert parameters.frozen, f"{message.__name__} can be changed"
        assert "__slots__" in vars(message), f"{message.__name__} has no slots"
        fields = dataclasses.fields(message)
        assert all(field.kw_only for field in fields), f"{message.__name__} is told by order"


@pytest.mark.parametrize("module", MODULES)
def test_no_message_carries_what_can_be_changed(module: str) -> None:
    for message in messages(module):
        for field in dataclasses.fields(message):
            kind = str(field.type)
            mutable = [word for word in ("list[", "dict[", "set[") if kind.startswith(word)]
            assert not mutable, f"{message.__name__}.{field.name} is a {kind}"


@pytest.mark.parametrize("module", MODULES)
def test_every_message_says_what_it_means(module: str) -> None:
    for message in messages(module):
        said = message.__doc__ or ""
        assert not said.startswith(f"{message.__name__}("), f"{message.__name__} says nothing"
