"""`pyros db`, `pyros user` and `pyros request` as an admin meets them."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from ruamel.yaml import YAML

from pyros.cli.main import main
from pyros.domain.request import SequenceState
from pyros.store import requests, users
from pyros.store.engine import Store

ROOT = Path(__file__).resolve().parents[2]
NEWEST = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))


def ended(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([str(one) for one in arguments])
    return exit_.value.code


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped configuration with its examples, data beside it."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config" / "simulation.yaml"


@pytest.fixture
def upgraded(config: Path) -> Path:
    """A configuration whose database is at head."""
    assert ended("db", "upgrade", config) == 0
    return config


@pytest.fixture
def store(upgraded: Path):
    (path,) = upgraded.parent.parent.glob("**/pyros.db")
    store = Store(f"sqlite:///{path}")
    yield store
    store.close()


def test_the_database_is_made_and_then_found_good(config, capsys) -> None:
    """P02: what the start names as the remedy is the remedy."""
    assert ended("db", "check", config) == 1
    assert f"run `pyros db upgrade {'sqlite:///'}" in capsys.readouterr().err

    assert ended("db", "upgrade", config) == 0
    assert ended("db", "upgrade", config) == 0
    assert ended("db", "check", config) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[2] for line in said] == [
        f"upgraded from nothing to {NEWEST}",
        f"at {NEWEST} already",
        f"good, at {NEWEST}",
    ]


def test_a_database_is_upgraded_by_its_url_too(tmp_path) -> None:
    """P02: the remedy line is copied as it stands."""
    assert ended("db", "upgrade", f"sqlite:///{tmp_path}/new/pyros.db") == 0
    assert (tmp_path / "new" / "pyros.db").exists()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nowhere.yaml", "pyros: nowhere.yaml: no such file; give a configuration or"),
        ("postgresql://x/y", "pyros: database postgresql://x/y: should be a file"),
        ("sqlite:////proc/none/pyros.db", "pyros: data folder /proc/none: "),
    ],
)
def test_what_cannot_be_upgraded_is_told_in_one_line(capsys, where, said) -> None:
    """P02: never a trace; exit code 1."""
    assert ended("db", "upgrade", where) == 1
    err = capsys.readouterr().err
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_an_account_is_made_with_a_one_time_password(upgraded, store, capsys) -> None:
    """P85: shown once; a second of the same e-mail is refused."""
    assert ended("user", "create", upgraded, "ada@x.org", "--role", "EXPERT") == 0
    password = capsys.readouterr().out.split()[-1]

    user = store.read(lambda s: users.by_email(s, "ada@x.org"))
    assert PasswordHasher().verify(user.password_hash, password)
    assert (user.role, user.state, user.must_change_password) == ("EXPERT", "ACTIVE", True)
    assert ended("user", "create", upgraded, "ADA@x.org") == 1
    assert "there is an account of ada@x.org already" in capsys.readouterr().err


def test_a_reset_link_holds_a_secret_of_which_only_the_hash_is_kept(
    upgraded, store, capsys
) -> None:
    """P86: the last link alone works; nobody unknown gets one."""
    ended("user", "create", upgraded, "ada@x.org")
    capsys.readouterr()
    secrets = []
    for _ in range(2):
        assert ended("user", "reset-link", upgraded, "ada@x.org") == 0
        link = capsys.readouterr().out.strip()
        secrets.append(re.fullmatch(r"http://127\.0\.0\.1:\d+/recover#(.{43})", link)[1])

    hashes = [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets]
    first, second = (store.read(lambda s, h=h: users.token(s, h)) for h in hashes)
    assert not first.good(first.created_at)
    assert second.good(second.created_at)
    assert ended("user", "reset-link", upgraded, "eve@x.org") == 1


def test_a_folder_of_documents_comes_in_once(upgraded, store, capsys) -> None:
    """P82: as drafts, or handed in; a second time they are there already."""
    folder = upgraded.parent / "examples"
    assert ended("request", "check", folder, upgraded) == 0
    assert ended("request", "import", folder, upgraded, "--submit") == 0
    assert ended("request", "import", folder, upgraded) == 0

    said = capsys.readouterr().out
    made = store.read(requests.load_all)
    assert len(made) == len(list(folder.glob("*.yaml")))
    assert said.count("is submitted") == said.count("is there already") == len(made)
    states = {one.state for request in made for one in request.sequences}
    assert states == {SequenceState.TOBEPLANNED}


def test_a_wrong_document_is_told_by_field_and_the_others_come_in(upgraded, capsys) -> None:
    """P75: each problem in a line, with the file it is in."""
    folder = upgraded.parent / "examples"
    for file in sorted(folder.glob("*.yaml"))[2:]:
        file.unlink()
    wrong = folder / "zz.yaml"
    wrong.write_text("short_name: x\nprogramme: nobody\nsequences: []\n", encoding="utf-8")

    assert ended("request", "import", folder, upgraded) == 1

    said = capsys.readouterr()
    assert said.out.count("is a draft now") == 2
    assert f"{wrong}: sequences: there is none: at least one is needed" in said.err


def test_a_request_goes_out_as_it_came_in(upgraded, tmp_path, capsys) -> None:
    """P82: what export writes, import takes."""
    ended("request", "import", upgraded.parent / "examples" / "m31.yaml", upgraded)
    name = YAML(typ="safe").load((upgraded.parent / "examples" / "m31.yaml").read_text())
    capsys.readouterr()
    assert ended("request", "export", f"{name['programme']}/{name['short_name']}", upgraded) == 0
    out = tmp_path / "out.yaml"
    out.write_text(capsys.readouterr().out, encoding="utf-8")

    assert ended("request", "check", out, upgraded) == 0
    assert (
        YAML(typ="safe").load(out.read_text())["sequences"][0]["name"]
        == (name["sequences"][0]["name"])
    )
    assert ended("request", "export", "survey/none", upgraded) == 1
