# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a call keeps other Python threads from running: what would freeze Blender's window."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_TICK_S = 0.001


class Held(NamedTuple):
    """What was seen of a call."""

    seconds: float
    longest_s: float
    """The longest gap between two ticks of another thread, in which the calling thread or its helpers ran.

    It counts the process's CPU seconds where those are fewer than the gap's: on a busy machine both threads
    wait for a processor that other programs have, which is no fault of the call's.
    """


def watched(call: Callable[[], Result]) -> tuple[Result, Held]:
    """Run a call; return its result, and what a thread that ticks each millisecond saw of it."""
    done = threading.Event()
    longest = 0.0

    def tick() -> None:
        nonlocal longest
        last, last_cpu = time.perf_counter(), time.process_time()
        while not done.wait(_TICK_S):
            now, now_cpu = time.perf_counter(), time.process_time()
            longest = max(longest, min(now - last, now_cpu - last_cpu))
            last, last_cpu = now, now_cpu

    ticker = threading.Thread(target=tick)
    ticker.start()
    start = time.perf_counter()
    try:
        result = call()
    finally:
        seconds = time.perf_counter() - start
        done.set()
        ticker.join()
    return result, Held(seconds, longest)


def best_of(call: Callable[[], Result], repeats: int) -> tuple[Result, Held]:
    """Return the result, the shortest time and the shortest of the longest gaps of some runs."""
    runs = [watched(call) for _ in range(repeats)]
    return runs[-1][0], Held(*(min(values) for values in zip(*(held for _, held in runs), strict=True)))
