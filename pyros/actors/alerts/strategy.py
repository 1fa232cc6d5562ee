"""The strategy: ordered rules that choose a plan for an alert; a text is right or refused whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyros.errors import Refused

NO_PLAN = "none"
"""The plan of an alert that is recorded and not observed."""
INTERRUPTS = ("now", "at_boundary", "no")
END = "end"
MAX_BIN_EXPOSURES = 2000
GRIDS = (1, 4, 9, 16, 25)


class WrongStrategy(Refused):
    """A strategy's text is refused; `reasons` name every place, the old version stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules may ask of an alert."""

    missions: frozenset[str]
    instrument: str = ""
    kind: str = ""
    r90_deg: float | None = None
    significance: float | None = None
    classification: Mapping[str, float] = field(default_factory=dict)
    age_s: float = 0.0
    galactic_b_deg: float | None = None
    night: bool | None = None
    """Whether the Sun is low enough for alerts; None if that is not known."""
    members: int = 1
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """What a channel exposes until so long after the burst; the exposure times cycle."""

    until_s: float | None
    """None: to the end of the visit."""
    exposures_s: tuple[float, ...]
    filter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlan:
    """How an alert is observed."""

    name: str
    grid: int = 1
    priority: int = 100
    interrupt: str = "now"
    validity_s: float = 86400.0
    visit_s: float = 3600.0
    """How long the telescope stays on all tiles together."""
    on_update: str = "refine"
    on_retraction: str = "cancel"
    sun_max_deg: float | None = None
    alt_min_deg: float | None = None
    moon_min_deg: float = 0.0
    airmass_max: float | None = None
    channels: Mapping[str, tuple[Bin, ...]] = field(default_factory=dict)


Condition = Callable[[Facts], str]
"""Says why an alert does not meet it; empty if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The first rule whose every condition is met chooses the plan."""

    name: str
    conditions: tuple[Condition, ...]
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A checked strategy."""

    version: str
    default: str
    rules: tuple[Rule, ...] = ()
    plans: Mapping[str, AlertPlan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which plan, by which rule, and why each earlier rule did not count."""

    plan: AlertPlan | None
    rule: str
    passed_over: tuple[str, ...] = ()


def choose(facts: Facts, strategy: Strategy) -> Choice:
    """Return the plan that a strategy has for an alert; no plan means recorded only."""
    passed_over: list[str] = []
    for rule in strategy.rules:
        against = next((why for one in rule.conditions if (why := one(facts))), "")
        if not against:
            plan = strategy.plans.get(rule.plan)
            return Choice(plan=plan, rule=rule.name, passed_over=tuple(passed_over))
        passed_over.append(f"{rule.name}: {against}")
    plan = strategy.plans.get(strategy.default)
    return Choice(plan=plan, rule="default", passed_over=tuple(passed_over))


def strategy_of(
    text: object, *, version: str, channels: Mapping[str, Sequence[str]] | None = None
) -> Strategy:
    """Return the strategy that a parsed text (plain maps and lists) says.

    `channels` are the site's with the filters of each; None leaves them unchecked.

    Raises:
        WrongStrategy: with every mistake and its place.
    """
    check = _Check(channels)
    strategy = check.strategy(text, version)
    if check.mistakes:
        raise WrongStrategy(*check.mistakes)
    return strategy


def _one_of(name: str, read: Callable[[Facts], frozenset[str]]) -> Callable[[object], Condition]:
    def make(wanted: object) -> Condition:
        names = frozenset(wanted if isinstance(wanted, list) else [wanted])

        def judge(facts: Facts) -> str:
            has = read(facts)
            return "" if has & names else f"{name} is {', '.join(sorted(has)) or 'unknown'}"

        return judge

    return make


def _limit(
    name: str, read: Callable[[Facts], float | None], *, most: bool
) -> Callable[[object], Condition]:
    def make(wanted: object) -> Condition:
        limit = float(wanted) if isinstance(wanted, int | float) else math.nan

        def judge(facts: Facts) -> str:
            value = read(facts)
            if value is None:
                return f"{name} is not known"
            meets = value <= limit if most else value >= limit
            return "" if meets else f"{name} {value:.4g}, {'most' if most else 'least'} {limit:g}"

        return judge

    return make


def _night_only(wanted: object) -> Condition:
    def judge(facts: Facts) -> str:
        return "" if not wanted or facts.night else "it is not known to be night"

    return judge


def _doubtful(wanted: object) -> Condition:
    return lambda facts: "" if facts.doubtful is wanted else f"doubtful is {facts.doubtful}"


def _top_class(facts: Facts) -> frozenset[str]:
    shares = facts.classification
    return frozenset({max(shares, key=lambda name: shares[name])}) if shares else frozenset()


def _latitude(facts: Facts) -> float | None:
    return abs(facts.galactic_b_deg) if facts.galactic_b_deg is not None else None


_WORDS = {
    "mission": _one_of("mission", lambda facts: facts.missions),
    "instrument": _one_of("instrument", lambda facts: frozenset({facts.instrument} - {""})),
    "type": _one_of("type", lambda facts: frozenset({facts.kind} - {""})),
    "classification": _one_of("classification", _top_class),
}
_NUMBERS = {
    "r90_min_deg": _limit("r90", lambda facts: facts.r90_deg, most=False),
    "r90_max_deg": _limit("r90", lambda facts: facts.r90_deg, most=True),
    "snr_min": _limit("snr", lambda facts: facts.significance, most=False),
    "age_max_s": _limit("age", lambda facts: facts.age_s, most=True),
    "b_abs_min_deg": _limit("|b|", _latitude, most=False),
    "b_abs_max_deg": _limit("|b|", _latitude, most=True),
    "members_min": _limit("members", lambda facts: float(facts.members), most=False),
}
_SWITCHES = {"night_only": _night_only, "doubtful": _doubtful}

_PLAN_NUMBERS = {
    "priority": (1.0, 100.0),
    "validity_s": (60.0, 604800.0),
    "visit_s": (10.0, 86400.0),
}
_CONSTRAINTS = {
    "sun_max_deg": (-90.0, 0.0),
    "alt_min_deg": (0.0, 90.0),
    "moon_min_deg": (0.0, 180.0),
    "airmass_max": (1.0, 40.0),
}
_PLAN_WORDS = {
    "interrupt": INTERRUPTS,
    "on_update": ("refine", "keep"),
    "on_retraction": ("cancel", "finish"),
}


class _Check:
    """Reads a text and gathers what is wrong with it."""

    def __init__(self, channels: Mapping[str, Sequence[str]] | None) -> None:
        self.mistakes: list[str] = []
        self._channels = channels

    def strategy(self, text: object, version: str) -> Strategy:
        """Return what could be read; it counts only without mistakes."""
        found = self._map(text, "strategy", ("default", "rules", "plans"))
        texts = self._map(found.get("plans", {}), "plans")
        plans = {name: self._plan(name, one) for name, one in texts.items()}
        names = (*plans, NO_PLAN)
        default = self._word(found.get("default"), "default", names)
        texts_of_rules = self._list(found.get("rules", []), "rules")
        rules = tuple(self._rule(i, one, names) for i, one in enumerate(texts_of_rules, 1))
        return Strategy(version=version, default=default, rules=rules, plans=plans)

    def _rule(self, number: int, text: object, plans: Sequence[str]) -> Rule:
        at = f"rules[{number}]"
        found = self._map(text, at, ("name", "when", "plan"))
        name = found.get("name")
        if not isinstance(name, str) or not name:
            self._wrong(f"{at}.name", name, "a name")
        when = self._map(found.get("when", {}), f"{at}.when", (*_WORDS, *_NUMBERS, *_SWITCHES))
        conditions = [self._condition(f"{at}.when.{key}", key, one) for key, one in when.items()]
        plan = self._word(found.get("plan"), f"{at}.plan", plans)
        met = tuple(one for one in conditions if one is not None)
        return Rule(name=str(name), conditions=met, plan=plan)

    def _condition(self, at: str, key: str, wanted: object) -> Condition | None:
        if key in _NUMBERS:
            return _NUMBERS[key](self._number(wanted, at, -math.inf, math.inf))
        if key in _SWITCHES:
            if not isinstance(wanted, bool):
                self._wrong(at, wanted, "true or false")
            return _SWITCHES[key](wanted)
        if key in _WORDS:
            names = wanted if isinstance(wanted, list) else [wanted]
            if not all(isinstance(name, str) and name for name in names) or not names:
                self._wrong(at, wanted, "a name or a list of names")
                return None
            return _WORDS[key](wanted)
        return None

    def _plan(self, name: str, text: object) -> AlertPlan:
        at = f"plans.{name}"
        known = (*_PLAN_NUMBERS, *_PLAN_WORDS, "tiling", "constraints", "channels")
        found = self._map(text, at, known)
        if name == NO_PLAN:
            self._wrong(at, name, "another name: none means not observed")
        numbers = {
            key: self._number(found[key], f"{at}.{key}", *limits)
            for key, limits in _PLAN_NUMBERS.items()
            if key in found
        }
        words = {
            key: self._word(found[key], f"{at}.{key}", allowed)
            for key, allowed in _PLAN_WORDS.items()
            if key in found
        }
        limits = self._map(found.get("constraints", {}), f"{at}.constraints", _CONSTRAINTS)
        bounds = {
            key: self._number(value, f"{at}.constraints.{key}", *_CONSTRAINTS[key])
            for key, value in limits.items()
            if key in _CONSTRAINTS
        }
        return AlertPlan(
            name=name,
            grid=self._grid(found.get("tiling", "single"), f"{at}.tiling"),
            priority=int(numbers.get("priority", 100)),
            interrupt=words.get("interrupt", "now"),
            validity_s=numbers.get("validity_s", 86400.0),
            visit_s=numbers.get("visit_s", 3600.0),
            on_update=words.get("on_update", "refine"),
            on_retraction=words.get("on_retraction", "cancel"),
            sun_max_deg=bounds.get("sun_max_deg"),
            alt_min_deg=bounds.get("alt_min_deg"),
            moon_min_deg=bounds.get("moon_min_deg", 0.0),
            airmass_max=bounds.get("airmass_max"),
            channels=self._all_channels(found.get("channels"), f"{at}.channels"),
        )

    def _grid(self, text: object, at: str) -> int:
        if text == "single":
            return 1
        grid = self._map(text, at, ("grid",)).get("grid")
        if grid not in GRIDS:
            self._wrong(at, text, f"single or {{grid: {' | '.join(map(str, GRIDS))}}}")
            return 1
        return int(grid)

    def _all_channels(self, text: object, at: str) -> dict[str, tuple[Bin, ...]]:
        found = self._map(text, at, self._channels)
        if not found:
            self._wrong(at, text, "at least one channel with its bins")
        return {name: self._bins(bins, f"{at}.{name}", name) for name, bins in found.items()}

    def _bins(self, text: object, at: str, channel: str) -> tuple[Bin, ...]:
        texts = self._list(text, at)
        bins = tuple(
            self._bin(one, f"{at}[{number}]", channel) for number, one in enumerate(texts, 1)
        )
        ends = [one.until_s for one in bins[:-1]]
        rising = [end for end in ends if end is not None]
        if not bins or len(rising) < len(ends) or rising != sorted(set(rising)):
            self._wrong(at, "bins", "bins whose until_s rises; only the last may be end")
        last = bins[-1].until_s if bins else None
        if rising and last is not None and last <= rising[-1]:
            self._wrong(at, last, f"until_s above {rising[-1]:g}")
        return bins

    def _bin(self, text: object, at: str, channel: str) -> Bin:
        found = self._map(text, at, ("until_s", "filter", "exposures_s"))
        until = found.get("until_s")
        until_s = None if until == END else self._number(until, f"{at}.until_s", 1.0, 604800.0)
        lengths = self._list(found.get("exposures_s"), f"{at}.exposures_s")
        if not lengths:
            self._wrong(f"{at}.exposures_s", lengths, "at least one exposure time")
        exposures = tuple(
            self._number(one, f"{at}.exposures_s[{number}]", 0.01, 3600.0)
            for number, one in enumerate(lengths, 1)
        )
        return Bin(
            until_s=until_s,
            exposures_s=exposures,
            filter=self._filter(found.get("filter", ""), f"{at}.filter", channel),
        )

    def _filter(self, name: object, at: str, channel: str) -> str:
        filters = self._channels.get(channel) if self._channels is not None else None
        if filters is None:
            return str(name)
        if not filters and name:
            self._wrong(at, name, f"left out: channel {channel} has no filter wheel")
        elif filters and name not in filters:
            self._wrong(at, name, ", ".join(filters))
        return str(name)

    def _map(
        self, text: object, at: str, known: Sequence[str] | Mapping[str, object] | None = None
    ) -> dict[str, object]:
        if not isinstance(text, Mapping):
            self._wrong(at, text, "a map")
            return {}
        found = {str(key): value for key, value in text.items()}
        for key in found:
            if known is not None and key not in known:
                self._wrong(f"{at}.{key}", "unknown key", ", ".join(known))
        return found

    def _list(self, text: object, at: str) -> list[object]:
        if isinstance(text, list | tuple):
            return list(text)
        self._wrong(at, text, "a list")
        return []

    def _word(self, text: object, at: str, allowed: Sequence[str]) -> str:
        if text not in allowed:
            self._wrong(at, text, ", ".join(allowed))
        return str(text)

    def _number(self, text: object, at: str, least: float, most: float) -> float:
        if isinstance(text, bool) or not isinstance(text, int | float) or not math.isfinite(text):
            self._wrong(at, text, "a number")
            return max(least, 1.0)
        if not least <= text <= most:
            self._wrong(at, text, f"{least:g} to {most:g}")
        return float(text)

    def _wrong(self, at: str, got: object, right: str) -> None:
        self.mistakes.append(f"{at}: {str(got)[:80]!r}: should be {right}")
