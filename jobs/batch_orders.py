# SPDX-License-Identifier: GPL-3.0-or-later
"""What the main thread wants of batches: orders for the writer. `BatchRead` tells how a batch stands then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..texts.phrases import joined, phrase
from .batch import Batch, BatchRow, RowState
from .events import BatchRead
from .ledger import Ledger
from .ledger_file import LedgerError
from .news import News
from .writer import Writer

T = TypeVar("T")


class BatchOrders:
    """Methods are for the main thread, and return at once."""

    def __init__(self, ledger: Ledger, news: News, writer: Writer, server: str) -> None:
        self._ledger = ledger
        self._news = news
        self._writer = writer
        self._server = server

    def add(self, batch: Batch, rows: Sequence[BatchRow], *, skips: bool) -> None:
        """Have a batch written down, as `Ledger.add_batch`. `BatchRead` follows."""

        def done(skipped: int) -> None:
            text = (
                phrase("{count} rows are there already, and are skipped.", count=skipped) if skipped else ""
            )
            self._tell(batch.id, text=text)

        self._order(batch.id, lambda: self._ledger.add_batch(batch, rows, skips=skips), done)

    def read(self, batch_id: str = "", message: str = "") -> None:
        """Read a batch, else the newest that is not put away. `BatchRead` follows."""
        self._writer.look(lambda: self._tell(batch_id, message=message))

    def set_rows(self, batch_id: str, numbers: Sequence[int], state: RowState, message: str = "") -> None:
        """As `Ledger.set_rows`. `BatchRead` follows where it could not be written, or a row has a job."""

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

    def reorder(self, batch_id: str, numbers: Sequence[int]) -> None:
        """As `Ledger.order_rows`."""
        self._order(batch_id, lambda: self._ledger.order_rows(batch_id, numbers), lambda _none: None)

    def change(self, batch: Batch) -> None:
        """As `Ledger.change_batch`."""
        self._order(batch.id, lambda: self._ledger.change_batch(batch), lambda _none: None)

    def put_away(self, batch_id: str) -> None:
        """As `Ledger.put_away`. `BatchRead` follows, of the next batch that there is."""
        self._order(batch_id, lambda: self._ledger.put_away(batch_id), lambda _none: self._tell())

    def _order(self, batch_id: str, write: Callable[[], T], done: Callable[[T], None]) -> None:
        self._writer.order(write, done, failed=lambda error: self._tell(batch_id, message=str(error)))

    def _tell(self, batch_id: str = "", *, text: str = "", message: str = "") -> None:
        """On the writer's thread, when all that was ordered before is written."""
        try:
            batches = self._ledger.batches(self._server)
            batch = next((each for each in batches if batch_id in ("", each.id)), None)
            rows = self._ledger.batch_rows(batch.id) if batch is not None else []
        except LedgerError as error:
            self._news.emit(BatchRead(batch=None, message=joined(message, str(error))))
            return
        self._news.emit(BatchRead(batch=batch, rows=tuple(rows), text=text, message=message))
