# SPDX-License-Identifier: GPL-3.0-or-later
"""Third stage: poll the service until the images exist, then download each of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from ..client.advice import reason_with_advice
from ..client.answers import TaskState, TaskStatus
from ..client.errors import (
    AuthenticationFailed,
    ClientError,
    Interrupted,
    KeyMissing,
    OnlineAccessOff,
    RateLimited,
    TaskNotFound,
)
from ..client.every_model import EVERY_MODEL
from ..client.retry import delay_before_retry
from ..texts.phrases import joined, phrase
from .desk import Desk, Follow, Left, PutOff
from .fetch import fetch_images
from .fit import bring_back, get_ready
from .job import CUT_OFF, RESULT_LIFE_S, JobState
from .listing import MOST_FILES, MOST_IMAGES, Asset, Listing
from .models import QUIET_S, ends_well, has_all_kinds, unpack_archives
from .schedule import first_poll_after, link_delay, poll_delay

NEWBORN_S: Final = 30.0
"""How long the service's status page may not know a new task."""

MAX_FETCH_ROUNDS: Final = 6
"""After this many failed downloads of the same images, the job is left with the service."""

MAX_SLOWDOWN: Final = 8.0


def collect(desk: Desk, follow: Follow) -> None:
    """Follow a task until its images are on disk, or it failed, expired, or is left with the service.

    Worker thread.

    Raises:
        Left, LedgerError
        PutOff: the service does not answer for this task; another thread may ask later.
    """
    _Collector(desk, follow).run()


class _Collector:
    """Polls one task. Earlier answers decide when to ask again, and when to stop."""

    def __init__(self, desk: Desk, follow: Follow) -> None:
        self._desk = desk
        self._follow = follow
        self._schedule = desk.schedule
        self._job = desk.ledger.job(follow.job_id)
        most = MOST_FILES if self._job.request.makes_model else MOST_IMAGES
        self._listing = Listing(self._job.request.promised, self._job.results, most=most)
        self._seconds = EVERY_MODEL[self._job.request.model].seconds
        self._age_s = max(desk.ledger.clock() - self._job.submitted_at, 0.0)
        """The task's age at the start. From then on a monotonic clock counts, which nobody can set."""
        self._started_at = time.monotonic()
        self._finished_seen_at = 0.0
        """Monotonic time at which the task was first seen finished; 0 before that."""
        self._progress = 0
        self._fetch_rounds = 0
        self._slowdown = 1.0
        """Grows with each 429 on a status request. Whether status requests count as requests is unknown."""

    def run(self) -> None:
        if not self._job.task_id:  # an older ledger was restored as the outcome was written
            settle = self._desk.ledger.settle_post
            self._desk.insist(self._follow, lambda: settle(self._job.id, JobState.UNCERTAIN, CUT_OFF, ""))
            raise Left
        self._tell()
        first_poll_at = first_poll_after(self._seconds, self._schedule)
        if self._elapsed() < first_poll_at:
            get_ready(self._follow, self._job)
        self._pause(first_poll_at - self._elapsed())
        while True:
            status = self._ask()
            if status is None:
                continue  # an outage is no reason to give up, however long it takes
            if self._settle(status):
                return
            self._pause(self._delay() * self._slowdown)

    # -- asking -------------------------------------------------------------------------------------

    def _ask(self) -> TaskStatus | None:
        """Send one status request. Returns None if it failed, after the pause that follows.

        Raises:
            Left: also when asking again is useless; then the job is parked or expired.
        """
        try:
            status = self._desk.api.fetch_status(self._job.task_id)
        except Interrupted as error:
            raise Left from error
        except TaskNotFound as error:
            self._not_found(error)
        except (AuthenticationFailed, KeyMissing, OnlineAccessOff) as error:
            self._give_up(error)
        except ClientError as error:
            self._wait_after(error)
        else:
            self._follow.outages = 0
            return status
        return None

    def _not_found(self, error: TaskNotFound) -> None:
        age_s = self._elapsed()
        if age_s > RESULT_LIFE_S:
            text = phrase("The service keeps images for 24 hours; these were not collected in time.")
            self._end_with_what_is_here(JobState.EXPIRED, text)
            raise Left from error
        if error.status == 403:  # the key belongs to another account: the right key solves it
            self._give_up(error)
        if not self._job.request.count:
            self._end(
                JobState.FAILED,
                joined(str(error), phrase("Compare the task ID with the one you were given.")),
            )
            raise Left from error
        if age_s > NEWBORN_S:
            self._give_up(error)
        self._pause(self._schedule.far_s)

    def _wait_after(self, error: ClientError) -> None:
        if isinstance(error, RateLimited):
            self._slowdown = min(self._slowdown * 2, MAX_SLOWDOWN)
        self._follow.outages += 1
        delay_s = delay_before_retry(error, self._follow.outages, random.random(), self._schedule.retry)
        if delay_s is None:
            if not error.passing:
                self._give_up(error)
            self._note(str(error), error.remedy.name)
            raise PutOff(self._schedule.late_s)  # an outage may be long: let other jobs be polled
        self._note(str(error), error.remedy.name)
        self._pause(delay_s)

    def _give_up(self, error: ClientError) -> None:
        text = phrase("{error} The service still has the job: look again when this is solved.", error=error)
        self._park(text, error.remedy.name)
        raise Left from error

    # -- what the answer means ----------------------------------------------------------------------

    def _settle(self, status: TaskStatus) -> bool:
        """Act on a status; True if the job has ended or is parked."""
        is_over = status.state is TaskState.FAILED or status.is_over(self._job.request.count)
        if is_over:  # an older ledger may have been restored, in which the job was never sent
            self._read_again()
        if status.state is TaskState.FAILED:
            reason = reason_with_advice(status.failure_reason, self._job.request)
            reason = reason or phrase("The service gives no reason.")
            self._end_with_what_is_here(
                JobState.FAILED,
                phrase("The service could not make it: {reason} Its credits are refunded.", reason=reason),
            )
            return True
        if not is_over:
            self._progress = status.progress
            if status.progress != self._job.progress or self._job.message:
                self._note("", "", progress=status.progress)
            if time.monotonic() - self._started_at <= self._schedule.deadline_s:
                return False
            self._park(phrase("The service is taking much longer than usual: look again later."))
            return True
        return self._settle_finished(status)

    def _settle_finished(self, status: TaskStatus) -> bool:
        now = time.monotonic()
        self._finished_seen_at = self._finished_seen_at or now
        listing = self._listing
        listing.see(status.assets, len(self._job.results), now)
        while assets := listing.missing(self._job.results):
            if not self._fetch(assets):
                return self._fetch_rounds >= MAX_FETCH_ROUNDS
        # An entry without a link will get one; a list that is too short may stay short.
        can_grow = not (self._job.results and listing.is_linked)
        grace_s = self._schedule.finished_grace_s if can_grow else self._schedule.missing_grace_s
        if listing.is_linked and has_all_kinds(self._job):
            grace_s = min(grace_s, QUIET_S)
        is_stable = listing.quiet_s(now) > grace_s
        if is_stable and not self._fetch(listing.copies(self._job.results)):
            return self._fetch_rounds >= MAX_FETCH_ROUNDS
        saved, wanted = len(self._job.results), listing.wanted
        if saved >= wanted and self._job.request.makes_model and is_stable:
            unpack_archives(self._desk, self._follow, self._job)
            self._read_again()
            lack = ends_well(self._job)
            self._end(JobState.PARTIAL if lack else JobState.DONE, lack)
        elif saved >= wanted and (self._job.request.promised or is_stable):
            bring_back(self._desk, self._follow, self._job)
            if not self._job.request.promised:  # for a rescued task, only its files tell what it made
                unpack_archives(self._desk, self._follow, self._job)
            self._end(JobState.DONE, _extra_text(listing))
        elif saved and is_stable:
            self._end_with_what_is_here(
                JobState.PARTIAL,
                phrase("The service made {saved} of {wanted} images.", saved=saved, wanted=wanted),
            )
        elif not saved and status.failure_reason:
            self._end(
                JobState.FAILED,
                phrase(
                    "The service could not make it: {reason}",
                    reason=reason_with_advice(status.failure_reason, self._job.request),
                ),
            )
        elif is_stable:
            self._park(phrase("The service says that it is done, but gives no image yet: look again later."))
        else:
            return False
        return True

    def _fetch(self, assets: Sequence[Asset]) -> bool:
        """Download the images; False if some did not arrive (after too many rounds the job is parked)."""
        if not assets:
            return True
        write = self._desk.ledger.start_download
        self._move(lambda: write(self._job.id, self._desk.owner))
        self._desk.tell(self._follow, phrase("Downloading"))
        is_last_try = self._fetch_rounds >= MAX_FETCH_ROUNDS - 1
        contents, trouble = fetch_images(self._desk, self._follow, self._job, assets, is_last_try=is_last_try)
        self._listing.learn(contents)
        self._read_again()
        if trouble is None:
            self._fetch_rounds = 0
            return True
        if trouble.is_final:
            self._fetch_rounds = MAX_FETCH_ROUNDS
        elif not trouble.is_disk_full:
            # The artist must free space on a full disk, however long it takes: only the deadline ends that.
            self._fetch_rounds += 1
        if self._fetch_rounds >= MAX_FETCH_ROUNDS:
            there = phrase("The service still has it: look again later.")
            if trouble.is_final:
                there = phrase("Fetch it at the service, with the task ID, before it is deleted there.")
            self._park(joined(trouble.text, there), trouble.remedy)
            return False
        self._note(trouble.text, trouble.remedy)
        self._pause(trouble.pause_s * max(self._fetch_rounds, 1))
        return False

    def _read_again(self) -> None:
        """Read the job's current state. An older ledger that was restored may not know its task.

        Raises:
            Left: another job of that ledger has the task, and collects it.
        """
        desk, job = self._desk, self._desk.ledger.job(self._job.id)
        if not job.task_id:
            desk.insist(self._follow, lambda: desk.ledger.accept(job.id, self._job.task_id, desk.owner))
            job = desk.ledger.job(job.id)
            if not job.task_id:
                raise Left
        self._job = job

    # -- small verbs --------------------------------------------------------------------------------

    def _elapsed(self) -> float:
        return self._age_s + time.monotonic() - self._started_at

    def _delay(self) -> float:
        if self._finished_seen_at:
            return link_delay(time.monotonic() - self._finished_seen_at)
        return poll_delay(self._elapsed(), self._seconds, self._progress, self._schedule)

    def _tell(self) -> None:
        due_at = self._job.submitted_at + EVERY_MODEL[self._job.request.model].typical_seconds
        self._desk.tell(self._follow, phrase("At the service"), due_at)

    def _note(self, message: str, remedy: str, *, progress: int | None = None) -> None:
        write = self._desk.ledger.note
        self._desk.insist(
            self._follow, lambda: write(self._job.id, progress=progress, message=message, remedy=remedy)
        )
        self._read_again()
        self._tell()

    def _park(self, message: str, remedy: str = "") -> None:
        """Leave the job with the service, but make the images that are here available to the artist."""
        if self._job.results:
            self._end_with_what_is_here(JobState.PARTIAL, message, remedy)
        else:
            owner, write = self._desk.owner, self._desk.ledger.park
            self._move(lambda: write(self._job.id, message, remedy, owner=owner))

    def _end_with_what_is_here(self, state: JobState, message: str, remedy: str = "") -> None:
        if self._job.results:
            bring_back(self._desk, self._follow, self._job)
            unpack_archives(self._desk, self._follow, self._job)
            state = JobState.PARTIAL
        self._end(state, message, remedy)

    def _end(self, state: JobState, message: str, remedy: str = "") -> None:
        owner, end = self._desk.owner, self._desk.ledger.end
        self._move(lambda: end(self._job.id, owner, state, message=message, remedy=remedy))

    def _move(self, write: Callable[[], bool]) -> None:
        """Write a step that only the job's owner may do. Raises Left if another engine owns it now."""
        if not self._desk.insist(self._follow, write):
            raise Left

    def _pause(self, seconds: float) -> None:
        self._follow.pause(max(seconds, 0.0))


def _extra_text(listing: Listing) -> str:
    """Return a text if the service lists more images than ordered; empty if not."""
    if not listing.extra:
        return ""
    return phrase(
        "The service lists {extra} images beyond the {wanted} requested: they are not downloaded.",
        extra=listing.extra,
        wanted=listing.wanted,
    )
