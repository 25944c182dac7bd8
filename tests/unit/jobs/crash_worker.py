# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that runs two jobs and dies by SIGKILL at its n-th commit. Run by test_crash.py.

    python crash_worker.py <library> <url> <n> <before|after>

Prints nothing. Exit code 0: all jobs were through before the n-th commit; else it is dead.
"""

import contextlib
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Generator
from pathlib import Path

from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source
from easel.client.server import Server
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.engine import Engine
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.jobs.schedule import PollSchedule

PASSING = 4
"""How many commits that need not reach the disk at once are counted: the two jobs' intents, and two of
progress. Progress is noted with every poll, so a slow machine makes more of them, all alike."""


class MortalLedger(Ledger):
    """Counts the commits of jobs, and dies with the n-th: just before it, or just after."""

    def __init__(self, path: Path, fatal: int, moment: str) -> None:
        super().__init__(path)
        self._fatal, self._moment = fatal, moment
        self._commits, self._passing, self._lock = 0, 0, threading.Lock()
        self.transaction = self._mortal_transaction
        self._living_transaction = self._database.transaction

    @contextlib.contextmanager
    def _mortal_transaction(self, *, durable: bool = True) -> Generator[sqlite3.Connection]:
        with self._lock:
            self._passing += not durable
            counts = durable or self._passing <= PASSING
            self._commits += counts
            dies = counts and self._commits == self._fatal
        with self._living_transaction(durable=durable) as connection:
            yield connection
            if dies and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    folder, url, fatal, moment = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    library = Library(folder)
    engine = Engine(
        library=library,
        server=Server(name="test", url=url),
        key=lambda: "test-key",
        may_go_online=lambda: False,
        rate_limit=1000,
        schedule=PollSchedule(first_fraction=0.0, near_s=0.05, far_s=0.05),
        ledger=MortalLedger(library.ledger_path, fatal, moment),
    )
    source = FileSnapshot(path=folder / "source.png")
    edit = EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="rust", sources=(Source(name="wall"),))
    engine.submit(GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="moss", count=2), Placement())
    engine.submit(edit, Placement(), {0: source})
    while engine.is_busy:
        engine.wait(0.05)
        list(engine.drain())
    engine.stop()


if __name__ == "__main__":
    main()
