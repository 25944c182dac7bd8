# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: every job, from the intent to the last image, in one SQLite file.

It is shared by all running Blenders. Each change is one transaction that also checks the state it
starts from, so that two engines, or an engine and the artist, can't move one job in two directions.
What was paid for (a task id, a saved image) is recorded whoever owns the job by then.

Any thread. Raises `LedgerError` only.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from ..texts.phrases import pack, phrase
from .database import Database
from .job import Job, JobState, Result, in_the_list_already
from .journal import Paid, unread
from .ledger_file import LedgerError
from .library import Library
from .preparation import Preparation
from .rebuild import bring_in_images, bring_in_tasks, remember
from .rows import STAMP, insert_job, job_of, result_of, write_result

logger = logging.getLogger(__name__)

LEASE_S: Final = 15.0
"""How long a job stays its owner's without a heartbeat. Long enough for a Blender that stalls all its
threads in one operation; short enough that after a crash the artist hardly waits."""


_ORPHANED: Final = "(owner = '' OR lease_until < ? OR lease_until > ?)"
"""Nobody moves the job on; parameters: `Ledger._now`. A lease that ends later than one can was written
before the clock was set back."""


_CUT_OFF: Final = phrase(
    "Blender stopped while this was being sent. It may have been charged: compare your balance before you "
    "send it again."
)


class Ledger:
    """One ledger file, made if missing.

    Args:
        path: `Library.ledger_path`; result paths are stored relative to its folder.
        clock: seconds since the epoch; another one only in tests.
        opens: open it now, and so raise what is wrong; else it opens at the first use.
        tell: says what was done about a file that was gone or damaged.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        opens: bool = True,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        self.path = path
        self.clock = clock
        self.memory: Callable[[], Iterable[tuple[Job, str]]] = tuple
        """What an engine knows of jobs, with their owner, should another file take the ledger's place."""
        self._library = Library(path.parent)
        self._database = Database(path, fill=self._fill, tell=tell)
        self.transaction = self._database.transaction
        self.together = self._database.together
        self.hurry = self._database.hurry
        self.close = self._database.close
        if opens:
            self._database.open()

    # -- reading ------------------------------------------------------------------------------------

    def job(self, job_id: str) -> Job:
        """One job with its results.

        Raises:
            KeyError: there is none of that id.
        """
        jobs = self._load("WHERE id = ?", (job_id,))
        if not jobs:
            raise KeyError(job_id)
        return jobs[0]

    def jobs(self, limit: int) -> list[Job]:
        """The newest jobs that are not hidden, newest first; open ones are always among them."""
        return self._load(
            "WHERE NOT hidden AND (id IN (SELECT id FROM jobs WHERE NOT hidden"
            " ORDER BY created_at DESC LIMIT ?)"
            " OR state IN ('QUEUED', 'SUBMITTING', 'RUNNING', 'DOWNLOADING')) ORDER BY created_at DESC",
            (limit,),
        )

    def all_jobs(self) -> list[tuple[str, Job | None]]:
        """Every job by its id, hidden ones too; None for a row that this version can't read."""
        ids = [row["id"] for row in self._database.query("SELECT id FROM jobs", ())]
        known = {job.id: job for job in self._load("", ())}
        return [(job_id, known.get(job_id)) for job_id in ids]

    def changes(self, since: int) -> tuple[int, list[Job]]:
        """The revision of now, and what was changed after an earlier one, without hidden jobs.

        Not by time: clocks are set back. A ledger that was put in the place of a newer one tells all it has.
        """
        latest: int = self._database.query("SELECT coalesce(max(revision), 0) FROM jobs", ())[0][0]
        if latest == since:
            return latest, []
        return latest, self._load("WHERE revision > ? AND NOT hidden", (since if since < latest else 0,))

    # -- a job's way, in the order of its steps -----------------------------------------------------

    def add(self, job: Job, owner: str) -> None:
        """Write down an intent, or a rescued task, owned by `owner`; nothing happens where it is there."""
        with self.transaction() as connection:
            if connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone() is None:
                self._add(connection, job, owner)

    def add_again(self, job: Job, owner: str, old_id: str) -> bool:
        """Write down the intent to send an old job's request once more, if that came to nothing.

        False: the old one is open, an engine that lives has it, or what was paid for it has arrived. One that
        could never be written down has come to nothing.
        """
        self.bring_in_tasks()  # an older ledger may have been put back, which knows of no task
        over = ", ".join(f"'{state}'" for state in JobState if state.is_final and not state.has_images)
        # Accepted, but without a task of its own: another job in the list collects that (`accept`).
        has_twin = "(task_id = '' AND submitted_at > 0)"
        with self.transaction() as connection:
            is_open = connection.execute(
                "SELECT 1 FROM jobs WHERE id = ?"
                f" AND NOT (state IN ({over}) AND {_ORPHANED} AND NOT {has_twin})",
                (old_id, *self._now()),
            ).fetchone()
            if not is_open:
                self._add(connection, job, owner)
        return not is_open

    def add_task(self, job: Job, owner: str) -> str:
        """Write down a rescued task; show a known one again. Returns the id of the job that stands for it."""
        with self.transaction() as connection:
            known = connection.execute(
                f"UPDATE jobs SET hidden = 0, {STAMP} WHERE server = ? AND task_id = ? RETURNING id",
                (self.clock(), job.server, job.task_id),
            ).fetchone()
            if known is None:
                self._add(connection, job, owner)
        return job.id if known is None else known["id"]

    def set_preparation(self, job_id: str, owner: str, preparation: Preparation) -> bool:
        """The files of an edit, while the job is queued. False: another engine has it."""
        return self._move_own(job_id, owner, (JobState.QUEUED,), preparation=json.dumps(asdict(preparation)))

    def adopt_queued(self, job_id: str, owner: str, server: str) -> bool:
        """Take over a queued job of an earlier session, because the artist said so.

        False: it is another engine's, or another service's, or queued no more; or it was paid for, and an
        older ledger was put back since.
        """
        self.bring_in_tasks()
        return self._move(
            job_id,
            (JobState.QUEUED,),
            f"AND server = ? AND (owner = ? OR {_ORPHANED})",
            (server, owner, *self._now()),
            owner=owner,
            lease_until=self.clock() + LEASE_S,
        )

    def claim(self, job_id: str, owner: str) -> bool:
        """The last thing before the POST. False: cancelled, or another engine's by now; don't send."""
        return self._move(
            job_id,
            (JobState.QUEUED,),
            "AND owner = ?",
            (owner,),
            state=JobState.SUBMITTING,
            message="",
            remedy="",
        )

    def unclaim(self, job_id: str, owner: str, message: str, remedy: str) -> bool:
        """The POST was refused and created nothing: back into the queue.

        False: it was called uncertain meanwhile, and the artist may have sent it again (`settle_post`).
        """
        return self._move_own(
            job_id,
            owner,
            (JobState.SUBMITTING,),
            state=JobState.QUEUED,
            message=message,
            remedy=remedy,
        )

    def settle_post(self, job_id: str, state: JobState, message: str, remedy: str) -> None:
        """The POST is over without a task id. Recorded whoever owned the job in between: the sender knows.

        Also where the job is queued: an older ledger may have taken the place of the one it was claimed in.
        """
        self._move(
            job_id,
            (JobState.QUEUED, JobState.SUBMITTING, JobState.UNCERTAIN),
            state=state,
            finished_at=self.clock(),
            message=message,
            remedy=remedy,
            owner="",
        )

    def accept(self, job_id: str, task_id: str, owner: str) -> None:
        """The first thing after the POST: its task id. Recorded whoever owned the job in between, and
        whatever an older ledger says that was put back meanwhile."""
        known = "server = (SELECT server FROM jobs WHERE id = ?) AND task_id = ? AND id != ?"
        with self.transaction() as connection:
            twin = connection.execute(
                f"SELECT id FROM jobs WHERE {known}", (job_id, task_id, job_id)
            ).fetchone()
            changes: dict[str, Any] = {
                "state": JobState.RUNNING,
                "task_id": task_id,
                "submitted_at": self.clock(),
                "finished_at": 0.0,
                "message": "",
                "remedy": "",
                "owner": owner,
                "lease_until": self.clock() + LEASE_S,
            }
            if twin is not None:
                # The artist was quicker, and added the task by its id: that job collects it.
                text = in_the_list_already(task_id)
                changes = {
                    "state": JobState.FAILED,
                    "submitted_at": self.clock(),
                    "finished_at": self.clock(),
                    "message": pack(text),
                    "owner": "",
                }
            columns = ", ".join(f"{name} = ?" for name in changes)
            connection.execute(
                f"UPDATE jobs SET {columns}, {STAMP} WHERE id = ? AND task_id = ''",
                (*changes.values(), self.clock(), job_id),
            )

    def note(self, job_id: str, *, progress: int | None = None, message: str = "", remedy: str = "") -> None:
        """What the service says meanwhile, for display.

        A parked job says why it is: what its worker still learns before it leaves is not noted.
        """
        changes: dict[str, Any] = {"message": message, "remedy": remedy}
        if progress is not None:
            changes["progress"] = progress
        self._move(
            job_id,
            (JobState.QUEUED, JobState.RUNNING, JobState.DOWNLOADING),
            "AND parked = 0",
            **changes,
        )

    def start_download(self, job_id: str, owner: str) -> bool:
        """The service is done. False: another engine has the job."""
        return self._move_own(
            job_id,
            owner,
            (JobState.RUNNING, JobState.DOWNLOADING),
            state=JobState.DOWNLOADING,
            progress=100,
            message="",
            remedy="",
        )

    def add_result(self, job_id: str, result: Result, *, is_copy: bool = False) -> Result | None:
        """One more image is safe on disk under its final name. Recorded whoever owns the job by then.

        Args:
            is_copy: though the job has an image of the same content.

        Returns:
            the result by the number that it has got, the next free one where its own was taken; None where
            another thread or engine was quicker with the same image, or the same file.
        """
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT position, path, content FROM results WHERE job_id = ?", (job_id,)
            ).fetchall()
            path = result.path.relative_to(self.path.parent).as_posix()
            if path in {row["path"] for row in rows}:
                return None
            if not is_copy and result.content in {row["content"] for row in rows}:
                return None
            taken = {row["position"] for row in rows}
            if result.index in taken:
                result = replace(result, index=min(set(range(len(taken) + 1)) - taken))
            self._write_result(connection, job_id, result)
        return result

    def save_result(self, job_id: str, result: Result) -> None:
        """What was made of an image that is here: it was brought back to size."""
        with self.transaction() as connection:
            self._write_result(connection, job_id, result)

    def end(self, job_id: str, owner: str, state: JobState, *, message: str = "", remedy: str = "") -> bool:
        """Bring a job to a final state. False: it had already ended, or another engine has it."""
        return self._move_own(
            job_id,
            owner,
            (JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.DOWNLOADING),
            state=state,
            finished_at=self.clock(),
            message=message,
            remedy=remedy,
            parked=0,
            owner="",
        )

    def cancel(self, job_id: str) -> bool:
        """Take back a job that was not sent. False: too late."""
        return self._move(
            job_id,
            (JobState.QUEUED,),
            state=JobState.CANCELLED,
            finished_at=self.clock(),
            owner="",
            message="",
        )

    def park(self, job_id: str, message: str, remedy: str = "", *, owner: str | None = None) -> bool:
        """Leave a job with the service; `unpark` asks again.

        Args:
            owner: the engine whose worker gives up, which is no reason for another that has the job by now;
                None: the artist says so.
        """
        changes: dict[str, Any] = {"parked": 1, "owner": "", "message": message, "remedy": remedy}
        states = (JobState.RUNNING, JobState.DOWNLOADING)
        if owner is None:
            return self._move(job_id, states, **changes)
        return self._move_own(job_id, owner, states, **changes)

    def unpark(self, job_id: str, owner: str, server: str) -> bool:
        """Follow a job again that was parked, or had ended without all its images; asking costs nothing.

        False: it has no task id, or it is another engine's, or another service's.
        """
        return self._move(
            job_id,
            tuple(state for state in JobState if state is not JobState.DONE),
            f"AND task_id != '' AND server = ? AND (owner = ? OR {_ORPHANED})",
            (server, owner, *self._now()),
            state=JobState.RUNNING,
            parked=0,
            hidden=0,
            message="",
            remedy="",
            finished_at=0.0,
            owner=owner,
            lease_until=self.clock() + LEASE_S,
        )

    def mark_placed(self, job_id: str) -> None:
        self._move(job_id, tuple(JobState), placed_at=self.clock())

    def hide(self, job_id: str) -> bool:
        """Drop a job from the lists that has ended, or is parked. Nothing is deleted."""
        ended = ", ".join(f"'{state}'" for state in JobState if state.is_final)
        condition = f"AND (parked OR state IN ({ended}))"
        return self._move(job_id, tuple(JobState), condition, hidden=1)

    # -- owners -------------------------------------------------------------------------------------

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        """Renew the lease of what an engine follows. What it has and does not follow, others may take.

        Args:
            sending: those of them whose POST is in the air. What another engine called uncertain of them,
                while this one stood still, is being sent after all.

        Returns:
            those of `followed` that are not this engine's: taken over, parked or ended by another.
        """
        lost: set[str] = set()
        with self.transaction() as connection:
            lease_until = self.clock() + LEASE_S
            for job_id in sending:
                connection.execute(
                    "UPDATE jobs SET state = 'SUBMITTING', message = '', finished_at = 0, owner = ?,"
                    f" {STAMP} WHERE id = ? AND state = 'UNCERTAIN' AND message = ?",
                    (owner, self.clock(), job_id, pack(_CUT_OFF)),
                )
            for job_id in followed:
                # One that has no row is still to be written down.
                row = connection.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
                if row is not None and row["owner"] != owner:
                    lost.add(job_id)
            connection.executemany(
                "UPDATE jobs SET lease_until = ? WHERE id = ?",
                [(lease_until, job_id) for job_id in followed if job_id not in lost],
            )
        return lost

    def release(self, owner: str) -> None:
        """Give up all jobs of an engine that stops. A POST that is still in the air becomes uncertain."""
        with self.transaction() as connection:
            self._make_uncertain(connection, "owner = ?", (owner,))
            connection.execute("UPDATE jobs SET owner = '', lease_until = 0 WHERE owner = ?", (owner,))

    def recover(self, owner: str, server: str, *, parked_too: bool, now: float | None = None) -> list[str]:
        """Settle what a dead or stopped engine left, and take over what is still at the service.

        Args:
            parked_too: also jobs that were left with the service: at start-up, so that nothing that
                was paid for stays there until it expires.
            now: by the clock, when the caller saw that it goes right; the transaction may have to wait.

        Returns:
            ids of all jobs that changed; those with state RUNNING or DOWNLOADING now belong to `owner`.
        """
        now = self.clock() if now is None else now
        lease = (now, now + 2 * LEASE_S)
        orphaned = f"server = ? AND {_ORPHANED}"
        with self.transaction() as connection:
            changed = self._make_uncertain(connection, orphaned, (server, *lease))
            rows = connection.execute(
                f"UPDATE jobs SET owner = ?, lease_until = ?, parked = 0, hidden = 0, {STAMP}"
                f" WHERE {orphaned} AND state IN ('RUNNING', 'DOWNLOADING') AND task_id != ''"
                " AND (NOT parked OR ?) RETURNING id",
                (owner, now + LEASE_S, now, server, *lease, parked_too),
            ).fetchall()
        return changed + [row[0] for row in rows]

    def _make_uncertain(
        self, connection: sqlite3.Connection, where: str, values: tuple[Any, ...]
    ) -> list[str]:
        now = self.clock()
        rows = connection.execute(
            f"UPDATE jobs SET state = 'UNCERTAIN', owner = '', finished_at = ?, {STAMP}, remedy = '',"
            f" message = ? WHERE state = 'SUBMITTING' AND {where} RETURNING id",
            (now, now, pack(_CUT_OFF), *values),
        ).fetchall()
        return [row[0] for row in rows]

    # -- what lies beside it ---------------------------------------------------------------------------

    def is_half_sent(self, server: str) -> bool:
        """Whether an engine that is gone left a job half sent: the journal may tell what became of it."""
        rows = self._database.query(
            f"SELECT 1 FROM jobs WHERE state = 'SUBMITTING' AND server = ? AND {_ORPHANED} LIMIT 1",
            (server, *self._now()),
        )
        return bool(rows)

    def bring_in_tasks(self) -> None:
        """Bring in what the journal of tasks has and the ledger lacks; `recover` takes it up."""
        sizes = {row["name"]: row["size"] for row in self._database.query("SELECT * FROM journals", ())}
        files = list(self._unread(sizes))
        if files:
            with self.transaction() as connection:
                self._bring_in(connection, files)

    def _unread(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, int, list[Paid]]]:
        try:
            yield from unread(self._library.tasks_folder, sizes)
        except OSError as error:
            raise LedgerError(
                phrase(
                    "The list of paid tasks in {path} can't be read: {error}.",
                    path=self._library.tasks_folder,
                    error=error,
                )
            ) from error

    def _bring_in(self, connection: sqlite3.Connection, files: Iterable[tuple[str, int, list[Paid]]]) -> None:
        for name, size, tasks in files:
            if bring_in_tasks(connection, tasks, now=self.clock()):
                connection.execute("INSERT OR REPLACE INTO journals VALUES (?, ?)", (name, size))

    def _fill(self, connection: sqlite3.Connection, *, is_anew: bool, was_open: bool) -> int:
        """Bring into a file that has taken the ledger's place what is known otherwise. Returns its jobs."""
        now = self.clock()
        if was_open:
            remember(connection, self.memory(), self.path.parent, now=now, lease_s=LEASE_S)
        sizes = {row["name"]: row["size"] for row in connection.execute("SELECT * FROM journals")}
        self._bring_in(connection, self._unread(sizes))
        if is_anew:
            bring_in_images(connection, self._library, now=now)
        return connection.execute("SELECT count(*) FROM jobs").fetchone()[0]

    # -- inside --------------------------------------------------------------------------------------

    def _load(self, where: str, values: tuple[Any, ...]) -> list[Job]:
        results: dict[str, list[Result]] = {}
        rows = self._database.query(f"SELECT * FROM jobs {where}", values)
        chosen = f"SELECT id FROM jobs {where}"
        for row in self._database.query(
            f"SELECT * FROM results WHERE job_id IN ({chosen}) ORDER BY position", values
        ):
            results.setdefault(row["job_id"], []).append(result_of(row, self.path.parent))
        return [job for row in rows if (job := self._readable(row, results.get(row["id"], []))) is not None]

    def _readable(self, row: sqlite3.Row, results: list[Result]) -> Job | None:
        """One job; None for a row that this version can't read, which is left alone."""
        try:
            return job_of(row, tuple(results))
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("job %s in %s can't be read by this version", row["id"], self.path, exc_info=True)
            return None

    def _now(self) -> tuple[float, float]:
        """Between what and what the end of a good lease is."""
        now = self.clock()
        return now, now + 2 * LEASE_S

    def _add(self, connection: sqlite3.Connection, job: Job, owner: str) -> None:
        insert_job(connection, job, owner, self.clock() + LEASE_S)

    def _write_result(self, connection: sqlite3.Connection, job_id: str, result: Result) -> None:
        write_result(connection, job_id, result, self.path.parent, self.clock())

    def _move_own(self, job_id: str, by: str, states: tuple[JobState, ...], **changes: Any) -> bool:
        """Change a job for a worker of the engine `by`. False where it was in none of `states`, or where
        another engine has taken it over, which knows better by now."""
        return self._move(job_id, states, "AND owner IN ('', ?)", (by,), **changes)

    def _move(
        self,
        job_id: str,
        states: tuple[JobState, ...],
        condition: str = "",
        values: tuple[Any, ...] = (),
        **changes: Any,
    ) -> bool:
        """Change one job if it is in one of `states` (and meets `condition`); False if it was not."""
        columns = ", ".join(f"{name} = ?" for name in changes)
        stored = [pack(value) if isinstance(value, str) else value for value in changes.values()]
        marks = ", ".join("?" * len(states))
        with self.transaction() as connection:
            cursor = connection.execute(
                f"UPDATE jobs SET {columns}, {STAMP} WHERE id = ? AND state IN ({marks}) {condition}",
                (*stored, self.clock(), job_id, *states, *values),
            )
            return cursor.rowcount == 1
