"""A configuration file to a Config, or every complaint about it at once."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from pyros.config.complaint import Complaint, WrongConfig
from pyros.config.crosschecks import Problem, problems
from pyros.config.document import Document, Place, read
from pyros.config.model import Config
from pyros.config.wording import complaint_of


def load(path: Path) -> Config:
    """Return the configuration in the file at `path`.

    Raises:
        WrongConfig: with every complaint, each with its line and column.
        ConfigError: the file cannot be read.
    """
    return judge(read(path), folder=path.resolve().parent)


def judge(document: Document, *, folder: Path) -> Config:
    """Return `document` as a Config; relative file names in it count from `folder`.

    Raises:
        WrongConfig: with every complaint.
    """
    try:
        config = Config.model_validate(document.data, context={"folder": folder})
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False)
        raise WrongConfig(_once([complaint_of(error, document) for error in errors])) from None
    found = [_cross_complaint(problem, document) for problem in problems(config)]
    if found:
        raise WrongConfig(found)
    return config


def _once(complaints: list[Complaint]) -> list[Complaint]:
    """Return one complaint for each place and key: a value that fits no variant is wrong once."""
    first: dict[tuple[Place, str, bool], Complaint] = {}
    for one in complaints:
        place = Place(one.line, one.column)
        first.setdefault((place, one.key, one.code == "extra_forbidden"), one)
    return list(first.values())


def _cross_complaint(problem: Problem, document: Document) -> Complaint:
    path = document.walked(problem.at)
    return document.sheet.complain(
        document.values[path],
        key=".".join(str(step) for step in problem.at),
        code=problem.code,
        message=problem.message,
        remedy=problem.remedy,
    )
