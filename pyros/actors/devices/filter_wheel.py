"""How a filter wheel behaves among us: it knows its filters by name and homes when lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pyros.actors.devices.focus import offset_steps
from pyros.actors.devices.manner import Home, Manner, Now, Order, Tended, faults_of
from pyros.config.devices import FilterWheel
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import FilterWheelState
from pyros.drivers.interface import Capabilities, FilterWheelDriver
from pyros.errors import NotSupported
from pyros.messages.commands import Command
from pyros.messages.device_commands import DeviceCommand, SelectFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterWheelManner(Manner[FilterWheelState, FilterWheelDriver]):
    """A wheel that knows where it stands is left alone; one that does not is homed, once."""

    verbs: ClassVar[frozenset[str]] = frozenset({"select"})
    resting: ClassVar[frozenset[str]] = frozenset({"idle"})

    entry: FilterWheel
    homed: bool = False

    def tend(self, sample: FilterWheelState, now: Now) -> tuple[FilterWheelManner, Tended]:
        faults = faults_of(sample)
        if sample.slot is not None:
            return replace(self, homed=False), Tended(faults=faults)
        moves = bool(sample.moving) or sample.phase in ("moving", "homing")
        if moves or self.homed:
            return self, Tended(ready=False, why="it turns", faults=faults)
        order = Home(at=now.at, key="")
        lost = Tended(ready=False, why="it looks for its home", faults=faults, orders=(order,))
        return replace(self, homed=True), lost

    def told(self, command: Command, now: Now) -> FilterWheelManner:
        return replace(self, homed=False) if isinstance(command, SelectFilter) else self

    def knows(self, capabilities: Capabilities) -> str:
        names = capabilities.limits.get("names")
        if not isinstance(names, list | tuple) or not names:
            return ""
        strange = sorted({each.name for each in self.entry.filters} - {str(n) for n in names})
        if not strange:
            return ""
        return f"it holds no {', '.join(strange)}; it names {', '.join(map(str, names))}"

    def objections(self, command: DeviceCommand, now: Now) -> tuple[str, ...]:
        if not isinstance(command, SelectFilter):
            return ()
        names = [each.name for each in self.entry.filters]
        if command.name in names:
            return ()
        return (f"name {command.name!r}: allowed is {', '.join(names)}",)

    def carry_out(self, driver: FilterWheelDriver, command: Order) -> Operation | None:
        match command:
            case SelectFilter():
                return driver.select(command.name, key=command.key)
            case Home():
                return driver.home(key=command.key)
        raise NotSupported(f"a filter wheel knows no {type(command).__name__}")

    def result_of(self, operation: Operation) -> Operation:
        """Return a finished turn with the focus offset of its filter, steps."""
        name = operation.goal.get("name")
        names = {each.name for each in self.entry.filters}
        if operation.state is not OpState.DONE or name not in names:
            return operation
        offset = offset_steps(self.entry.filters, str(name))
        return replace(operation, result={**operation.result, "focus_offset_steps": offset})
