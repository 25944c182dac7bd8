# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that an engine follows.

Keeps the promise of `events`: one `JobEnded` for each, nothing after it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from .desk import Follow
from .events import JobChanged, JobEnded, JobSeen
from .job import Job
from .ledger import Ledger
from .ledger_file import LedgerError
from .limiter import RateLimiter
from .news import News

logger = logging.getLogger(__name__)


class Follows:
    """All methods may be called on any thread."""

    def __init__(self, ledger: Ledger, limiter: RateLimiter, news: News) -> None:
        self._ledger = ledger
        self._limiter = limiter
        self._news = news
        self._lock = threading.Lock()
        self._by_id: dict[str, Follow] = {}
        self._told: list[set[str]] = []
        """For each current `telling`, the ids of jobs that were followed since it began."""
        self._is_closed = False

    def __bool__(self) -> bool:
        """True while any job is followed."""
        return bool(self._by_id)

    def find(self, job_id: str) -> Follow | None:
        """Return how a job is followed; None if it is not."""
        with self._lock:
            return self._by_id.get(job_id)

    def add(self, follow: Follow, phase: str = "") -> bool:
        """Follow a job from now on, and report it.

        False: it is followed already, or the engine is stopping.
        """
        with self._lock:
            if self._is_closed or follow.job_id in self._by_id:
                return False
            self._by_id[follow.job_id] = follow
            for ids in self._told:
                ids.add(follow.job_id)
        self._news.emit(JobChanged(job=follow.job, phase=phase))
        return True

    def tell(self, follow: Follow, phase: str, due_at: float = 0.0, *, known: Job | None = None) -> None:
        """Report a job's state from the ledger, or the `known` state, unless its end was reported."""
        follow.job = known or self._ledger.job(follow.job_id)
        news = JobChanged(job=follow.job, phase=phase, due_at=due_at)
        self.while_followed(follow, lambda: self._news.emit(news))

    @contextmanager
    def telling(self) -> Generator[Callable[[Job], None]]:
        """Yield a function that reports a job read from the ledger inside this context, as `JobSeen`.

        If the job was followed at any moment since it could have been read, nothing is reported: its worker
        reports it and knows better, because the job may have ended meanwhile.
        """
        with self._lock:
            followed = set(self._by_id)
            self._told.append(followed)

        def tell(job: Job) -> None:
            with self._lock:
                if job.id not in followed:
                    self._news.emit(JobSeen(job=job))

        try:
            yield tell
        finally:
            with self._lock:
                self._told = [ids for ids in self._told if ids is not followed]

    def while_followed(self, follow: Follow, act: Callable[[], None]) -> None:
        """Do something (short) before the job can end. Does nothing if it has ended."""
        with self._lock:
            if self._by_id.get(follow.job_id) is follow:
                act()

    def end(self, follow: Follow, *, unread: bool = False) -> None:
        """Emit the one `JobEnded`, unless it was emitted.

        Args:
            unread: report the job as known; else as the ledger has it.
        """
        with self._lock:
            if self._by_id.get(follow.job_id) is not follow:
                return
            del self._by_id[follow.job_id]
        self._limiter.leave_line(follow.job_id)
        if not unread:
            try:
                follow.job = self._ledger.job(follow.job_id)
            except (LedgerError, KeyError):
                logger.exception("job %s", follow.job_id)
        self._news.emit(JobEnded(job=follow.job))

    def leave(self, follow: Follow) -> None:
        """End it now, and let its worker notice: the artist, or another engine, took the job from it."""
        follow.leave.set()
        self.end(follow)

    def all(self) -> Sequence[Follow]:
        """Return the jobs that are followed now."""
        with self._lock:
            return tuple(self._by_id.values())

    def leave_all(self) -> Sequence[Follow]:
        """Follow no more jobs, and tell the workers to leave the followed ones. Returns those."""
        with self._lock:
            self._is_closed = True
            follows = tuple(self._by_id.values())
        for follow in follows:
            follow.leave.set()
        return follows
