"""Real packets through the TCP port of a running house: some slew, others say why not."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders.process import until

from pyros.actors.alerts.vtp import Word
from pyros.cli.author import send
from pyros.cli.one_process import simulated_outside
from pyros.config import rehearsal
from pyros.config.alerts import InletSource
from pyros.config.load import load
from pyros.domain.alert import AlertState
from pyros.domain.execution import Outcome
from pyros.domain.holds import Mode
from pyros.kernel.clock import SystemClock
from pyros.messages import events
from pyros.sky.bodies import sun_altitude
from pyros.sky.coords import altaz
from pyros.sky.site import Site
from pyros.store import alerts
from pyros.system.observatory import build

CONFIG = Path(__file__).parents[2] / "config" / "simulation.yaml"
SPEED = 60.0
OPENING = timedelta(seconds=240)
"""A house starts so long before the packet was written: by then it is open."""
PATIENCE_S = 60.0

WAKEUP = "sb26022802_eclairs-wakeup.xml", "2026-02-28T20:58:19+00:00", (237.8312, 26.306)
SWIFT = "Swift_BAT_GRB_Pos_1167973-446.xml", "2023-05-10T12:06:43+00:00", (318.1557, 34.4426)
FERMI = (
    "Fermi_GBM_Fin_Pos2026-05-11T11_00_31.70_800190036_0-733.xml",
    "2026-05-11T11:09:40+00:00",
    (192.19, 4.95),
)
RETRACTED = "sb26030408_eclairs-wakeup.xml", "2026-03-04T10:04:01+00:00", (47.0752, 40.9505)
RETRACTION = "sb26030408_retraction.xml"
TEST = "Swift_BAT_GRB_Test_Pos_2023-11-01T02_34_52.00-155.xml"
UNIDENTIFIED = "Swift_BAT_GRB_Pos_1197507-006.xml"


def a_site_that_sees(ra_deg, dec_deg, at):
    """A place where it is night at that instant and the target stands high."""
    for latitude in (30, 45, 0, -30):
        for longitude in range(-180, 180, 5):
            site = Site(lat_deg=latitude, lon_deg=longitude)
            later = at + timedelta(minutes=20)
            dark = max(sun_altitude(site, at), sun_altitude(site, later)) < -14.0
            height = min(altaz(site, ra_deg, dec_deg, t)[0] for t in (at, later))
            if dark and height > 35.0:
                return site
    raise AssertionError("the Sun is too near this target")


class House:
    """A running observatory, its inlet's port, and all that it says."""

    def __init__(self, observatory):
        self.observatory = observatory
        self.said = []
        self._news = threading.Event()
        topics = ["slews", "notices", "alerts", "alert/*", "executions", "holds", "alerts/link/*"]
        self._heard = observatory.bus.subscribe(topics, self._news.set)

    def wait_for(self, what):
        """The first event that `what` is true of; what was said before counts."""
        clock = SystemClock()
        end = clock.monotonic() + PATIENCE_S
        while True:
            self.said += [one.value for one in self._heard.take_in_order()[0]]
            found = next((event for event in self.said if what(event)), None)
            if found is not None:
                return found
            left = end - clock.monotonic()
            assert left > 0, f"never said; but: {self.said[-5:]}"
            clock.wait(self._news, left)
            self._news.clear()

    def send(self, file):
        """Hand a packet in as an author does; it must be acknowledged."""
        link = self.wait_for(
            lambda e: isinstance(e, events.LinkReported) and re.search(r":\d+", e.text)
        )
        port = int(re.search(r":(\d+)", link.text)[1])
        assert send(file.read_bytes(), host="127.0.0.1", port=port).word is Word.ACK
        return self

    def notice(self, number):
        """What became of the packet that came as this number, from 1 on."""
        self.wait_for(
            lambda e: (
                isinstance(e, events.NoticeStored) and len(self.of(events.NoticeStored)) >= number
            )
        )
        return self.of(events.NoticeStored)[number - 1]

    def of(self, kind):
        """All events of a kind so far."""
        return [event for event in self.said if isinstance(event, kind)]


@pytest.fixture
def running(tmp_path):
    """A running house at a site that sees a packet's target, open when the packet was written."""

    @contextmanager
    def run(packet):
        _, written, place = packet
        at = datetime.fromisoformat(written)
        site = a_site_that_sees(*place, at)
        config = load(CONFIG)
        config = rehearsal.quick(rehearsal.in_folder(rehearsal.simulated(config), tmp_path), 2.0)
        inlet = InletSource(
            kind="inlet",
            name="door",
            port=0,
            tests_only=False,
            authorities=("ivo://nasa.gsfc.gcn", "ivo://org.svom"),
        )
        place = {"latitude_deg": site.lat_deg, "longitude_deg": site.lon_deg, "horizon": ()}
        config = config.model_copy(
            update={
                "site": config.site.model_copy(update=place),
                "alerts": config.alerts.model_copy(update={"sources": (inlet,)}),
                "simulation": config.simulation.model_copy(
                    update={"requests": None, "transport": "direct"}
                ),
            }
        )
        config = rehearsal.patient(rehearsal.with_clock(config, factor=SPEED, start=at - OPENING))
        clock = SystemClock(SPEED, config.clock.start)
        with simulated_outside(config, clock) as outside:
            observatory = build(config, outside)
            house = House(observatory)
            observatory.system.start()
            try:
                house.wait_for(
                    lambda e: isinstance(e, events.HoldsChanged) and e.mode is Mode.OBSERVING
                )
                until(lambda: clock.utc() > at)  # nobody receives what is not yet written
                yield house
            finally:
                observatory.stop()

    return run


@pytest.mark.realtime
@pytest.mark.parametrize("packet", [WAKEUP, SWIFT, FERMI], ids=["svom", "swift", "fermi"])
def test_a_burst_of_each_mission_goes_through_the_port_and_slews(packets, running, packet):
    """P34, P35, P36, P37, P47: the packet as it was published, at its own time."""
    file, _, (ra_deg, dec_deg) = packet
    with running(packet) as house:
        house.send(packets / "dev" / file)

        slew = house.wait_for(lambda e: isinstance(e, events.SlewStarted))

        assert slew.alert_id is not None
        assert abs(slew.ra_deg - ra_deg) < 5.0
        assert abs(slew.dec_deg - dec_deg) < 5.0
        assert house.notice(1).reasons == ()


@pytest.mark.realtime
def test_a_retraction_ends_the_follow_up_of_its_burst_cleanly(packets, running):
    """P39, P47: what runs aborts and is not tried again; the alert stays on record."""
    with running(RETRACTED) as house:
        house.send(packets / "dev" / RETRACTED[0])
        house.wait_for(lambda e: isinstance(e, events.ExecutionStarted))
        house.send(packets / "dev" / RETRACTION)

        ended = house.wait_for(lambda e: isinstance(e, events.ExecutionEnded))

        assert ended.outcome is Outcome.CANCELLED
        changed = house.wait_for(
            lambda e: isinstance(e, events.AlertChanged) and e.alert.state is AlertState.RETRACTED
        )
        assert not changed.in_progress


@pytest.mark.realtime
def test_test_packets_and_those_that_are_no_burst_are_stored_with_the_reason(packets, running):
    """P34, P42: shown, and nothing moves."""
    with running(WAKEUP) as house:
        house.send(packets / "dev" / TEST).send(packets / "dev" / UNIDENTIFIED)

        reasons = [" ".join(house.notice(number).reasons) for number in (1, 2)]

        assert "role" in reasons[0]
        assert "GRB_Identified" in reasons[1]
        assert house.of(events.SlewStarted) == []
        sent = {(packets / "dev" / file).read_bytes() for file in (TEST, UNIDENTIFIED)}
        until(lambda: {one.raw for one in house.observatory.store.read(alerts.notices)} == sent)
