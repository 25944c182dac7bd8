# SPDX-License-Identifier: GPL-3.0-or-later
"""The session's memory of its batch, and results of its threads. Main thread."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...client.errors import DEFECT
from ...threads.task import Task
from .. import live
from ..windows import reports
from . import session

if TYPE_CHECKING:
    from ...batches.check import Problem
    from ...batches.feed import Feeder
    from ...batches.plan import Plan
    from ...batches.row import Row
    from ...batches.run import Run
    from ...jobs.engine import Engine
    from ...jobs.job import Job


@dataclass(frozen=True)
class RowEdit:
    """A row that was edited by hand."""

    batch_id: str
    number: int
    before: Row
    """What it wanted."""


@dataclass
class State:
    """All of it."""

    engine: Engine | None = None
    """Which was asked for its batch."""
    run: Run | None = None
    feeder: Feeder | None = None
    made: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    """What threads have ready for the main thread."""
    tasks: list[Task] = field(default_factory=list[Task])
    news: list[dict[str, Job]] = field(default_factory=list[dict[str, "Job"]])
    """For each reading of the rows that is under way, what jobs have told since it began."""
    readings: int = 0
    """How many were begun."""
    taken: int = 0
    """Which of them was taken last."""
    problems: tuple[Problem, ...] = ()
    good: tuple[Row, ...] = ()
    """The rows of a table that has problems elsewhere."""
    name: str = ""
    """The name of that table."""
    edits: list[RowEdit] = field(default_factory=list[RowEdit])
    """Of this session, the last one at the end."""
    scene: str = ""
    """Name of the scene that results are for."""
    plan: Plan | None = None
    shown: tuple[object, ...] = ()
    waits: bool = False
    """A click waits for what a thread makes."""
    message: str = ""
    """Why the last thing that was wanted could not be done."""

    def drop(self) -> None:
        """Have no batch at hand."""
        self.run = self.feeder = self.plan = None


def state() -> State:
    """The session's."""
    return live.part(State)


def engine() -> Engine:
    """The session's engine; what another one had is dropped. Raises Refusal."""
    it, now = state(), session.engine()
    if it.engine is not now:
        it.engine = now
        it.drop()
    return now


def find_job(engine: Engine | None, job_id: str) -> Job | None:
    """A job as it was last told. Any thread."""
    try:
        return engine.job(job_id) if engine is not None else None
    except KeyError:
        return None


def tell(text: str) -> None:
    """Say why what was wanted could not be done."""
    it = state()
    it.waits, it.message = False, text
    reports.add("WARNING", text)


def on_thread(make: Callable[[], Callable[[], None]]) -> None:
    """Have something made; what comes of it is done in the next turn."""
    it = state()

    def work(_stop: object) -> None:
        try:
            it.made.put(make())
        except Exception:
            it.made.put(lambda: tell(DEFECT))
            raise

    it.tasks.append(Task("batch", work))


def take_made() -> bool:
    """Do what comes of what threads have made. True if there was any."""
    it = state()
    changed = False
    while not it.made.empty():
        it.made.get()()
        changed = True
    it.tasks = [task for task in it.tasks if not task.is_over]
    return changed
