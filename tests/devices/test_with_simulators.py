"""Device actors with their own drivers and simulated boxes, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyros.actors.devices.actor import DeviceActor
from pyros.actors.devices.settings import settings_of
from pyros.actors.monitoring.actor import Monitoring
from pyros.actors.monitoring.settings import settings_of as watched
from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.devices.orders import Exposure, Frame
from pyros.drivers.registry import driver_maker
from pyros.errors import Refused
from pyros.kernel.spec import ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.device_commands import (
    Abort,
    CloseDome,
    DropFrame,
    Expose,
    FetchFrame,
    FollowKey,
    OpenDome,
    Park,
    RenewPermit,
    SelectFilter,
    Slew,
    Unpark,
)
from pyros.messages.events import ConditionsChanged, DeviceStatus, OperationEnded
from simulators.faults import Fault
from simulators.world import World

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"


class Site:
    """The devices of the shipped configuration, or some of them, each with its actor."""

    def __init__(self, *names: str, script: tuple[dict[str, Any], ...] = ()) -> None:
        whole = load(CONFIG)
        simulation = {**whole.simulation.model_dump(), "weather": script, "requests": None}
        self.config: Config = whole.model_copy(
            update={
                "devices": {name: whole.devices[name] for name in names},
                "simulation": type(whole.simulation).model_validate(simulation),
            }
        )
        self.sim = SimRuntime(seed=3, start=START)
        self.world = World(self.config, clock=self.sim.clock)
        self.keys = 0
        paths = {name: f"/devices/{name}" for name in names}
        probe, self.told = probe_spec("plan")
        self.system = ActorSystem(
            [
                supervisor(
                    "always_on",
                    [
                        ChildSpec(
                            id="monitoring",
                            factory=lambda: Monitoring(watched(self.config, paths)),
                        )
                    ],
                ),
                supervisor("devices", [self._child(name) for name in names]),
                probe,
            ],
            clock=self.sim.clock,
            runtime=self.sim,
            faults=FaultPlan(seed=1, rules=()),
        )
        self.system.start()

    def _child(self, name: str) -> ChildSpec:
        entry = self.config.devices[name]
        make = driver_maker(name, entry, transport=self.world.transport(name))
        settings = settings_of(self.config, name)
        return ChildSpec(id=name, factory=lambda: DeviceActor(settings, make), tier=1, budget_s=3.0)

    def key(self) -> str:
        self.keys += 1
        return f"{self.keys:032x}"

    def order(self, name: str, command: type[Any], /, **args: object) -> str:
        """Give an order and follow its key."""
        key = self.key()
        self.ask(name, command, key=key, **args)
        self.ask(name, FollowKey, key=key, reply_to="/plan")
        return key

    def ask(self, name: str, command: type[Any], /, **args: object) -> Any:
        at = self.sim.clock.utc()
        return self.system.address(f"/devices/{name}").ask(command(at=at, **args))

    def run(self, seconds: float) -> None:
        self.sim.run_for(seconds)

    def renewing(self, seconds: float) -> None:
        """Let a majordome renew the permit every 5 s."""
        for _ in range(int(seconds / 5.0)):
            self.ask("dome", RenewPermit, until_s=15.0)
            self.run(5.0)

    def status(self, name: str) -> DeviceStatus:
        found = self.system.bus.latest(f"device/{name}")
        assert isinstance(found, DeviceStatus)
        return found

    def phase(self, name: str) -> str:
        snapshot = self.status(name).snapshot
        assert snapshot is not None
        return snapshot.phase

    def lives(self, name: str) -> list[str]:
        changes = [item.value for item in self.system.bus.items("device-changes")[0]]
        return [str(each.new) for each in changes if each.device == name]

    @property
    def ends(self) -> dict[str, str]:
        return {each.key: str(each.state) for each in self.told.of(OperationEnded)}

    @property
    def conditions(self) -> Any:
        latest = self.system.bus.latest("conditions")
        assert isinstance(latest, ConditionsChanged)
        return latest.conditions


@pytest.fixture
def site() -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(*names: str, **named: Any) -> Site:
        made.append(Site(*names, **named))
        return made[-1]

    yield make
    for one in made:
        one.system.stop()


def test_a_telescope_unparks_slews_tracks_and_parks(site: Callable[..., Site]) -> None:
    """P11, P20: each order done when the box says so, compared with its goal."""
    house = site("telescope")
    assert house.status("telescope").life == "READY"
    with pytest.raises(Refused, match="parked: unpark it first"):
        house.order("telescope", Slew, ra_deg=150.0, dec_deg=30.0)

    unparked = house.order("telescope", Unpark)
    house.run(60.0)
    slewn = house.order("telescope", Slew, ra_deg=150.0, dec_deg=30.0)
    house.run(60.0)
    assert house.phase("telescope") == "tracking"
    parked = house.order("telescope", Park)
    house.run(90.0)

    assert house.ends == {unparked: "done", slewn: "done", parked: "done"}
    assert house.phase("telescope") == "parked"
    assert house.lives("telescope").count("DISABLED") == 0


def test_a_telescope_actor_killed_in_mid_slew_is_back_and_the_slew_ends_done(
    site: Callable[..., Site],
) -> None:
    """B3, S87: the box slews on, its successor says how it ended."""
    house = site("telescope")
    house.order("telescope", Unpark)
    house.run(60.0)
    key = house.order("telescope", Slew, ra_deg=150.0, dec_deg=30.0)
    house.run(3.0)
    assert house.phase("telescope") == "slewing"

    house.system.kill("/devices/telescope")
    house.run(1.0)
    assert house.status("telescope").life == "BUSY"
    house.ask("telescope", FollowKey, key=key, reply_to="/plan")
    house.run(60.0)

    assert house.ends[key] == "done"
    assert house.phase("telescope") == "tracking"


def test_a_park_interrupts_a_slew(site: Callable[..., Site]) -> None:
    """4.3: closing does not wait for a slew to end."""
    house = site("telescope")
    house.order("telescope", Unpark)
    house.run(60.0)
    slewn = house.order("telescope", Slew, ra_deg=150.0, dec_deg=30.0)
    house.run(3.0)
    parked = house.order("telescope", Park)
    house.run(90.0)

    assert house.ends[slewn] == "aborted"
    assert house.ends[parked] == "done"


def test_a_hung_telescope_is_disabled_and_taken_back(site: Callable[..., Site]) -> None:
    """P17, P18: hang D."""
    house = site("telescope")
    house.world.inject(Fault(device="telescope", kind="hang", duration_s=60.0))
    house.run(10.0)
    assert house.status("telescope").life == "DISABLED"

    house.run(60.0)

    assert house.status("telescope").life == "READY"


def test_a_box_that_loses_its_power_is_initialised_again(site: Callable[..., Site]) -> None:
    """P18: positions lost, parked, and what ran is unknown."""
    house = site("telescope")
    house.order("telescope", Unpark)
    house.run(60.0)
    key = house.order("telescope", Slew, ra_deg=150.0, dec_deg=30.0)
    house.world.inject(Fault(device="telescope", kind="power_loss", duration_s=20.0))

    house.run(40.0)

    assert house.ends[key] == "unknown"
    assert house.lives("telescope")[-2:] == ["INITIALISING", "READY"]


def opened(house: Site) -> None:
    house.ask("dome", RenewPermit, until_s=15.0)
    house.order("dome", OpenDome)
    house.renewing(40.0)
    assert house.phase("dome") == "open"


def test_the_dome_opens_by_permit_and_stays_open_while_it_is_renewed(
    site: Callable[..., Site],
) -> None:
    """4.4: kicked every 2 s, its own heart does not close it."""
    house = site("telescope", "dome")
    opened(house)

    house.renewing(300.0)

    assert house.phase("dome") == "open"


def test_a_majordome_that_is_gone_leaves_the_dome_closing_within_17_s(
    site: Callable[..., Site],
) -> None:
    """4.4, B8: by its own actor, before its own heart would."""
    house = site("telescope", "dome")
    opened(house)
    house.run(10.0)
    assert house.phase("dome") == "open"

    house.run(2.0 + 5.0)

    assert house.phase("dome") == "closing"
    house.run(40.0)
    assert house.phase("dome") == "closed"


def test_a_dead_dome_actor_leaves_the_dome_to_its_own_heart(site: Callable[..., Site]) -> None:
    """B8, 4.4: 10 s without a kick."""
    house = site("telescope", "dome")
    opened(house)
    house.system.stop()

    house.sim.clock.advance(12.0)

    snapshot = house.world.boxes["dome"].snapshot()
    assert snapshot["state"]["phase"] in ("closing", "closed")  # type: ignore[index]


def test_a_dome_that_does_not_close_is_ordered_again_every_10_s(site: Callable[..., Site]) -> None:
    """B6: close_fails S; the key is done only when both switches say so."""
    house = site("telescope", "dome")
    opened(house)
    house.world.inject(Fault(device="dome", kind="close_fails", duration_s=400.0))
    key = house.order("dome", CloseDome, reason="rain")
    house.run(395.0)
    assert house.ends.get(key) != "done"
    assert house.phase("dome") != "closed"

    house.run(60.0)

    assert house.phase("dome") == "closed"


def test_rain_is_a_cause_and_closes_the_dome_by_itself(site: Callable[..., Site]) -> None:
    """B6, 4.4: the dome's own rain input, and the verdict of the station."""
    rain = {"at_s": 250.0, "for_s": 3600.0, "quantity": "rain", "to": 1.0}
    house = site("telescope", "dome", "weather", script=(rain,))
    house.run(100.0)
    assert house.conditions.safe
    opened(house)
    house.renewing(110.0)

    house.renewing(10.0)

    assert "rain" in {cause.cause for cause in house.conditions.causes}
    assert house.phase("dome") in ("closing", "closed")
    verbs = [item.value.verb for item in house.system.bus.items("operations")[0]]
    assert "selfclose" in verbs


def test_a_hung_station_is_stale_in_time(site: Callable[..., Site]) -> None:
    """B6: a source that is silent is no source."""
    house = site("weather")
    house.run(100.0)
    assert house.conditions.safe
    house.world.inject(Fault(device="weather", kind="hang"))

    house.run(16.0)

    assert {cause.cause for cause in house.conditions.causes} == {"stale"}


# --- cameras, wheels, the controller


def test_a_cold_start_has_every_device_ready(site: Callable[..., Site]) -> None:
    """P11, P54: the whole shipped configuration."""
    names = ("telescope", "camera-vis", "wheel-vis", "camera-nir", "dome", "plc", "weather")
    house = site(*names)
    house.run(5.0)

    assert {name: str(house.status(name).life) for name in names} == dict.fromkeys(names, "READY")
    house.run(70.0)
    assert house.conditions.safe
    assert house.conditions.interlocks == ()


def test_a_frame_is_exposed_fetched_and_dropped(site: Callable[..., Site]) -> None:
    """P65: the frame's key is the exposure's."""
    house = site("telescope", "dome", "wheel-vis", "camera-vis")
    dark = Exposure(exposure_s=5.0, frame=Frame.DARK)
    key = house.order("camera-vis", Expose, exposure=dark)
    assert house.status("camera-vis").life == "BUSY"
    house.run(12.0)

    assert house.ends[key] == "done"
    assert house.status("camera-vis").life == "READY"
    detector = house.config.devices["camera-vis"].detector
    rows, columns = house.ask("camera-vis", FetchFrame, key=key).pixels.shape
    assert (rows, columns) == (detector.height_px, detector.width_px)
    house.ask("camera-vis", DropFrame, key=key)
    with pytest.raises(Refused):
        house.ask("camera-vis", FetchFrame, key=key)


def test_a_filter_is_selected_and_its_offset_told(site: Callable[..., Site]) -> None:
    """P19."""
    house = site("telescope", "dome", "wheel-vis", "camera-vis")
    key = house.order("wheel-vis", SelectFilter, name="r")
    house.run(5.0)

    ended = next(each for each in house.told.of(OperationEnded) if each.key == key)
    assert (str(ended.state), ended.result["focus_offset_steps"]) == ("done", 40)
    assert house.status("wheel-vis").snapshot.name == "r"  # type: ignore[union-attr]


def test_a_camera_that_lost_its_power_is_cooled_before_it_is_ready_again(
    site: Callable[..., Site],
) -> None:
    """P18: by the ramp, on the simulated cooler."""
    house = site("telescope", "dome", "wheel-vis", "camera-vis")
    house.world.inject(Fault(device="camera-vis", kind="power_loss", duration_s=300.0))
    house.run(310.0)
    assert house.status("camera-vis").life == "INITIALISING"
    snapshot = house.status("camera-vis").snapshot
    assert snapshot.temperature_C > -60.0  # type: ignore[union-attr]

    house.run(1500.0)

    assert house.status("camera-vis").life == "READY"
    snapshot = house.status("camera-vis").snapshot
    assert abs(snapshot.temperature_C + 70.0) < 0.6  # type: ignore[union-attr]
    assert "FAULT" not in house.lives("camera-vis")


def test_an_exposure_survives_its_actor_and_its_frame_proves_it(site: Callable[..., Site]) -> None:
    """S87, S88: adopted, or found in the camera."""
    house = site("telescope", "dome", "wheel-vis", "camera-vis")
    dark = Exposure(exposure_s=60.0, frame=Frame.DARK)
    key = house.order("camera-vis", Expose, exposure=dark)
    house.run(20.0)
    house.system.kill("/devices/camera-vis")
    house.run(1.0)
    house.ask("camera-vis", FollowKey, key=key, reply_to="/plan")
    house.run(50.0)
    assert house.ends[key] == "done"

    house.system.kill("/devices/camera-vis")
    house.run(1.0)
    house.told.messages.clear()
    house.ask("camera-vis", FollowKey, key=key, reply_to="/plan")
    house.run(0.1)
    assert house.ends[key] == "done"


def test_an_aborted_exposure_leaves_the_camera_free(site: Callable[..., Site]) -> None:
    """P47."""
    house = site("telescope", "dome", "wheel-vis", "camera-vis")
    dark = Exposure(exposure_s=300.0, frame=Frame.DARK)
    key = house.order("camera-vis", Expose, exposure=dark)
    house.run(10.0)
    house.ask("camera-vis", Abort, key=house.key(), only=key)
    house.run(5.0)

    assert house.ends[key] == "aborted"
    assert house.status("camera-vis").life == "READY"


def test_a_hung_controller_is_a_reason_of_the_site_and_taken_back(
    site: Callable[..., Site],
) -> None:
    """P56, S70: hung PLC: DISABLED, told at once, READY when it answers."""
    house = site("telescope", "dome", "weather", "plc")
    house.run(70.0)
    assert house.conditions.interlocks == ()
    house.world.inject(Fault(device="plc", kind="hang", duration_s=60.0))
    house.run(6.0)
    assert house.status("plc").life == "DISABLED"
    assert house.conditions.interlocks == ("PLC silent",)

    house.run(62.0)

    assert house.status("plc").life == "READY"
    assert house.conditions.interlocks == ()


def test_a_heartbeat_at_rest_is_a_silent_controller(site: Callable[..., Site]) -> None:
    """P56: heartbeat_frozen S."""
    house = site("telescope", "dome", "weather", "plc")
    house.run(70.0)
    house.world.inject(Fault(device="plc", kind="heartbeat_frozen"))
    house.run(22.0)

    assert house.conditions.interlocks == ("PLC silent",)


def test_an_emergency_stop_is_a_reason_of_the_site(site: Callable[..., Site]) -> None:
    """4.5."""
    house = site("telescope", "dome", "weather", "plc")
    house.run(70.0)
    house.world.inject(Fault(device="plc", kind="emergency_stop"))
    house.run(1.1)

    assert house.conditions.interlocks == ("emergency stop",)
