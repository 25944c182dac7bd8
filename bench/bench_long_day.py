# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight hours of work with 2,000 jobs: memory, threads and open files at the end, and after the first fifty.

The simulator is a separate process that finishes at once; the ledger's clock moves on with each job.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.service import service  # noqa: E402
from bench.table import Row  # noqa: E402

JOBS: Final = 2000
FIRST: Final = 50
HOURS_S: Final = 8 * 3600.0
TINY = {"jobs": 12, "first": 6}
MOST_MB: Final = 16.0
"""The list has 2,000 jobs with requests and results: about 4 kB each."""

MOST_THREADS: Final = 2.0
MOST_FILES: Final = 4.0
"""Threads and connections are kept for the most work that ran at once, which may grow a little."""

SELF = Path("/proc/self")


def rows(jobs: int = JOBS, first: int = FIRST) -> Iterator[Row]:
    """Measure with `jobs` jobs."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        service(rate_limit=None, speed=3000.0) as url,
    ):
        before, after, seconds = _work(Path(folder), url, jobs, first)
    names = {"memory": ("MB", MOST_MB), "threads": ("", MOST_THREADS), "open files": ("", MOST_FILES)}
    for name, (unit, promised) in names.items():
        yield Row(
            what=f"{name} in the end, more than after {first} jobs",
            naive=None,
            ours=max(after[name] - before[name], 0.0),
            promised=promised,
            unit=unit,
            note=f"{before[name]:,.0f} then, {after[name]:,.0f} in the end; {jobs:,} jobs in {seconds:.0f} s",
        )


def _work(folder: Path, url: str, jobs: int, first: int) -> tuple[dict[str, float], dict[str, float], float]:
    """Send and collect jobs, a few at a time.

    Returns:
        What the process used after the first ones and at the end, and the total seconds.
    """
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest
    from easel.client.server import Server
    from easel.jobs.engine import Engine
    from easel.jobs.events import JobEnded
    from easel.jobs.job import JobState
    from easel.jobs.ledger import Ledger
    from easel.jobs.library import Library
    from easel.jobs.placement import Placement
    from easel.jobs.schedule import PollSchedule

    ahead_s = 0.0
    library = Library(folder)
    engine = Engine(
        library=library,
        server=Server(name="test", url=url),
        key=lambda: "bench",
        may_go_online=lambda: False,
        rate_limit=100_000,
        schedule=PollSchedule(first_fraction=0.0, near_s=0.05, far_s=0.05),
        ledger=Ledger(library.ledger_path, clock=lambda: time.time() + ahead_s),
    )
    engine.start()
    engine.wait_until_read(30)
    before: dict[str, float] = {}
    sent = done = 0
    begun = time.monotonic()
    while done < jobs:
        while sent < jobs and sent - done < 6 and (before or sent < first):
            request = GenerateRequest(
                model=ModelId.GEMINI_2_5_FLASH, prompt=f"a worn prop of the year {sent}"
            )
            engine.submit(request, Placement())
            sent += 1
        for event in engine.drain():
            if isinstance(event, JobEnded):
                assert event.job.state is JobState.DONE, event.job
                done += 1
                ahead_s += HOURS_S / jobs
        if done == first and not before:
            before = _taken()
        engine.wait(0.05)
    after = _taken()
    engine.stop()
    return before, after, time.monotonic() - begun


def _taken() -> dict[str, float]:
    """Return what the process uses, once temporary things have ended. Only Linux reports all of it easily."""
    time.sleep(1.0)
    gc.collect()
    if not SELF.exists():
        return {"memory": 0.0, "threads": threading.active_count(), "open files": 0}
    pages = int((SELF / "statm").read_text().split()[1])
    return {
        "memory": pages * 4096 / 1e6,
        "threads": threading.active_count(),
        "open files": sum(1 for _ in (SELF / "fd").iterdir()),
    }


if __name__ == "__main__":
    from bench.table import print_table

    print_table("A long day", rows())
