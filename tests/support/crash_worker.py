# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that runs two jobs and dies by SIGKILL at its n-th write. For test_crash.py, which forks it.

Prints nothing. Exit code 0: all jobs ended before the n-th write; else it was killed.
"""

import contextlib
import os
import signal
import sqlite3
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source
from easel.client.server import Server
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.engine import Engine
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.jobs.schedule import PollSchedule


class MortalLedger(Ledger):
    """Counts the writes that change something, and dies at the n-th, just before or after its commit.

    Progress and heartbeats don't count: a slow machine makes more of them, all alike.
    """

    def __init__(self, path: Path, fatal: int, moment: str) -> None:
        super().__init__(path)
        self._fatal, self._moment = fatal, moment
        self._writes, self._lock = 0, threading.Lock()
        self._thread = threading.local()
        self.transaction = self._mortal_transaction
        self._living_transaction = self._database.transaction

    def note(self, *args: Any, **kwargs: Any) -> None:
        with self._passing():
            super().note(*args, **kwargs)

    def beat(self, *args: Any) -> set[str]:
        with self._passing():
            return super().beat(*args)

    @contextlib.contextmanager
    def _passing(self) -> Generator[None]:
        self._thread.is_passing = True
        yield
        self._thread.is_passing = False

    @contextlib.contextmanager
    def _mortal_transaction(self) -> Generator[sqlite3.Connection]:
        with self._living_transaction() as connection:
            before = connection.total_changes
            yield connection
            counts = connection.total_changes > before and not getattr(self._thread, "is_passing", False)
            with self._lock:
                self._writes += counts
                dies = counts and self._writes == self._fatal
            if dies and self._moment == "before":
                self.strike()
        if dies and self._moment == "after":
            self.strike()

    def strike(self) -> None:
        """Kill the process."""
        os.kill(os.getpid(), signal.SIGKILL)


def run(folder: Path, url: str, fatal: int, moment: str, what: str = "images") -> None:
    """Run the jobs; `moment` is "before" or "after" the commit, `what` is "images" or "model"."""
    library = Library(folder)
    engine = Engine(
        library=library,
        server=Server(name="test", url=url),
        key=lambda: "test-key",
        may_go_online=lambda: False,
        rate_limit=1000,
        schedule=PollSchedule(first_fraction=0.0, near_s=0.05, far_s=0.05, missing_grace_s=0.3),
        ledger=MortalLedger(library.ledger_path, fatal, moment),
    )
    source = FileSnapshot(path=folder / "source.png")
    edit = EditRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="rust", sources=(Source(name="wall"),))
    if what == "model":
        model = ModelRequest(model=ModelId.HUNYUAN_PRO, prompt="wall", sources=(Source(name="wall"),))
        engine.submit(model, Placement(), {0: source})
    else:
        engine.submit(GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="moss", count=2), Placement())
        engine.submit(edit, Placement(), {0: source})
    while engine.is_busy:
        engine.wait(0.05)
        list(engine.drain())
    engine.stop()
