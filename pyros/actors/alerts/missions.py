"""The field map of all missions as one table: what a packet type is, where its fields lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pyros.actors.alerts.literals import instant, whole
from pyros.actors.alerts.params import Params
from pyros.domain.alert import Nature, Origin, Rank

GBM_SYSTEMATIC_DEG = 3.7
"""Core of the systematic error of GBM's positions (Connaughton et al. 2015); GECAM's is alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice."""

    name: str
    family: str
    instrument: str = ""
    nature: Nature = Nature.BURST
    place: bool = True
    """Whether its position is a source's."""
    rank: Rank | None = None
    origin: Origin = Origin.TRIGGER
    """What the time in WhereWhen stands for."""
    containment: float = 0.9
    systematic_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """How one mission's packets are read; each function takes the Params of a packet."""

    name: str
    family: str
    event_id: Callable[[Params], str]
    normal_id: Callable[[str], str] = lambda text: text
    significance: tuple[str, ...] = ()
    test_flags: tuple[str, ...] = ("Test_Submission",)
    retraction_flags: tuple[str, ...] = ("Def_NOT_a_GRB", "Retraction")


def _named(name: str, group: str | None = None) -> Callable[[Params], str]:
    return lambda params: params.text(name, group)


def _integral_id(text: str) -> str:
    """Return the trigger without the sequence number that its high bits hold."""
    number = whole(text)
    return str(number & 0xFFFF) if number is not None and number >= 0 else text


def _icecube_id(params: Params) -> str:
    run, event = params.text("run_id"), params.text("event_id")
    return f"{run}_{event}" if run and event else params.text("TrigID")


MISSIONS: Mapping[str, Mission] = {
    "org.svom/fsc": Mission(
        name="SVOM",
        family="SVOM",
        event_id=_named("Burst_Id", "Svom_Identifiers"),
        significance=("SNR",),
    ),
    "nasa.gsfc.gcn/fermi": Mission(
        name="Fermi",
        family="Fermi-GBM",
        event_id=_named("TrigID"),
        significance=("Trig_Signif", "Data_Signif", "Burst_Signif"),
    ),
    "nasa.gsfc.gcn/swift": Mission(
        name="Swift",
        family="Swift",
        event_id=_named("TrigID"),
        significance=("Image_Signif", "Rate_Signif", "Det_Signif"),
    ),
    "nasa.gsfc.gcn/integral": Mission(
        name="INTEGRAL",
        family="INTEGRAL",
        event_id=_named("TrigID"),
        normal_id=_integral_id,
        significance=("Inten_Sigma",),
        test_flags=("Test_Notice",),
    ),
    "nasa.gsfc.gcn/gecam": Mission(
        name="GECAM",
        family="GECAM",
        event_id=_named("Trigger_Number"),
        significance=("TRIGGER_SIGNIF",),
    ),
    "nasa.gsfc.gcn/maxi": Mission(name="MAXI", family="MAXI", event_id=_named("TrigID")),
    "nasa.gsfc.gcn/calet": Mission(
        name="CALET",
        family="CALET",
        event_id=_named("TrigID"),
        significance=("SIGNIFICANCE",),
        test_flags=("InternalTest",),
    ),
    "nasa.gsfc.gcn/konus": Mission(name="Konus", family="Konus", event_id=_named("TrigID")),
    "nasa.gsfc.gcn/ipn": Mission(name="IPN", family="IPN", event_id=_named("TrigID")),
    "nasa.gsfc.gcn/amon": Mission(
        name="IceCube",
        family="IceCube",
        event_id=_icecube_id,
        significance=("signalness",),
        test_flags=("InternalTest", "Test"),
    ),
    "nasa.gsfc.gcn/counterpart": Mission(
        name="COUNTERPART", family="COUNTERPART", event_id=_named("TrigID")
    ),
    "gwnet/lvc": Mission(name="LVK", family="LVK", event_id=_named("GraceID")),
}
"""By the publisher's name without ivo://, in lower case."""


_TABLE = """
SVOM         201  grm-trigger       SVOM              GRM      burst       no   -     trigger  0.9
SVOM         202  eclairs-wakeup    SVOM              ECLAIRs  burst       yes  4.1   trigger  0.9
SVOM         203  eclairs-catalog   SVOM              ECLAIRs  burst       yes  -     trigger  0.9
SVOM         204  slewing           SVOM              ECLAIRs  burst       yes  4.2   trigger  0.9
SVOM         205  not-slewing       SVOM              ECLAIRs  burst       yes  4.2   trigger  0.9
SVOM         209  mxt-initial       SVOM              MXT      burst       yes  5.10  data     0.9
SVOM         210  mxt-update        SVOM              MXT      burst       yes  5.20  data     0.9
SVOM         211  vt                SVOM              VT       burst       yes  5.30  data     0.9
SVOM         219  retraction        SVOM              -        retraction  yes  -     trigger  0.9
Fermi        110  GBM_ALERT         Fermi-GBM         GBM      burst       no   -     trigger  0.68
Fermi        111  GBM_FLT_POS       Fermi-GBM         GBM      burst       yes  2.1   trigger  0.68
Fermi        112  GBM_GND_POS       Fermi-GBM         GBM      burst       yes  2.2   trigger  0.68
Fermi        115  GBM_FIN_POS       Fermi-GBM         GBM      burst       yes  2.3   trigger  0.68
Fermi        119  GBM_POS_TEST      Fermi-GBM         GBM      test        yes  -     trigger  0.68
Fermi        120  LAT_POS_INI       Fermi-LAT         LAT      burst       yes  3.1   coarse   0.9
Fermi        121  LAT_POS_UPD       Fermi-LAT         LAT      burst       yes  3.2   coarse   0.9
Fermi        122  LAT_POS_DIAG      Fermi-LAT         LAT      burst       yes  3.2   coarse   0.9
Fermi        128  LAT_OFFLINE       Fermi-LAT-offline LAT      burst       yes  3.3   trigger  0.9
Fermi        131  GBM_SUBTHRESH     Fermi-GBM-sub     GBM      other       yes  -     trigger  0.68
Swift         46  TOO_FOM           Swift-TOO         -        pointing    no   -     trigger  0.9
Swift         47  TOO_SC_SLEW       Swift-TOO         -        pointing    no   -     trigger  0.9
Swift         61  BAT_GRB_POS_ACK   Swift             BAT      burst       yes  4.2   trigger  0.9
Swift         62  BAT_GRB_POS_NACK  Swift             BAT      pointing    no   -     trigger  0.9
Swift         63  BAT_GRB_LC        Swift             BAT      other       no   -     trigger  0.9
Swift         64  BAT_SCALEDMAP     Swift             BAT      pointing    no   -     trigger  0.9
Swift         65  FOM_OBS           Swift             -        pointing    no   -     trigger  0.9
Swift         66  SC_SLEW           Swift             -        pointing    no   -     trigger  0.9
Swift         67  XRT_POSITION      Swift             XRT      burst       yes  5.40  data     0.9
Swift         68  XRT_SPECTRUM      Swift             XRT      pointing    no   -     data     0.9
Swift         69  XRT_IMAGE         Swift             XRT      pointing    no   -     data     0.9
Swift         70  XRT_LC            Swift             XRT      pointing    no   -     data     0.9
Swift         71  XRT_NACK          Swift             XRT      pointing    no   -     data     0.9
Swift         72  UVOT_DBURST       Swift             UVOT     pointing    no   -     data     0.9
Swift         73  UVOT_FCHART       Swift             UVOT     pointing    no   -     data     0.9
Swift         76  XRT_SPECTRUM_PROC Swift             XRT      pointing    no   -     data     0.9
Swift         77  XRT_IMAGE_PROC    Swift             XRT      pointing    no   -     data     0.9
Swift         78  UVOT_DBURST_PROC  Swift             UVOT     pointing    no   -     data     0.9
Swift         79  UVOT_FCHART_PROC  Swift             UVOT     pointing    no   -     data     0.9
Swift         81  UVOT_POS          Swift             UVOT     burst       yes  5.60  data     0.9
Swift         82  BAT_GRB_POS_TEST  Swift             BAT      test        yes  -     trigger  0.9
Swift         83  POINTDIR          Swift             -        pointing    no   -     trigger  0.9
Swift         89  UVOT_NACK         Swift             UVOT     pointing    no   -     data     0.9
Swift         97  BAT_QL_POS        Swift             BAT      burst       yes  4.0   coarse   0.9
INTEGRAL      52  SPIACS            INTEGRAL          SPIACS   burst       no   -     trigger  0.9
INTEGRAL      53  WAKEUP            INTEGRAL          IBIS     burst       yes  4.1   trigger  0.9
INTEGRAL      54  REFINED           INTEGRAL          IBIS     burst       yes  4.2   trigger  0.9
INTEGRAL      55  OFFLINE           INTEGRAL          IBIS     burst       yes  4.3   trigger  0.9
INTEGRAL      56  WEAK              INTEGRAL-weak     IBIS     other       yes  -     trigger  0.9
GECAM        188  FLT               GECAM             GECAM    burst       yes  2.1   trigger  0.68
GECAM        189  GND               GECAM             GECAM    burst       yes  2.2   trigger  0.68
MAXI         134  UNKNOWN           MAXI              GSC      burst       yes  4.1   trigger  0.9
MAXI         135  KNOWN             MAXI              GSC      other       yes  -     trigger  0.9
MAXI         136  TEST              MAXI              GSC      test        yes  -     trigger  0.9
CALET        160  GBM_FLT_LC        CALET             CGBM     burst       no   -     trigger  0.9
Konus         59  LC                Konus             Konus    burst       no   -     trigger  0.9
IPN           31  RAW               IPN               -        burst       no   -     trigger  0.9
IceCube      173  GOLD              IceCube           -        burst       yes  3.0   trigger  0.9
IceCube      174  BRONZE            IceCube           -        burst       yes  3.0   trigger  0.9
COUNTERPART   45  CNTRPART          COUNTERPART       -        other       yes  -     trigger  0.9
LVK          150  PRELIMINARY       LVK               -        other       no   -     trigger  0.9
LVK          151  INITIAL           LVK               -        other       no   -     trigger  0.9
LVK          152  UPDATE            LVK               -        other       no   -     trigger  0.9
LVK          164  RETRACTION        LVK               -        retraction  no   -     trigger  0.9
"""
"""Mission, Packet_Type, name, family of ids, instrument, nature; whether its position is a
source's; class and stage of that position; what its time stands for; what its error holds."""


def _rows() -> Iterable[tuple[tuple[str, int], Kind]]:
    for line in _TABLE.strip().splitlines():
        mission, number, name, family, instrument, nature, place, rank, origin, held = line.split()
        yield (
            (mission, int(number)),
            Kind(
                name=name,
                family=family,
                instrument="" if instrument == "-" else instrument,
                nature=Nature(nature),
                place=place == "yes",
                rank=_rank(rank),
                origin=Origin(origin),
                containment=float(held),
                systematic_deg=GBM_SYSTEMATIC_DEG if instrument in {"GBM", "GECAM"} else 0.0,
            ),
        )


def _rank(text: str) -> Rank | None:
    if text == "-":
        return None
    grade, stage = text.split(".")
    return Rank(grade=int(grade), stage=int(stage))


KINDS: Mapping[tuple[str, int], Kind] = dict(_rows())
"""By mission and Packet_Type; a type that is not here is shown and moves nothing."""

ALLOWED: Mapping[str, frozenset[int]] = {
    "SVOM": frozenset({202, 204, 205, 209, 210, 211}),
    "Fermi": frozenset({111, 112, 115, 120, 121, 122, 128}),
    "Swift": frozenset({97, 61, 67, 81}),
    "INTEGRAL": frozenset({53, 54, 55}),
    "GECAM": frozenset({188, 189}),
    "MAXI": frozenset({134}),
    "IceCube": frozenset({173, 174}),
}
"""Which types may move a telescope unless the configuration says otherwise."""


def mission_of(authority: str) -> Mission | None:
    """Return who publishes under `authority` (ivo://..., lower case), None if nobody we know."""
    return MISSIONS.get(authority.removeprefix("ivo://"))


def refined(kind: Kind, mission: str, params: Params, ivorn: str) -> Kind:
    """Return `kind` with what only the fields tell: refined positions stand a stage higher."""
    rank = kind.rank
    if rank is None:
        return kind
    if kind.name.startswith("mxt-"):
        rank = Rank(grade=rank.grade, stage=rank.stage + _quality(ivorn))
    elif mission == "Swift" and kind.name == "XRT_POSITION" and params.says("Updated_Notice"):
        rank = Rank(grade=rank.grade, stage=rank.stage + 10)
    elif mission == "IceCube":
        rank = Rank(grade=rank.grade, stage=min(params.whole("Rev") or 0, 9))
    return replace(kind, rank=rank)


def _quality(ivorn: str) -> int:
    """Return the N of MXT's `_qfN` (1 to 4), 0 without one: it stands in the name only."""
    head, mark, tail = ivorn.rpartition("_qf")
    return int(tail) if head and mark and tail in {"1", "2", "3", "4"} else 0


def burst_instant(mission: str, params: Params) -> str:
    """Return the Param that holds the time of the burst itself, as text; empty if none does."""
    if mission == "SVOM":
        text = params.text("Alert_Seq_T0", "Svom_Identifiers")
        return text if instant(text) is not None else ""
    return ""
