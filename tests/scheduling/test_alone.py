from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import pyros.scheduling as library
from pyros.scheduling.__main__ import main
from pyros.scheduling.bench import instance
from pyros.scheduling.document import dump
from pyros.scheduling.schemas import schema

HERE = Path(library.__file__).parent
README = (HERE / "README.md").read_text(encoding="utf-8")
LOADED = (
    "import sys; print(sorted({m.split('.')[0] for m in sys.modules} & "
    "{'pykka', 'sqlalchemy', 'aiohttp', 'zmq', 'pydantic', 'numba', 'scipy', 'astropy'}))"
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return an empty place with a copy of the library's folder, and nothing else of PyROS."""
    shutil.copytree(HERE, tmp_path / "pyros" / "scheduling")
    return tmp_path


def _python(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_copied_folder_runs_its_readme_alone(elsewhere: Path) -> None:
    """P23: no import of the rest; the README's ten lines print what it says."""
    code, output = re.findall(r"```(?:python)?\n(.*?)```", README, re.DOTALL)[1:3]
    script = (
        "import sys, importlib.abc\n"
        "class No(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.startswith('pyros.') and not name.startswith('pyros.scheduling'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, No())\n"
    )

    done = _python(elsewhere, "-c", script + code)

    assert (done.returncode, done.stdout) == (0, output), done.stderr


def test_the_documents_and_commands_of_the_readme_do_what_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """P23: another observatory begins by copying them."""
    (document,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (commands,) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    (tmp_path / "night.json").write_text(document, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    for command in commands.splitlines():
        assert main(command.removeprefix("python -m pyros.scheduling ").split()) == 0, command

    said = capsys.readouterr()
    assert said.err == ""
    assert "rr-lyr/2" in said.out
    assert "may start" in said.out


def test_each_option_of_the_command_is_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    """P23."""
    with pytest.raises(SystemExit):
        main(["--help"])

    for option in set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}:
        assert option in README


def test_a_night_is_printed_for_tired_eyes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """P22, P25: by the clock; what would admit the refused; value, bound and gap."""
    night = tmp_path / "night.json"
    night.write_text(json.dumps(dump(instance(24, 1))), encoding="utf-8")

    assert main([str(night), "--moves", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()

    times = [line[:8] for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert times == sorted(times)
    assert any(line.strip().startswith("-> priority") for line in lines)
    assert re.match(r"value [\d.]+, bound [\d.]+ .*, gap [\d.]+%", lines[-1])
    assert max(map(len, lines)) < 200


def test_a_problem_in_steps_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P23: the benchmark's documents go through the same command."""
    pytest.importorskip("numba", reason="problems in steps want the compiled solver")
    problem = {
        "format": "pyros-scheduling/1",
        "kind": "discrete",
        "step_s": 10,
        "steps": 100,
        "gap": {"constant": 1},
        "value": {"kind": "constant"},
        "accounts": [],
        "requests": {
            "dur": [40, 50, 60],
            "base": [4.0, 5.0, 6.5],
            "starts": [[[0, 60]], [[0, 50]], [[0, 40]]],
        },
    }
    path = tmp_path / "steps.json"
    path.write_text(json.dumps(problem), encoding="utf-8")
    assert Draft202012Validator(schema("discrete")).is_valid(problem)

    assert main([str(path), "--moves", "50", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)

    assert Draft202012Validator(schema("answer")).is_valid(answer)
    assert {row for _, row in answer["slots"]} <= {0, 1, 2}
    assert main([str(path), "--moves", "50"]) == 0
    assert "gap" in capsys.readouterr().out.splitlines()[-1]


def test_the_library_loads_nothing_heavy() -> None:
    """P23."""
    done = _python(HERE.parents[1], "-c", f"import pyros.scheduling; {LOADED}")

    assert done.stdout.strip() == "[]", done.stderr


def test_the_command_plans_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P23: its own command: exit code 0 is a valid schedule."""
    night, out = tmp_path / "night.json", tmp_path / "plan.json"
    night.write_text(json.dumps(dump(instance(6, 1))), encoding="utf-8")

    assert main([str(night), "--moves", "5", "--out", str(out)]) == 0
    assert "value" in capsys.readouterr().out
    assert main([str(night), "--check", str(out)]) == 0
    assert main([str(night), "--previous", str(out), "--moves", "0", "--json"]) == 0
    assert main([str(night), "--moves", "0", "--explain", "00001"]) == 0
    assert "ALTITUDE" in capsys.readouterr().out


def test_the_command_finds_a_broken_rule(tmp_path: Path) -> None:
    """P23: exit code 1."""
    night, out = tmp_path / "night.json", tmp_path / "plan.json"
    night.write_text(json.dumps(dump(instance(6, 1))), encoding="utf-8")
    main([str(night), "--moves", "0", "--out", str(out)])
    schedule = json.loads(out.read_text(encoding="utf-8"))
    schedule["slots"].pop()
    out.write_text(json.dumps(schedule), encoding="utf-8")

    assert main([str(night), "--check", str(out)]) == 1


@pytest.mark.parametrize("arguments", [["{}/nowhere.json"], ["{}/bad.json"], []])
def test_bad_input_is_a_line_and_exit_code_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """P23: never a traceback."""
    (tmp_path / "bad.json").write_text('{"kind": "night"}', encoding="utf-8")

    assert main([argument.format(tmp_path) for argument in arguments]) == 2
    assert capsys.readouterr().err


def test_the_command_prints_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """P23."""
    assert main(["--schema", "schedule"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["slots"]["type"] == "array"
