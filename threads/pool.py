# SPDX-License-Identifier: GPL-3.0-or-later
"""A few daemon threads that take items from a queue, made when they are needed.

Not `concurrent.futures`: its threads are joined when the interpreter exits, and one that is inside a
network call would hold Blender's quitting up.
"""

from __future__ import annotations

import queue
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
        self._items: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._pending = 0
        """Items put and not yet finished."""

    def put(self, item: T) -> None:
        """Hand in one item. Returns at once. Once closed, nothing is taken any more."""
        with self._lock:
            if self._is_closed:
                return
            self._pending += 1
            if self._pending > len(self._threads) and len(self._threads) < self._size:
                name = f"easel-{self._name}-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._items.put(item)

    def close(self) -> None:
        """Let the threads end when they have worked off what was handed in. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for _ in self._threads:
                self._items.put(None)

    def join(self, deadline: float) -> None:
        """Wait for the threads until `time.monotonic()` reaches `deadline`; who is late is left behind."""
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            try:
                self._work(item)
            finally:
                with self._lock:
                    self._pending -= 1
