"""Files to configurations, or to complaints with their places."""

from __future__ import annotations

import io
import typing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from pyros.config.complaint import WrongConfig
from pyros.config.document import MAX_BYTES, parse
from pyros.config.load import judge, load
from pyros.config.model import Config
from pyros.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "config" / "simulation.yaml"
WRONG = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))


def test_the_shipped_configuration_is_good() -> None:
    """Every device of it is simulated, and it has all six kinds."""
    config = load(SHIPPED)

    assert {device.driver for device in config.devices.values()} == {"simulated"}
    kinds = {device.kind for device in config.devices.values()}
    assert kinds == {"telescope", "camera", "filter_wheel", "dome", "plc", "weather"}


def test_file_names_count_from_the_folder_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")

    config = load(SHIPPED)

    assert config.data.root == ROOT / "data"
    assert config.alerts.strategy == ROOT / "config" / "strategy.yaml"
    assert config.data.database_url == f"sqlite:///{ROOT / 'data' / 'pyros.db'}"


def test_a_configuration_cannot_be_changed() -> None:
    config = load(SHIPPED)

    with pytest.raises(ValidationError, match="frozen"):
        config.site.name = "elsewhere"


@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_every_complaint_about_a_file_is_made_at_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P02, B10: file, line, column, key, what is wrong, what would be right, the nearest name."""
    monkeypatch.chdir(file.parent)

    with pytest.raises(WrongConfig) as wrong:
        load(Path(file.name))

    assert f"{wrong.value}\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.yaml: cannot be read: No such file"):
        load(tmp_path / "no.yaml")


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"site:\n  name: Montr\xe9al\n")

    with pytest.raises(ConfigError, match=r"latin\.yaml:2: is not UTF-8"):
        load(file)


def test_a_huge_file_is_not_even_parsed(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    file.write_text("#" * (MAX_BYTES + 1))

    with pytest.raises(ConfigError, match="at most 1000000"):
        load(file)


def test_aliases_cannot_blow_up_the_memory(judged) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(WrongConfig, match=r"more than 20 levels or 100000 values"):
        judged("\n".join(levels))


def test_an_alias_that_holds_itself_ends(judged) -> None:
    with pytest.raises(WrongConfig, match="more than 20 levels"):
        judged("a: &a [*a]\n")


@given(text=st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_complaint(text: str) -> None:
    """B10: garbage never gives a traceback."""
    with pytest.raises(ConfigError):
        judge(parse(text, file="x.yaml"), folder=Path())


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def _places(value: object, path: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] if path else []
    for key, child in inner:
        is_block = isinstance(child, dict | list)
        found += _places(child, (*path, key)) if is_block else [(*path, key)]
    return found


@settings(max_examples=40)
@given(data=st.data())
def test_a_value_of_any_kind_at_any_place_is_taken_or_complained_about(data) -> None:
    """B10: each complaint has a place that is in the file."""
    with SHIPPED.open(encoding="utf-8") as file:
        spoilt = YAML(typ="safe").load(file)
    path = data.draw(st.sampled_from(_places(spoilt)))
    block = spoilt
    for step in path[:-1]:
        block = block[step]
    block[path[-1]] = data.draw(VALUES)
    text = _dumped(spoilt)

    try:
        judge(parse(text, file="x.yaml"), folder=SHIPPED.parent)
    except WrongConfig as wrong:
        lines = text.splitlines()
        for complaint in wrong.complaints:
            assert 1 <= complaint.line <= len(lines)
            assert 1 <= complaint.column <= len(lines[complaint.line - 1]) + 1
            assert complaint.message


def _dumped(value: object) -> str:
    """Return plain data as YAML: JSON is YAML 1.2."""
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.width = 10**6
    yaml.dump(value, stream)
    return stream.getvalue()


@settings(max_examples=40)
@given(
    latitude=st.floats(-90, 90),
    factor=st.floats(0.1, 1000),
    seed=st.integers(0, 2**32 - 1),
    name=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=64),
)
def test_what_is_dumped_is_loaded_again_and_equal(
    latitude: float, factor: float, seed: int, name: str
) -> None:
    config = load(SHIPPED)
    site = config.site.model_copy(update={"latitude_deg": latitude, "name": name})
    clock = config.clock.model_copy(update={"factor": factor})
    simulation = config.simulation.model_copy(update={"seed": seed})
    changed = config.model_copy(update={"site": site, "clock": clock, "simulation": simulation})

    text = _dumped(changed.model_dump(mode="json"))

    assert judge(parse(text, file="again.yaml"), folder=Path("/")) == changed


def test_every_key_says_what_it_means() -> None:
    """The reference page has a text for each."""
    silent = [
        f"{model.__name__}.{name}"
        for model in _models(Config, set())
        for name, field in model.model_fields.items()
        if not field.description
    ]

    assert silent == []


def _models(model: type, seen: set) -> set:
    def inside(annotation: object) -> None:
        if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
            _models(annotation, seen)
        for inner in typing.get_args(annotation):
            inside(inner)

    if model not in seen:
        seen.add(model)
        for field in model.model_fields.values():
            inside(field.annotation)
    return seen


def test_the_folder_of_examples_that_the_configuration_names_is_there() -> None:
    folder = load(SHIPPED).simulation.requests

    assert len(list(folder.glob("*.yaml"))) >= 12
