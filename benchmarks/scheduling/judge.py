"""Is an answer a schedule, and what is it worth: `python judge.py INSTANCE ANSWER`.
Plain Python over the columns of the file; what a solver says of its own answer counts for nothing.
"""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import acos, ceil, cos, degrees, fsum, sin
from pathlib import Path
from typing import Any


def judge(instance: dict[str, Any], answer: Any, *, lenient: bool = False) -> dict[str, Any]:  # noqa: ANN401
    """Return {valid, value, scheduled, faults}; `lenient` forgives overlaps and missing slews."""
    slots = answer.get("slots") if isinstance(answer, dict) else None
    if not isinstance(slots, list) or not all(_is_slot(instance, slot) for slot in slots):
        return {"valid": False, "value": 0.0, "scheduled": 0, "faults": ["no list of slots"]}
    faults = [] if answer.get("sha256") == instance["sha256"] else ["answers another instance"]
    faults += [*_places(instance, slots), *_quotas(instance, slots)]
    faults += [] if lenient else _gaps(instance, sorted(slots))
    value = 0.0 if faults else fsum(worth(instance, *slot) for slot in slots)
    return {"valid": not faults, "value": value, "scheduled": len(slots), "faults": faults}


def _is_slot(instance: dict[str, Any], slot: Any) -> bool:  # noqa: ANN401
    whole = isinstance(slot, list) and [type(one) for one in slot] == [int, int]
    return whole and 0 <= slot[1] < len(instance["requests"]["dur"])


def _places(instance: dict[str, Any], slots: list[list[int]]) -> Iterator[str]:
    done: set[int] = set()
    for step, index in slots:
        if index in done:
            yield f"{index} is done more than once"
        if not any(low <= step <= high for low, high in instance["requests"]["starts"][index]):
            yield f"{index} may not start at {step}"
        done.add(index)


def _quotas(instance: dict[str, Any], slots: list[list[int]]) -> Iterator[str]:
    requests = instance["requests"]
    for number, room in enumerate(instance["accounts"]):
        paid = sum(requests["dur"][j] for _, j in slots if requests["account"][j] == number)
        if paid > room:
            yield f"account {number} pays {paid} of {room}"


def _gaps(instance: dict[str, Any], line: list[list[int]]) -> Iterator[str]:
    for (step, one), (after, two) in pairwise(line):
        has, needs = after - step - instance["requests"]["dur"][one], gap(instance, one, two)
        if has < needs:
            yield f"from {one} to {two}: {has} steps, {needs} needed"


def gap(instance: dict[str, Any], one: int, two: int) -> int:
    """Return the steps that lie at least between the end of one and the start of two."""
    rule, wheel, vec = instance["gap"], instance["requests"]["filter"], instance["requests"]["vec"]
    if "constant" in rule:
        return int(rule["constant"])
    cosine = max(-1.0, min(1.0, sum(a * b for a, b in zip(vec[one], vec[two], strict=True))))
    seconds = rule["fixed_s"] + degrees(acos(cosine)) / rule["rate_deg_s"]
    seconds += rule["filter_s"] if wheel[one] != wheel[two] else 0.0
    return max(1, ceil(float(seconds / instance["step_s"]) - 1e-9))


def worth(instance: dict[str, Any], step: int, index: int) -> float:
    """Return the value of a request that starts at a step."""
    rule, requests = instance["value"], instance["requests"]
    if rule["kind"] == "constant":
        return float(requests["base"][index])
    a, b, c = requests["alt"][index]
    theta = instance["phase"][0] + instance["phase"][1] * (step + requests["dur"][index] // 2)
    height = max(rule["floor"], a + b * cos(theta) + c * sin(theta))
    return float(requests["base"][index] * height ** rule["power"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(judge(*(json.loads(Path(f).read_text()) for f in sys.argv[1:3]))))
