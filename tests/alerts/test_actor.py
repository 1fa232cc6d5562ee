"""Alerts as an actor beside a real store, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyros.actors.alerts.actor import HUSH_S, Alerts
from pyros.actors.alerts.ids import PROVISIONAL
from pyros.actors.alerts.settings import Settings
from pyros.actors.alerts.spool import Spool
from pyros.domain.alert import AlertState, Packet
from pyros.domain.request import SequenceState
from pyros.kernel.spec import ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan, Hang, Kill
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.commands import AcceptAlerts, SendTestAlert
from pyros.messages.events import (
    AlertAccepted,
    AlertChanged,
    AlertWithdrawn,
    NoticeStored,
    SlewStarted,
)
from pyros.messages.topics import STREAMS
from pyros.sky.site import Site
from pyros.store import alerts as shelf
from pyros.store import requests, schema
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter, Write

START = datetime(2026, 3, 21, 4, 0, 30, tzinfo=UTC)
INTAKE = "/always_on/alerts/intake"
SITE = Site(lat_deg=31.0, lon_deg=-115.5, height_m=2790.0)


class House:
    """Store-writer, intake, and somebody who listens."""

    def __init__(
        self, settings: Settings, store: Store | None, *, faults: FaultPlan | None = None
    ) -> None:
        self.sim = SimRuntime(seed=1, start=START)
        self.store = store
        probe, self.heard = probe_spec(
            "probe", "alert/*", STREAMS[AlertAccepted], STREAMS[NoticeStored]
        )
        writer = [ChildSpec(id="store-writer", factory=lambda: StoreWriter(store), tier=0)]
        intake = ChildSpec(id="intake", factory=lambda: Alerts(settings, SITE), tier=3)
        self.system = ActorSystem(
            [
                supervisor("infrastructure", writer if store else [], tier=0),
                supervisor("always_on", [probe, supervisor("alerts", [intake])]),
            ],
            clock=self.sim.clock,
            runtime=self.sim,
            faults=faults,
        )
        self.system.start()
        self.sim.run_until_idle()

    def hear(self, payload: bytes, *, source: str = "vtp") -> None:
        packet = Packet(payload=payload, source=source, received=self.sim.clock.utc())
        self.tell(packet)

    def tell(self, message: object) -> None:
        self.system.address(INTAKE).tell(message)
        self.settle()

    def settle(self) -> None:
        """Let what was told be done, and its rows be written."""
        self.sim.run_for(HUSH_S + 0.01)
        self.sim.run_until_idle()

    def of(self, kind: type) -> list:
        return self.heard.of(kind)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'pyros.db'}", synchronous="OFF")
    schema.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def houses() -> Iterator[list[House]]:
    built: list[House] = []
    yield built
    for one in built:
        one.system.stop()


@pytest.fixture
def build(settings: Settings, store: Store, houses: list[House]) -> Callable[..., House]:
    def make(**changes: object) -> House:
        options = {"store": store, **changes}
        house = House(settings, **options)
        houses.append(house)
        return house

    return make


def test_a_packet_becomes_rows_that_say_the_same_as_the_event(build, store, ours) -> None:
    """P36, P37: alert, members, request and sequences have the ids that were published."""
    house = build()
    house.hear(ours.eclairs())

    (accepted,) = house.of(AlertAccepted)
    alert = store.read(lambda s: shelf.load(s, accepted.alert.id))
    request = store.read(lambda s: requests.load(s, accepted.alert.request_id))
    assert (alert.name, alert.state) == (accepted.alert.name, AlertState.ACTIVE)
    assert alert.members == (("SVOM", "sb26032101"),)
    assert [one.id for one in request.sequences] == [one.id for one in accepted.sequences]
    assert {one.state for one in request.sequences} == {SequenceState.TOBEPLANNED}
    assert accepted.alert.id < PROVISIONAL


def test_every_packet_is_stored_with_its_reasons(build, store, ours) -> None:
    """P36, B9: also the one that cannot be read."""
    house = build()
    house.hear(ours.eclairs(role="test"))
    house.hear(b"no packet at all")

    unreadable, test = store.read(shelf.notices)
    assert test.reasons == ("role test: should be observation",)
    assert (unreadable.kind, unreadable.raw) == ("unreadable", b"no packet at all")


def test_an_alert_goes_out_while_the_store_hangs(build, ours) -> None:
    """P47, B9: nothing waits for a disk; the ids were reserved before."""
    faults = FaultPlan(rules=[Hang("/infrastructure/store-writer", Write, nth=2, for_s=5.0)])
    house = build(faults=faults)
    house.hear(ours.eclairs())

    (accepted,) = house.of(AlertAccepted)
    assert accepted.at - START < timedelta(milliseconds=20)


def test_without_a_store_alerts_still_go_on(settings, houses, ours) -> None:
    """P47: with ids made from the clock."""
    house = House(settings, None)
    houses.append(house)
    house.hear(ours.eclairs())

    (accepted,) = house.of(AlertAccepted)
    assert accepted.alert.id > PROVISIONAL
    assert len({accepted.alert.id, *(one.id for one in accepted.sequences)}) == 2


def test_rows_that_died_with_the_store_writer_are_written_again(
    build, settings, store, ours
) -> None:
    """P36, B13: the spool tells what has no row."""
    faults = FaultPlan(rules=[Kill("/infrastructure/store-writer", Write, nth=2)])
    house = build(faults=faults)
    packet = Packet(payload=ours.eclairs(), source="vtp", received=START)
    Spool(settings.spool).keep(packet)
    house.hear(packet.payload)
    house.sim.run_for(120.0)

    assert len(house.of(AlertAccepted)) == 1
    assert len(store.read(shelf.alerts)) == 1
    assert Spool(settings.spool).kept() == []


def test_after_a_restart_a_packet_seen_before_makes_no_second_alert(build, ours) -> None:
    """P40: the book is read back from the store."""
    build().hear(ours.eclairs())
    again = build()
    again.hear(ours.eclairs())
    again.hear(ours.gbm())

    assert again.of(AlertAccepted) == []
    (changed,) = {event.alert.id: event for event in again.of(AlertChanged)}.values()
    assert len(changed.alert.members) == 2


def test_after_a_restart_a_retraction_still_takes_the_request_back(build, store, ours) -> None:
    """P39: sequences that an earlier run made are cancelled."""
    first = build()
    first.hear(ours.eclairs())
    (accepted,) = first.of(AlertAccepted)
    again = build()
    again.hear(ours.svom_retraction())

    (withdrawn,) = again.of(AlertWithdrawn)
    assert withdrawn.sequence_ids == tuple(one.id for one in accepted.sequences)
    request = store.read(lambda s: requests.load(s, accepted.alert.request_id))
    assert {one.state for one in request.sequences} == {SequenceState.CANCELLED}


def test_after_a_restart_a_tombstone_still_stops_the_late_original(build, ours) -> None:
    """P39."""
    build().hear(ours.svom_retraction())
    again = build()
    again.hear(ours.eclairs())

    assert again.of(AlertAccepted) == []


def test_what_was_spooled_and_not_written_is_taken_up_at_the_start(build, settings, ours) -> None:
    """P36, B9: kill -9 between the receipt and the row loses no alert."""
    packet = Packet(payload=ours.eclairs(), source="vtp", received=START)
    Spool(settings.spool).keep(packet)
    house = build()

    assert len(house.of(AlertAccepted)) == 1


def test_the_spool_is_emptied_once_the_rows_are_written(build, settings, ours) -> None:
    """P36."""
    house = build()
    spool = Spool(settings.spool)
    packet = Packet(payload=ours.eclairs(), source="vtp", received=START)
    spool.keep(packet)
    house.hear(packet.payload)
    assert spool.kept() != []
    house.sim.run_for(120.0)

    assert spool.kept() == []
    assert len(house.of(AlertAccepted)) == 1


def test_a_better_position_is_written_as_a_revision_of_the_target(build, store, ours) -> None:
    """P39."""
    house = build()
    house.hear(ours.gbm(late_s=20.0))
    house.hear(ours.eclairs())

    accepted = house.of(AlertAccepted)[0]
    request = store.read(lambda s: requests.load(s, accepted.alert.request_id))
    assert request.sequences[0].target.ra_deg == 150.0


def test_a_drill_is_answered_with_its_name_and_is_not_planned(build, store) -> None:
    """P43: its packet and alert are on record, its sequences are not."""
    house = build()
    order = SendTestAlert(at=START, ordered_by="ada")
    name = house.system.address(INTAKE).ask(order)
    house.settle()

    (accepted,) = house.of(AlertAccepted)
    assert accepted.alert.name == name
    assert store.read(requests.load_all) == ()
    assert store.read(lambda s: shelf.by_name(s, name)).drill


def test_a_drill_without_a_place_points_near_the_zenith(build) -> None:
    """P43: where every telescope may go."""
    house = build()
    house.tell(SendTestAlert(at=START, ordered_by="ada", real_slew=True))

    (accepted,) = house.of(AlertAccepted)
    assert abs(accepted.alert.dec_deg - (SITE.lat_deg - 5.0)) < 0.5


def test_the_switch_outlives_a_restart(build, ours) -> None:
    """P38."""
    build().tell(AcceptAlerts(at=START, ordered_by="ada", accept=False))
    again = build()
    again.hear(ours.eclairs())

    assert again.of(AlertAccepted) == []


def test_a_slew_is_stamped_on_its_alert(build, store, ours) -> None:
    """P42."""
    house = build()
    house.hear(ours.eclairs())
    (accepted,) = house.of(AlertAccepted)
    at = START + timedelta(seconds=2)
    event = SlewStarted(at=at, sequence_id=accepted.sequences[0].id, ra_deg=150.0, dec_deg=20.0)
    house.system.bus.publish(STREAMS[SlewStarted], event, stream=True)
    house.settle()

    assert store.read(lambda s: shelf.load(s, accepted.alert.id)).stamps.commanded == at


def test_ids_are_reserved_again_before_they_run_out(build, ours) -> None:
    """P36: no provisional id in a long night."""
    house = build()
    for number in range(120):
        burst_at = START - timedelta(seconds=30 + 400 * number)
        house.hear(ours.eclairs(f"sb26{number:06d}", burst_at=burst_at, ra_deg=number))

    ids = {event.alert.id for event in house.of(AlertAccepted)}
    assert len(ids) == 120
    assert max(ids) < PROVISIONAL


def test_recorded_packets_of_one_run_are_the_same_in_another(settings, tmp_path, ours) -> None:
    """S: the same seed and packets give the same trace."""
    traces = set()
    for run in ("a", "b"):
        made = Store(f"sqlite:///{tmp_path / run}.db", synchronous="OFF")
        schema.upgrade(made)
        house = House(replace(settings, spool=None), made)
        house.hear(ours.eclairs())
        house.hear(ours.svom_retraction())
        traces.add(house.sim.trace)
        house.system.stop()
        made.close()

    assert len(traces) == 1
