"""A better line: forced insertions that are kept when they pay, until the budget is spent."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from pyros.scheduling.accounts import Rules
from pyros.scheduling.greedy import GAIN, exchange, fill, insert
from pyros.scheduling.grid import Node
from pyros.scheduling.starts import Line, arrange

WARM, COLD = 0.3, 0.01
"""Temperature in mean values of a slot, at the beginning and at the end."""
MOST_OUT = 3
NEIGHBOURS = 8


def by_density(jobs: Sequence[Node]) -> list[Node]:
    """Return jobs by value per step, the best first; ties by id."""
    return sorted(jobs, key=lambda job: (-job.best / (job.length + 1), job.id))


def settle(rules: Rules, line: Line, jobs: Sequence[Node]) -> Line:
    """Return the line without regret: no job gains by going in, nor by replacing one."""
    order = by_density(jobs)
    while True:
        inside = {node.id for node in line.nodes}
        before = line.value
        for job in order:
            if job.id not in inside:
                new = insert(rules, line, job, most=1)
                if new is not None:
                    exchange(rules.purse, line, new)
                    line = new
                    inside = {node.id for node in line.nodes}
        if line.value <= before + GAIN:
            return line


class Search:
    """Simulated annealing over orders; `best` is always a line that holds."""

    def __init__(self, rules: Rules, line: Line, jobs: Sequence[Node], *, seed: int) -> None:
        self._rules, self._jobs = rules, by_density(jobs)
        self.line = self.best = line
        self._random = random.Random(seed)  # noqa: S311 - reproducible, guards nothing

    def run(self, moves: int, *, go_on: Callable[[], bool]) -> None:
        """Make up to `moves` moves while `go_on` says so."""
        for move in range(moves):
            if not go_on():
                return
            heat = WARM * (COLD / WARM) ** (move / max(1, moves - 1))
            self._move(heat * self._mean())

    def _mean(self) -> float:
        placed = [node for node in self.line.nodes if not node.fixed]
        return self.line.value / len(placed) if placed else 1.0

    def _move(self, temperature: float) -> None:
        outside = self._outside()
        if not outside:
            return
        rank = min(int(self._random.expovariate(4.0 / len(outside))), len(outside) - 1)
        job, old = outside[rank], self.line
        ask = -temperature * 3.0
        forced = self._forced(job, ask)
        if forced is None:
            return
        exchange(self._rules.purse, old, forced)
        out = [node for node in old.nodes if node not in set(forced.nodes)]
        near = self._random.sample(outside, min(NEIGHBOURS, len(outside)))
        candidates = by_density([node for node in {*out, *near} if node is not job])
        new = fill(self._rules, forced, candidates)
        gain = new.value - old.value
        if gain >= 0.0 or self._random.random() < math.exp(gain / max(temperature, GAIN)):
            self.line = new
            if new.value > self.best.value + GAIN:
                self.best = new
        else:
            exchange(self._rules.purse, new, old)

    def _outside(self) -> list[Node]:
        inside = {node.id for node in self.line.nodes}
        return [job for job in self._jobs if job.id not in inside]

    def _forced(self, job: Node, ask: float) -> Line | None:
        """Return the line with the job in it, at the least loss; what it needs is taken out.

        Where its account is short the least dense of those who draw on it goes out first.
        """
        short = self._rules.purse.short(job)
        if not short:
            return insert(self._rules, self.line, job, most=MOST_OUT, ask=ask)
        payers = [
            node
            for node in self.line.nodes
            if not node.fixed and node.request is not None and short.keys() & node.request.accounts
        ]
        if not payers:
            return None
        victim = by_density(payers)[-1]
        rest = [node for node in self.line.nodes if node is not victim]
        thinner = arrange(self._rules.transitions, rest)
        if thinner is None:
            return None
        self._rules.purse.give_back(victim)
        lost = self.line.value - thinner.value
        forced = insert(self._rules, thinner, job, most=MOST_OUT - 1, ask=ask + lost)
        self._rules.purse.pay(victim)
        return forced
