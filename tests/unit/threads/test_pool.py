# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool has a bounded number of threads, keeps the order, and ends in bounded time."""

import queue
import threading
import time

from easel.threads.pool import Pool


def test_never_more_threads_than_its_size() -> None:
    together = threading.Barrier(3)  # fewer threads would never pass it
    done = threading.Semaphore(0)

    def work(_item: int) -> None:
        together.wait(30)
        done.release()

    pool: Pool[int] = Pool("three", 3, work)
    for item in range(12):
        pool.put(item)
    for _ in range(12):
        assert done.acquire(timeout=30)
    assert len(own_threads()) == 3
    pool.close()
    pool.join(time.monotonic() + 30)
    assert own_threads() == []


def own_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("easel-three-")]


def test_one_thread_keeps_the_order() -> None:
    seen: list[int] = []
    done = threading.Event()

    def work(item: int) -> None:
        seen.append(item)
        if item == 9:
            done.set()

    pool: Pool[int] = Pool("test", 1, work)
    for item in range(10):
        pool.put(item)
    assert done.wait(20)
    assert seen == list(range(10))
    pool.close()


def test_join_leaves_a_stuck_thread_behind() -> None:
    release = threading.Event()
    pool: Pool[int] = Pool("test", 1, lambda _item: release.wait(60) and None)
    pool.put(1)
    pool.close()
    start = time.monotonic()
    pool.join(start + 0.2)
    assert time.monotonic() - start < 20
    release.set()


def test_a_closed_pool_takes_nothing() -> None:
    done: list[int] = []
    pool: Pool[int] = Pool("closed", 2, done.append)
    pool.close()
    pool.put(1)
    pool.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("easel-closed")]
    assert not done


def test_an_item_for_later_holds_no_thread_and_is_taken_in_its_time() -> None:
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()
    pool: Pool[str] = Pool("later", 1, seen.put)
    start = time.monotonic()
    pool.put("last", after_s=0.4)
    pool.put("second", after_s=0.2)
    pool.put("first")
    assert [seen.get(timeout=20) for _ in range(3)] == ["first", "second", "last"]
    assert time.monotonic() - start >= 0.4
    pool.put("in an hour", after_s=3600)
    pool.close()
    assert seen.get(timeout=20) == "in an hour", "nothing that was handed in is dropped"
    pool.join(time.monotonic() + 20)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("easel-later-")]


def test_an_idle_thread_takes_what_a_busy_one_had_waited_for() -> None:
    release = threading.Event()
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()

    def work(item: str) -> None:
        if item == "long":
            release.wait(20)
        seen.put(item)

    pool: Pool[str] = Pool("idle", 2, work)
    for item in ("one", "two"):
        pool.put(item)
    assert {seen.get(timeout=20), seen.get(timeout=20)} == {"one", "two"}
    pool.put("later", after_s=0.2)
    pool.put("long")
    assert seen.get(timeout=20) == "later"
    release.set()
    pool.close()


class Hanging:
    """Work that hangs at some items until `answer` is set."""

    def __init__(self, *items: str) -> None:
        self.items = items
        self.answer = threading.Event()
        self.begun = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def __call__(self, item: str) -> None:
        if item in self.items:
            self.begun.release()
            self.answer.wait(60)
        self.done.release()


def test_what_hangs_and_is_let_go_frees_its_thread() -> None:
    work = Hanging("silent")
    pool: Pool[str] = Pool("free", 1, work)
    for _ in range(5):  # each replaces the one before and takes no further place
        pool.put("silent")
        assert work.begun.acquire(timeout=30)
        pool.let_go("silent")
    pool.put("other")
    assert work.done.acquire(timeout=30)
    work.answer.set()
    for _ in range(5):
        assert work.done.acquire(timeout=30)
    pool.close()
    pool.join(time.monotonic() + 30)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("easel-free-")]


def test_what_hangs_holds_up_nobody_where_there_is_patience() -> None:
    work = Hanging("silent")
    pool: Pool[str] = Pool("patient", 2, work, patience_s=0.05, most=4)
    for item in ("silent", "silent", "other", "silent", "other"):
        pool.put(item)
    for _ in range(2):
        assert work.done.acquire(timeout=30)
    assert sum(thread.name.startswith("easel-patient-") for thread in threading.enumerate()) <= 4
    work.answer.set()
    pool.close()


def test_patience_ends_at_the_most_threads_and_begins_again() -> None:
    work = Hanging("silent")
    pool: Pool[str] = Pool("most", 1, work, patience_s=0.05, most=2)
    for item in ("silent", "silent", "other"):
        pool.put(item)
    for _ in range(2):
        assert work.begun.acquire(timeout=30)
    assert not work.done.acquire(timeout=0.3)
    assert sum(thread.name.startswith("easel-most-") for thread in threading.enumerate()) == 2
    work.answer.set()
    for _ in range(3):
        assert work.done.acquire(timeout=30)
    pool.close()
