"""A device actor with a box that answers, is silent, lies or hangs, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pyros.config.devices import Dome, Poll
from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.operation import OpState
from pyros.domain.devices.orders import Exposure
from pyros.errors import BadPeer, LinkLost, Refused, Unresponsive
from pyros.messages.device_commands import (
    Abort,
    Announce,
    CloseDome,
    Expose,
    FetchFrame,
    FollowKey,
    OpenDome,
    Park,
    PutBack,
    RenewPermit,
    ResetFault,
    SelectFilter,
    Slew,
    TakeOut,
    WithdrawPermit,
)

Make = Callable[..., Any]
KEY = "1" * 32
OTHER = "2" * 32


def test_a_device_that_answers_is_initialised_and_ready(scene: Make) -> None:
    """P18, P54, S87: its truth is read from the box before anything is said."""
    telescope = scene("telescope")

    assert telescope.seen.lives == ["INITIALISING", "READY"]
    assert telescope.life == "READY"


def test_a_device_that_is_silent_at_the_start_is_disabled_and_called_every_5_s(
    scene: Make,
) -> None:
    """P01, P17, P18."""
    weather = scene("weather")
    weather.box.silence = LinkLost("nobody there")
    weather.kill()
    connects = weather.box.connects

    weather.run(12.0)

    assert weather.life == "DISABLED"
    assert weather.seen.status.next_try_s == pytest.approx(5.0)
    weather.box.silence = None
    weather.run(5.1)
    assert weather.life == "READY"
    assert weather.box.connects == connects + 1


def test_a_closed_link_disables_at_once_and_three_silent_polls_do(scene: Make) -> None:
    """P16, P17."""
    plc = scene("plc")
    plc.box.silence = Unresponsive("no answer in 1.0 s")
    plc.run(2.5)
    assert plc.life == "READY"
    plc.run(1.0)
    assert plc.life == "DISABLED"

    plc.box.silence = None
    plc.run(6.0)
    assert plc.life == "READY"
    plc.box.silence = LinkLost("connection reset")
    plc.run(1.1)
    assert plc.life == "DISABLED"
    assert plc.seen.changes[-1].reason == "connection reset"


def test_orders_to_a_disabled_device_are_refused_with_the_reason(scene: Make) -> None:
    """P16, P20."""
    telescope = scene("telescope")
    telescope.box.silence = LinkLost("connection reset")
    telescope.run(2.0)

    with pytest.raises(Refused, match="telescope is DISABLED: connection reset"):
        telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    assert telescope.box.count("slew") == 0


def test_a_disabled_camera_is_cooled_before_it_is_ready_again(scene: Make) -> None:
    """P18: by the ramp, to its set point, stable; only then READY."""
    camera = scene("camera")
    camera.box.silence = LinkLost("power cut")
    camera.run(10.0)
    camera.box.restart()
    camera.box.show(temperature_C=-65.0, cooler_on=False, setpoint_C=None, cooler_stable=False)
    camera.box.silence = None
    camera.run(5.0)
    assert camera.life == "INITIALISING"

    for _ in range(400):
        camera.run(1.0)
        setpoint = camera.box.state.setpoint_C
        assert setpoint is None or setpoint >= -70.0
        if setpoint is not None:
            camera.box.show(temperature_C=setpoint)

    assert camera.life == "READY"
    assert camera.box.state.setpoint_C == -70.0
    assert camera.box.count("cooler") > 5
    assert camera.seen.lives[-2:] == ["INITIALISING", "READY"]


def test_a_slew_makes_it_busy_and_its_end_is_told_to_who_asks(scene: Make) -> None:
    """P65: FollowKey is answered when the operation ends, and at once afterwards."""
    telescope = scene("telescope")
    telescope.box.takes_s = 7.3

    operation = telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    assert operation.key == KEY
    assert not operation.ended
    assert telescope.life == "BUSY"
    telescope.ask(FollowKey(at=telescope.at, key=KEY, reply_to="/plan"))
    assert telescope.ends == []
    telescope.run(7.4)
    assert telescope.ends == [(KEY, "done")]
    telescope.ask(FollowKey(at=telescope.at, key=KEY, reply_to="/plan"))
    assert telescope.ends == [(KEY, "done")] * 2

    assert telescope.life == "READY"
    assert [(each.key, each.state) for each in telescope.seen.ended] == [(KEY, OpState.DONE)]


def test_with_an_eta_the_end_is_seen_20_ms_after_it(scene: Make) -> None:
    """The next beat comes when the operation said it would end."""
    wheel = scene("wheel")
    wheel.box.takes_s = 0.11
    began = wheel.at
    wheel.ask(SelectFilter(at=began, key=KEY, name="r"))

    wheel.run(0.2)

    ended = wheel.seen.ended[0]
    assert (ended.at - began).total_seconds() == pytest.approx(0.13, abs=0.002)
    assert ended.result["focus_offset_steps"] == 0


def test_the_same_key_twice_is_done_once(scene: Make) -> None:
    """S88: an order may be repeated when its answer was lost."""
    telescope = scene("telescope")
    order = Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0)

    first, second = telescope.ask(order), telescope.ask(order)

    assert first.key == second.key
    assert telescope.box.count("slew") == 1


def test_a_refused_order_may_be_given_again_under_its_key(scene: Make) -> None:
    """What was never begun has no end."""
    wheel = scene("wheel")
    wheel.box.refusal = "busy"
    order = SelectFilter(at=wheel.at, key=KEY, name="r")
    with pytest.raises(Refused, match="busy"):
        wheel.ask(order)
    wheel.box.refusal = ""

    assert wheel.ask(order).key == KEY


def test_an_actor_lives_on_after_a_refusal_and_says_every_reason(scene: Make) -> None:
    """P20, S49."""
    wheel = scene("wheel")
    with pytest.raises(Refused, match="name 'z': allowed is g, r"):
        wheel.ask(SelectFilter(at=wheel.at, key=KEY, name="z"))

    assert wheel.system.address(wheel.path).ask(Announce(at=wheel.at)) is None
    assert wheel.seen.changes[-1].old is wheel.seen.changes[-1].new is DeviceState.READY


def test_an_exposure_survives_the_death_of_its_actor(scene: Make) -> None:
    """B3, S87, S88: the successor reads the box, adopts it, and tells its end to who asks."""
    camera = scene("camera")
    camera.box.takes_s = 60.0
    exposure = Exposure(exposure_s=58.0)
    camera.ask(Expose(at=camera.at, key=KEY, exposure=exposure))
    camera.run(20.0)

    camera.kill()
    camera.run(1.0)
    assert camera.life == "BUSY"
    assert camera.box.count("abort") == 0
    camera.ask(FollowKey(at=camera.at, key=KEY, reply_to="/plan"))
    camera.run(40.0)
    assert camera.ends == [(KEY, "done")]

    assert [each.state for each in camera.seen.ended] == [OpState.DONE]
    assert camera.life == "READY"


def test_a_foreign_exposure_that_nobody_asks_for_is_aborted(scene: Make) -> None:
    """5.3: a camera is not kept busy by what nobody wants."""
    camera = scene("camera")
    camera.box.takes_s = 600.0
    camera.ask(Expose(at=camera.at, key=KEY, exposure=Exposure(exposure_s=590.0)))
    camera.kill()

    camera.run(40.0)

    assert camera.box.count("abort") == 1
    assert camera.life == "READY"


def test_a_killed_telescope_actor_is_ready_within_a_second_and_the_slew_goes_on(
    scene: Make,
) -> None:
    """B3: re-initialised to what the box does, not to what memory says."""
    telescope = scene("telescope")
    telescope.box.takes_s = 20.0
    telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    telescope.run(5.0)
    before = telescope.at

    telescope.kill()
    telescope.run(1.0)

    assert telescope.life == "BUSY"
    back = next(each for each in reversed(telescope.seen.changes) if each.new == "READY")
    assert (back.at - before).total_seconds() <= 1.0
    assert telescope.box.count("slew") == 1
    telescope.run(20.0)
    assert telescope.life == "READY"


def test_the_successor_speaks_with_a_higher_epoch_and_new_keys(scene: Make) -> None:
    """S75, S85."""
    wheel = scene("wheel", slot=None, name=None)
    wheel.run(1.0)
    wheel.kill()
    wheel.box.show(op=None)
    wheel.run(1.0)

    assert wheel.box.epochs == sorted(set(wheel.box.epochs))
    assert len(wheel.box.epochs) == 2


def test_a_key_that_the_device_does_not_know_ends_unknown(scene: Make) -> None:
    """S88: an order that never arrived is not waited for."""
    telescope = scene("telescope")
    telescope.ask(FollowKey(at=telescope.at, key=OTHER, reply_to="/plan"))

    assert telescope.ends == [(OTHER, "unknown")]


def test_a_silent_restart_disables_and_what_ran_is_unknown(scene: Make) -> None:
    """A new boot of the box: its operation is lost, the next try comes at once."""
    telescope = scene("telescope")
    telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    telescope.box.restart()

    telescope.run(1.0)

    assert [each.state for each in telescope.seen.ended] == [OpState.UNKNOWN]
    assert telescope.seen.lives[-3:] == ["DISABLED", "INITIALISING", "READY"]


def test_frozen_status_counts_as_silence(scene: Make) -> None:
    """freeze: status goes on, its own time at rest."""
    plc = scene("plc")
    frozen = plc.box.clock()
    plc.box.clock = lambda: frozen

    plc.run(12.0)

    assert plc.life == "DISABLED"


def test_an_operation_that_never_ends_is_aborted_at_its_deadline(scene: Make) -> None:
    """never_done: deadline, abort, FAILED; at rest it is READY again."""
    wheel = scene("wheel")
    wheel.box.takes_s = 1e6
    wheel.ask(SelectFilter(at=wheel.at, key=KEY, name="r"))
    wheel.box.show(op=replace(wheel.box.state.op, deadline_s=30.0, eta_s=None))
    wheel.box.until = None

    wheel.run(33.0)

    assert wheel.seen.ended[0].error.startswith("OperationTimeout")
    assert wheel.box.count("abort") == 1
    assert wheel.life == "READY"


def test_an_abort_without_standstill_is_a_fault_until_it_is_reset(scene: Make) -> None:
    """abort_ignored: seen, not believed."""
    telescope = scene("telescope")
    telescope.box.takes_s = 1000.0
    telescope.box.stops_on_abort = False
    telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    telescope.ask(Abort(at=telescope.at, key=OTHER))

    telescope.run(6.0)

    assert telescope.life == "FAULT"
    assert telescope.seen.changes[-1].reason.startswith("abort_not_confirmed")
    telescope.box.finish(OpState.ABORTED)
    telescope.ask(ResetFault(at=telescope.at, key=OTHER))
    assert telescope.life == "READY"


def test_an_abort_of_what_was_followed_by_a_park_does_not_wait_for_the_park_to_stop(
    scene: Make,
) -> None:
    """P48, S97: the plan aborts its slew when the mount has been told to park already."""
    telescope = scene("telescope")
    telescope.box.takes_s = 20.0
    telescope.box.stops_on_abort = False
    telescope.ask(Slew(at=telescope.at, key=KEY, ra_deg=10.0, dec_deg=20.0))
    telescope.ask(Park(at=telescope.at, key=OTHER))

    telescope.ask(Abort(at=telescope.at, key=KEY, only=KEY))
    telescope.run(15.0)

    assert telescope.life == "BUSY"
    telescope.run(10.0)
    assert telescope.life == "READY"


def test_an_abort_frees_the_camera_for_the_next_exposure_at_once(scene: Make) -> None:
    """P47: nothing waits for the next beat."""
    camera = scene("camera")
    camera.box.takes_s = 300.0
    camera.ask(Expose(at=camera.at, key=KEY, exposure=Exposure(exposure_s=290.0)))
    with pytest.raises(Refused, match="camera is busy: expose"):
        camera.ask(Expose(at=camera.at, key=OTHER, exposure=Exposure(exposure_s=1.0)))

    camera.ask(Abort(at=camera.at, key=KEY, only=KEY))

    assert camera.ask(Expose(at=camera.at, key="3" * 32, exposure=Exposure(exposure_s=1.0)))
    assert camera.seen.ended[0].state is OpState.ABORTED


def test_a_fault_reported_by_the_box_is_a_fault(scene: Make) -> None:
    """P16: not READY, so the house may pause."""
    telescope = scene("telescope")
    telescope.box.show(faults=("motor_overload",))

    telescope.run(1.1)

    assert telescope.life == "FAULT"
    assert telescope.seen.changes[-1].reason == "motor_overload"


def test_the_wrong_box_is_a_fault_with_its_remedy_and_not_called_again(scene: Make) -> None:
    """wrong_identity F: names the remedy."""
    wheel = scene("wheel")
    wheel.box.silence = LinkLost("cable")
    wheel.run(1.1)
    wheel.box.silence = BadPeer("device speaks 2, we speak 1")
    wheel.run(20.0)

    assert wheel.life == "FAULT"
    assert "reset the fault" in wheel.seen.changes[-1].reason
    wheel.box.silence = None
    wheel.ask(ResetFault(at=wheel.at, key=KEY))
    assert wheel.life == "READY"


def test_a_wheel_with_other_filters_is_not_ours(scene: Make) -> None:
    """names_changed F."""
    wheel = scene("wheel")
    wheel.box.names = ("u", "r")
    wheel.kill()

    assert wheel.life == "FAULT"
    assert "it holds no g; it names u, r" in wheel.seen.status.reason


def test_a_frame_is_fetched_dropped_and_then_refused(scene: Make) -> None:
    """P65: the frame's key is the exposure's."""
    camera = scene("camera", frames=(KEY,))

    assert camera.ask(FetchFrame(at=camera.at, key=KEY)).pixels.shape == (2, 2)
    with pytest.raises(Refused, match="no frame"):
        camera.ask(FetchFrame(at=camera.at, key=OTHER))


def test_a_device_out_of_service_is_left_alone_until_it_is_put_back(scene: Make) -> None:
    """OUT: not pinged, shown."""
    plc = scene("plc")
    plc.ask(TakeOut(at=plc.at, ordered_by="ada"))
    reads = plc.box.seq
    plc.run(60.0)

    assert plc.life == "OUT"
    assert plc.box.seq == reads
    plc.ask(PutBack(at=plc.at, ordered_by="ada"))
    assert plc.life == "READY"


def test_a_status_is_published_at_least_every_5_s(scene: Make) -> None:
    """P12: who listens can tell silence from rest."""
    plc = scene("plc")
    for _ in range(10):
        plc.run(5.0)
        assert (plc.at - plc.seen.status.at).total_seconds() <= 5.0


# --- the dome


def read_every(s: float) -> Dome:
    return Dome(kind="dome", unit="dome", driver="pyros", blocking=True, poll=Poll(ready_s=s))


def opened(scene: Make, entry: Dome | None = None) -> Any:
    dome = scene("dome", entry)
    dome.ask(RenewPermit(at=dome.at, until_s=15.0))
    dome.ask(OpenDome(at=dome.at, key=KEY))
    dome.box.takes_s = 30.0
    dome.box.finish(OpState.DONE)
    dome.box.show(phase="open", open_switch=True, closed_switch=False)
    dome.run(0.3)
    return dome


def test_the_dome_opens_with_a_valid_permit_only(scene: Make) -> None:
    """P48: no permit, no opening, and the page says so."""
    dome = scene("dome")
    with pytest.raises(Refused, match="no valid permit"):
        dome.ask(OpenDome(at=dome.at, key=KEY))
    assert dome.seen.status.refusals["open_shutter"] == ("no valid permit to be open",)

    dome.ask(RenewPermit(at=dome.at, until_s=15.0))

    assert "open_shutter" not in dome.seen.status.refusals
    assert dome.ask(OpenDome(at=dome.at, key=OTHER)).verb == "open_shutter"


def test_the_dome_is_kicked_every_2_s_while_the_permit_holds_and_then_closes(
    scene: Make,
) -> None:
    """B8, domain 4.4: majordome dead or hung -> closing within 17 s."""
    dome = opened(scene)
    dome.run(14.0)
    kicks = dome.box.count("kick")
    assert kicks >= 7
    assert dome.box.count("close_shutter") == 0

    dome.run(2.7)

    assert dome.box.count("close_shutter") == 1
    assert dome.box.count("kick") <= kicks + 1


def test_a_dome_that_is_read_seldom_is_kicked_as_often_and_closes_as_soon(scene: Make) -> None:
    """B8, 4.4: between two looks its heart is kept beating; what closes looks each time."""
    dome = opened(scene, read_every(6.0))
    kicked, read = dome.box.count("kick"), dome.box.seq

    dome.run(12.0)

    assert dome.box.count("kick") - kicked == 6
    assert dome.box.seq - read == 2
    assert dome.box.count("close_shutter") == 0
    dome.run(4.7)
    assert dome.box.count("close_shutter") == 1


def test_a_dome_that_is_silent_when_it_is_kicked_is_looked_at(scene: Make) -> None:
    """P18: the kick finds it out, three silent pings and it is lost."""
    dome = opened(scene, read_every(30.0))
    dome.box.silence = Unresponsive("nobody there")

    dome.run(6.0)

    assert dome.life == "DISABLED"


def test_a_permit_renewed_in_time_keeps_it_open(scene: Make) -> None:
    """4.4: the majordome renews every 5 s."""
    dome = opened(scene)
    for _ in range(20):
        dome.run(5.0)
        dome.ask(RenewPermit(at=dome.at, until_s=15.0))

    assert dome.box.count("close_shutter") == 0


def test_closing_is_ordered_again_every_10_s_until_the_switches_say_closed(scene: Make) -> None:
    """B6: close judged by the sensors, repeated, never from cached state."""
    dome = opened(scene)
    dome.ask(WithdrawPermit(at=dome.at, reason="rain"))
    assert dome.box.count("close_shutter") == 1

    dome.run(35.0)
    assert dome.box.count("close_shutter") == 4

    dome.box.finish(OpState.DONE)
    dome.box.show(phase="closed", open_switch=False, closed_switch=True)
    dome.run(60.0)
    assert dome.box.count("close_shutter") == 4


def test_both_switches_on_are_not_closed(scene: Make) -> None:
    """limit_switch_both S."""
    dome = opened(scene)
    dome.ask(CloseDome(at=dome.at, key=OTHER, reason="rain"))
    dome.box.show(phase="error", open_switch=True, closed_switch=True)

    dome.run(60.0)

    assert dome.box.count("close_shutter") >= 6
    assert dome.life == "FAULT"


def test_a_closing_order_is_done_when_the_switches_say_so(scene: Make) -> None:
    """4.3: whatever the box says of its operation."""
    dome = opened(scene)
    dome.ask(CloseDome(at=dome.at, key=OTHER, reason="rain"))
    dome.run(5.0)
    assert OTHER not in [each.key for each in dome.seen.ended]

    dome.box.show(phase="closed", open_switch=False, closed_switch=True, op=None)
    dome.run(1.0)

    ended = {each.key: each.state for each in dome.seen.ended}
    assert ended[OTHER] is OpState.DONE


def test_a_closed_dome_is_confirmed_without_an_order(scene: Make) -> None:
    """4.3: already closed: read again, no order."""
    dome = scene("dome")

    operation = dome.ask(CloseDome(at=dome.at, key=KEY, reason="dawn"))

    assert operation.state is OpState.DONE
    assert dome.box.count("close_shutter") == 0


def test_a_closing_cannot_be_aborted_or_opened_before_it_is_confirmed(scene: Make) -> None:
    """4.3, 4.5."""
    dome = opened(scene)
    dome.ask(CloseDome(at=dome.at, key=OTHER, reason="rain"))

    with pytest.raises(Refused, match="it is closing"):
        dome.ask(Abort(at=dome.at, key="3" * 32))
    with pytest.raises(Refused, match="it is closing"):
        dome.ask(OpenDome(at=dome.at, key="4" * 32))
    assert dome.box.count("abort") == 0


def test_a_close_ordered_while_the_dome_is_away_is_given_when_it_is_back(scene: Make) -> None:
    """4.3: accepted in every state."""
    dome = opened(scene)
    dome.box.silence = LinkLost("cable out")
    dome.run(2.0)
    operation = dome.ask(CloseDome(at=dome.at, key=OTHER, reason="rain"))
    assert not operation.ended
    dome.box.silence = None

    dome.run(6.0)

    assert dome.box.count("close_shutter") >= 1


def test_a_new_dome_actor_waits_one_permit_before_it_closes_an_open_dome(scene: Make) -> None:
    """A crash costs no exposure if the majordome renews in time."""
    dome = opened(scene)
    dome.kill()
    dome.run(5.0)
    dome.ask(RenewPermit(at=dome.at, until_s=15.0))
    dome.run(14.0)
    assert dome.box.count("close_shutter") == 0

    dome.kill()
    dome.run(16.0)
    assert dome.box.count("close_shutter") >= 1


def test_a_dome_that_closes_by_itself_is_told(scene: Make) -> None:
    """4.4: such a close places safety:selfclose."""
    dome = opened(scene)
    dome.box.show(phase="closing", open_switch=False, closed_switch=False, motor=True)

    dome.run(1.1)

    assert [each.verb for each in dome.seen.ended][-1] == "selfclose"
