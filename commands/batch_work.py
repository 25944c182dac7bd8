# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of `easel batch`: what it sends, follows and writes down."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ..batches.csv_in import Table
from ..batches.feed import Feeder, Prepared, ahead_of
from ..batches.plan import Plan, Terms
from ..batches.row import Row
from ..batches.run import Run
from ..batches.stored import stored_rows
from ..jobs.batch import Batch, BatchRow, RowState
from ..jobs.job import JobState
from ..jobs.ledger import Ledger
from ..jobs.placement import OfBatch, Placement
from ..scene import settings
from ..scene.language import say
from ..scene.session import followed, mirror, pump, session, spend
from ..scene.session.batch_requests import make_request
from ..terminal.exits import Exit, worst
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from .batch_out import EXITS, Folder
from .call import Call
from .farm import Shared, Voice, is_shared
from .money import read_balance
from .waiting import see_through, turn

if TYPE_CHECKING:
    from ..jobs.engine import Engine
    from ..jobs.job import Job

_REPORT_S: Final = 10.0
"""The pause between writings of the table of results, which is rewritten as a whole."""
_ANSWER_S: Final = 60.0
_TRIED_AGAIN: Final = (RowState.FAILED, RowState.REFUSED)
"""What `--retry` sends again: rows that cost nothing."""


@dataclass
class Work:
    """One call of the command, for one batch."""

    call: Call
    engine: Engine
    folder: Folder
    batch: Batch
    shared: Shared | None = None
    """The claims, if others work in the same folder."""

    def __post_init__(self) -> None:
        self._rows: Sequence[Row] = ()
        self._run = Run(self.batch, ())
        self._stored: Sequence[BatchRow] = ()
        self._again: frozenset[int] = frozenset()
        self._spent = 0
        self._taken_back: set[str] = set()
        """Jobs that were not sent, as far as is known."""
        self._numbers: frozenset[int] = frozenset()
        self._delivered: set[int] = set()
        self._uncopied: dict[int, str] = {}
        """Rows whose images could not be copied, and why."""
        self._reported_at = 0.0
        self._ledger: Ledger | None = None
        self._older: dict[str, Job | None] = {}
        """Jobs that are no longer in the list; they are over."""
        self._asked: list[str] = []
        """Jobs that nobody watched, and that this call watches again."""
        self._voice = Voice(self.call.output, self.call.arguments.farm or "")

    def open(self, ledger: Ledger, table: Table, chosen: Sequence[int], *, retries: bool) -> None:
        """Read the states of the chosen rows. Nothing is stored, because only the price may be wanted."""
        self._rows, self._ledger = table.rows, ledger
        if self.shared is not None:
            own = {row.number: row.state for row in ledger.batch_rows(self.batch.id)}
            chosen = self.shared.choose(chosen, own)
        self._numbers = frozenset(chosen)
        stored = stored_rows(table.rows)
        self._stored = [stored[number] for number in chosen]
        self._read(ledger)
        self._again = frozenset(self._run.numbers(_TRIED_AGAIN) if retries else ())

    def _read(self, ledger: Ledger) -> None:
        told = [row for row in ledger.batch_rows(self.batch.id) if row.number in self._numbers]
        there = {row.number for row in told}
        told += [row for row in self._stored if row.number not in there]
        self._run = Run(self.batch, told, packs=self.shared is None)
        self._run.refresh(self._find)

    def _write_down(self, ledger: Ledger) -> None:
        """Store rows that are new, and make rows wait that are tried again."""
        ledger.add_batch(self.batch, self._stored)
        if self._again:
            ledger.retry_rows(self.batch.id, sorted(self._again))
        self._read(ledger)

    def _make_feeder(self) -> Feeder:
        return Feeder(
            self.engine,
            self._run,
            make=self._make,
            check=self._check,
            ahead=lambda: ahead_of(self.engine.per_minute),
        )

    def _check(self, price: int) -> None:
        """Raise Refusal if a limit, or the limit of this call, would be passed."""
        spend.check(price)
        most = self.call.arguments.max_credits
        if most is not None and self._spent + price > most:
            raise Refusal(f"The next request would pass the {credits_text(most)} of --max-credits.")

    def _make(self, row: Row, batch: OfBatch, count: int) -> Prepared:
        """Make the request of a row. If others work too, claim the row first."""
        if self.shared is not None:
            self.shared.claim(batch.rows)
        prepared = make_request(
            row,
            batch,
            count,
            scene=bpy.context.scene,
            session_id=session.session_id() if bpy.data.filepath else "",
        )
        self._spent += row.settings.price(count)
        return prepared

    def plan(self) -> Plan:
        """Return the plan of what will be sent. Raises Refusal if the balance can't be read.

        This includes what is tried again, and what an earlier call has handed out but not sent.
        """
        known = spend.overview()
        terms = Terms(
            per_minute=self.engine.per_minute,
            balance=read_balance(self.call, self.engine),
            caps=settings.read().caps,
            ahead=len(self.engine.line),
        )
        run = Run(self.batch, list(map(self._as_sent, self._run.told)), packs=self.shared is None)
        return run.plan(replace(terms, spent=known.spent) if known is not None else terms)

    def _as_sent(self, told: BatchRow) -> BatchRow:
        if told.number not in self._again and self._state_of(told.job_id) is not JobState.QUEUED:
            return told
        return replace(told, state=RowState.WAITING, job_id="")

    def go_on(self, ledger: Ledger, stop: str = "") -> None:
        """Send the waiting rows, and wait for them. An interrupt or the time limit leaves some waiting.

        Args:
            stop: why nothing may be sent. Then it only waits for rows that were sent before.
        """
        ends_at, gives_up_at = self.call.ends_at, 0.0
        self._write_down(ledger)
        if self.shared is not None:
            self.shared.claim_own(self._run.told)
        else:
            self._take_alone()
        self._look_again()
        if stop:
            self._run.pause(stop)
        else:
            self._run.start()
        feeder = self._make_feeder()
        while self._goes_on:
            now = time.monotonic()
            if (self.call.interrupts.is_wanted or now > ends_at) and not gives_up_at:
                gives_up_at = now + _ANSWER_S
                self._hold(self._run)
            if gives_up_at and (now > gives_up_at or not (self._is_sending() or self._takes_back(ledger))):
                return
            if not gives_up_at and self._release_left(ledger):
                feeder = self._make_feeder()
            for job_id in feeder.turn():
                followed.add(job_id)
                mirror.show(self.engine.job(job_id))
            turn(self.engine)
            self._take_news()

    def _take_alone(self) -> None:
        """Write the table of results, to show that somebody works here. Raises Refusal if others do."""
        self._write(self._run.told)
        if is_shared(self.folder.path):
            raise Refusal(f"Others have just begun in {self.folder.path}. Nothing was sent. Try again.")

    @property
    def _goes_on(self) -> bool:
        run = self._run
        if run.counts[RowState.SENT] or (run.is_running and run.counts[RowState.WAITING]):
            return True
        return any(self._is_asked_for(job_id) for job_id in self._asked)

    def _is_asked_for(self, job_id: str) -> bool:
        job = self._find(job_id)
        return job is not None and not job.state.is_final and (not job.parked or job_id in followed.ids())

    def _release_left(self, ledger: Ledger) -> bool:
        """Make rows wait again whose jobs a Blender left unsent when it ended. True if there were any.

        A killed one counts as ended only when its lease has run out, so this is asked repeatedly.
        """
        left = set(self.engine.unsent).intersection(self._run.jobs_of(RowState.SENT))
        if not left:
            return False
        self.engine.batches.release_rows(self.batch.id, sorted(left))
        gives_up_at = time.monotonic() + _ANSWER_S
        while any(row.job_id in left for row in ledger.batch_rows(self.batch.id)):
            if time.monotonic() > gives_up_at or self.call.interrupts.is_wanted:
                break
            turn(self.engine)
        self._taken_back |= left
        self._share_unsent(ledger)
        is_running, text = self._run.is_running, self._run.note_text
        self._read(ledger)
        if is_running:
            self._run.start()
        else:
            self._run.pause(text)
        return True

    def _hold(self, run: Run) -> None:
        """Send nothing more. Rows that were handed out but not sent wait again."""
        run.pause()
        queued = [job_id for job_id in run.job_ids if self._state_of(job_id) is JobState.QUEUED]
        if queued:
            run.let_go(queued)
            self._taken_back.update(queued)
            self.engine.batches.release_rows(self.batch.id, sorted(queued))

    def _takes_back(self, ledger: Ledger) -> bool:
        """Whether cancelled rows are not stored yet: other workers have to know."""
        if self.shared is None:
            return False
        waiting = [job_id for job_id in self._taken_back if self._state_of(job_id) is JobState.QUEUED]
        return any(_is_queued(ledger, job_id) for job_id in waiting)

    def _share_unsent(self, ledger: Ledger) -> None:
        """Tell the other workers which rows were claimed and are not sent."""
        if self.shared is not None:
            for job_id in self._taken_back:
                with contextlib.suppress(KeyError):
                    self.shared.unsent(ledger.job(job_id))

    def _is_sending(self) -> bool:
        open_states = (JobState.SUBMITTING, JobState.DOWNLOADING)
        return any(self._state_of(job_id) in open_states for job_id in self._run.jobs_of(RowState.SENT))

    def _look_again(self) -> None:
        for job_id in self._run.jobs_of(RowState.LEFT):
            if self._find(job_id) is not None and self.engine.look_again(job_id):
                pump.follow(job_id)
                self._asked.append(job_id)

    def _find(self, job_id: str) -> Job | None:
        """A job's last state; from the ledger if the list no longer has it (hidden, or long ago)."""
        try:
            return self.engine.job(job_id)
        except KeyError:
            if job_id not in self._older:
                self._older[job_id] = self._find_older(job_id)
            return self._older[job_id]

    def _find_older(self, job_id: str) -> Job | None:
        if self._ledger is None or not job_id:
            return None
        try:
            return self._ledger.job(job_id)
        except KeyError:
            return None

    def _state_of(self, job_id: str) -> JobState | None:
        job = self._find(job_id)
        return job.state if job is not None else None

    def _take_news(self) -> None:
        for job_id in (*self._run.jobs_of(RowState.SENT), *self._asked):
            if (job := self._find(job_id)) is not None:
                self._run.note(job)
        self._deliver(self._run.told)
        self._share(self._run.told)
        counts = self._run.counts
        over = len(self._run.told) - counts[RowState.WAITING] - counts[RowState.SENT]
        text = f"{over} of {len(self._run.told)} rows · {counts[RowState.SENT]} at work"
        bad = counts[RowState.FAILED] + counts[RowState.REFUSED] + counts[RowState.UNCERTAIN]
        text += f" · {bad} failed" if bad else ""
        self.call.output.progress(text)
        self._voice.tell(over, len(self._run.told), text)
        if time.monotonic() - self._reported_at > _REPORT_S:
            with contextlib.suppress(Refusal, OSError):  # the report tells it, if it is still so then
                self._write(self._run.told)

    @property
    def has_sent(self) -> bool:
        """Whether this call or an earlier one has sent any of the rows."""
        return self._run.has_begun

    def _deliver(self, told: Sequence[BatchRow]) -> None:
        """Copy the images of rows that are here, and tell of each row once.

        Those that can't be copied are tried once more at the end, and told then: the others still arrive.
        """
        for each in told:
            if each.number in self._delivered or each.number in self._uncopied:
                continue
            if not each.images or each.state is RowState.SENT:
                continue
            job = self._find(each.job_id)
            if job is None:
                continue
            row = self._rows[each.number]
            try:
                files = self.folder.deliver(row, each, job)
            except (Refusal, OSError) as error:
                self._uncopied[each.number] = say(str(error))
                continue
            self._delivered.add(each.number)
            record = self._record(each) | {"files": [str(path) for path in files]}
            self.call.output.record("row", record, *map(str, files))

    def _share(self, told: Sequence[BatchRow]) -> None:
        """Tell the other workers the states of this machine's rows."""
        if self.shared is not None:
            for each in told:
                self.shared.note(each, self._find(each.job_id), self.folder.files_of(each.number))

    def collect(self, chosen: Sequence[int]) -> None:
        """Fetch what other workers sent but did not fetch: it is paid for, and kept for a day."""
        if self.shared is None:
            return
        ends_at = self.call.ends_at
        for number, claim in self.shared.to_collect(chosen, set(self._numbers)).items():
            row = self._rows[number]
            job_id, follows = self.engine.add_task(claim.task_id, row.settings.model, Placement())
            if follows:
                pump.follow(job_id)
            see_through(self.call, [job_id], ends_at)
            job = self._find(job_id)
            if job is None or not job.state.has_images:
                if job is not None:
                    self.shared.came_to_nothing(number, job)
                continue
            told = BatchRow(number=number, values={}, digest="", count=claim.count, first=claim.first)
            files = self.folder.deliver(row, told, job)
            self.shared.collected(number, files)
            self.call.output.record(
                "row", {"row": number + 1, "state": "DONE", "files": list(map(str, files))}
            )

    def _record(self, told: BatchRow) -> dict[str, Any]:
        row = self._rows[told.number]
        return {
            "row": told.number + 1,
            "name": row.name,
            "prompt": row.prompt,
            "state": told.state.value,
            "credits": row.price,
            "images": told.images,
            "job": told.job_id,
            "message": say(told.message),
        }

    def report(self, ledger: Ledger) -> Exit:
        """Read the states of all rows again, report rows without images, and write the table."""
        told = [row for row in ledger.batch_rows(self.batch.id) if row.number in self._numbers]
        self._uncopied.clear()
        self._deliver(told)
        self._share(told)
        self._share_unsent(ledger)
        for each in told:
            if each.number not in self._delivered:
                why = self._uncopied.get(each.number) or say(each.message)
                text = f"row {each.number + 1}  {each.state.value.lower()}  {why}"
                record = self._record(each) | {"files": [], "message": why}
                self.call.output.record("row", record, text.rstrip())
        problem, path = "", Path()
        try:
            path = self._write(told)
        except (Refusal, OSError) as error:  # what was sent costs all the same: this is no refusal
            problem = say(str(error))
            self.call.output.problem(problem)
        counts = {state.value: sum(each.state is state for each in told) for state in RowState}
        counts = {state: count for state, count in counts.items() if count}
        text = ", ".join(f"{count} {state.lower()}" for state, count in counts.items())
        table = "" if problem else str(path)
        self.call.output.record("batch", {"rows": counts, "table": table}, f"{text}: {table}")
        if self._run.note_text:
            self.call.output.note(say(self._run.note_text))
        if any(EXITS[each.state] is Exit.RUNNING for each in told):
            self.call.output.note(
                "Not all is done: the same command goes on with it, and pays for nothing twice."
            )
        if self._uncopied:
            self.call.output.note(
                "Not all images were copied. They are in the library: the same command copies them."
            )
        ends = [EXITS[each.state] for each in told]
        return worst((*ends, Exit.FAILED) if self._uncopied or problem else ends)

    def _write(self, told: Sequence[BatchRow]) -> Path:
        self._reported_at = time.monotonic()
        return self.folder.write_table([(self._rows[each.number], each) for each in told], say)


def _is_queued(ledger: Ledger, job_id: str) -> bool:
    try:
        return ledger.job(job_id).state is JobState.QUEUED
    except KeyError:
        return True  # it is being written down
