"""Where a run keeps its files, hands them to solvers, and has their answers judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.scheduling.instances import instance, write
from benchmarks.scheduling.judge import judge
from benchmarks.scheduling.ledger import Ledger
from benchmarks.scheduling.processes import PATIENCE_S, Failed, said
from pyros.scheduling.discrete_reading import read_discrete

Instance = dict[str, Any]


class Desk:
    """One run: `complaints` says what was not as it must be, `ledger` what was found."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder, self.say = folder, say
        self.ledger = Ledger()
        self.complaints: list[str] = []
        self._files: dict[str, tuple[Instance, Path]] = {}

    def file(self, name: str) -> tuple[Instance, Path]:
        """Return an instance and its file, made when it is first asked for."""
        if name not in self._files:
            document = instance(name)
            self._files[name] = document, write(document, self.folder)
        return self._files[name]

    def take(self, path: Path) -> str:
        """Return the name of an instance that somebody else has made.

        Raises:
            BadDocument: with every fault in it.
        """
        problem = read_discrete(path)
        document = whole(json.loads(path.read_text(encoding="utf-8")), problem.sha256)
        name = problem.name or path.stem
        self._files[name] = document, path
        return name

    def told(self, name: str, module: str, limit_s: float, **more: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """Return what a process says of an instance, `took_s` with it; None where it failed."""
        patience_s = max(PATIENCE_S, 30.0 * limit_s)
        begun = perf_counter()
        try:
            _, path = self.file(name)
            answer = said(module, path, "--limit", str(limit_s), patience_s=patience_s, **more)
        except Failed as error:
            self.complain(f"{name}: {error}")
            return None
        return {**answer, "took_s": round(perf_counter() - begun, 3)}

    def solved(
        self,
        name: str,
        module: str,
        limit_s: float,
        *,
        lenient: bool = False,
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Any] | None:
        """Return a solver's answer with the judge's verdict; None where it failed."""
        answer = self.told(name, module, limit_s, **more)
        if answer is None:
            return None
        verdict = judge(self.file(name)[0], answer, lenient=lenient)
        if not verdict["valid"]:
            self.complain(f"{name}, {module}: {verdict['faults'][0]}")
        elif not lenient:
            self.ledger.add(name, verdict["value"], answer["bound"])
        self.say(f"  {name:12} {module:28} {limit_s:g} s: {verdict['value']:.1f}")
        return {**answer, **verdict}

    def complain(self, text: str) -> None:
        """Say and keep what was not as it must be."""
        self.complaints.append(text)
        self.say(f"  {text}")


def whole(document: Instance, sha256: str) -> Instance:
    """Return a good document with what it may leave out: the judge wants every column."""
    requests = document["requests"]
    rows = len(requests["dur"])
    plain = {"filter": [0] * rows, "account": [-1] * rows, "alt": [], "vec": []}
    return {
        "accounts": [],
        **document,
        "requests": {**plain, **requests},
        "sha256": sha256,
    }
