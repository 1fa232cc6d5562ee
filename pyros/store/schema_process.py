"""The database judged, and brought to its schema, by a process of its own.

A start has both done while it loads the rest of itself, and never carries Alembic in memory.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from pyros.errors import StartError
from pyros.store.verdict import Verdict

GO = "go\n"
PATIENCE_S = 5.0


class SchemaProcess:
    """The process: it says how the database stands, and does nothing to it before `go_on`.

    `by_itself` as in `pyros.store.schema.bring`.  Leave the context to end it.
    """

    def __init__(self, url: str, *, by_itself: bool) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", __name__, url, "yes" if by_itself else "no"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us: we end it
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._close()

    def _close(self) -> None:
        """Let it read that nobody is there any more, and see it end."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def verdict(self) -> Verdict:
        """Wait for how the database stands.

        Raises:
            StartError: it cannot be judged.
        """
        return Verdict(**self._answer())

    def go_on(self) -> None:
        """Have the schema made or upgraded if need be."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it is gone: `await_end` says so
                self._process.stdin.write(GO)
                self._process.stdin.flush()

    def await_end(self) -> None:
        """Wait until that is done.

        Raises:
            StartError: the database is not fit; one line with the remedy.
        """
        self._answer()
        self._close()

    def _answer(self) -> dict[str, Any]:
        """Return what it says next; raises StartError if that is an error, or nothing."""
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise StartError("the process that sees to the database ended without a word")
        answer: dict[str, Any] = json.loads(line)
        if error := answer.pop("error", ""):
            raise StartError(str(error))
        return answer


def main(url: str, *, by_itself: bool) -> None:
    """Say how the database stands; when told to go on, bring its schema."""
    from pyros.store.engine import Store  # noqa: PLC0415  none of it in the process that asks
    from pyros.store.schema import bring, judged  # noqa: PLC0415

    store = Store(url)
    try:
        _say(asdict(judged(store)))
        if sys.stdin.readline() == GO:
            bring(store, by_itself=by_itself)
            _say({})
    except StartError as error:
        _say({"error": str(error)})
    finally:
        store.close()


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], by_itself=sys.argv[2] == "yes")
