# SPDX-License-Identifier: GPL-3.0-or-later
"""A few daemon threads that take items from a queue, made when they are needed.

Not `concurrent.futures`: its threads are joined when the interpreter exits, and one that is inside a
network call would hold Blender's quitting up.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Pool(Generic[T]):
    """At most `size` threads that each call `work(item)`, first come first served.

    `work` must not raise; what it raises ends the thread and is shown by `threading.excepthook`.
    """

    def __init__(self, name: str, size: int, work: Callable[[T], None]) -> None:
        self._name = name
        self._size = size
        self._work = work
        self._items: list[tuple[float, int, T]] = []
        """A heap, by when an item is due (monotonic) and came."""
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._pending = 0
        """Items put and not yet finished."""

    def put(self, item: T, *, after_s: float = 0.0) -> None:
        """Hand in one item, to be taken after some time. Returns at once. Once closed, nothing is taken."""
        with self._changed:
            if self._is_closed:
                return
            self._pending += 1
            if self._pending > len(self._threads) and len(self._threads) < self._size:
                name = f"easel-{self._name}-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            heapq.heappush(self._items, (time.monotonic() + after_s, next(self._numbers), item))
            self._changed.notify()

    def close(self) -> None:
        """Let the threads end when they have worked off what was handed in, due or not. Idempotent."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self, deadline: float) -> None:
        """Wait for the threads until `time.monotonic()` reaches `deadline`; who is late is left behind."""
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _run(self) -> None:
        while taken := self._take():
            try:
                self._work(*taken)
            finally:
                with self._changed:
                    self._pending -= 1

    def _take(self) -> tuple[T] | None:
        """Wait for the next item that is due; None: it is closed, and nothing is left."""
        with self._changed:
            while self._items or not self._is_closed:
                wait_s = self._items[0][0] - time.monotonic() if self._items else None
                if wait_s is not None and (wait_s <= 0 or self._is_closed):
                    item = heapq.heappop(self._items)[2]
                    if self._items:  # who waits without an end, or for this one, has another to wait for
                        self._changed.notify()
                    return (item,)
                self._changed.wait(wait_s)
        return None
