"""The database judged, and brought to its schema, by a process of its own.

A start has both done while it loads the rest of itself, and never carries Alembic in memory.
"""

from __future__ import annotations

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
            self._process.stdin.write(GO)
            self._process.stdin.flush()

    def await_end(self) -> None:
        """Wait until that is done.

        Raises:
            StartError: the database is not fit; one line with the remedy.
        """
        error = self._answer()["error"]
        self._close()
        if error:
            raise StartError(str(error))

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            code = self._process.wait(PATIENCE_S)
            raise StartError(f"the database could not be judged: its process ended with {code}")
        answer: dict[str, Any] = json.loads(line)
        if "verdict" in answer:
            verdict: dict[str, Any] = answer["verdict"]
            return verdict
        return answer


def main(url: str, *, by_itself: bool) -> None:
    """Say how the database stands; when told to go on, bring its schema."""
    from pyros.store.engine import Store  # noqa: PLC0415  none of it in the process that asks
    from pyros.store.schema import bring, judged  # noqa: PLC0415

    store = Store(url)
    try:
        _say(verdict=asdict(judged(store)))
        if sys.stdin.readline() == GO:
            bring(store, by_itself=by_itself)
            _say(error="")
    except StartError as error:
        _say(error=str(error))
    finally:
        store.close()


def _say(**answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], by_itself=sys.argv[2] == "yes")
