# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how long a call stops other Python threads, which would freeze Blender's window."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

_TICK_S = 0.001


class Held(NamedTuple):
    """The measurement of a call."""

    seconds: float
    longest_s: float
    """The longest wait of another, ticking thread for the interpreter lock.

    Waits for a processor are left out (on Linux), and no more counts than this process's processor time
    meanwhile: other programs must not affect the result.
    """


def watched(call: Callable[[], Result]) -> tuple[Result, Held]:
    """Run a call. Returns its result, and the measurement of a thread that ticks each millisecond.

    Work on all cores takes longer meanwhile: where its time matters, measure that in another run.
    """
    done = threading.Event()
    longest = 0.0

    def tick() -> None:
        nonlocal longest
        with _waiting_time() as queued_s:
            last, last_queued, last_cpu = time.perf_counter(), queued_s(), time.process_time()
            while not done.is_set():
                time.sleep(_TICK_S)
                now, now_queued, now_cpu = time.perf_counter(), queued_s(), time.process_time()
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


@contextmanager
def _waiting_time() -> Iterator[Callable[[], float]]:
    """Give a function that tells how long this thread has waited for a processor; 0 if no system says so."""
    try:
        file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        yield lambda: 0.0
        return
    try:
        yield lambda: int(os.pread(file, 64, 0).split()[1]) / 1e9
    finally:
        os.close(file)
