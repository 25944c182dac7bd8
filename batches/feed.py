# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands rows of a batch to the engine, a few ahead of their turn, so that the rest can still change.

feeder = Feeder(engine, run, make=…, check=…, ahead=lambda: ahead_of(per_minute))
run.start()
while not run.is_over:
    feeder.turn()
    for event in engine.drain():
        if isinstance(event, (JobChanged, JobEnded, JobSeen)): run.note(event.job)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from ..imaging.snapshot import release
from ..jobs.batch import RowState
from ..jobs.placement import OfBatch
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from .packing import Group
from .row import Row
from .run import Run

if TYPE_CHECKING:
    from ..client.requests import GenerateRequest
    from ..imaging.snapshot import Taken
    from ..jobs.engine import Engine
    from ..jobs.placement import Placement

Prepared: TypeAlias = "tuple[GenerateRequest, Placement, Mapping[int, Taken]]"
"""A request, its placement, and the snapshots of its sources by their index."""

LEAST_AHEAD: Final = 3


def ahead_of(per_minute: int) -> int:
    """How many jobs may wait for their turn: the jobs of three seconds, at the slowest pace of a minute."""
    return max(LEAST_AHEAD, per_minute // 20)


class Feeder:
    """Sends the rows of one batch. For the thread of its `Run`.

    Args:
        make: makes a row's request, for a number of images and rows; raises Refusal if it can't.
        check: raises Refusal if a price would pass a limit: the batch stops there.
        ahead: how many jobs may wait for their turn.
    """

    def __init__(
        self,
        engine: Engine,
        run: Run,
        *,
        make: Callable[[Row, OfBatch, int], Prepared],
        check: Callable[[int], None],
        ahead: Callable[[], int],
    ) -> None:
        self.run = run
        self.engine = engine
        self._make = make
        self._check = check
        self._ahead = ahead

    def start(self) -> None:
        """Send the rows that wait. Rows that an earlier session handed out but did not send wait again."""
        unsent = set(self.engine.unsent).intersection(self.run.jobs_of(RowState.SENT))
        self.run.start(unsent)
        self._release(unsent)

    def turn(self, most: int = 100) -> list[str]:
        """Hand out the next requests, at most so many. Returns the ids of their jobs."""
        run = self.run
        ids: list[str] = []
        if run.is_running and run.is_over:
            run.pause()
        if run.is_running and (left := self.engine.unsent):
            self._take_back(left)
        while run.is_running and len(ids) < most and run.queued < self._ahead():
            group = run.next_group()
            if group is None:
                break
            price = group.price
            if run.batch.most and run.used + price > run.batch.most:
                text = phrase("The batch's limit of {cap} is reached", cap=credits_text(run.batch.most))
                run.pause(
                    joined(text, phrase("Raise the limit of the batch to go on."), by=". "), at_limit=True
                )
                break
            try:
                self._check(price)
            except Refusal as refusal:
                run.pause(str(refusal), at_limit=True)
                break
            ids += self._send(group)
        return ids

    def cancel(self, numbers: list[int] | None = None) -> None:
        """Cancel these rows, or all, if they were not sent: that costs nothing."""
        run = self.run
        if numbers is None:
            numbers = run.numbers((RowState.WAITING, RowState.SENT))
        jobs = {run.told[run.place_of(number)].job_id for number in numbers} - {""}
        if taken := run.cancel(numbers):
            self.engine.batches.set_rows(run.batch.id, taken, RowState.CANCELLED)
        for job_id in jobs:
            self.engine.cancel(job_id)

    def _take_back(self, left: Collection[str]) -> None:
        """Make rows wait again that another Blender claimed but did not send before it ended.

        Only rows whose price was agreed to here. If only others are left, the batch pauses.
        """
        run = self.run
        self._release(run.agreed_of(left))
        if not run.counts[RowState.WAITING] and not run.is_under_way(set(left) - run.passed_over):
            run.pause(phrase("Another Blender has left rows unsent: go on to send them"))

    def _release(self, job_ids: Collection[str]) -> None:
        if job_ids:
            self.run.let_go(job_ids)
            self.engine.batches.release_rows(self.run.batch.id, sorted(job_ids))

    def _send(self, group: Group) -> list[str]:
        run = self.run
        rows = [run.told[place] for place in group.rows]
        firsts = [sum(row.count for row in rows[:index]) for index in range(len(rows))]
        batch = OfBatch(
            id=run.batch.id,
            rows=tuple(row.number for row in rows),
            firsts=tuple(firsts),
            one_step=run.batch.one_step,
        )
        taken: Mapping[int, Taken] = {}
        try:
            prepared = self._make(run.rows[group.rows[0]], batch, group.count)
            taken = prepared[2]
            (job_id,) = self.engine.batches.submit_rows(run.batch.id, [prepared])
        except Refusal as refusal:
            release(taken.values())
            numbers = run.refused(group, str(refusal))
            self.engine.batches.set_rows(run.batch.id, numbers, RowState.REFUSED, str(refusal))
            return []
        run.sent(group, job_id)
        return [job_id]
