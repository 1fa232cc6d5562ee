"""A supervisor of children that come and go, each started by a message."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyros.errors import Refused
from pyros.kernel.spec import ChildSpec, Restart, RestartIntensity, SupervisorSpec
from pyros.kernel.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.actor import SupervisedActor
    from pyros.kernel.restart import Decider
    from pyros.kernel.spec import Backoff


@dataclass(frozen=True, slots=True)
class StartOne:
    """Start a child of the supervisor's own template; answered by its address."""

    arguments: tuple[object, ...] = ()


class DynamicSupervisor(Supervisor):
    """Children of one kind; when it stops, all are told at once and share one deadline."""

    def __init__(
        self,
        spec: SupervisorSpec,
        template: Callable[..., ChildSpec] | None,
        decider: Decider | None = None,
    ) -> None:
        super().__init__(spec, decider)
        self._template = template

    def on_receive(self, message: Any) -> object:  # noqa: ANN401
        """Start one of the template, or what every supervisor does."""
        if isinstance(message, StartOne):
            if self._template is None:
                msg = f"{self.context.path} has no template: send StartChild(spec)"
                raise Refused(msg)
            return self._start_new(self._template(*message.arguments))
        return super().on_receive(message)


def dynamic(  # noqa: PLR0913 what OTP's supervisor takes
    id: str,  # noqa: A002
    *,
    template: Callable[..., ChildSpec] | None = None,
    intensity: RestartIntensity | None = None,
    decider: Decider | None = None,
    restart: Restart = Restart.PERMANENT,
    optional: bool = False,
    backoff: Backoff | None = None,
    tier: int = 3,
    budget_s: float | None = None,
    shutdown_s: float = math.inf,
) -> SupervisorSpec:
    """The spec of a supervisor without children; they come by `StartChild(spec)`.

    With a `template` that makes specs they come by `StartOne(arguments)` as well.
    """
    spec: SupervisorSpec

    def factory() -> SupervisedActor:
        return DynamicSupervisor(spec, template, decider)

    spec = SupervisorSpec(
        id=id,
        factory=factory,
        intensity=intensity or RestartIntensity(),
        restart=restart,
        optional=optional,
        backoff=backoff,
        tier=tier,
        one_deadline=True,
        own_budget_s=budget_s,
        shutdown_s=shutdown_s,
    )
    return spec
