# SPDX-License-Identifier: GPL-3.0-or-later
"""The main thread's orders about batches, for the writer. `BatchRead` then tells how a batch stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..texts.phrases import joined, phrase
from .batch import Batch, BatchRow, RowState
from .events import WRITING, BatchRead
from .intents import ROWS_TAKEN, Intents, unwritten
from .ledger import Ledger
from .ledger_file import LedgerError
from .news import News
from .writer import Writer

if TYPE_CHECKING:
    from ..client.requests import GenerateRequest
    from ..imaging.snapshot import Taken
    from .crew import Crew
    from .placement import Placement

T = TypeVar("T")


class BatchOrders:
    """Call its methods on the main thread; they return at once."""

    def __init__(
        self,
        ledger: Ledger,
        news: News,
        writer: Writer,
        server: str,
        owner: str,
        intents: Intents,
        crew: Crew,
    ) -> None:
        self._ledger = ledger
        self._news = news
        self._writer = writer
        self._server = server
        self._owner = owner
        self._intents = intents
        self._crew = crew

    def add(self, batch: Batch, rows: Sequence[BatchRow], *, skips: bool) -> None:
        """Order a batch to be written, as in `Ledger.add_batch`. `BatchRead` follows."""

        def done(skipped: int) -> None:
            text = (
                phrase("{count} rows are there already, and are skipped.", count=skipped) if skipped else ""
            )
            self._tell(batch.id, text=text)

        self._order(batch.id, lambda: self._ledger.add_batch(batch, rows, skips=skips), done)

    def read(self, batch_id: str = "", message: str = "") -> None:
        """Read a batch, or the newest visible one. `BatchRead` follows."""
        self._writer.look(lambda: self._tell(batch_id, message=message))

    def submit_rows(
        self, batch_id: str, prepared: Sequence[tuple[GenerateRequest, Placement, Mapping[int, Taken]]]
    ) -> list[str]:
        """Order intents of rows, which each placement names (`Placement.batch`).

        Each row is claimed together with its job. If another Blender has claimed a row, its job ends as
        failed
        and nothing is sent. If a limit would be passed, all jobs end so, and `BatchRead` tells why.

        Returns:
            the jobs' ids.

        Raises:
            Refusal: nothing was written or sent.
        """
        for request, _placement, _snapshots in prepared:
            self._intents.check(request)
        jobs = [self._intents.job(request, placement) for request, placement, _snapshots in prepared]
        snapshots = [taken for _request, _placement, taken in prepared]
        follows = [self._crew.expect(job, taken, WRITING) for job, taken in zip(jobs, snapshots, strict=True)]

        def done(written: set[str]) -> None:
            for follow in follows:
                if follow.job_id in written:
                    self._crew.begin(follow)
                else:
                    self._crew.give_up(follow, ROWS_TAKEN)
            if len(written) < len(jobs):
                self.read(batch_id)

        def failed(error: LedgerError) -> None:
            for follow in follows:
                self._crew.give_up(follow, unwritten(error))
            self.read(batch_id, message=str(error))

        self._writer.order(lambda: self._ledger.add_rows(jobs, self._owner, self._intents.caps), done, failed)
        return [job.id for job in jobs]

    def release_rows(self, batch_id: str, job_ids: Sequence[str]) -> None:
        """As `Ledger.release_rows`. `BatchRead` follows."""

        def done(released: list[str]) -> None:
            for job_id in released:
                self._crew.drop(job_id)
            self.read(batch_id)

        self._writer.order(
            lambda: self._ledger.release_rows(batch_id, job_ids, self._owner),
            done,
            failed=lambda error: self.read(batch_id, message=str(error)),
        )

    def set_rows(self, batch_id: str, numbers: Sequence[int], state: RowState, message: str = "") -> None:
        """As `Ledger.set_rows`. `BatchRead` follows if nothing could be written, or a row has a job."""

        def done(changed: list[int]) -> None:
            if len(changed) < len(numbers):
                self._tell(batch_id)

        self._order(batch_id, lambda: self._ledger.set_rows(batch_id, numbers, state, message), done)

    def retry(self, batch_id: str, numbers: Sequence[int]) -> None:
        """As `Ledger.retry_rows`. `BatchRead` follows."""
        self._order(
            batch_id,
            lambda: self._ledger.retry_rows(batch_id, numbers),
            lambda _changed: self._tell(batch_id),
        )

    def edit(self, batch_id: str, row: BatchRow) -> None:
        """As `Ledger.edit_row`. `BatchRead` follows."""
        self._order(
            batch_id,
            lambda: self._ledger.edit_row(batch_id, row),
            lambda is_done: self._tell(batch_id, message="" if is_done else ROWS_TAKEN),
        )

    def reorder(self, batch_id: str, numbers: Sequence[int]) -> None:
        """As `Ledger.order_rows`."""
        self._order(batch_id, lambda: self._ledger.order_rows(batch_id, numbers), lambda _none: None)

    def change(self, batch: Batch) -> None:
        """As `Ledger.change_batch`."""
        self._order(batch.id, lambda: self._ledger.change_batch(batch), lambda _none: None)

    def put_away(self, batch_id: str) -> None:
        """As `Ledger.put_away`. `BatchRead` follows, about the next visible batch."""
        self._order(batch_id, lambda: self._ledger.put_away(batch_id), lambda _none: self._tell())

    def _order(self, batch_id: str, write: Callable[[], T], done: Callable[[T], None]) -> None:
        self._writer.order(write, done, failed=lambda error: self._tell(batch_id, message=str(error)))

    def _tell(self, batch_id: str = "", *, text: str = "", message: str = "") -> None:
        """Called on the writer's thread, when all earlier orders are written."""
        try:
            batches = self._ledger.batches(self._server)
            batch = next((each for each in batches if batch_id in ("", each.id)), None)
            rows = self._ledger.batch_rows(batch.id) if batch is not None else []
        except LedgerError as error:
            self._news.emit(BatchRead(batch=None, message=joined(message, str(error))))
            return
        self._news.emit(BatchRead(batch=batch, rows=tuple(rows), text=text, message=message))
