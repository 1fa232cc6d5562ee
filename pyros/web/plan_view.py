"""A plan as one person may see it: own sequences marked, other programmes' as blocks (P33)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from pyros.domain.execution import Execution
from pyros.domain.request import RequestKind, Sequence
from pyros.domain.schedule import Cause, Idle, Refusal, Schedule, Slot
from pyros.store.plan_history import Asked
from pyros.web.plan_facts import PlanFacts
from pyros.web.remedy import remedy

WHY = {
    Cause.FIRST: "the first plan of the night",
    Cause.ALERT: "an alert took the telescope",
    Cause.RESUME: "observing was resumed",
    Cause.CONDITIONS: "the conditions changed what may be observed",
    Cause.SUBMIT: "something was submitted",
    Cause.UNSUBMIT: "something was taken back",
    Cause.CANCEL: "something was cancelled",
    Cause.MISSED: "a slot was missed or an execution failed",
    Cause.OPERATOR: "an operator asked for it",
}
KEPT_APART = frozenset({"displaced", "with", "account"})
"""Numbers of a refusal that are said in words, not in the list."""
UNKNOWN = Asked(id=0, short_name="", owner="", programme="?", kind=RequestKind.ROUTINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """A slot as shown; of one that may not be seen only its time and its programme are set."""

    key: str
    """The same for a sequence in every plan and picture."""
    start: datetime
    on_target: datetime
    end: datetime
    programme: str
    seen: bool
    own: bool = False
    alert: bool = False
    request: str = ""
    """Short name of its request."""
    sequence: str = ""
    href: str = ""
    filters: str = ""
    priority: int | None = None
    state: str = ""
    altitude_deg: float | None = None
    airmass: float | None = None
    moon_distance_deg: float | None = None
    slide_before_s: float | None = None
    slide_after_s: float | None = None
    filler: bool = False
    frozen: bool = False
    change: str = ""
    """Against the plan before: kept, new, or by how much it moved."""

    @property
    def name(self) -> str:
        """Return what it is called: request and sequence, or the programme alone."""
        if not self.seen:
            return self.programme
        return f"{self.request}/{self.sequence}" if self.sequence else self.request


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """A refusal as shown."""

    request: str
    sequence: str
    href: str
    programme: str
    own: bool
    code: str
    text: str
    numbers: Mapping[str, object]
    remedies: tuple[str, ...]
    also: tuple[str, ...] = ()
    certified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """What a plan takes from one account, seconds; `price`: what one more hour would add."""

    name: str
    used_s: float
    left_s: float
    price: float


class Viewer:
    """Names, addresses and rows for who looks; what they may not see never leaves here."""

    def __init__(self, facts: PlanFacts) -> None:
        self.facts = facts
        plans = [plan for plan in (facts.before, facts.plan) if plan is not None]
        self._named: dict[int, Slot | Refusal] = {}
        for plan in plans:
            self._named |= {one.sequence_id: one for one in plan.refusals}
            self._named |= {one.sequence_id: one for one in plan.slots}

    def sees(self, request_id: int) -> bool:
        """Return whether the person may see a request."""
        asked = self.facts.asked.get(request_id)
        sight = self.facts.sight
        if asked is None:
            return sight.everything
        return sight.sees(owner=asked.owner, programme=asked.programme, kind=asked.kind)

    def asked(self, request_id: int) -> Asked:
        """Return whose a request is."""
        return self.facts.asked.get(request_id, UNKNOWN)

    def owns(self, request_id: int) -> bool:
        """Return whether a request is the person's own."""
        return self.facts.sight.owns(self.asked(request_id).owner)

    def href(self, request_id: int) -> str:
        """Return the address of a request or of its alert (P22), empty where there is none."""
        return href_of(self.asked(request_id)) if self.sees(request_id) else ""

    def names(self, request_id: int, name: str) -> tuple[str, str]:
        """Return short name of the request and name of the sequence, from how a plan calls it."""
        short = self.asked(request_id).short_name
        head, _, tail = name.partition("/")
        if not short:
            return name, ""
        return (short, tail) if head == short else (short, name if name != short else "")

    def label(self, sequence_id: str) -> str:
        """Return what a sequence of this plan is called, as far as the person may know.

        What is fixed comes as `running:512`, `armed:512` or `block:flats`.
        """
        kind, _, sequence_id = sequence_id.rpartition(":")
        if kind == "block":
            return sequence_id
        one = self._named.get(int(sequence_id)) if sequence_id.isdigit() else None
        if one is None:
            return "another sequence"
        return one.name if self.sees(one.request_id) else self._veiled(one)

    def veiled(self, text: str) -> str:
        """Return a text without the names of sequences that the person may not see."""
        hidden = {
            one.name: self._veiled(one)
            for one in self._named.values()
            if one.name and not self.sees(one.request_id)
        }
        for name in sorted(hidden, key=len, reverse=True):
            text = text.replace(name, hidden[name])
        return text

    def _veiled(self, one: Slot | Refusal) -> str:
        return f"a sequence of {self.asked(one.request_id).programme}"

    # rows

    def slots(self, plan: Schedule, changed: Mapping[int, str]) -> tuple[SlotRow, ...]:
        """Return the rows of a plan, in order of time."""
        return tuple(
            self._slot(slot, changed, n)
            for n, slot in enumerate(sorted(plan.slots, key=lambda one: one.start))
        )

    def _slot(self, slot: Slot, changed: Mapping[int, str], place: int) -> SlotRow:
        asked = self.asked(slot.request_id)
        if not self.sees(slot.request_id):
            return SlotRow(
                key=f"b{place}",
                start=slot.start,
                on_target=slot.start,
                end=slot.end,
                programme=asked.programme,
                seen=False,
            )
        sequence = self.facts.sequences.get(slot.sequence_id)
        request, name = self.names(slot.request_id, slot.name)
        return SlotRow(
            key=f"s{slot.sequence_id}",
            start=slot.start,
            on_target=slot.on_target,
            end=slot.end,
            programme=asked.programme,
            seen=True,
            own=self.owns(slot.request_id),
            alert=asked.kind is RequestKind.ALERT,
            request=request,
            sequence=name,
            href=self.href(slot.request_id),
            filters=filters_of(sequence),
            priority=None if sequence is None else sequence.priority,
            state="" if sequence is None else str(sequence.state),
            altitude_deg=slot.altitude_deg,
            airmass=slot.airmass,
            moon_distance_deg=slot.moon_distance_deg,
            slide_before_s=slot.slide_before_s,
            slide_after_s=slot.slide_after_s,
            filler=slot.filler,
            frozen=slot.frozen,
            change=changed.get(slot.sequence_id, ""),
        )

    def refusals(self, plan: Schedule, code: str = "") -> tuple[RefusalRow, ...]:
        """Return the refusals that the person may see, own ones first; of one code, or all."""
        rows = [
            self._refusal(one)
            for one in plan.refusals
            if self.sees(one.request_id) and code in ("", one.code)
        ]
        return tuple(sorted(rows, key=lambda row: not row.own))

    def _refusal(self, refusal: Refusal) -> RefusalRow:
        request, name = self.names(refusal.request_id, refusal.name)
        return RefusalRow(
            request=request,
            sequence=name,
            href=self.href(refusal.request_id),
            programme=self.asked(refusal.request_id).programme,
            own=self.owns(refusal.request_id),
            code=refusal.code,
            text=self.veiled(refusal.text),
            numbers={k: v for k, v in refusal.numbers.items() if k not in KEPT_APART},
            remedies=remedy(refusal.change, self.label),
            also=refusal.also,
            certified=refusal.certified,
        )

    def others_refused(self, plan: Schedule) -> dict[str, int]:
        """Return how many sequences that the person may not see are refused, by programme."""
        hidden = (one for one in plan.refusals if not self.sees(one.request_id))
        return dict(sorted(Counter(self.asked(one.request_id).programme for one in hidden).items()))

    def idle(self, plan: Schedule) -> tuple[Idle, ...]:
        """Return the times in which nothing runs, without names that the person may not see."""
        return tuple(replace(one, text=self.veiled(one.text)) for one in plan.idle)

    def accounts(self, plan: Schedule) -> tuple[AccountRow, ...]:
        """Return what a plan takes from the accounts that are the person's business, by name."""
        return tuple(
            AccountRow(name=name, used_s=spent.used_s, left_s=spent.left_s, price=spent.price_per_h)
            for name, spent in sorted(plan.accounts.items())
            if self._minds(name)
        )

    def _minds(self, account: str) -> bool:
        _, programme, *owner = account.split(":", 2) if ":" in account else ("", account)
        sight = self.facts.sight
        mine = programme in sight.programmes or any(
            one.programme == programme and sight.owns(one.owner)
            for one in self.facts.asked.values()
        )
        return sight.everything or (mine and all(map(sight.owns, owner)))

    def execution(self, one: Execution) -> tuple[str, str, bool]:
        """Return name, address and whether it may be seen of an execution."""
        if self.sees(one.request_id):
            return one.name, self.href(one.request_id), True
        return self.asked(one.request_id).programme, "", False


def href_of(asked: Asked) -> str:
    """Return where a request is shown: its alert, or its own page."""
    if asked.alert_name:
        return f"/alerts/{quote(asked.alert_name, safe='')}"
    return f"/requests/{asked.id}" if asked.id else ""


def filters_of(sequence: Sequence | None) -> str:
    """Return channels and filters of a sequence: `vis g r, nir`."""
    if sequence is None:
        return ""
    words = []
    for album in sequence.albums:
        names = dict.fromkeys(plan.filter for plan in album.plans if plan.filter)
        words.append(" ".join((album.channel, *names)))
    return ", ".join(words)


def worth_of(plan: Schedule) -> dict[str, object]:
    """Return how good a plan is: value, bound, and how far it may be from the best, if known."""
    bound = plan.bound
    gap = None if not bound or bound <= 0.0 else max(0.0, 1.0 - plan.score / bound)
    return {"value": plan.score, "bound": bound, "gap": gap}


def codes_of(rows: Iterable[RefusalRow]) -> dict[str, int]:
    """Return how many refusals have each code, the most frequent first."""
    return dict(Counter(row.code for row in rows).most_common())
