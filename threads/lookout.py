# SPDX-License-Identifier: GPL-3.0-or-later
"""What was last seen of things that may keep silent for long (files on a dead network share).

Nobody who asks waits: threads look, and what they have seen is there at the next question. A look that hangs
holds up no other one, and is never begun a second time beside the first until all is forgotten.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")

FRESH_S: Final = 1.0
"""How old what was seen gets before somebody looks again."""
SLOW_S: Final = 0.5
"""A look that takes longer is left to itself, and others get threads of their own."""
_AT_ONCE: Final = 2
"""Threads for looks that are answered at once, as most are."""
_MOST_THREADS: Final = 32
"""With those that hang. Beyond that, what was not seen yet waits for one of them."""
_MOST_KNOWN: Final = 1000
_IDLE_S: Final = 5.0
"""How long a thread waits for something to look at: to start one costs who asks some milliseconds."""


class Lookout(Generic[K, T]):
    """Looks at what it is asked for, on daemon threads that live while somebody asks.

    Nobody joins them: one that hangs would hold Blender's quitting up.

    Args:
        look: called on a thread with the key and what it last returned for it. Must not raise; what it
            raises ends the thread and is shown by `threading.excepthook`.
    """

    def __init__(self, name: str, look: Callable[[K, T | None], T]) -> None:
        self._name = name
        self._look = look
        self._lock = threading.RLock()
        self._work = threading.Condition(self._lock)
        """Something is to be looked at, or nothing any more."""
        self._seen = threading.Condition(self._lock)
        """Something was looked at."""
        self._known: dict[K, tuple[float, T]] = {}
        """With the monotonic time at which the look began."""
        self._waiting: dict[K, float] = {}
        """What is to be looked at, in that order, since when (monotonic)."""
        self._in_the_air: dict[K, float] = {}
        """What is being looked at, since when (monotonic)."""
        self._thread_count = 0
        """Those that were started since the last ending."""
        self._endings = 0
        """How often `forget` was called. A thread whose number is another one has nothing to say any more."""

    def ask(self, key: K) -> T | None:
        """Return what was last seen, None for nothing yet. Where it is old, have somebody look again."""
        with self._lock:
            known = self._known.get(key)
            is_old = known is None or time.monotonic() - known[0] > FRESH_S
            if is_old and key not in self._in_the_air:
                self._waiting.setdefault(key, time.monotonic())
                self._work.notify()
            self._start_threads()
        return known[1] if known is not None else None

    def recall(self, key: K, life_s: float) -> T | None:
        """Return what was last seen, None if that is older than `life_s`. Nobody looks for this."""
        with self._lock:
            known = self._known.get(key)
        return known[1] if known is not None and time.monotonic() - known[0] <= life_s else None

    def look_for(self, key: K, life_s: float) -> T | None:
        """Return what is seen, no older than `life_s`; None if that takes longer than a look does.

        Who asks stands still meanwhile, for `SLOW_S` at most: for clicks, not for turns.
        """
        until = time.monotonic() + SLOW_S
        with self._lock:
            while (seen := self.recall(key, life_s)) is None:
                left_s = until - time.monotonic()
                if left_s <= 0 or self.hangs(key):
                    return None
                self.ask(key)
                self._seen.wait(min(left_s, 0.1))  # it gets a separate thread once others hang
        return seen

    def hangs(self, key: K) -> bool:
        """True if somebody has been looking for longer than a look takes."""
        with self._lock:
            begun_at = self._in_the_air.get(key)
        return begun_at is not None and time.monotonic() - begun_at > SLOW_S

    @property
    def is_expecting(self) -> bool:
        """True while something that is not known yet will be soon, if it does not hang."""
        earliest = time.monotonic() - SLOW_S
        with self._lock:
            asked = (*self._waiting.items(), *self._in_the_air.items())
            return any(at > earliest and key not in self._known for key, at in asked)

    def wait(self, timeout_s: float) -> bool:
        """Stand still until all that was asked for is seen; False if that takes longer. For tests."""
        with self._lock:
            return self._seen.wait_for(lambda: not self._waiting and not self._in_the_air, timeout_s)

    def forget(self) -> None:
        """Forget what was seen, and let the threads end. Returns at once, also where one hangs.

        What is being looked at goes unheard, and may be asked for again meanwhile.
        """
        with self._lock:
            self._known.clear()
            self._waiting.clear()
            self._in_the_air.clear()
            self._thread_count = 0
            self._endings += 1
            self._seen.notify_all()
            self._work.notify_all()

    def _start_threads(self) -> None:
        """Have as many threads as what waits needs: two, but one for each while others hang."""
        earliest = time.monotonic() - SLOW_S
        slow = sum(at <= earliest for at in self._in_the_air.values())
        wanted = len(self._waiting) if slow else min(len(self._waiting), _AT_ONCE)
        for _ in range(min(wanted - (self._thread_count - slow), _MOST_THREADS - self._thread_count)):
            name = f"easel-{self._name}"
            threading.Thread(target=self._run, args=(self._endings,), name=name, daemon=True).start()
            self._thread_count += 1  # it waits for the lock until then

    def _run(self, ending: int) -> None:
        """Look at what waits, until somebody forgets.

        Args:
            ending: how often that had been done when the thread was started.
        """
        while (begun := self._begin(ending)) is not None:
            key, before, at = begun
            try:
                seen = self._look(key, before)
            except BaseException:
                with self._lock:
                    if ending == self._endings:
                        self._thread_count -= 1
                        self._land(key)
                raise
            with self._lock:
                if ending != self._endings:
                    return
                self._known.pop(key, None)  # the newest come last
                self._known[key] = at, seen
                if len(self._known) > _MOST_KNOWN:
                    del self._known[next(iter(self._known))]
                self._land(key)

    def _begin(self, ending: int) -> tuple[K, T | None, float] | None:
        """Take what has waited longest, with what was last seen of it; None ends the thread."""
        with self._lock:
            self._work.wait_for(lambda: self._waiting or self._endings != ending, _IDLE_S)
            if self._endings != ending:
                return None
            if not self._waiting:
                self._thread_count -= 1
                return None
            key = next(iter(self._waiting))
            del self._waiting[key]
            at = self._in_the_air[key] = time.monotonic()
            known = self._known.get(key)
            return key, known[1] if known is not None else None, at

    def _land(self, key: K) -> None:
        self._in_the_air.pop(key, None)
        self._seen.notify_all()
