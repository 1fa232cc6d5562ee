"""Is the database's schema the one this program wants; bring it there (Alembic)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import pyros
from pyros.errors import StartError, StoreUnavailable
from pyros.store.append_only import missing
from pyros.store.engine import Session, Store
from pyros.store.sqlite import passes, writing_engine
from pyros.store.verdict import Verdict

MIGRATIONS = Path(pyros.__file__).resolve().parent.parent / "migrations"
"""The migrations lie beside the package, in its checkout."""


def head() -> str:
    """Return the revision that this program wants.

    Raises:
        StartError: the migrations are not beside the package.
    """
    return _scripts().get_current_head() or ""


def current(store: Store) -> str:
    """Return the revision that the database is at, empty if it has none.

    Raises:
        StoreUnavailable: there is no such database, or it cannot be read.
    """
    return store.read(_revision)


def upgrade(store: Store, revision: str = "head") -> str:
    """Bring the database there, making it and its folder if need be; return where it was.

    Raises:
        StartError: the folder or the file cannot be written; one line with the remedy.
    """
    before = _before(store)
    _make_folder(store.path)
    _run(store, lambda config: command.upgrade(config, revision))
    return before


def downgrade(store: Store, revision: str) -> None:
    """Bring the database back to an older revision, `base` for an empty one."""
    _run(store, lambda config: command.downgrade(config, revision))


def check(store: Store) -> None:
    """Return if the database is at the revision that this program wants (P02).

    Raises:
        StartError: it is not; one line: what is the matter, and the remedy.
    """
    _insist(judged(store))


def _insist(found: Verdict) -> None:
    if not found.good:
        raise StartError(f"database {found.text}: {found.remedy}")


def bring(store: Store, *, by_itself: bool) -> bool:
    """Make or upgrade the database if need be; return whether that was done.

    A simulated house upgrades an old one `by_itself`; a real one makes a new one and refuses an
    old one.

    Raises:
        StartError: the database is not fit; one line with the remedy.
    """
    found = judged(store)
    if found.good:
        return False
    if not (found.missing or (found.older and by_itself)):
        _insist(found)
    upgrade(store)
    return True


def verdict(url: str) -> Verdict:
    """Return how the database at `url` stands, for the list of prerequisites."""
    store = Store(url)
    try:
        return judged(store)
    finally:
        store.close()


def judged(store: Store) -> Verdict:
    """Return how the schema stands: missing, older, newer, spoilt, or good."""
    where, upgrading = store.path, f"run `pyros db upgrade {store.url}`"
    if not where.exists():
        return Verdict(good=False, text=f"{where} is not there", remedy=upgrading, missing=True)
    try:
        found = current(store)
        unguarded = store.read(missing) if found else ()
    except StoreUnavailable as gone:
        return Verdict(good=False, text=str(gone), remedy="free the disk or mend the file's rights")
    wanted = head()
    if found == wanted and not unguarded:
        return _writable(store, f"{where} at {wanted}")
    if found == wanted:
        text = f"{where} lacks the guard {unguarded[0]} (and {len(unguarded) - 1} more)"
        return Verdict(good=False, text=text, remedy="restore it from a backup")
    known = {script.revision for script in _scripts().walk_revisions()}
    if found and found not in known:
        text = f"{where} is at {found}, newer than this program ({wanted})"
        return Verdict(good=False, text=text, remedy="start the newer program, or restore a backup")
    text = f"{where} is at {found or 'no revision'}, this program wants {wanted}"
    return Verdict(good=False, text=text, remedy=upgrading, older=True)


def _writable(store: Store, text: str) -> Verdict:
    """Return a good verdict if a transaction can be begun and ended."""
    try:
        store.write(lambda _: None)
    except StoreUnavailable as gone:
        remedy = "end the process that holds it, free the disk, or mend the file's rights"
        return Verdict(good=False, text=str(gone), remedy=remedy)
    return Verdict(good=True, text=text)


def _revision(session: Session) -> str:
    return MigrationContext.configure(session).get_current_revision() or ""


def _before(store: Store) -> str:
    try:
        return current(store) if store.path.exists() else ""
    except StoreUnavailable as gone:
        raise StartError(f"database {gone}: restore a backup, or name another file") from gone


def _scripts() -> ScriptDirectory:
    if not (MIGRATIONS / "env.py").exists():
        raise StartError(f"{MIGRATIONS} is missing: run from a checkout (pip install -e .)")
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"data folder {path.parent}: {error.strerror}: make it, or mend its rights"
        ) from error


def _run(store: Store, act: Callable[[Config], None]) -> None:
    store.close()
    engine = writing_engine(str(store.path), synchronous="FULL")
    try:
        with engine.connect() as connection:
            act(_config(connection))
    except DBAPIError as error:
        if not passes(error):
            raise
        raise StartError(
            f"database {store.path}: {error.orig}: free the disk, or mend the file's rights"
        ) from error
    finally:
        engine.dispose()
