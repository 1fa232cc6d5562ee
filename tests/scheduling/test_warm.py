"""What an installation compiles ahead of the night."""

from __future__ import annotations

from pyros.scheduling.__main__ import main


def test_warming_compiles_what_a_large_night_needs_and_says_so(capsys) -> None:
    assert main(["--warm"]) == 0

    assert capsys.readouterr().out.startswith("compiled: ")
