# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's threads. They bring each followed job from one stage to the next, until it ends.

prepare ──► submit ──► collect        three pools; a job is in one of them at a time
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..client.errors import DEFECT
from ..client.requests import EditRequest
from ..imaging.snapshot import Taken, release
from ..texts.phrases import joined, phrase
from ..threads.pool import Pool
from .collect import collect
from .desk import Desk, Follow, Left, PutOff
from .events import JobChanged
from .fit import bring_back_what_is_here
from .follows import Follows
from .job import Job, JobState
from .keeper import Keeper
from .ledger_file import LedgerError, LibraryMoved
from .news import News
from .prepare import prepare
from .submit import submit

logger = logging.getLogger(__name__)

COLLECTORS: Final = 48
"""Threads, which mostly sleep. Each holds one job until it ends, so there must be more threads than three
jobs
a minute can fill."""

PATIENCE_S: Final = 10.0
"""Preparing one edit may delay other waiting edits this long; fourteen painted 4K sources take 8 s."""
MOST_PREPARING: Final = 16
"""The most threads, with those that wait for silent disks. Cancelling always frees a thread."""

SENDING_PATIENCE_S: Final = 30.0
"""Sending one job may delay others this long, for example on a slow line or without an answer."""
MOST_SENDING: Final = 8
"""The most threads, with those that wait for slow lines."""

Stage = Callable[[Desk, Follow], None]


class Crew:
    """Starts once, stops once. All methods but `stop` return at once.

    Args:
        look: updates the main thread's view of the jobs.
    """

    def __init__(self, desk: Desk, follows: Follows, news: News, look: Callable[[], None]) -> None:
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
        self._submitting: Pool[Follow] = Pool(
            "submit",
            2,
            lambda follow: self._run(submit, follow),
            patience_s=SENDING_PATIENCE_S,
            most=MOST_SENDING,
        )
        self._collecting: Pool[Follow] = Pool(
            "collect", COLLECTORS, lambda follow: self._run(collect, follow)
        )
        self._errands: Pool[Callable[[], None]] = Pool("errand", 1, lambda errand: errand())
        self._keeper = Keeper(desk, follows, adopt=self._adopt, look=look)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Take over what is still at the service, in the background."""
        if not self._stopping.is_set():
            self._keeper.start()

    def stop(self, deadline: float) -> Sequence[Follow]:
        """End all threads before `time.monotonic()` reaches `deadline`. Returns what is still followed.

        A thread that the network holds longer is left behind.
        """
        self._stopping.set()
        self._keeper.stop()
        follows = self._follows.leave_all()
        pools = (self._preparing, self._submitting, self._collecting, self._errands)
        for pool in pools:
            pool.close()
        # An answer to a POST is worth waiting for: it saves the job from being uncertain.
        self._submitting.join((time.monotonic() + deadline) / 2)
        self._desk.api.close()
        for pool in pools:
            pool.join(deadline)
        self._keeper.join(deadline)
        return follows

    def expect(self, job: Job, snapshots: Mapping[int, Taken], phase: str) -> Follow:
        """Announce a job that is being written. It goes on with `begin`, or ends with `give_up`."""
        follow = Follow(job=job, snapshots=snapshots)
        if not self._follows.add(follow, phase):
            follow.leave.set()
        return follow

    def begin(self, follow: Follow) -> None:
        """Bring a followed job to its end, once it is written. Any thread."""
        if follow.job.state is JobState.QUEUED and isinstance(follow.job.request, EditRequest):
            self._preparing.put(follow)
        else:
            self._go_on(follow)

    def give_up(self, follow: Follow, text: str) -> None:
        """End a job that could not be written. Nothing was sent, and no ledger has it. Any thread."""
        follow.job = replace(
            follow.job,
            state=JobState.FAILED,
            message=text,
            finished_at=self._desk.ledger.clock(),
        )
        release(follow.snapshots.values())
        self._follows.end(follow, unread=True)

    def follow(self, job: Job) -> None:
        """Bring one of our jobs to its end. Does nothing if the job is followed already. Any thread."""
        follow = Follow(job=job)
        if self._follows.add(follow):  # jobs that the keeper takes over now are released too
            self.begin(follow)

    def recall(self, job_id: str, *, on: bool) -> None:
        """Hold a job back from being sent, or let it go again, while the artist's cancel is being written."""
        follow = self._follows.find(job_id)
        if follow is not None:
            follow.recalled.set() if on else follow.recalled.clear()

    def drop(self, job_id: str) -> None:
        """End a job that the artist took from its worker, and let the worker notice. Any thread."""
        follow = self._follows.find(job_id)
        if follow is None:
            self._news.emit(JobChanged(job=self._desk.ledger.job(job_id)))
        else:
            self._follows.leave(follow)
            self._preparing.let_go(follow)  # the worker may be reading from a disk that never answers

    def show(self, job_id: str) -> None:
        """Report a job's state, because the artist clicked on an outdated one. Any thread."""
        with self._follows.telling() as tell:
            follow = self._follows.find(job_id)
            job = self._desk.ledger.job(job_id)
            if follow is None:
                tell(job)
            else:
                self._follows.while_followed(follow, lambda: self._news.emit(JobChanged(job=job)))

    def run_errand(self, errand: Callable[[], None]) -> None:
        """Run a small task that belongs to no job, in the background. It must not raise."""
        self._errands.put(errand)

    # -- on the threads -----------------------------------------------------------------------------

    def _adopt(self, job: Job) -> None:
        """Follow a job that an engine of an earlier session left, or show its outcome."""
        if job.is_watched:
            self.follow(job)
        else:
            self._news.emit(JobChanged(job=job))

    def _run(self, stage: Stage, follow: Follow) -> None:
        """Run one stage of one job. Whatever happens, the job goes on or ends."""
        try:
            follow.check()
            stage(self._desk, follow)
            follow.job = self._desk.insist(follow, lambda: self._desk.ledger.job(follow.job_id))
        except (Left, LibraryMoved):  # the library's new ledger has the job
            self._follows.end(follow)
            self._keep_what_is_here(follow)
        except PutOff as later:
            self._put_off(follow, later.seconds)
        except Exception as error:
            logger.exception("job %s", follow.job_id)
            if isinstance(error, LedgerError) and stage is collect:  # collecting costs nothing: try again
                self._keeper.tell_trouble(str(error))
                later_s = self._desk.schedule.disk_retry_s
                self._follows.while_followed(follow, lambda: self._collecting.put(follow, after_s=later_s))
                return
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
        """Make the images that had arrived available, after the worker left a job."""
        ledger = self._desk.ledger
        try:
            job = ledger.job(follow.job_id)
            # `follow` was told to leave; for this one, only the end of the engine is a reason to leave.
            if bring_back_what_is_here(self._desk, Follow(job=job, leave=self._stopping)) or job.is_half_here:
                self._news.emit(JobChanged(job=ledger.job(follow.job_id)))
        except Left:
            return  # the next start goes on with it
        except (LedgerError, KeyError):
            logger.exception("job %s", follow.job_id)

    def _settle_defect(self, follow: Follow, error: Exception) -> None:
        """Settle a job after an unforeseen error, so that nothing is lost and nothing is sent twice."""
        text = str(error) if isinstance(error, LedgerError) else DEFECT
        ledger = self._desk.ledger
        try:
            state = ledger.job(follow.job_id).state
            if state is JobState.QUEUED:
                text = joined(text, phrase("Nothing was sent."))
                ledger.end(follow.job_id, self._desk.owner, JobState.FAILED, message=text)
            elif state is JobState.SUBMITTING:
                ledger.settle_post(follow.job_id, JobState.UNCERTAIN, text, "")
            else:
                text = joined(text, phrase("The service still has the job: look again."))
                ledger.park(follow.job_id, text, owner=self._desk.owner)
        except (LedgerError, KeyError):
            logger.exception("job %s", follow.job_id)
            self._keeper.tell_trouble(text)
