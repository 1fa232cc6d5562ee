"""The bus topic of each event class, and whether each item counts (stream) or only the newest."""

from __future__ import annotations

from pyros.messages import events

STREAMS: dict[type[events.Event], str] = {
    events.DeviceChanged: "device-changes",
    events.OperationEnded: "operations",
    events.NightClosed: "night-closed",
    events.SchedulingFailed: "scheduling-failed",
    events.ExecutionStarted: "executions",
    events.ExecutionEnded: "executions",
    events.SlewStarted: "slews",
    events.ImageTaken: "images",
    events.CalibrationsTaken: "calibrations",
    events.ImageAnalysed: "analyses",
    events.NoticeStored: "notices",
    events.AlertAccepted: "alerts",
    events.AlertWithdrawn: "alerts",
    events.AlarmRaised: "alarms",
    events.LogRecorded: "log",
}
"""Topics where each item counts."""

STATES: dict[type[events.Event], str] = {
    events.DeviceStatus: "device/{device}",
    events.ConditionsChanged: "conditions",
    events.HoldsChanged: "holds",
    events.HouseStatus: "house",
    events.ScheduleReady: "schedule",
    events.ExecutionProgress: "progress",
    events.AlertChanged: "alert/{name}",
    events.LinkReported: "alerts/link/{source}",
}
"""Topics where the newest value counts; a name in braces, at the end, is a field of the event."""


def topic_of(event: events.Event) -> str:
    """Return the topic an event is published under.

    Raises:
        KeyError: no such event class.
    """
    stream = STREAMS.get(type(event))
    if stream is not None:
        return stream
    pattern = STATES[type(event)]
    before, brace, rest = pattern.partition("{")
    return f"{before}{getattr(event, rest.rstrip('}'))}" if brace else pattern


def is_stream(event: events.Event) -> bool:
    """Return whether each item of the event's topic counts."""
    return type(event) in STREAMS
