"""Marks in a packet that speak against it: a test, no burst after all, or only doubtful."""

from __future__ import annotations

from pyros.actors.alerts.missions import Kind, Mission
from pyros.actors.alerts.params import Params

TEST_IDS = frozenset({"99999", "099999", "599999"})
GECAM_TESTS = 100_000_000
GBM_GRB = 4
"""What GBM's flight software calls a gamma-ray burst (Most_Likely_Index)."""
GECAM_KNOWN = frozenset({"SFLARE", "KNOWN_SOURCE"})
SURE_MXT = 3
"""From this quality on an MXT position is trusted outside of the ECLAIRs circle, too."""
SWIFT_DOUBTS = (
    "StarTrack_Lost_Lock",
    "VERY_Lo_Image_Signif",
    "Target_in_Gnd_Catalog",
    "Cosmic_Ray",
)


def test_marks(mission: Mission | None, params: Params, event_id: str, ivorn: str) -> list[str]:
    """Return every mark of a test; some tests are sent with role observation."""
    flags = mission.test_flags if mission is not None else ("Test_Submission",)
    marks = [f"{flag} is true" for flag in flags if params.says(flag)]
    if event_id in TEST_IDS:
        marks.append(f"id {event_id} is one of tests")
    if mission is not None and mission.name == "LVK" and event_id[:2] in {"MS", "TS"}:
        marks.append(f"id {event_id} is a mock or test event")
    if mission is not None and mission.name == "GECAM" and _is_gecam_test(event_id):
        marks.append(f"number {event_id} is one of tests")
    if "TEST" in ivorn.partition("#")[2].upper():
        marks.append("the name says TEST")
    return marks


def _is_gecam_test(event_id: str) -> bool:
    return event_id.isascii() and event_id.isdigit() and int(event_id[:20]) >= GECAM_TESTS


def no_burst_marks(mission: Mission, kind: Kind, params: Params) -> list[str]:
    """Return every mark by which the sender says that this is no burst."""
    marks = []
    if params.says("Def_NOT_a_GRB"):
        marks.append("Def_NOT_a_GRB is true")
    match mission.name, kind.name:
        case "Fermi", "GBM_FLT_POS":
            index = params.whole("Most_Likely_Index")
            if index != GBM_GRB:
                text = "missing" if index is None else str(index)
                marks.append(f"Most_Likely_Index is {text}: a burst is {GBM_GRB}")
        case "Swift", "BAT_GRB_POS_ACK" if not params.says("GRB_Identified"):
            marks.append("GRB_Identified is not true")
        case "SVOM", "eclairs-catalog":
            marks.append("a source of the catalogue")
        case "GECAM", _ if params.text("SRC_CLASS") in GECAM_KNOWN:
            marks.append(f"SRC_CLASS is {params.text('SRC_CLASS')}")
    if mission.name == "Swift" and params.says("TOO_Generated"):
        marks.append("TOO_Generated is true")
    if mission.name == "SVOM" and params.text("Source_Name", "Target_Info"):
        marks.append(f"known source {params.text('Source_Name', 'Target_Info')}")
    return marks


def doubts(mission: Mission, kind: Kind, params: Params) -> list[str]:
    """Return what makes a position doubtful without ruling it out."""
    if mission.name == "Swift":
        return [flag for flag in SWIFT_DOUBTS if params.says(flag)]
    if kind.instrument != "MXT" or params.says("Within_ECLAIRs_R90", "Target_Info"):
        return []
    quality = kind.rank.stage % 10 if kind.rank is not None else 0
    return [] if quality >= SURE_MXT else [f"outside the ECLAIRs circle, quality {quality}"]


def withdraws(mission: Mission, kind: Kind, params: Params) -> bool:
    """Return whether a later look at an event finds no burst, without being a retraction."""
    return (
        mission.name == "Swift"
        and kind.name == "BAT_GRB_POS_ACK"
        and params.text("GRB_Identified").lower() == "false"
    )
