"""The JSON schema, and what may stand where."""

from __future__ import annotations

from pyros.config.schema import description, json_schema, keys_of, schema_at


def test_the_schema_knows_every_top_key() -> None:
    """B10: editors complete with it."""
    schema = json_schema()

    assert schema["$schema"].endswith("2020-12/schema")
    assert {"site", "devices", "channels", "alerts", "programmes"} <= set(keys_of(schema))
    assert schema["additionalProperties"] is False


def test_the_keys_of_a_device_are_those_of_its_kind() -> None:
    data = {"devices": {"eye": {"kind": "camera"}, "roof": {"kind": "dome"}}}

    assert "cooler" in keys_of(schema_at(("devices", "eye"), data))
    assert "cooler" not in keys_of(schema_at(("devices", "roof"), data))


def test_the_text_under_an_optional_block_is_found() -> None:
    data = {"devices": {"eye": {"kind": "camera", "cooler": {"cool_C_min": 5}}}}

    found = schema_at(("devices", "eye", "cooler", "cool_C_min"), data)

    assert description(found) == "How fast it is cooled, degrees a minute."


def test_nothing_is_known_of_a_place_that_does_not_exist() -> None:
    assert keys_of(schema_at(("devices", "eye", "nowhere", 3), {})) == ()
