# SPDX-License-Identifier: GPL-3.0-or-later
"""A few daemon threads that take items from a queue, made when they are needed.

Not `concurrent.futures`: its threads are joined when the interpreter exits, and one that is inside a
network call, or reads from a disk that does not answer, would hold Blender's quitting up.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class _Worker(Generic[T]):
    thread: threading.Thread
    item: tuple[T] | None = None
    """What it is at."""
    since: float = 0.0  # monotonic
    is_left: bool = False
    """Another thread has taken its place: it ends when it is done with its item, if ever."""


class Pool(Generic[T]):
    """At most `size` threads that each call `work(item)`, first come first served.

    `work` must not raise; what it raises ends the thread and is shown by `threading.excepthook`. Where it
    hangs, `let_go` frees the thread's place.

    Args:
        patience_s: an item that takes longer, while others wait, is left to its thread, and they get another
            one: what hangs holds up nobody. None: others wait, however long it takes.
        most: threads in all, with those that were left for this.
    """

    def __init__(
        self,
        name: str,
        size: int,
        work: Callable[[T], None],
        *,
        patience_s: float | None = None,
        most: int = 0,
    ) -> None:
        self._name = name
        self._size = size
        self._work = work
        self._patience_s = patience_s
        self._most = max(size, most)
        self._items: list[tuple[float, int, T]] = []
        """A heap, by when an item is due (monotonic) and came."""
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._workers: list[_Worker[T]] = []
        self._let_go: list[_Worker[T]] = []
        """They hang, as far as we know, at what nobody wants any more."""
        self._watch: threading.Timer | None = None
        self._is_closed = False

    def put(self, item: T, *, after_s: float = 0.0) -> None:
        """Hand in one item, to be taken after some time. Returns at once. Once closed, nothing is taken."""
        with self._changed:
            if self._is_closed:
                return
            heapq.heappush(self._items, (time.monotonic() + after_s, next(self._numbers), item))
            self._have_threads()
            self._changed.notify()

    def let_go(self, item: T) -> None:
        """Nobody wants an item any more: the thread that is at it, if one is, no longer counts."""
        with self._changed:
            for worker in self._workers:
                if worker.item is not None and worker.item[0] is item:
                    worker.is_left = True
                    self._workers.remove(worker)
                    self._let_go.append(worker)
                    self._have_threads()
                    return

    def close(self) -> None:
        """Let the threads end when they have worked off what was handed in, due or not. Idempotent."""
        with self._changed:
            self._is_closed = True
            if self._watch is not None:
                self._watch.cancel()
            self._changed.notify_all()

    def join(self, deadline: float) -> None:
        """Wait for the threads until `time.monotonic()` reaches `deadline`; who is late is left behind."""
        with self._changed:
            workers = [*self._workers, *self._let_go]
        for worker in workers:
            worker.thread.join(max(deadline - time.monotonic(), 0.0))

    def _have_threads(self) -> None:
        """Start the threads that the waiting items need; if no more are allowed, look again later."""
        at_hand = [worker for worker in self._workers if not worker.is_left]
        idle = sum(worker.item is None for worker in at_hand)
        room = min(self._size - len(at_hand), self._most - len(self._workers))
        for _ in range(min(len(self._items) - idle, room)):
            self._start()
        is_short = len(self._items) - idle > max(room, 0)
        if is_short and self._patience_s is not None and self._watch is None and not self._is_closed:
            self._watch = threading.Timer(self._patience_s, self._look_again)
            self._watch.daemon = True
            self._watch.start()

    def _start(self) -> None:
        name = f"easel-{self._name}-{next(self._numbers)}"
        thread = threading.Thread(target=lambda: self._run(worker), name=name, daemon=True)
        worker: _Worker[T] = _Worker(thread)
        self._workers.append(worker)
        thread.start()  # it waits for the lock until then

    def _look_again(self) -> None:
        """Leave to themselves those that take long, while others wait."""
        earliest = time.monotonic() - (self._patience_s or 0.0)
        with self._changed:
            self._watch = None
            for worker in self._workers:
                is_long = worker.item is not None and worker.since <= earliest
                if is_long and len(self._workers) < self._most:
                    worker.is_left = True
            self._have_threads()

    def _run(self, worker: _Worker[T]) -> None:
        try:
            while taken := self._take(worker):
                self._work(*taken)
        finally:
            with self._changed:
                workers = self._workers if worker in self._workers else self._let_go
                workers.remove(worker)
                self._have_threads()

    def _take(self, worker: _Worker[T]) -> tuple[T] | None:
        """Wait for the next item that is due; None: nothing is left for this thread."""
        with self._changed:
            worker.item = None
            while not worker.is_left and (self._items or not self._is_closed):
                wait_s = self._items[0][0] - time.monotonic() if self._items else None
                if wait_s is not None and (wait_s <= 0 or self._is_closed):
                    worker.item, worker.since = (heapq.heappop(self._items)[2],), time.monotonic()
                    if self._items:  # who waits without an end, or for this one, has another to wait for
                        self._changed.notify()
                    return worker.item
                self._changed.wait(wait_s)
        return None
