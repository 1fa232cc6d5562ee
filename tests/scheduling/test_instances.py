from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scheduling import instances
from benchmarks.scheduling.events import KINDS
from benchmarks.scheduling.instances import (
    BOUNDS,
    CLASSES,
    ForeignStream,
    canonical,
    digest,
    instance,
    main,
    names,
)
from benchmarks.scheduling.night import STEPS, the_night

ONE_OF_EACH = [f"{letter}-{kind.sizes[0]}-7" for letter, kind in CLASSES.items()]


@pytest.mark.parametrize("name", [*names(("A",))[:20], *ONE_OF_EACH])
def test_a_common_instance_is_the_same_everywhere(name: str) -> None:
    """P23: `instance` compares with the hash that is kept and stops on another one."""
    document = instance(name)

    known = json.loads(BOUNDS.read_text(encoding="utf-8"))["instances"][name]
    assert document["sha256"] == known["sha256"] == digest(json.loads(canonical(document)))


def test_every_common_instance_has_a_hash() -> None:
    """P23: eight classes, seeds 1 to 20."""
    known = json.loads(BOUNDS.read_text(encoding="utf-8"))["instances"]

    assert list(known) == names()
    assert len({row["sha256"] for row in known.values()}) == len(known) == 400


def test_another_stream_of_numbers_is_noticed_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """P23: it says which numpy made the common ones."""
    known = {"A-100-1": {"sha256": "0" * 64}}
    bounds = {"made_with": {"numpy": "1.2.3"}, "instances": known}
    monkeypatch.setattr(instances, "BOUNDS", tmp_path / "bounds.json")
    instances.BOUNDS.write_text(json.dumps(bounds), encoding="utf-8")

    with pytest.raises(ForeignStream, match=r"1\.2\.3"):
        instance("A-100-1")


def test_the_night_is_the_one_of_the_document() -> None:
    """P24: 9.16 h below -18 deg, from 03:14:20 to 12:23:40."""
    night = the_night()

    assert night.dark == (446, 3742)
    assert math.degrees(math.asin(night.sin_sun.min())) == pytest.approx(-58.7, abs=0.3)
    assert np.linalg.norm(night.moon, axis=1) == pytest.approx(1.0, abs=1e-8)


def test_a_start_keeps_every_constraint_and_the_step_beside_an_interval_breaks_one() -> None:
    """P25: recomputed one instant at a time, without arrays."""
    document, night = instance("A-100-3"), the_night()
    for index in range(0, 100, 7):
        holds = [_holds(document, night.moon, night.sin_sun, index, t) for t in range(STEPS)]
        steps = document["requests"]["dur"][index]
        fits = [t for t in range(STEPS - steps + 1) if all(holds[t : t + steps])]
        spans = document["requests"]["starts"][index]
        assert fits == [t for first, last in spans for t in range(first, last + 1)]


def _holds(document: dict, moon: np.ndarray, sin_sun: np.ndarray, index: int, t: int) -> bool:
    requests, sky = document["requests"], document["sky"]
    a, b, c = requests["alt"][index]
    theta = document["phase"][0] + document["phase"][1] * t
    height = a + b * math.cos(theta) + c * math.sin(theta)
    far = math.degrees(math.acos(sum(requests["vec"][index] * moon[t])))
    first, end = sky["window"][index]
    return (
        height > 0.0
        and 1.0 / height < sky["max_airmass"][index]
        and sin_sun[t] < math.sin(math.radians(sky["sun_max_deg"][index]))
        and far >= sky["moon_min_deg"][index]
        and first <= t < end
    )


def test_classes_differ_in_one_thing_each() -> None:
    """P23: so that a figure says what is hard."""
    a, f, g = instance("A-1000-2"), instance("F-1000-2"), instance("G-1000-2")

    assert a["requests"] == g["requests"]
    assert (a["events"], f["accounts"]) == ([], [])
    assert f["requests"] == {**a["requests"], "account": [-1] * 1000}
    eq, e = instance("Eq-100-2"), instance("E-100-2")
    assert eq["gap"] == e["gap"] == {"constant": 1}
    assert eq["accounts"]
    assert not e["accounts"]
    crowded = instance("C-1000-2")["requests"]["dur"]
    assert sum(crowded) == pytest.approx(1.5 * 3296, rel=0.03)
    assert sum(instance("B-1000-2")["requests"]["dur"]) < 0.4 * sum(a["requests"]["dur"])
    assert max(instance("D-1000-2")["requests"]["base"]) <= 100.0


def test_a_night_with_events_has_all_of_them_written_out() -> None:
    """P51: a replay draws nothing."""
    document = instance("G-1000-5")
    events = document["events"]

    assert [one["step"] for one in events] == sorted(one["step"] for one in events)
    assert sorted(one["kind"] for one in events) == sorted(("RESUME", *KINDS))
    n = document["n"]
    for event in events:
        if event["kind"] == "SUBMIT":
            assert {len(column) for column in event["requests"].values()} == {20}
            n += 20
        for index in [*event.get("out", []), *event.get("drop", [])]:
            assert 0 <= index < n


def test_files_are_written_under_their_names(tmp_path: Path) -> None:
    """P23."""
    assert main(["--make", str(tmp_path), "A-100-30", "Eq-300-99"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A-100-30.json", "Eq-300-99.json"]
    assert main(["--make", str(tmp_path), "Z-1-1"]) == 2
