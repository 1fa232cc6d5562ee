from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.analyzer.backlog import TRIES, Backlog
from pyros.domain.image import Image


def image(number, *, alert_id=None):
    return Image(
        id=number,
        exposure_key=f"{number:032x}",
        night=date(2026, 11, 24),
        channel="vis",
        start=datetime(2026, 11, 25, tzinfo=UTC),
        exposure_s=1.0,
        alert_id=alert_id,
        path=f"{number}.fits",
        sha256="",
        bytes=0,
    )


def filled(*images, workers=1):
    backlog = Backlog(workers=workers)
    for one in images:
        backlog = backlog.add(one)
    return backlog


def ids(tasks):
    return [task.image.id for task in tasks]


def test_an_image_that_waits_or_runs_is_not_taken_twice():
    """P69: the event and the query at the start may both name it."""
    backlog, _ = filled(image(1), image(2)).start()

    assert backlog.add(image(1)) == backlog
    assert backlog.add(image(2)) == backlog


def test_the_images_of_an_alert_go_first():
    """P42: a burst does not wait for the routine programme."""
    backlog, begun = filled(image(1), image(2, alert_id=7), image(3), image(4, alert_id=7)).start()

    assert ids(begun) == [2]
    assert ids(backlog.waiting) == [4, 1, 3]


def test_no_more_run_than_there_are_workers():
    backlog, begun = filled(*map(image, range(1, 6)), workers=2).start()

    assert ids(begun) == [1, 2]
    assert backlog.start() == (backlog, ())


def test_a_job_whose_worker_died_is_tried_once_more_and_then_given_up():
    backlog, (task,) = filled(image(1), image(2)).start()

    backlog, given_up = backlog.lose(task.key)
    assert given_up == ()
    backlog, (task,) = backlog.start()
    assert task.image.id == 1
    backlog, given_up = backlog.lose(task.key)

    assert ids(given_up) == [1]
    assert ids(backlog.waiting) == [2]


def test_a_late_job_costs_its_neighbour_no_try():
    backlog, (late, other) = filled(image(1), image(2), workers=2).start()

    for _ in range(5):
        backlog, _ = backlog.lose(late.key)
        backlog, _ = backlog.start()

    assert backlog.task(other.key).tries == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 12), st.sampled_from([None, 7])),
        st.tuples(st.sampled_from(["start", "end", "lose"]), st.integers(0, 3), st.none()),
    ),
    max_size=60,
)


@given(workers=st.integers(1, 3), steps=STEPS)
def test_no_image_is_lost_or_done_twice_whatever_fails(workers, steps):
    """P04, P69: each image taken ends exactly once, done or given up, or still waits or runs."""
    backlog, taken, ended = Backlog(workers=workers), set(), []
    for verb, number, alert_id in steps:
        running = [task.key for task in backlog.running]
        chosen = running[number % len(running)] if running and verb != "add" else None
        match verb:
            case "add":
                key = image(number).exposure_key
                if key not in ended:
                    backlog = backlog.add(image(number, alert_id=alert_id))
                    taken.add(key)
            case "start":
                backlog, _ = backlog.start()
            case "end" if chosen:
                backlog = backlog.end(chosen)
                ended.append(chosen)
            case "lose" if chosen:
                backlog, given_up = backlog.lose(chosen)
                ended.extend(task.key for task in given_up)
        held = [task.key for task in (*backlog.waiting, *backlog.running)]
        assert sorted([*held, *ended]) == sorted(taken)
        assert len(backlog.running) <= workers
        assert all(task.tries < TRIES for task in (*backlog.waiting, *backlog.running))
        urgent = [task.image.alert_id is None for task in backlog.waiting]
        assert urgent == sorted(urgent)
