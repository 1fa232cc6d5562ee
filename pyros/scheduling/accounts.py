"""Who pays: hard quotas, and at most one of each group of alternatives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from pyros.scheduling.grid import Node
from pyros.scheduling.model import Problem
from pyros.scheduling.transition import Transitions


class Purse:
    """What has been spent by the nodes in a plan; an account is never overdrawn."""

    def __init__(self, problem: Problem, nodes: Iterable[Node] = ()) -> None:
        self._limits = {
            name: account.left_s for name, account in problem.accounts.items() if account.enforce
        }
        self.used: defaultdict[str, float] = defaultdict(float)
        self.groups: dict[str, str] = {}
        for node in nodes:
            self.pay(node)

    @property
    def rooms_s(self) -> dict[str, float]:
        """Return what is left on each account that is enforced, by name."""
        return {name: limit - self.used[name] for name, limit in sorted(self._limits.items())}

    def copied(self) -> Purse:
        """Return another purse that has paid the same."""
        other = copy(self)
        other.used, other.groups = self.used.copy(), dict(self.groups)
        return other

    def pay(self, node: Node) -> None:
        """Take a node's cost from its accounts."""
        self._book(node, node.cost())
        if node.request is not None and node.request.one_of and not node.filler:
            self.groups[node.request.one_of] = node.id

    def give_back(self, node: Node) -> None:
        """Return a node's cost to its accounts."""
        self._book(node, -node.cost())
        if node.request is not None and self.groups.get(node.request.one_of) == node.id:
            del self.groups[node.request.one_of]

    def _book(self, node: Node, cost_s: float) -> None:
        if node.request is not None and not node.filler:
            for name in node.request.accounts:
                self.used[name] += cost_s

    def short(self, node: Node, without: Iterable[Node] = ()) -> dict[str, float]:
        """Return what is missing, by account, to add a node when `without` are taken out."""
        missing: dict[str, float] = {}
        if node.request is None:
            return missing
        for name in node.request.accounts:
            if name not in self._limits:
                continue
            used = self.used[name] - sum(
                other.cost()
                for other in without
                if other.request is not None and name in other.request.accounts
            )
            over = used + node.cost() - self._limits[name]
            if over > 1e-6:
                missing[name] = over
        return missing

    def twin(self, node: Node, without: Iterable[Node] = ()) -> str:
        """Return the id of the alternative that rules a node out; empty: none does."""
        if node.request is None or not node.request.one_of:
            return ""
        taken = self.groups.get(node.request.one_of, "")
        return "" if any(other.id == taken for other in without) else taken

    def admits(self, node: Node, without: Iterable[Node] = ()) -> bool:
        """Return whether a node may be added when `without` are taken out."""
        return not self.short(node, without) and not self.twin(node, without)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a line obeys: times between neighbours, and who pays."""

    transitions: Transitions
    purse: Purse
