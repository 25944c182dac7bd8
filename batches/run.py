# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch while it runs: its rows, their states, and what is sent next.

It is in memory; the ledger has the current state. For one thread. `feed.Feeder` sends waiting rows; `note`
updates the states of jobs.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..client.errors import Remedy
from ..jobs.batch import AGAIN, Batch, BatchRow, RowState, images_of, state_of
from ..jobs.intents import ROWS_TAKEN
from ..jobs.job import Job, JobState
from ..texts.phrases import joined, phrase
from .packing import Group, pack
from .plan import Plan, Terms, Waiting
from .row import Row, RowReader
from .stored import read_stored

if TYPE_CHECKING:
    from ..jobs.placement import OfBatch

_HOPELESS: Final = frozenset(
    {Remedy.TOP_UP.name, Remedy.SET_KEY.name, Remedy.ALLOW_ONLINE.name, Remedy.CHECK_SERVER.name}
)
"""Errors that the next job would have too: the batch stops."""

MOST_FAILURES: Final = 5
"""The batch stops after this many failures in a row, so that the artist can look."""

SPENDS: Final = frozenset({RowState.SENT, RowState.DONE, RowState.SHORT, RowState.LEFT, RowState.UNCERTAIN})
"""Rows whose price counts for the batch's own limit."""

FAILED: Final = frozenset({RowState.FAILED, RowState.REFUSED, RowState.SHORT})
"""Rows that are tried again if none are named."""


class Run:
    """One batch.

    Args:
        batch, stored: as read from the ledger, with the rows in the order of sending.
        packs: equal rows share a request; else each has its own.
    """

    def __init__(self, batch: Batch, stored: Sequence[BatchRow], *, packs: bool = True) -> None:
        self.batch = batch
        self._packs = packs
        self.rows: list[Row] = []
        """In the order of sending, as all lists here."""
        self.told: list[BatchRow] = []
        """The state of each."""
        reader = RowReader()
        for each in stored:
            row, told = read_stored(each, reader)
            self.rows.append(row)
            self.told.append(told)
        self.is_running = False
        self.note_text = ""
        """Why it is paused; for the artist."""
        self.is_at_limit = False
        """It is paused at a limit. The plan says whether that still holds."""
        self.counts = Counter(told.state for told in self.told)
        self.revision = 0
        """Grows with every change."""
        self.plan_revision = 0
        """Grows with every change that a plan depends on."""
        self._prices = {told.number: row.price for row, told in zip(self.rows, self.told, strict=True)}
        spent = sum(self._prices[told.number] for told in self.told if told.state in SPENDS)
        self._used = batch.used + spent
        self._places = {told.number: place for place, told in enumerate(self.told)}
        self._by_job: dict[str, list[int]] = {}
        for place, told in enumerate(self.told):
            if told.job_id:
                self._by_job.setdefault(told.job_id, []).append(place)
        self._under_way = {told.job_id for told in self.told if told.state is RowState.SENT}
        self._queued: set[str] = set()
        self._let_go: set[str] = set()
        self._groups: deque[Group] | None = None
        self._failures = 0
        self._agreed: frozenset[int] = frozenset()
        """Numbers of the rows that waited when it was started."""

    # -- looking ------------------------------------------------------------------------------------

    @property
    def waiting(self) -> list[int]:
        """Places of the rows that wait."""
        return self._waiting_with(())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come by itself."""
        return not (self.counts[RowState.WAITING] or self.counts[RowState.SENT])

    @property
    def is_going(self) -> bool:
        """Whether it sends, or waits for what was sent."""
        return self.is_running and not self.is_over

    @property
    def is_packed(self) -> bool:
        """Whether the next request is known; else `next_group` packs all waiting rows first."""
        return self._groups is not None

    @property
    def failed_count(self) -> int:
        """How many rows would be tried again."""
        return sum(self.counts[state] for state in FAILED)

    def is_under_way(self, left: Collection[str] = ()) -> bool:
        """Whether any row has an unfinished job, apart from jobs that nobody works on (`left`)."""
        return any(job_id not in left for job_id in self._under_way)

    def agreed_of(self, left: Collection[str]) -> set[str]:
        """Return the jobs of `left` whose rows all waited when the artist agreed to send."""
        numbers = {
            job_id: {self.told[place].number for place in self._by_job[job_id]}
            for job_id in self._under_way.intersection(left) - self._let_go
        }
        return {job_id for job_id, rows in numbers.items() if rows <= self._agreed}

    @property
    def has_begun(self) -> bool:
        """Whether any row was ever sent."""
        return bool(self._by_job)

    @property
    def used(self) -> int:
        """Credits of the sent rows, and of what was sent before for rows that wait again."""
        return self._used

    @property
    def job_ids(self) -> set[str]:
        """Return the ids of all its jobs."""
        return set(self._by_job)

    def has_job(self, job_id: str) -> bool:
        """Whether a job is, or was, for rows of it."""
        return job_id in self._by_job

    @property
    def has_unsent(self) -> bool:
        """Whether an earlier session has handed out jobs that were not sent."""
        return bool(self._queued)

    @property
    def queued(self) -> int:
        """Jobs that were handed out and not sent yet, as far as known."""
        return len(self._queued)

    def queued_ids(self) -> set[str]:
        """Ids of the queued jobs."""
        return set(self._queued)

    def jobs_of(self, state: RowState) -> list[str]:
        """Return ids of the jobs of the rows in these states, in the order of sending."""
        ids = (told.job_id for told in self.told if told.state is state and told.job_id)
        return list(dict.fromkeys(ids))

    def numbers(self, states: Iterable[RowState]) -> list[int]:
        """The ledger's numbers of the rows in these states, in the order of sending."""
        wanted = frozenset(states)
        return [told.number for told in self.told if told.state in wanted]

    def place_of(self, number: int) -> int:
        """Return the place of the row with this number. Raises KeyError."""
        return self._places[number]

    def groups(self) -> Sequence[Group]:
        """Return the waiting groups in the order of sending. Their numbers are places."""
        if self._groups is None:
            self._groups = deque(pack(self.rows, self.waiting, shares=self._packs))
        return self._groups

    def waiting_now(self, left: Collection[str] = (), most: int | None = None) -> Waiting:
        """Return the waiting rows of this moment, for any thread to plan.

        Args:
            left: jobs that an earlier session left unsent: their rows are sent with the waiting ones.
            most: another limit than the batch's own; None: its own.
        """
        places = {place for job_id in left for place in self._by_job.get(job_id, ())}
        is_whole = not places and self._groups is not None
        return Waiting(
            rows=() if is_whole else tuple(self.rows),
            which=() if is_whole else tuple(self._waiting_with(places)),
            shares=self._packs,
            groups=tuple(self._groups or ()) if is_whole else None,
            most=self.batch.most if most is None else most,
            used=self._used - sum(self.rows[place].price for place in places),
        )

    def plan(self, terms: Terms, left: Collection[str] = (), most: int | None = None) -> Plan:
        """Return the plan for the waiting rows. Arguments: as for `waiting_now`."""
        if not left:
            self.groups()  # they are known from now on
        return self.waiting_now(left, most).plan(terms)

    def take_packed(self, groups: Sequence[Group], plan_revision: int) -> None:
        """Take groups that another thread packed from `waiting_now`, unless something has changed."""
        if self._groups is None and plan_revision == self.plan_revision:
            self._groups = deque(groups)

    # -- changes ------------------------------------------------------------------------------------

    def start(self, unsent: Iterable[str] = ()) -> None:
        """Send waiting rows from now on: the artist has agreed to the price.

        Args:
            unsent: jobs that an earlier session has handed out and not sent: their rows will wait, too.
        """
        self.is_running, self.note_text, self.is_at_limit, self._failures = True, "", False, 0
        places = {place for job_id in unsent for place in self._by_job.get(job_id, ())}
        self._agreed = frozenset(self.told[place].number for place in self._waiting_with(places))
        self.revision += 1

    def pause(self, text: str = "", *, at_limit: bool = False) -> None:
        """Send nothing more. Jobs that were handed out go on."""
        self.is_running, self.note_text, self.is_at_limit = False, text, at_limit
        self.revision += 1

    def next_group(self) -> Group | None:
        """Return the next group; None if nothing waits."""
        groups = self.groups()
        return groups[0] if groups else None

    def sent(self, group: Group, job_id: str) -> None:
        """Note the job of the next group, which was sent."""
        first = 0
        for place in group.rows:
            told = replace(self.told[place], job_id=job_id, first=first, message="")
            self._put(place, told, RowState.SENT)
            first += told.count
        self._by_job[job_id] = list(group.rows)
        self._queued.add(job_id)
        self._drop_first(group)

    def refused(self, group: Group, text: str) -> list[int]:
        """Note that no job can be made of the next group. Returns the rows' numbers."""
        for place in group.rows:
            self._put(place, replace(self.told[place], message=text), RowState.REFUSED)
        self._drop_first(group)
        self._count_failure(text)
        return [self.told[place].number for place in group.rows]

    def note(self, job: Job) -> bool:
        """Update a job's state. True if the state of one of its rows changed."""
        if job.id in self._let_go and job.state in (JobState.QUEUED, JobState.CANCELLED):
            return False
        places = self._by_job.get(job.id)
        if places is None:
            return self._note_again(job)
        if job.state is JobState.QUEUED:
            self._queued.add(job.id)
        else:
            self._queued.discard(job.id)
        changed = False
        for place in places:
            told = self.told[place]
            images = images_of(job, told.first, told.count)
            state = state_of(job.state, parked=job.parked, images=images, count=told.count)
            if (told.state, told.images, told.message) == (state, images, job.message):
                continue
            changed |= state is not told.state or images != told.images
            self._put(place, replace(told, images=images, message=job.message), state)
        if changed and job.state.is_final:
            self._watch(job)
        return changed

    @property
    def passed_over(self) -> frozenset[str]:
        """Jobs that `let_go` ignores."""
        return frozenset(self._let_go)

    def let_go(self, job_ids: Iterable[str]) -> None:
        """Ignore that these jobs are cancelled: their rows will wait again, as the ledger will tell."""
        self._let_go.update(job_ids)
        self._queued -= self._let_go

    def cancel(self, numbers: Iterable[int]) -> list[int]:
        """Cancel waiting rows. Returns the numbers of those that waited."""
        taken: list[int] = []
        for number in numbers:
            place = self._places[number]
            if self.told[place].state is RowState.WAITING:
                self._put(place, self.told[place], RowState.CANCELLED)
                taken.append(number)
        self._groups = None
        return taken

    def again(self, numbers: Iterable[int] | None = None) -> list[int]:
        """Return numbers of the rows that may wait again, of those named or of all that failed."""
        if numbers is None:
            return self.numbers(FAILED)
        return [number for number in numbers if self.told[self._places[number]].state in AGAIN]

    def only_for(self, numbers: Iterable[int]) -> list[str]:
        """Return ids of the jobs that are for these rows, and for no others."""
        places = {self._places[number] for number in numbers}
        ids = dict.fromkeys(self.told[place].job_id for place in sorted(places))
        return [job_id for job_id in ids if job_id and places.issuperset(self._by_job.get(job_id, ()))]

    def move(self, number: int, by: int) -> list[int]:
        """Move a row up or down in the order of sending, or to an end with a large `by`.

        Returns:
            the numbers of all rows whose places have changed, in their new order.
        """
        place = self._places[number]
        target = min(max(place + by, 0), len(self.rows) - 1)
        self.rows.insert(target, self.rows.pop(place))
        self.told.insert(target, self.told.pop(place))
        self._reckon_places()
        low, high = sorted((place, target))
        return [told.number for told in self.told[low : high + 1]]

    def take_over(self, before: Run, find: Callable[[str], Job | None]) -> None:
        """Continue from an older picture of the same batch.

        It pauses if other rows wait than those whose price was agreed to: another Blender has edited them,
        or let them wait again.

        Args:
            find: returns a job as last reported, by its id.
        """
        self.is_running, self.note_text = before.is_running, before.note_text
        self.is_at_limit = before.is_at_limit
        self._failures, self._let_go, self._agreed = before._failures, before._let_go, before._agreed
        self.revision = before.revision + 1
        for job_id in before._under_way:
            job = find(job_id)
            if job is None or job.state.is_final or job_id in before._let_go:
                continue
            for told in map(before.told.__getitem__, before._by_job.get(job_id, ())):
                place = self._places.get(told.number)
                if place is not None and not self.told[place].job_id:  # not in the ledger by then
                    self._put(
                        place, replace(self.told[place], job_id=job_id, first=told.first), RowState.SENT
                    )
                    self._by_job.setdefault(job_id, []).append(place)
                    self._groups = None
        for job_id in before._under_way | self._under_way:
            if job_id in self._by_job and (job := find(job_id)) is not None:
                self.note(job)
        if self.is_running and not all(self._is_agreed(place, before) for place in self.waiting):
            self.pause(phrase("Another Blender has changed the rows: go on to send them"))

    def refresh(self, find: Callable[[str], Job | None]) -> None:
        """Update from the current state of all jobs, which is newer than what was read.

        `find`: as for `take_over`.
        """
        for job_id in self.job_ids:
            if (job := find(job_id)) is not None:
                self.note(job)

    # -- inside -------------------------------------------------------------------------------------

    def _waiting_with(self, more: Collection[int]) -> list[int]:
        """Return places of the waiting rows, and of these."""
        return [
            place for place, told in enumerate(self.told) if told.state is RowState.WAITING or place in more
        ]

    def _is_agreed(self, place: int, before: Run) -> bool:
        """Whether a row waits as it did when the artist agreed to its price."""
        number = self.told[place].number
        known = before._places.get(number)
        return number in self._agreed and known is not None and before.rows[known] == self.rows[place]

    def _put(self, place: int, told: BatchRow, state: RowState) -> None:
        before = self.told[place].state
        self.counts[before] -= 1
        self.counts[state] += 1
        self._used += self._prices[told.number] * ((state in SPENDS) - (before in SPENDS))
        self.told[place] = replace(told, state=state)
        self.revision += 1
        if state is not before:
            self.plan_revision += 1
            if state is RowState.SENT:
                self._under_way.add(told.job_id)
            else:
                self._under_way.discard(told.job_id)
        if state is not before and RowState.WAITING in (state, before):
            self._groups = self._groups if state in (RowState.SENT, RowState.REFUSED) else None

    def _drop_first(self, group: Group) -> None:
        if self._groups and self._groups[0] is group:
            self._groups.popleft()
        else:
            self._groups = None

    def _note_again(self, job: Job) -> bool:
        """Follow a job that the artist has sent again from the list: its rows belong to it now."""
        batch: OfBatch | None = job.placement.batch
        if batch is None or batch.id != self.batch.id:
            return False
        places = [self._places[number] for number in batch.rows if number in self._places]
        if any(self.told[place].state not in (RowState.UNCERTAIN, RowState.FAILED) for place in places):
            return False
        firsts = dict(zip(batch.rows, batch.firsts, strict=True))
        for place in places:
            told = self.told[place]
            self._put(place, replace(told, job_id=job.id, first=firsts[told.number]), RowState.SENT)
        self._by_job[job.id] = places
        return self.note(job)

    def _watch(self, job: Job) -> None:
        """Stop if the next job would fail like this one."""
        if job.message == ROWS_TAKEN:
            return
        if job.state is not JobState.FAILED:
            self._failures = 0
            return
        if self.is_running and job.remedy in _HOPELESS:
            self.pause(job.message)
        self._count_failure(job.message)

    def _count_failure(self, why: str) -> None:
        self._failures += 1
        if self.is_running and self._failures >= MOST_FAILURES:
            text = phrase("{count} requests in a row have failed", count=self._failures)
            self.pause(joined(text, why, by=": "))

    def _reckon_places(self) -> None:
        self._places = {told.number: place for place, told in enumerate(self.told)}
        self._by_job = {}
        for place, told in enumerate(self.told):
            if told.job_id:
                self._by_job.setdefault(told.job_id, []).append(place)
        self._groups = None
        self.revision += 1
        self.plan_revision += 1


def read_run(
    batch: Batch,
    stored: Sequence[BatchRow],
    find: Callable[[str], Job | None],
    passed_over: Iterable[str] = (),
) -> Run:
    """Make a picture of a batch that was read, and pack the waiting rows.

    A thread does it, and hands it over.

    Args:
        find: returns a job as last reported, by its id.
        passed_over: jobs that the picture before ignored (`Run.passed_over`).
    """
    run = Run(batch, stored)
    run.let_go(passed_over)
    run.refresh(find)
    run.groups()
    return run
