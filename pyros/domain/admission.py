"""May a sequence be planned under these conditions with these devices; if not, why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pyros.domain.conditions import Conditions, Sky
from pyros.domain.programme import ProgrammeState
from pyros.domain.request import Sequence
from pyros.domain.target import MinSky
from pyros.domain.user import AccountState

_GOODNESS = {Sky.CLOUDY: 0, Sky.THIN: 1, Sky.CLEAR: 2, Sky.PHOTOMETRIC: 3}
_WANTED = {MinSky.ANY: 0, MinSky.THIN: 1, MinSky.CLEAR: 2, MinSky.PHOTOMETRIC: 3}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why not, with its code (domain, Refusal) and its numbers."""

    code: str
    text: str
    numbers: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNow:
    """A channel at this moment: whether its devices are at work, and which filters it has."""

    up: bool
    filters: frozenset[str] = frozenset()


def admission(
    sequence: Sequence,
    conditions: Conditions | None,
    channels: Mapping[str, ChannelNow],
    *,
    programme: ProgrammeState = ProgrammeState.OPEN,
    owner: AccountState = AccountState.ACTIVE,
) -> tuple[Reason, ...]:
    """Return every reason why the sequence may not be planned now; none: it may.

    One function for the page that submits and for the majordome who looks again (P51, P83).
    """
    return (
        *_of_people(programme, owner),
        *_of_channels(sequence, channels),
        *_of_sky(sequence, conditions),
    )


def _of_people(programme: ProgrammeState, owner: AccountState) -> Iterator[Reason]:
    if programme is not ProgrammeState.OPEN:
        yield Reason("PROGRAMME_CLOSED", "its programme is closed")
    if owner is not AccountState.ACTIVE:
        yield Reason("OWNER_SUSPENDED", f"its owner's account is {owner}")


def _of_channels(sequence: Sequence, channels: Mapping[str, ChannelNow]) -> Iterator[Reason]:
    for album in sequence.albums:
        channel = channels.get(album.channel)
        if channel is None or not channel.up:
            state = "unknown here" if channel is None else "down"
            text = f"channel {album.channel} is {state}"
            yield Reason("CHANNEL_DOWN", text, {"channel": album.channel})
            continue
        wanted = {plan.filter for plan in album.plans if plan.filter}
        for name in sorted(wanted - channel.filters):
            text = f"{album.channel} has no filter {name}: it has {_list(channel.filters)}"
            yield Reason("FILTER_ABSENT", text, {"channel": album.channel, "filter": name})


def _of_sky(sequence: Sequence, conditions: Conditions | None) -> Iterator[Reason]:
    wanted = sequence.constraints.min_sky
    sky = Sky.UNKNOWN if conditions is None else conditions.sky
    if wanted is not MinSky.ANY and sky is Sky.UNKNOWN:
        yield Reason("CONDITIONS_UNKNOWN", f"it wants a sky {wanted} and nobody knows how it is")
    elif _GOODNESS.get(sky, 0) < _WANTED[wanted]:
        yield Reason("SKY", f"sky {sky}: it wants {wanted}", {"sky": str(sky)})
    limit = sequence.constraints.max_seeing_arcsec
    seeing = None if conditions is None else conditions.seeing_arcsec
    if limit is not None and seeing is None:
        yield Reason("CONDITIONS_UNKNOWN", f"it wants a seeing below {limit} and none is known")
    elif limit is not None and seeing is not None and seeing > limit:
        numbers = {"seeing_arcsec": seeing, "limit_arcsec": limit}
        yield Reason("SEEING", f'seeing {seeing:.1f}": it wants at most {limit:.1f}"', numbers)


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
