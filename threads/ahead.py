# SPDX-License-Identifier: GPL-3.0-or-later
"""What one thread makes ready, a few ahead of who takes it: large files that are read or copied."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from .task import Task

K = TypeVar("K")
T = TypeVar("T")

_LOOK_S = 0.1
"""How often the thread checks whether it must stop, while nobody takes anything."""


class Ahead(Generic[K, T]):
    """Begins at once. One thread creates and asks it.

    Args:
        name: of the thread.
        wanted: what to make ready, in that order.
        make: called on the thread; must not raise.
        most: how many may be ready at a time.
    """

    def __init__(self, name: str, wanted: Iterable[K], make: Callable[[K], T], *, most: int) -> None:
        self._wanted = list(wanted)
        self._make = make
        self._ready: queue.Queue[tuple[K, T]] = queue.Queue(most)
        self._task = Task(name, self._run)

    def take(self) -> tuple[K, T] | None:
        """Return the next one that is ready; None if none is yet, or none comes any more."""
        try:
            return self._ready.get_nowait()
        except queue.Empty:
            return None

    @property
    def is_over(self) -> bool:
        """True once all was taken, or it was stopped and nothing is left."""
        return self._task.is_over and self._ready.empty()

    def stop(self) -> None:
        """Have the thread end after what is at hand. Returns at once, also where it hangs."""
        self._task.stop.set()

    def _run(self, stop: threading.Event) -> None:
        for key in self._wanted:
            if stop.is_set():
                return
            made = self._make(key)
            while not stop.is_set():
                try:
                    self._ready.put((key, made), timeout=_LOOK_S)
                    break
                except queue.Full:
                    continue
