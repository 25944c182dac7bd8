# SPDX-License-Identifier: GPL-3.0-or-later
"""The session's state of its batch, and results of its threads. Main thread."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
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
    """A row that was edited manually."""

    batch_id: str
    number: int
    before: Row
    """Its earlier content."""


@dataclass(kw_only=True)
class State:
    """The state."""

    engine: Engine | None = None
    """The engine that was asked for its batch."""
    run: Run | None = None
    feeder: Feeder | None = None
    made: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)
    """Results of threads for the main thread."""
    tasks: list[Task] = field(default_factory=list[Task])
    news: list[dict[str, Job]] = field(default_factory=list[dict[str, "Job"]])
    """For each current reading of the rows, the jobs reported since it began."""
    readings: int = 0
    """How many readings have begun."""
    taken: int = 0
    """The number of the last one taken."""
    problems: tuple[Problem, ...] = ()
    good: tuple[Row, ...] = ()
    """The valid rows of a table that has problems elsewhere."""
    name: str = ""
    """The name of that table."""
    edits: list[RowEdit] = field(default_factory=list[RowEdit])
    """The edits of this session, the last one at the end."""
    scene: str = ""
    """Name of the target scene of the results."""
    plan: Plan | None = None
    shown: tuple[object, ...] = ()
    waits: bool = False
    """A click waits for a thread's result."""
    message: str = ""
    """Why the last order failed."""

    def drop(self) -> None:
        """Forget the current batch."""
        self.run = self.feeder = self.plan = None


def state() -> State:
    """The session's."""
    return live.part(State)


def engine() -> Engine:
    """Return the session's engine; the state of another one is dropped. Raises Refusal."""
    it, now = state(), session.engine()
    if it.engine is not now:
        it.engine = now
        it.drop()
    return now


def find_job(engine: Engine | None, job_id: str) -> Job | None:
    """Return a job as last reported. Any thread."""
    try:
        return engine.job(job_id) if engine is not None else None
    except KeyError:
        return None


def hide_replaced(at_hand: Run, numbers: Iterable[int]) -> None:
    """Hide the failed jobs of rows that wait again: sending one again too would pay for its row twice."""
    ours = engine()
    for job_id in at_hand.only_for(numbers):
        job = find_job(ours, job_id)
        if job is not None and job.state in ("FAILED", "EXPIRED") and (job.task_id or not job.submitted_at):
            ours.hide(job_id)


def tell(text: str) -> None:
    """Report why an order failed."""
    it = state()
    it.waits, it.message = False, text
    reports.add("WARNING", text)


def on_thread(make: Callable[[], Callable[[], None]]) -> None:
    """Run work on a thread; its result is processed in the next turn."""
    it = state()

    def work(_stop: object) -> None:
        try:
            it.made.put(make())
        except Exception:
            it.made.put(lambda: tell(DEFECT))
            raise

    it.tasks.append(Task("batch", work))


def take_made() -> bool:
    """Process the results of threads. True if there were any."""
    it = state()
    changed = False
    while not it.made.empty():
        it.made.get()()
        changed = True
    it.tasks = [task for task in it.tasks if not task.is_over]
    return changed
