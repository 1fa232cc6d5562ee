"""The supervision tree of the observatory, as one table.

What it may not import (web, store) comes in as factories; `system` fills them in.  The drawing in
`docs/explanation/supervision.md` is compared with it by a test (P06).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.dynamic import dynamic
from pyros.kernel.spec import Backoff, ChildSpec, Restart, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor

Factory = Callable[[], SupervisedActor]

WRITER = "/infrastructure/store-writer"
MONITORING = "/always_on/monitoring"
ALERTS = "/always_on/alerts/intake"
WEB = "/always_on/web"
ANALYZER = "/analyzer"
PLANS = "/night/observing/plans"
OBSERVATION = "/night/observing/observation"
SCHEDULER = "/night/scheduler"
MAJORDOME = "/night/majordome"

EDGE_TIER = 9
SOURCE_BUDGET_S = 10.0
"""A source listens for a second at most and comes back by a message to itself."""
NIGHT_BACKOFF = Backoff(min_s=1.0, max_s=30.0)
DEVICE_BACKOFF = Backoff(min_s=1.0, max_s=30.0)
NIGHT_INTENSITY = RestartIntensity(max_restarts=5, period_s=60.0)
UNIT_INTENSITY = RestartIntensity(max_restarts=3, period_s=30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChild:
    """A device's actor: its name, how it is made, and whether the house pauses without it."""

    name: str
    unit: str
    factory: Factory
    blocking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Factories:
    """How each actor is made.  None leaves a part out: a rehearsed night has no page."""

    writer: Factory
    sink: Factory | None
    monitoring: Factory
    alerts: Factory
    sources: Mapping[str, Factory]
    web: Factory | None
    devices: tuple[DeviceChild, ...]
    analyzer: Factory
    observation: Factory
    scheduler: Factory
    majordome: Factory


def device_path(device: DeviceChild) -> str:
    """Return where a device's actor lives."""
    return f"/devices/unit-{device.unit}/{device.name}"


def tree(make: Factories) -> tuple[ChildSpec, ...]:
    """Return the children of the root, in the order in which they start."""
    return (
        _infrastructure(make),
        _always_on(make),
        _devices(make.devices),
        ChildSpec(
            id="analyzer",
            factory=make.analyzer,
            optional=True,
            backoff=NIGHT_BACKOFF,
            tier=3,
            shutdown_s=10.0,
        ),
        _night(make),
    )


def _infrastructure(make: Factories) -> ChildSpec:
    """Its loss ends the process: systemd starts it anew, plans are reconciled on the way up."""
    children = [
        ChildSpec(
            id="store-writer",
            factory=make.writer,
            tier=0,
            shutdown_s=10.0,
            budget_s=30.0,
            drains=True,
        )
    ]
    if make.sink is not None:
        children.append(ChildSpec(id="bus-sink", factory=make.sink, tier=1, budget_s=10.0))
    return supervisor("infrastructure", children, strategy=Strategy.REST_FOR_ONE)


def _always_on(make: Factories) -> ChildSpec:
    """Never pauses, whatever the night or the devices do."""
    sources = [
        ChildSpec(
            id=f"broker-{name}",
            factory=factory,
            optional=True,
            backoff=DEVICE_BACKOFF,
            tier=3,
            budget_s=SOURCE_BUDGET_S,
        )
        for name, factory in make.sources.items()
    ]
    children = [
        ChildSpec(id="monitoring", factory=make.monitoring, tier=3),
        supervisor("alerts", [ChildSpec(id="intake", factory=make.alerts, tier=3), *sources]),
    ]
    if make.web is not None:
        children.append(
            ChildSpec(
                id="web", factory=make.web, tier=EDGE_TIER, start_timeout_s=15.0, shutdown_s=8.0
            )
        )
    return supervisor("always_on", children)


def _devices(devices: tuple[DeviceChild, ...]) -> ChildSpec:
    """One supervisor a unit, each with a restart window of its own."""
    units = dict.fromkeys(device.unit for device in devices)
    return supervisor(
        "devices",
        [_unit(unit, [one for one in devices if one.unit == unit]) for unit in units],
        optional=True,
        backoff=NIGHT_BACKOFF,
    )


def _unit(unit: str, devices: list[DeviceChild]) -> ChildSpec:
    children = [
        ChildSpec(id=one.name, factory=one.factory, tier=1, blocking=one.blocking, budget_s=3.0)
        for one in devices
    ]
    return supervisor(
        f"unit-{unit}", children, intensity=UNIT_INTENSITY, optional=True, backoff=DEVICE_BACKOFF
    )


def _night(make: Factories) -> ChildSpec:
    observing = supervisor(
        "observing",
        [
            dynamic("plans", restart=Restart.PERMANENT),
            ChildSpec(id="observation", factory=make.observation, tier=3, budget_s=15.0),
        ],
        strategy=Strategy.REST_FOR_ONE,
        intensity=NIGHT_INTENSITY,
    )
    return supervisor(
        "night",
        [
            observing,
            ChildSpec(id="scheduler", factory=make.scheduler, tier=3),
            ChildSpec(id="majordome", factory=make.majordome, tier=4),
        ],
        optional=True,
        backoff=NIGHT_BACKOFF,
        intensity=NIGHT_INTENSITY,
    )
