# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on a separate thread begins at once, can be waited for, and can be stopped."""

import threading

from easel.threads.task import Task


def test_a_task_begins_by_itself_and_is_over_when_its_work_is() -> None:
    go_on = threading.Event()
    done: list[str] = []

    def work(_stop: threading.Event) -> None:
        go_on.wait(10)
        done.append("it")

    task = Task("test", work)
    assert not task.is_over
    assert not task.wait(0.01)
    go_on.set()
    assert task.wait()
    assert task.is_over
    assert done == ["it"]


def test_a_task_that_nobody_wants_gives_up() -> None:
    task = Task("test", lambda stop: stop.wait(60) and None)
    task.stop.set()
    assert task.wait(10)


def test_no_exit_waits_for_a_task() -> None:
    seen: list[threading.Thread] = []
    task = Task("test", lambda _stop: seen.append(threading.current_thread()))
    task.wait()
    assert (seen[0].daemon, seen[0].name) == (True, "easel-test")
