"""Alerts: where packets come from, which of them may move the telescope, and by which strategy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pyros.config.entry import Entry, FileName, Name, Port, Seconds

Authority = Annotated[str, Field(pattern=r"^ivo://[^\s#]+$")]
"""Beginning of an ivorn, as ivo://org.svom/fsc."""


class VtpSource(Entry):
    """A VOEvent broker that we subscribe to."""

    kind: Literal["vtp"]
    """VOEvent transport, as subscriber."""
    name: Name
    """Shown with each packet."""
    host: str = Field(min_length=1, max_length=253)
    """Name or address of the broker."""
    port: Port = 8099
    """Port of the broker for subscribers."""
    authorities: tuple[Authority, ...] = ()
    """Whose packets this source may bring; others are stored and move nothing."""
    xpath_filters: tuple[str, ...] = ()
    """Filters sent to the broker."""
    silent_s: Seconds = 150.0
    """Connected again after so long without a frame, seconds."""


class InletSource(Entry):
    """A port of ours at which authors hand in packets."""

    kind: Literal["inlet"]
    """VOEvent transport, as receiver."""
    name: Name
    """Shown with each packet."""
    host: str = "127.0.0.1"
    """Address that we listen at; loopback unless a tunnel or whitelist protects it."""
    port: Port = 8098
    """Port that we listen at; 0 takes any free one."""
    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may connect."""
    tests_only: bool = True
    """Whether it takes only packets with role test under the site's own authority."""
    authorities: tuple[Authority, ...] = ()
    """Whose packets may move the telescope when tests_only is false."""
    connections: int = Field(default=4, ge=1, le=64)
    """Connections at once."""
    max_bytes: int = Field(default=100000, ge=1000, le=1000000)
    """Largest packet, bytes."""


Source = Annotated[VtpSource | InletSource, Field(discriminator="kind")]


class Alerts(Entry):
    """What may come in, and what may move the telescope."""

    accept: bool = True
    """Whether alerts are observed at all; they are always received and shown."""
    authority: Authority = "ivo://pyros.invalid/site"
    """Our own authority, under which test alerts are stamped."""
    sources: tuple[Source, ...] = ()
    """Where packets come from."""
    max_age_s: Seconds = 86400.0
    """Bursts older than this move nothing, seconds."""
    max_r90_deg: float = Field(default=30.0, gt=0.0, le=180.0)
    """Wider positions (90 % radius) move nothing, degrees."""
    ignore_fov: float = Field(default=0.1, ge=0.0, le=10.0)
    """A better position that moves by less changes nothing, in smallest fields of view."""
    abort_fov: float = Field(default=0.3, ge=0.0, le=100.0)
    """One that moves by more aborts the exposure, in smallest fields of view."""
    allowed: dict[str, tuple[int, ...]] | None = None
    """Packet types by mission that may move the telescope; none: the list that PyROS ships."""
    strategy: FileName | None = None
    """The first strategy; later versions come from the page or the science centre."""
    programme: Name = "alerts"
    """Programme that requests of alerts belong to."""
