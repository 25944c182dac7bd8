# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a call keeps other Python threads from running: what would freeze Blender's window."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_TICK_S = 0.001


class Held(NamedTuple):
    """What was seen of a call."""

    seconds: float
    longest_s: float
    """The longest that another thread, which ticks, had to wait for the interpreter lock.

    What it waited for a processor is left out (Linux tells), and no more counts than this process has used of
    processors meanwhile: that other programs keep the machine busy is no fault of the call's.
    """


def watched(call: Callable[[], Result]) -> tuple[Result, Held]:
    """Run a call; return its result, and what a thread that ticks each millisecond saw of it."""
    done = threading.Event()
    longest = 0.0

    def tick() -> None:
        nonlocal longest
        last, last_queued, last_cpu = time.perf_counter(), _queued_s(), time.process_time()
        while not done.is_set():
            time.sleep(_TICK_S)
            now, now_queued, now_cpu = time.perf_counter(), _queued_s(), time.process_time()
            waited = now - last - (now_queued - last_queued) - _TICK_S
            longest = max(longest, min(waited, now_cpu - last_cpu))
            last, last_queued, last_cpu = now, now_queued, now_cpu

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


def _queued_s() -> float:
    """Return for how long this thread has waited for a processor; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_bytes().split()[1]) / 1e9
    except OSError:
        return 0.0
