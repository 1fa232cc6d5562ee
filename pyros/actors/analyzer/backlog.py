"""Which image is worked on next, and what becomes of it when its worker fails: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyros.domain.image import Image

TRIES = 2
"""A job whose worker died or was late gets one more try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A raw image to be reduced; `tries` counts the workers it has cost."""

    image: Image
    tries: int = 0

    @property
    def key(self) -> str:
        """Name of the image for ever."""
        return self.image.exposure_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Images that wait, the ones of an alert first, and those that workers have now.

    No more run than there are workers, so that a dead worker costs nobody a try who only waited.
    """

    workers: int = 1
    waiting: tuple[Task, ...] = ()
    running: tuple[Task, ...] = ()

    def add(self, image: Image) -> Backlog:
        """Return it with this image waiting; unchanged if it waits or runs already."""
        if any(task.key == image.exposure_key for task in (*self.waiting, *self.running)):
            return self
        return replace(self, waiting=_in_order([*self.waiting, Task(image=image)]))

    def start(self) -> tuple[Backlog, tuple[Task, ...]]:
        """Return it with every free worker at work, and the tasks that begin."""
        free = max(self.workers - len(self.running), 0)
        begin = self.waiting[:free]
        started = replace(self, waiting=self.waiting[free:], running=(*self.running, *begin))
        return started, begin

    def task(self, key: str) -> Task | None:
        """Return the running task of this key, None if there is none."""
        return next((task for task in self.running if task.key == key), None)

    def end(self, key: str) -> Backlog:
        """Return it without the running task of this key."""
        return replace(self, running=tuple(task for task in self.running if task.key != key))

    def lose(self, *guilty: str) -> tuple[Backlog, tuple[Task, ...]]:
        """Return it after the death of all workers, and the tasks that are given up.

        The guilty have lost a try and are given up after the second; the others just wait again.
        """
        charged = [replace(task, tries=task.tries + (task.key in guilty)) for task in self.running]
        again = [task for task in charged if task.tries < TRIES]
        waiting = _in_order([*again, *self.waiting])
        given_up = tuple(task for task in charged if task.tries >= TRIES)
        return replace(self, running=(), waiting=waiting), given_up


def _in_order(tasks: list[Task]) -> tuple[Task, ...]:
    """Return them with those of an alert first, otherwise as they stand."""
    return tuple(sorted(tasks, key=lambda task: task.image.alert_id is None))
