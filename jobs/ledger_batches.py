# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches in the ledger. A row is claimed by its job, in the transaction that writes the job down."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..texts.phrases import pack, unpack
from .batch import Batch, BatchRow, RowState, state_of
from .caps import NO_CAPS, Caps
from .job import Job, JobState
from .ledger_steps import ORPHANED
from .ledger_way import LedgerWay
from .spending import judge

_ROWS: Final = (
    "SELECT r.number, r.state, r.message, r.digest, r.count, r.row, coalesce(c.job_id, '') AS job_id,"
    " coalesce(c.first, 0) AS first, j.state AS job_state, j.parked AS parked, j.message AS job_message,"
    " (SELECT count(*) FROM results WHERE results.job_id = c.job_id) AS results"
    " FROM batch_rows AS r LEFT JOIN batch_claims AS c ON c.batch = r.batch AND c.number = r.number"
    " LEFT JOIN jobs AS j ON j.id = c.job_id WHERE r.batch = ? ORDER BY r.place, r.number"
)


class LedgerBatches(LedgerWay):
    """Any thread. Raises `LedgerError`."""

    def add_batch(self, batch: Batch, rows: Sequence[BatchRow], *, skips: bool = False) -> int:
        """Write a batch with its rows, in their order. Does nothing if the ledger has it.

        Args:
            skips: don't send rows whose images another batch has made already.

        Returns:
            how many rows are skipped for that reason.
        """
        there = self._there(batch.server) if skips else Counter[str]()
        skipped = 0
        stored: list[tuple[Any, ...]] = []
        for place, row in enumerate(rows):
            state = row.state
            if state is RowState.WAITING and there[row.digest] >= row.count:
                there[row.digest] -= row.count
                state = RowState.SKIPPED
                skipped += 1
            stored.append(
                (batch.id, row.number, place, state.value, row.digest, row.count, _values_text(row))
            )
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO batches (id, server, name, created_at, most, one_step)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (batch.id, batch.server, batch.name, batch.created_at, batch.most, batch.one_step),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO batch_rows (batch, number, place, state, digest, count, row)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                stored,
            )
        return skipped

    def batches(self, server: str) -> list[Batch]:
        """Return the batches that are not put away, the newest first."""
        rows = self._database.query(
            "SELECT * FROM batches WHERE server = ? AND NOT is_over ORDER BY created_at DESC, id", (server,)
        )
        return [
            Batch(
                id=row["id"],
                server=row["server"],
                name=row["name"],
                created_at=row["created_at"],
                most=row["most"],
                used=row["used"],
                one_step=bool(row["one_step"]),
            )
            for row in rows
        ]

    def batch_rows(self, batch_id: str) -> list[BatchRow]:
        """Return all rows of a batch in the order of sending, with their current states."""
        return [_row_of(row) for row in self._database.query(_ROWS, (batch_id,))]

    def add_rows(self, jobs: Sequence[Job], owner: str, caps: Caps = NO_CAPS) -> set[str]:
        """Write jobs of a batch (`Placement.batch`) if all rows of a job wait and have no job.

        First the ledger takes in jobs that were paid for before an older ledger was restored.

        Returns:
            ids of the written jobs. The rows of the others belong to another Blender, or were cancelled.

        Raises:
            CapReached: together they would spend more than `caps` allow; none is written.
        """
        self.bring_in_tasks(owner)
        with self.transaction() as connection:
            free = [job for job in jobs if _is_free(connection, job)]
            judge(connection, free, replace(caps, click=0), self.clock())  # the click was the start
            for job in free:
                self._add(connection, job, owner)
        return {job.id for job in free}

    def release_rows(self, batch_id: str, job_ids: Sequence[str], owner: str) -> list[str]:
        """Set rows to waiting whose jobs an earlier session left unsent. They get new jobs.

        Returns:
            the jobs that this cancels. The others were sent, or belong to another Blender.
        """
        self.bring_in_tasks(owner)
        released: list[str] = []
        with self.transaction() as connection:
            for job_id in job_ids:
                is_released = self._change(
                    connection,
                    job_id,
                    (JobState.QUEUED,),
                    f"AND (owner = ? OR {ORPHANED})",
                    (owner, *self._now()),
                    state=JobState.CANCELLED,
                    finished_at=self.clock(),
                    owner="",
                    hidden=1,
                )
                if is_released:
                    connection.execute(
                        "DELETE FROM batch_claims WHERE batch = ? AND job_id = ?", (batch_id, job_id)
                    )
                    released.append(job_id)
        return released

    def set_rows(
        self, batch_id: str, numbers: Iterable[int], state: RowState, message: str = ""
    ) -> list[int]:
        """Mark rows without a job as to be sent, or why not. Returns the rows that changed."""
        changed: list[int] = []
        with self.transaction() as connection:
            for number in numbers:
                cursor = connection.execute(
                    "UPDATE batch_rows SET state = ?, message = ? WHERE batch = ? AND number = ?"
                    " AND NOT EXISTS (SELECT 1 FROM batch_claims WHERE batch = ? AND number = ?)",
                    (state.value, pack(message), batch_id, number, batch_id, number),
                )
                if cursor.rowcount:
                    changed.append(number)
        return changed

    def retry_rows(self, batch_id: str, numbers: Iterable[int]) -> list[int]:
        """Set rows to waiting that failed or brought too few images. Returns the rows that wait now.

        Leaves rows alone that may have been charged, or are not over.
        """
        with self.transaction() as connection:
            return [number for number in numbers if _have_wait(connection, batch_id, number)]

    def edit_row(self, batch_id: str, row: BatchRow) -> bool:
        """Change a row's content, and set it to waiting.

        False if it may have been charged, or is not over.
        """
        with self.transaction() as connection:
            if not _have_wait(connection, batch_id, row.number):
                return False
            connection.execute(
                "UPDATE batch_rows SET digest = ?, count = ?, row = ? WHERE batch = ? AND number = ?",
                (row.digest, row.count, _values_text(row), batch_id, row.number),
            )
        return True

    def order_rows(self, batch_id: str, numbers: Sequence[int]) -> None:
        """Send rows in this order. Rows that are not named keep their places, before or after."""
        with self.transaction() as connection:
            told = connection.execute("SELECT number, place FROM batch_rows WHERE batch = ?", (batch_id,))
            known = {row["number"]: row["place"] for row in told}
            named = [number for number in numbers if number in known]
            places = sorted(known[number] for number in named)
            connection.executemany(
                "UPDATE batch_rows SET place = ? WHERE batch = ? AND number = ?",
                [(place, batch_id, number) for place, number in zip(places, named, strict=True)],
            )

    def change_batch(self, batch: Batch) -> None:
        """Change a batch's name, its limit of spending, and how its results are undone."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE batches SET name = ?, most = ?, one_step = ? WHERE id = ?",
                (batch.name, batch.most, batch.one_step, batch.id),
            )

    def put_away(self, batch_id: str) -> None:
        """Hide a batch. Its jobs go on, and its finished rows stay known."""
        with self.transaction() as connection:
            connection.execute("UPDATE batches SET is_over = 1 WHERE id = ?", (batch_id,))
            connection.execute("UPDATE batch_rows SET row = '' WHERE batch = ?", (batch_id,))

    def _there(self, server: str) -> Counter[str]:
        """Return how many images of each digest earlier batches have made."""
        rows = self._database.query(
            "SELECT r.digest, sum(r.count) FROM batch_rows AS r"
            " JOIN batch_claims AS c ON c.batch = r.batch AND c.number = r.number"
            " JOIN jobs AS j ON j.id = c.job_id AND j.state = 'DONE' AND j.server = ? GROUP BY r.digest",
            (server,),
        )
        return Counter({row[0]: row[1] for row in rows})


def _values_text(row: BatchRow) -> str:
    return json.dumps(row.values, ensure_ascii=False)


def _have_wait(connection: sqlite3.Connection, batch_id: str, number: int) -> bool:
    """Set a row to waiting again if its job failed, or brought too few images.

    What was paid for it still counts for the batch's own limit.
    """
    if paid := _paid_for(connection, batch_id, number):
        connection.execute("UPDATE batches SET used = used + ? WHERE id = ?", (paid, batch_id))
    connection.execute(
        "DELETE FROM batch_claims WHERE batch = ? AND number = ? AND job_id IN"
        " (SELECT id FROM jobs WHERE state IN ('FAILED', 'EXPIRED', 'CANCELLED', 'PARTIAL')"
        " AND NOT (state = 'FAILED' AND task_id = '' AND submitted_at > 0))",
        (batch_id, number),
    )
    cursor = connection.execute(
        "UPDATE batch_rows SET state = 'WAITING', message = '' WHERE batch = ? AND number = ?"
        " AND NOT EXISTS (SELECT 1 FROM batch_claims WHERE batch = ? AND number = ?)",
        (batch_id, number, batch_id, number),
    )
    return cursor.rowcount > 0


def _paid_for(connection: sqlite3.Connection, batch_id: str, number: int) -> int:
    """Return what a row has cost that brought too few images: its share of its job's price."""
    row = connection.execute(
        "SELECT j.price, j.request, r.count FROM batch_claims AS c JOIN jobs AS j ON j.id = c.job_id"
        " JOIN batch_rows AS r ON r.batch = c.batch AND r.number = c.number"
        " WHERE c.batch = ? AND c.number = ? AND j.state IN ('PARTIAL', 'EXPIRED')",
        (batch_id, number),
    ).fetchone()
    if row is None:
        return 0
    images = max(int(json.loads(row["request"]).get("count") or 0), row["count"], 1)
    return -(-row["price"] * row["count"] // images)  # rounded up


def _is_free(connection: sqlite3.Connection, job: Job) -> bool:
    """Return whether all rows of a job wait without another job."""
    batch = job.placement.batch
    if batch is None:
        return False
    marks = ", ".join("?" * len(batch.rows))
    (count,) = connection.execute(
        "SELECT count(*) FROM batch_rows AS r WHERE r.batch = ? AND r.state = 'WAITING'"
        f" AND r.number IN ({marks}) AND NOT EXISTS"
        " (SELECT 1 FROM batch_claims AS c WHERE c.batch = r.batch AND c.number = r.number)",
        (batch.id, *batch.rows),
    ).fetchone()
    return count == len(set(batch.rows))


def _row_of(row: sqlite3.Row | Mapping[str, Any]) -> BatchRow:
    state, message = RowState(row["state"]), unpack(row["message"])
    images = 0
    if row["job_state"] is not None:
        images = max(min(row["results"] - row["first"], row["count"]), 0)
        state = state_of(
            JobState(row["job_state"]), parked=bool(row["parked"]), images=images, count=row["count"]
        )
        message = unpack(row["job_message"])
    return BatchRow(
        number=row["number"],
        values=json.loads(row["row"]) if row["row"] else {},
        digest=row["digest"],
        count=row["count"],
        state=state,
        message=message,
        job_id=row["job_id"],
        first=row["first"],
        images=images,
    )
