# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's threads: they bring each job that is followed from one stage to the next, to its end.

prepare ──► submit ──► collect        three pools; a job is in one of them at a time
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from ..client.errors import defect_text
from ..client.requests import EditRequest
from ..imaging.snapshot import Taken
from ..texts.phrases import joined, phrase
from ..threads.pool import Pool
from .collect import collect
from .database import LedgerError
from .desk import Desk, Follow, Left, PutOff
from .events import JobChanged
from .fit import bring_back_what_is_here
from .follows import Follows
from .job import Job, JobState
from .keeper import Keeper
from .news import News
from .prepare import prepare
from .submit import submit

logger = logging.getLogger(__name__)

COLLECTORS: Final = 48
"""Threads that sleep most of the time. Each is held by one job until it ends, so that there must be more of
them than three jobs a minute can fill."""

PATIENCE_S: Final = 10.0
"""How long preparing one edit may hold up others that wait; fourteen painted 4K sources take 8 s."""
MOST_PREPARING: Final = 16
"""Threads, with those whose sources' disks are silent. Cancelling frees one in any case."""

Stage = Callable[[Desk, Follow], None]


class Crew:
    """Starts once, stops once. Public methods are for the main thread and return at once, but for `stop`."""

    def __init__(self, desk: Desk, follows: Follows, news: News) -> None:
        self._desk = desk
        self._follows = follows
        self._news = news
        self._preparing: Pool[Follow] = Pool(
            "prepare",
            2,
            lambda follow: self._run(prepare, follow),
            patience_s=PATIENCE_S,
            most=MOST_PREPARING,
        )
        self._submitting: Pool[Follow] = Pool("submit", 2, lambda follow: self._run(submit, follow))
        self._collecting: Pool[Follow] = Pool(
            "collect", COLLECTORS, lambda follow: self._run(collect, follow)
        )
        self._errands: Pool[Callable[[], None]] = Pool("errand", 1, lambda errand: errand())
        self._keeper = Keeper(desk, adopt=self._adopt)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Take over what is still at the service, in the background."""
        if not self._stopping.is_set():
            self._keeper.start()

    def stop(self, timeout_s: float) -> None:
        """End all threads within `timeout_s` and give up the jobs. Idempotent; see `Engine.stop`."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._keeper.stop()
        start = time.monotonic()
        follows = self._follows.leave_all()
        pools = (self._preparing, self._submitting, self._collecting, self._errands)
        for pool in pools:
            pool.close()
        # An answer to a POST is worth waiting for: it saves the job from being uncertain.
        self._submitting.join(start + timeout_s / 2)
        self._desk.api.close()
        for pool in pools:
            pool.join(start + timeout_s)
        self._keeper.join(max(start + timeout_s - time.monotonic(), 0.0))
        try:
            self._desk.ledger.release(self._desk.owner)
        except LedgerError:
            logger.exception("stopping; the leases run out by themselves")
        for follow in follows:
            self._follows.end(follow)

    def follow(self, job: Job, snapshots: Mapping[int, Taken] | None = None) -> None:
        """See a job of ours to its end. Nothing happens where it is followed already. Any thread."""
        follow = Follow(job=job, snapshots=snapshots or {})
        if not self._follows.add(follow):
            return  # what the keeper takes over while we stop is released with the rest
        if job.state is JobState.QUEUED and isinstance(job.request, EditRequest):
            self._preparing.put(follow)
        else:
            self._go_on(follow)

    def drop(self, job_id: str) -> None:
        """The artist took a job from its worker: end it now, and let the worker find out."""
        follow = self._follows.find(job_id)
        if follow is None:
            self._news.emit(JobChanged(job=self._desk.ledger.job(job_id)))
        else:
            follow.leave.set()
            self._follows.end(follow)
            self._preparing.let_go(follow)  # it may be reading from a disk that never answers

    def run_errand(self, errand: Callable[[], None]) -> None:
        """Do something small that is of no job, in the background. It must not raise."""
        self._errands.put(errand)

    # -- on the threads -----------------------------------------------------------------------------

    def _adopt(self, job: Job) -> None:
        """A job that an engine of an earlier session left: follow it, or show what became of it."""
        if job.is_watched:
            self.follow(job)
        else:
            self._news.emit(JobChanged(job=job))

    def _run(self, stage: Stage, follow: Follow) -> None:
        """One stage of one job; whatever happens, the job goes on or ends."""
        try:
            follow.check()
            stage(self._desk, follow)
            follow.job = self._desk.ledger.job(follow.job_id)
        except Left:
            self._follows.end(follow)
            self._keep_what_is_here(follow)
        except PutOff as later:
            self._put_off(follow, later.seconds)
        except Exception as error:
            logger.exception("job %s", follow.job_id)
            self._settle_defect(follow, error)
            self._follows.end(follow)
        else:
            self._go_on(follow)

    def _go_on(self, follow: Follow) -> None:
        if follow.leave.is_set() or not follow.job.is_watched:
            self._follows.end(follow)
        elif follow.job.state is JobState.QUEUED:
            self._follows.while_followed(follow, lambda: self._join_line(follow))
        else:
            self._collecting.put(follow)

    def _put_off(self, follow: Follow, seconds: float) -> None:
        pool = self._submitting if follow.job.state is JobState.QUEUED else self._collecting
        self._follows.while_followed(follow, lambda: pool.put(follow, after_s=seconds))

    def _join_line(self, follow: Follow) -> None:
        # Both in the same order: else the threads might all wait for a job that no thread has.
        self._desk.limiter.join_line(follow.job_id)
        self._submitting.put(follow)

    def _keep_what_is_here(self, follow: Follow) -> None:
        """The worker has left a job: what had arrived of it by then is the artist's to use."""
        ledger = self._desk.ledger
        try:
            job = ledger.job(follow.job_id)
            # `follow` was told to leave; of this one, only the end of the engine is a reason to.
            if bring_back_what_is_here(self._desk, Follow(job=job, leave=self._stopping)) or job.is_half_here:
                self._news.emit(JobChanged(job=ledger.job(follow.job_id)))
        except Left:
            return  # the next start goes on with it
        except LedgerError:
            logger.exception("job %s", follow.job_id)

    def _settle_defect(self, follow: Follow, error: Exception) -> None:
        """An error that no stage foresaw: leave the job so that nothing is lost and nothing is sent twice."""
        text = str(error) if isinstance(error, LedgerError) else defect_text(error)
        ledger = self._desk.ledger
        try:
            state = ledger.job(follow.job_id).state
            if state is JobState.QUEUED:
                ledger.end(follow.job_id, JobState.FAILED, message=joined(text, phrase("Nothing was sent.")))
            elif state is JobState.SUBMITTING:
                ledger.end(follow.job_id, JobState.UNCERTAIN, message=text)
            else:
                ledger.park(
                    follow.job_id, joined(text, phrase("The job is still with the service: look again."))
                )
        except LedgerError:
            logger.exception("job %s", follow.job_id)
            self._keeper.tell_trouble(text)
