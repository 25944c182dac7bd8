# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of jobs at any length: changes by other Blenders, its pages, and hidden jobs."""

from __future__ import annotations

import logging
from dataclasses import replace

from .events import NOT_OVER, JobRefused, JobSeen, JobsRead, PageRead
from .follows import Follows
from .ledger import Ledger
from .ledger_file import LedgerError
from .news import News
from .overview import Cursor
from .shelf import FIRST_JOBS, Shelf
from .writer import Writer

logger = logging.getLogger(__name__)


class LongList:
    """Keeps the shelf equal to the ledger. Call its methods on the main thread; they return at once.

    Args:
        server: name of the service whose jobs the engine follows.
    """

    def __init__(
        self, ledger: Ledger, shelf: Shelf, follows: Follows, news: News, writer: Writer, server: str
    ) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._follows = follows
        self._news = news
        self._writer = writer
        self._server = server
        self._revision = 0
        """Changes up to this revision of the ledger have been reported."""

    def hide(self, job_id: str) -> None:
        """Remove an ended job from the list. Its images stay.

        `JobSeen` follows when that is written, or `JobRefused` if the job is not over.
        """
        if (job := self._shelf.find(job_id)) is not None:
            self._shelf.put(replace(job, hidden=True))

        def done(is_hidden: bool) -> None:
            self._count()
            if not is_hidden:
                self.refuse(job_id, NOT_OVER)
            elif (job := self._shelf.find(job_id)) is not None:  # a look may have shown it again
                self._news.emit(JobSeen(job=replace(job, hidden=True)))

        def failed(error: LedgerError) -> None:
            logger.error("job %s: %s", job_id, error)  # it comes back at the next start

        self._writer.order(lambda: self._ledger.hide(job_id), done, failed)

    def hide_done(self) -> None:
        """Remove all jobs from the list that are over and need nothing from the artist, unread pages too.

        `JobsRead` follows.
        """

        def done(job_ids: list[str]) -> None:
            for job in filter(None, map(self._shelf.find, job_ids)):
                self._shelf.put(replace(job, hidden=True))
            self._count()
            self._news.emit(JobsRead())

        self._writer.order(
            self._ledger.hide_done, done, failed=lambda error: self._news.tell_trouble(str(error))
        )

    def unhide(self, job_id: str) -> None:
        """Put a job back on the list. `JobSeen` follows."""
        if (job := self._shelf.find(job_id)) is not None:
            self._shelf.put(replace(job, hidden=False))

        def done(is_shown: bool) -> None:
            self._count()
            if is_shown:
                with self._follows.telling() as tell:
                    tell(self._ledger.job(job_id))

        self._writer.order(
            lambda: self._ledger.unhide(job_id), done, failed=lambda error: self.refuse(job_id, str(error))
        )

    def read_page(self, after: Cursor, *, hidden: bool) -> None:
        """Read the next jobs of a long list in the background; `PageRead` follows."""

        def read() -> None:
            jobs, end = self._ledger.page(after, hidden=hidden)
            known = tuple(job for job in self._shelf.add(jobs) if job.hidden is hidden)
            self._news.emit(PageRead(jobs=known, hidden=hidden, after=after, end=end))

        def look() -> None:
            try:
                read()
            except LedgerError as error:
                self._news.tell_trouble(str(error))
                self._news.emit(PageRead(jobs=(), hidden=hidden, after=after, end=after))

        self._writer.look(look)

    # -- on the writer's thread ---------------------------------------------------------------------

    def refuse(self, job_id: str, text: str) -> None:
        """Report that an order about a job is impossible. Called on the writer's thread."""
        try:
            job = self._ledger.job(job_id)
        except (LedgerError, KeyError):
            job = self._shelf.job(job_id)
        is_followed = self._follows.find(job_id) is not None
        self._news.emit(JobRefused(job=job, message=text, is_followed=is_followed))

    def look(self) -> None:
        """Report what has changed in the ledger. Followed jobs are known at least as well already."""
        try:
            with self._follows.telling() as tell:
                revision, changed = self._ledger.changes(self._revision)
                if revision < self._revision:  # an older ledger was copied over it, into the same file
                    self._ledger.bring_in_all()
                    revision, changed = self._ledger.changes(0)
                self._count()
                if not self._shelf.is_filled.is_set():
                    self._shelf.fill(self._ledger.jobs(FIRST_JOBS))
                    self._news.emit(JobsRead())
                    changed = []
                self._revision = revision  # not earlier: failures are looked at again
                for job in changed:
                    tell(job)
        except LedgerError as error:  # the keeper reports it, and asks again
            logger.warning("looking for what has changed: %s", error)

    def _count(self) -> None:
        """Count the ledger's jobs. If that fails, the next look counts again."""
        try:
            self._shelf.totals = self._ledger.totals()
            self._shelf.unsent = tuple(self._ledger.unsent(self._server))
        except LedgerError as error:
            logger.warning("counting jobs: %s", error)
