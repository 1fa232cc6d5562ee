"""A telescope scheduling library that stands alone."""

from __future__ import annotations

from pyros.scheduling.chart import chart
from pyros.scheduling.check import check
from pyros.scheduling.confirm import confirm
from pyros.scheduling.document import dump, load
from pyros.scheduling.model import Problem
from pyros.scheduling.plan import improve, plan
from pyros.scheduling.timetable import Budget, Schedule
from pyros.scheduling.visibility import visibility

__all__ = [
    "Budget",
    "Problem",
    "Schedule",
    "chart",
    "check",
    "confirm",
    "dump",
    "improve",
    "load",
    "plan",
    "visibility",
]
