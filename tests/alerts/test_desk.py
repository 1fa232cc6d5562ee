"""From a packet to a request, without threads, sockets and database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pyros.domain.alert import AlertState
from pyros.domain.request import RequestKind, SequenceState
from pyros.messages.commands import SendTestAlert
from pyros.messages.events import (
    AlarmRaised,
    AlertAccepted,
    AlertChanged,
    AlertWithdrawn,
    NoticeStored,
)

MIDNIGHT = datetime(2026, 3, 21, tzinfo=UTC)


def test_a_burst_becomes_a_request_with_the_ids_of_its_rows(chain, ours) -> None:
    """P36, P37, B9: accepted at once, with sequences that may be executed."""
    filing = chain.hear(ours.eclairs())

    (accepted,) = chain.said(AlertAccepted)
    assert accepted.interrupt == "now"
    assert accepted.alert.state is AlertState.ACTIVE
    assert accepted.alert.request_id == filing.request.id
    assert accepted.sequences == filing.request.sequences
    assert filing.request.kind is RequestKind.ALERT
    assert all(one.state is SequenceState.TOBEPLANNED for one in accepted.sequences)
    assert {album.channel for album in accepted.sequences[0].albums} == {"vis", "nir"}


def test_who_hears_of_an_alert_hears_it_before_the_packet_is_shown(chain, ours) -> None:
    """B9: the order leaves first."""
    filing = chain.hear(ours.eclairs())

    kinds = [type(event) for event in filing.events]
    assert kinds == [AlertAccepted, AlertChanged, NoticeStored]


def test_a_packet_seen_twice_makes_one_alert(chain, ours) -> None:
    """P40: delivery is at least once."""
    chain.hear(ours.eclairs())
    again = chain.hear(ours.eclairs())

    assert again.events == ()
    assert not again.rows
    assert len(chain.said(AlertAccepted)) == 1


def test_the_same_packet_by_another_source_hides_nothing(chain, ours) -> None:
    """P40: what somebody injected locally does not keep the real one out."""
    chain.hear(ours.eclairs(), source="inlet")
    chain.hear(ours.eclairs(), source="vtp")

    assert len(chain.said(AlertAccepted)) == 1


def test_a_packet_of_another_name_and_the_same_event_joins_its_alert(chain, ours) -> None:
    """P40."""
    chain.hear(ours.eclairs())
    chain.hear(ours.eclairs(kind=204, name="slewing", late_s=200.0))

    assert len(chain.alerts()) == 1
    assert len(chain.said(AlertAccepted)) == 1


def test_one_burst_seen_by_two_satellites_is_one_alert(chain, ours) -> None:
    """P40, B9: the second joins, its coarser position changes nothing."""
    chain.hear(ours.eclairs())
    chain.hear(ours.gbm())

    (alert,) = chain.alerts()
    assert alert.members == (("Fermi-GBM", "795000000"), ("SVOM", "sb26032101"))
    assert alert.ra_deg == 150.0
    assert len(chain.said(AlertAccepted)) == 1


def test_a_better_position_amends_the_request_that_exists(chain, ours) -> None:
    """P39: never a second request."""
    chain.hear(ours.gbm(error_deg=2.0))
    filing = chain.hear(ours.eclairs(late_s=700.0))

    first, second = chain.said(AlertAccepted)
    assert second.amends
    assert [one.id for one in second.sequences] == [one.id for one in first.sequences]
    assert second.sequences[0].target.ra_deg == 150.0
    assert filing.request is None
    assert set(filing.targets) == {one.id for one in first.sequences}


def test_a_small_correction_waits_for_the_next_exposure(chain, ours) -> None:
    """P39: below a third of the field nothing is aborted once the telescope is there."""
    chain.hear(ours.eclairs())
    (accepted,) = chain.said(AlertAccepted)
    chain.desk.commanded(accepted.sequences[0].id, accepted.at + timedelta(seconds=1))
    moved = ours.eclairs(kind=204, name="slewing", dec_deg=20.05, late_s=200.0)
    chain.hear(moved)

    amended = chain.said(AlertAccepted)[-1]
    assert (amended.amends, amended.interrupt) == (True, "no")


def test_a_large_correction_slews_at_once(chain, ours) -> None:
    """P39, P47."""
    chain.hear(ours.eclairs())
    (accepted,) = chain.said(AlertAccepted)
    chain.desk.commanded(accepted.sequences[0].id, accepted.at + timedelta(seconds=1))
    chain.hear(ours.eclairs(kind=204, name="slewing", dec_deg=20.2, late_s=200.0))

    assert chain.said(AlertAccepted)[-1].interrupt == "now"


def test_a_shift_inside_the_field_changes_nothing(chain, ours) -> None:
    """P39."""
    chain.hear(ours.eclairs())
    chain.hear(ours.eclairs(kind=204, name="slewing", dec_deg=20.01, late_s=200.0))

    assert len(chain.said(AlertAccepted)) == 1


def test_a_retraction_takes_the_request_back(chain, ours) -> None:
    """P39, P46: what waits is cancelled, the operator is told."""
    chain.hear(ours.eclairs())
    filing = chain.hear(ours.svom_retraction())

    (withdrawn,) = chain.said(AlertWithdrawn)
    (accepted,) = chain.said(AlertAccepted)
    assert withdrawn.sequence_ids == tuple(one.id for one in accepted.sequences)
    assert filing.cancelled[0][0] == accepted.alert.request_id
    assert chain.alerts()[0].state is AlertState.RETRACTED
    assert len(chain.said(AlarmRaised)) == 1


def test_a_retraction_that_comes_first_stops_the_late_original(chain, ours) -> None:
    """P39: it is kept as retracted and moves nothing."""
    chain.hear(ours.svom_retraction(), at=None)
    chain.hear(ours.eclairs())

    assert chain.said(AlertAccepted) == []
    assert chain.alerts()[0].state is AlertState.RETRACTED


def test_another_publisher_cannot_retract(chain, ours) -> None:
    """P39: the retraction is stored and shown, without effect."""
    cited = (("retraction", "ivo://org.svom/fsc#sb26032101_eclairs-wakeup"),)
    foreign = ours.eclairs(
        "sb26032101", kind=219, name="retraction", cites=cited, authority="ivo://nasa.gsfc.gcn/x"
    )
    chain.hear(ours.eclairs())
    chain.hear(foreign)

    assert chain.said(AlertWithdrawn) == []
    assert chain.alerts()[0].state is AlertState.ACTIVE


def test_an_alert_lives_on_if_another_satellite_still_sees_it(chain, ours) -> None:
    """P39, P40: one member is withdrawn, the position is chosen again."""
    chain.hear(ours.eclairs())
    chain.hear(ours.gbm())
    chain.hear(ours.svom_retraction(late_s=900.0))

    (alert,) = chain.alerts()
    assert alert.state is AlertState.ACTIVE
    assert alert.withdrawn == (("SVOM", "sb26032101"),)
    assert (alert.ra_deg, alert.dec_deg) == (152.0, 21.0)


def test_a_test_packet_is_shown_with_its_reason(chain, ours) -> None:
    """P41, B9: the others are stored and shown with the reason why not."""
    filing = chain.hear(ours.eclairs(role="test"))

    (stored,) = chain.said(NoticeStored)
    assert "role test: should be observation" in stored.reasons
    assert filing.record.reasons == stored.reasons
    assert chain.said(AlertChanged) == []


def test_what_cannot_be_read_is_kept_and_shown(chain) -> None:
    """P36: garbage on the alert port."""
    filing = chain.hear(b"\x00garbage", at=MIDNIGHT)

    (stored,) = chain.said(NoticeStored)
    assert stored.kind == "unreadable"
    assert filing.record.packet.payload == b"\x00garbage"


def test_an_old_burst_moves_nothing(chain, ours) -> None:
    """P36: after an outage days of packets come."""
    late = chain.hear(ours.eclairs(), at=MIDNIGHT + timedelta(days=3))

    assert chain.said(AlertAccepted) == []
    assert any("at most 24 h" in text for text in late.record.reasons)


def test_a_rule_may_say_that_an_alert_is_only_recorded(chain, ours) -> None:
    """P37, P38: it is active, with the rule as its reason."""
    chain.hear(ours.gbm(error_deg=12.0))

    (alert,) = chain.alerts()
    assert (alert.state, alert.rule, alert.request_id) == (AlertState.ACTIVE, "too wide", None)
    assert "recorded, not observed" in alert.reasons[0]
    assert chain.said(AlertAccepted) == []


def test_with_the_switch_off_alerts_are_shown_and_not_followed(chain, ours) -> None:
    """P38."""
    chain.desk.accept(accept=False)
    chain.hear(ours.eclairs())

    assert chain.said(AlertAccepted) == []
    assert chain.alerts()[0].reasons == ("alerts are not accepted now",)


def test_a_drill_runs_the_whole_chain_and_moves_nothing(chain) -> None:
    """P43: shown as a test, its request is a shadow that is not written."""
    now = MIDNIGHT
    order = SendTestAlert(at=now, ordered_by="ada")
    filing = chain.desk.drill(order, now, 120.0, 30.0)

    accepted = next(event for event in filing.events if isinstance(event, AlertAccepted))
    assert accepted.alert.drill
    assert not accepted.alert.real_slew
    assert accepted.interrupt == "no"
    assert filing.request is None


def test_only_the_order_of_an_admin_makes_a_drill_slew(chain) -> None:
    """P43: ten minutes at most."""
    now = MIDNIGHT
    order = SendTestAlert(at=now, ordered_by="ada", real_slew=True)
    filing = chain.desk.drill(order, now, 120.0, 30.0)

    accepted = next(event for event in filing.events if isinstance(event, AlertAccepted))
    assert accepted.interrupt == "now"
    assert accepted.alert.real_slew
    assert filing.request is not None
    assert all(one.window_end - now <= timedelta(minutes=10) for one in accepted.sequences)


def test_a_drill_is_never_joined_with_a_real_alert(chain, ours) -> None:
    """P43: although it is the same place at the same time."""
    packet = ours.eclairs(burst_at=MIDNIGHT - timedelta(seconds=10))
    order = SendTestAlert(at=MIDNIGHT, ordered_by="ada", real_slew=True)
    chain.filings.append(chain.desk.drill(order, MIDNIGHT, 150.0, 20.0))
    chain.hear(packet, at=MIDNIGHT + timedelta(seconds=5))

    assert [alert.drill for alert in chain.alerts()] == [True, False]


def test_an_alert_is_in_progress_until_its_last_sequence_is_over(chain, ours) -> None:
    """P41: the banner."""
    chain.hear(ours.eclairs())
    (accepted,) = chain.said(AlertAccepted)
    assert chain.said(AlertChanged)[-1].in_progress
    for one in accepted.sequences:
        chain.filings.append(chain.desk.over(one.id, accepted.at + timedelta(seconds=60)))

    assert not chain.said(AlertChanged)[-1].in_progress


def test_the_seven_stamps_are_set_as_things_happen(chain, ours) -> None:
    """P42: from the burst to first light."""
    chain.hear(ours.eclairs())
    (accepted,) = chain.said(AlertAccepted)
    sequence, at = accepted.sequences[0].id, accepted.at
    chain.filings.append(chain.desk.commanded(sequence, at + timedelta(seconds=1)))
    chain.filings.append(chain.desk.first_light(sequence, at + timedelta(seconds=9)))

    stamps = chain.said(AlertChanged)[-1].alert.stamps
    assert None not in (stamps.burst, stamps.written, stamps.received, stamps.decided)
    assert (stamps.commanded, stamps.first_light) == (
        at + timedelta(seconds=1),
        at + timedelta(seconds=9),
    )


def test_an_alert_expires_when_it_is_too_old(chain, ours) -> None:
    """P41."""
    chain.hear(ours.gbm(error_deg=12.0))
    chain.filings.append(chain.desk.tick(MIDNIGHT + timedelta(days=2)))

    assert chain.alerts()[0].state is AlertState.EXPIRED


def test_a_finding_that_it_was_no_burst_takes_back_the_quick_look(chain, ours) -> None:
    """P39: Swift's GRB_Identified=false is no retraction by name and has its effect."""
    chain.hear(ours.bat())
    renamed = ours.bat(identified="false", late_s=40.0).replace(b"-001", b"-002")
    chain.hear(renamed)

    assert chain.alerts()[0].state is AlertState.RETRACTED
    assert len(chain.said(AlertWithdrawn)) == 1
