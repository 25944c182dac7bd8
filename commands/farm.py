# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel batch` in a folder that several workers share (`farms/claims.py`).

This machine's ledger counts first. About rows that others claimed, only their notes in the folder are known:
how a row ended, or its task, which anybody with the key may collect.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..batches.row import Row
from ..farms.claims import FOLDER, Claim, Claims, End, State
from ..farms.contact_sheet import contact_sheet
from ..imaging.files import write_atomically
from ..jobs.batch import BatchRow, RowState
from ..jobs.job import JobState
from ..scene.language import say
from ..terminal.exits import Exit, worst
from ..texts.refusal import Refusal
from .batch_out import EXITS, Folder

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..terminal.output import Output
    from .call import Call

_SILENCE_S: Final = 60.0
"""Flamenco's default is ten minutes (`task_timeout`)."""

_ENDS: Final[Mapping[RowState, State]] = {
    RowState.DONE: State.DONE,
    RowState.SHORT: State.DONE,  # if it has any image
    RowState.FAILED: State.FAILED,
    RowState.REFUSED: State.FAILED,
    RowState.CANCELLED: State.FAILED,
    RowState.UNCERTAIN: State.UNCERTAIN,
}
"""How states of this machine's ledger end. All other states are not over."""


@dataclass
class Shared:
    """The rows of a batch as all workers see them. Numbers are the ledger's, from 0."""

    claims: Claims
    rows: Sequence[Row]
    retries: bool
    _tasks: set[int] = field(default_factory=set[int])
    """Rows whose task is noted."""
    _ended: dict[int, RowState] = field(default_factory=dict[int, RowState])

    @classmethod
    def find(cls, out: Path, rows: Sequence[Row], *, is_farm: bool, retries: bool) -> Shared | None:
        """Return the claims of a folder; None if nobody else works there.

        Raises:
            OSError: the folder can't be made.
        """
        if not is_farm and not is_shared(out):
            return None
        worker = f"{platform.node() or 'a worker'} ({os.getpid()}-{secrets.token_hex(2)})"
        return cls(Claims(out, worker), rows, retries)

    def claim_own(self, told: Sequence[BatchRow]) -> None:
        """Claim what this machine sent when nobody else worked in the folder. Raises Refusal as `claim`."""
        for each in told:
            if each.job_id:
                self.claims.claim(each.number + 1, self.rows[each.number].digest)

    def choose(self, chosen: Sequence[int], own: Mapping[int, RowState]) -> list[int]:
        """Return those rows that this machine may send, or has sent.

        Args:
            own: the states of rows in this machine's ledger.
        """
        return [number for number in chosen if self._is_ours(number, own.get(number))]

    def _is_ours(self, number: int, state: RowState | None) -> bool:
        if state is not None and state is not RowState.WAITING:
            return True
        if self.claims.read(number + 1) is None:
            return True
        end = self.claims.end_of(number + 1)
        return end is not None and end.can_be_claimed(unsent_alone=not self.retries)

    def claim(self, numbers: Sequence[int]) -> None:
        """Claim rows that are about to be sent.

        Raises:
            Refusal: one is another worker's, or the table has changed.
            OSError: the folder can't be written to.
        """
        for number in numbers:
            digest = self.rows[number].digest
            if self.claims.claim(number + 1, digest):
                continue
            if self.claims.claim_again(number + 1, digest, unsent_alone=not self.retries):
                continue
            known = self.claims.read(number + 1) or Claim()
            raise Refusal(f"Row {number + 1} was claimed by {known.worker or '?'}.")

    def note(self, each: BatchRow, job: Job | None, files: Sequence[Path]) -> None:
        """Note what others have to know about a row of this machine."""
        row = each.number + 1
        if job is not None and job.task_id and each.number not in self._tasks:
            if not self.claims.is_given_up(row, each.job_id):
                self.claims.note_task(row, job.task_id, first=each.first, count=each.count)
            self._tasks.add(each.number)
        state = _end_of(each, job)
        if state is None or self._ended.get(each.number) is each.state:
            return
        if state is State.DONE and not files:  # they could not be copied: the next call tries again
            return
        if not self._may_end(each):
            return
        self.claims.end(
            row,
            End(
                state=state,
                files=tuple(path.name for path in files),
                credits=0 if state is State.FAILED else self.rows[each.number].price,
                note=each.message,
                of=each.job_id,
            ),
        )
        self._ended[each.number] = each.state

    def unsent(self, job: Job) -> None:
        """Note that a job was taken back before it was sent, and never will be."""
        if job.state is JobState.CANCELLED and not job.task_id and job.placement.batch is not None:
            for number in job.placement.batch.rows:
                if self.claims.read(number + 1) is not None:
                    self.claims.end(number + 1, End(state=State.UNSENT, of=job.id))

    def _may_end(self, each: BatchRow) -> bool:
        """A row that was refused because another worker has it ends there."""
        known = self.claims.read(each.number + 1)
        return known is not None and (bool(each.job_id) or known.worker == self.claims.worker)

    def to_collect(self, chosen: Sequence[int], own: set[int]) -> dict[int, Claim]:
        """Rows that others sent but did not fetch, by their numbers."""
        found: dict[int, Claim] = {}
        for number in chosen:
            if number in own or self.claims.end_of(number + 1) is not None:
                continue
            claim = self.claims.read(number + 1)
            if claim is not None and claim.task_id:
                found[number] = claim
        return found

    def collected(self, number: int, files: Sequence[Path]) -> None:
        """Note that this machine fetched what another one sent."""
        names = tuple(path.name for path in files)
        self.claims.end(number + 1, End(state=State.DONE, files=names, credits=self.rows[number].price))

    def came_to_nothing(self, number: int, job: Job) -> None:
        """Note that another machine's job has no images, as the service told this one."""
        if job.state is JobState.FAILED:
            self.claims.end(number + 1, End(state=State.FAILED, note=job.message, of=job.id))
        elif job.state.is_final:  # the service has it no longer: it may have been charged
            price = self.rows[number].price
            self.claims.end(
                number + 1, End(state=State.UNCERTAIN, credits=price, note=job.message, of=job.id)
            )

    def report(self, number: int) -> tuple[RowState, End]:
        """Return the state of a row, by what is in the folder."""
        end = self.claims.end_of(number + 1)
        if end is not None:
            states = {
                State.DONE: RowState.DONE,
                State.FAILED: RowState.FAILED,
                State.UNSENT: RowState.WAITING,
            }
            return states.get(end.state, RowState.UNCERTAIN), end
        claim = self.claims.read(number + 1)
        if claim is None:
            return RowState.WAITING, End(state=State.FAILED)
        worker = claim.worker or "A worker"
        text = (
            f"{worker} sent it. Its images are still at the service: run these rows again to fetch them."
            if claim.task_id
            else f"{worker} claimed it and never said how it ended. It may have been charged: see its jobs."
        )
        state = RowState.LEFT if claim.task_id else RowState.UNCERTAIN
        return state, End(state=State.UNCERTAIN, note=text)


def is_shared(out: Path) -> bool:
    """Whether workers share a folder: somebody has claimed rows there."""
    return (out / FOLDER).is_dir()


def _end_of(each: BatchRow, job: Job | None) -> State | None:
    """How a row of this machine's ledger ended; None if it is not over."""
    state = _ENDS.get(each.state)
    if each.state is RowState.SHORT and not each.images:
        return State.UNCERTAIN  # paid for, and the service no longer has it
    if state is State.FAILED and job is not None and job.submitted_at and not job.task_id:
        return State.UNCERTAIN  # a person let go of it: nobody knows whether it was charged
    return state


@dataclass
class Voice:
    """Reports a task's progress to an engine, which assumes after silent minutes that the worker is dead."""

    output: Output
    engine: str
    """The value of `--farm`; empty: no engine listens."""
    _told: str = ""
    _told_at: float = 0.0

    def tell(self, over: int, count: int, text: str) -> None:
        """Say how many rows are over. Repeat the same numbers only once a minute."""
        now = time.monotonic()
        if not self.engine or (text == self._told and now - self._told_at < _SILENCE_S):
            return
        self._told, self._told_at = text, now
        if self.engine == "openjd":
            self.output.line(f"openjd_progress: {100 * over / max(count, 1):.1f}")
            self.output.line(f"openjd_status: {text}")
        else:
            self.output.line(text)


def report_farm(call: Call, folder: Folder, rows: Sequence[Row], shared: Shared | None) -> Exit:
    """Write the outcome of all rows of all workers, and a contact sheet. Sends nothing."""
    if shared is None:
        raise Refusal(f"Nobody has begun with {folder.path}.")
    ends = [shared.report(number) for number in range(len(rows))]
    path = folder.write_report(
        rows,
        [
            {
                "state": state.value.lower(),
                "images": len(end.files),
                "credits": end.credits,
                "files": "; ".join(end.files),
                "note": say(end.note),
            }
            for state, end in ends
        ],
    )
    cells = [
        (f"{number} {state.value.lower()}", folder.path / end.files[0] if end.files else None)
        for number, (state, end) in enumerate(ends, start=1)
    ]
    sheet = folder.path / f"{folder.name}.contact.png"
    with write_atomically(sheet, shared=True) as file:
        contact_sheet(cells).save(file, "PNG")
    counts = Counter(state.value for state, _end in ends)
    text = ", ".join(f"{count} {state.lower()}" for state, count in counts.items())
    call.output.record(
        "batch", {"rows": dict(counts), "table": str(path), "sheet": str(sheet)}, f"{text}: {path}"
    )
    return worst(EXITS[state] for state, _end in ends)
