# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's way through the ledger: from the intent to the last image, in the order of its steps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from ..texts.phrases import pack
from .balances import Balances, Reading
from .caps import NO_CAPS, Caps
from .job import Job, JobState, Result, in_the_list_already
from .ledger_sources import LedgerSources
from .ledger_steps import LEASE_S, ORPHANED
from .preparation import Preparation
from .rebuild import hand_over
from .rows import STAMP, insert_job, write_result
from .spending import judge, judge_known


class LedgerWay(LedgerSources):
    """Any thread. Raises `LedgerError`."""

    def add(self, job: Job, owner: str) -> None:
        """Write an intent, or a rescued task, owned by `owner`. Does nothing if the ledger has it."""
        self.add_click([job], owner)

    def add_click(self, jobs: Sequence[Job], owner: str, caps: Caps = NO_CAPS) -> None:
        """Write all intents of one click, or none. Existing ones stay unchanged.

        Raises:
            CapReached: together they would spend more than `caps` allow.
        """
        with self.transaction() as connection:
            known = "SELECT 1 FROM jobs WHERE id = ?"
            new = [job for job in jobs if connection.execute(known, (job.id,)).fetchone() is None]
            judge(connection, new, caps, self.clock())
            for job in new:
                self._add(connection, job, owner)

    def add_again(self, job: Job, owner: str, old_id: str, caps: Caps = NO_CAPS) -> bool:
        """Write the intent to send an old job's request once more, if the old job failed.

        False: the old job is open, a live engine has it, or its paid result has arrived. A job that could
        never be written has failed.

        Raises:
            CapReached: it would spend more than `caps` allow.
        """
        self.bring_in_tasks(owner)  # an older ledger may have been restored, which has no task for it
        over = ", ".join(f"'{state}'" for state in JobState if state.is_final and not state.has_images)
        # Accepted, but without a task: another job in the list collects it (`accept`).
        has_twin = "(task_id = '' AND submitted_at > 0)"
        with self.transaction() as connection:
            is_open = connection.execute(
                "SELECT 1 FROM jobs WHERE id = ?"
                f" AND NOT (state IN ({over}) AND {ORPHANED} AND NOT {has_twin})",
                (old_id, *self._now()),
            ).fetchone()
            if not is_open:
                judge(connection, [job], caps, self.clock())
                connection.execute("UPDATE batch_claims SET job_id = ? WHERE job_id = ?", (job.id, old_id))
                self._add(connection, job, owner)
        return not is_open

    def add_task(self, job: Job, owner: str) -> str:
        """Write a rescued task, or show a known one again. Returns the id of the task's job."""
        with self.transaction() as connection:
            known = connection.execute(
                f"UPDATE jobs SET hidden = 0, {STAMP} WHERE server = ? AND task_id = ? RETURNING id",
                (self.clock(), job.server, job.task_id),
            ).fetchone()
            if known is None:
                self._add(connection, job, owner)
        return job.id if known is None else known["id"]

    def set_preparation(self, job_id: str, owner: str, preparation: Preparation) -> bool:
        """Store the files of an edit, while the job is queued. False: another engine has it."""
        return self._move_own(job_id, owner, (JobState.QUEUED,), preparation=json.dumps(asdict(preparation)))

    def adopt_queued(self, job_id: str, owner: str, server: str, caps: Caps = NO_CAPS) -> bool:
        """Take over a queued job of an earlier session, because the artist said so.

        False: it belongs to another engine or service, or is no longer queued; or it was paid for, and an
        older ledger was restored since.

        Raises:
            CapReached: it would spend more than `caps` allow.
        """
        self.bring_in_tasks(owner)
        with self.transaction() as connection:
            is_ours = self._change(
                connection,
                job_id,
                (JobState.QUEUED,),
                f"AND server = ? AND (owner = ? OR {ORPHANED})",
                (server, owner, *self._now()),
                owner=owner,
                lease_until=self.clock() + LEASE_S,
            )
            if is_ours:
                judge_known(connection, job_id, caps, self.clock())
        return is_ours

    def claim(
        self,
        job_id: str,
        owner: str,
        before: Reading | None = None,
        *,
        account: str = "",
        is_unsent: bool = False,
        caps: Caps = NO_CAPS,
    ) -> bool:
        """Claim a job, just before the POST. False: it was cancelled, or taken by another engine; don't send.

        Args:
            before: the last balance read. One of another account is left out.
            account: the mark of the account that pays (`Api.account`).
            is_unsent: the engine knows that it has not sent the job. Its own claim that failed may still be
                stored, in a ledger that was rebuilt from what the engine knew at that moment.
            caps: checked once more, only against sent jobs, because days may have passed since the intent was
                written, or another engine thought this one dead.

        Raises:
            CapReached: the job stays unchanged.
        """
        if before is not None and before.account != account:
            before = None
        balances = Balances(posted_at=self.clock(), account=account, before=before)
        with self.transaction() as connection:
            is_ours = self._change(
                connection,
                job_id,
                (JobState.QUEUED, JobState.SUBMITTING) if is_unsent else (JobState.QUEUED,),
                "AND owner = ?",
                (owner,),
                state=JobState.SUBMITTING,
                message="",
                remedy="",
                balances=json.dumps(asdict(balances)),
            )
            if is_ours:
                judge_known(connection, job_id, caps, self.clock(), has_waiting=False)
        return is_ours

    def unclaim(self, job_id: str, owner: str, message: str, remedy: str) -> bool:
        """Put a job back into the queue after its POST was refused and created nothing.

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
        """End a POST that brought no task id. Recorded whoever owned the job in between: the sender knows.

        This also works if the job is queued, because an older ledger may have replaced the one with the
        claim.
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
        """Record the task id, first thing after the POST.

        It is recorded whoever owned the job in between, and whatever an older, restored ledger says.
        """
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
                hand_over(connection, job_id, twin["id"], self.path.parent, self.clock())
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
        """Record what the service reports meanwhile, for display.

        A parked job tells why it is parked, so later reports of its worker are not recorded.
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
        """Record that the service is done. False: another engine has the job."""
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
        """Record one more image that is safe on disk under its final name, whoever owns the job by then.

        Args:
            is_copy: record it even if the job has an image of the same content.

        Returns:
            the result with its number (the next free one if its own was taken); None if another thread or
            engine has recorded the same image, or the same file.
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
        """Record the fitted file of an image that is here."""
        with self.transaction() as connection:
            self._write_result(connection, job_id, result)

    def end(self, job_id: str, owner: str, state: JobState, *, message: str = "", remedy: str = "") -> bool:
        """Move a job to a final state. False: it had already ended, or another engine has it."""
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
        """Cancel a job that was not sent. False: too late."""
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
            owner: the engine whose worker gives up; a job that another engine has by now is not parked.
                None: the artist gives up.
        """
        changes: dict[str, Any] = {"parked": 1, "owner": "", "message": message, "remedy": remedy}
        states = (JobState.RUNNING, JobState.DOWNLOADING)
        if owner is None:
            return self._move(job_id, states, **changes)
        return self._move_own(job_id, owner, states, **changes)

    def unpark(self, job_id: str, owner: str, server: str) -> bool:
        """Follow a job again that was parked, or had ended without all its images. Polling costs nothing.

        False: it has no task id, or belongs to another engine or service.
        """
        return self._move(
            job_id,
            tuple(state for state in JobState if state is not JobState.DONE),
            f"AND task_id != '' AND server = ? AND (owner = ? OR {ORPHANED})",
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
        """Hide a job that has ended, or is parked. Nothing is deleted."""
        ended = ", ".join(f"'{state}'" for state in JobState if state.is_final)
        condition = f"AND (parked OR state IN ({ended}))"
        return self._move(job_id, tuple(JobState), condition, hidden=1)

    # -- inside --------------------------------------------------------------------------------------

    def _add(self, connection: sqlite3.Connection, job: Job, owner: str) -> None:
        insert_job(connection, job, owner, self.clock() + LEASE_S)

    def _write_result(self, connection: sqlite3.Connection, job_id: str, result: Result) -> None:
        write_result(connection, job_id, result, self.path.parent, self.clock())
