# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine offers the artist's verbs. It orders the work; its threads write and do it.

Every followed job gets exactly one `JobEnded`. All methods are for the main thread and return at once, except
`stop` (bounded), `wait` and `wait_until_read` (which block). No other method waits for the ledger: an event
tells the outcome, and until then the job is shown as being written. Nothing is sent before it is written.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..client.api import Api
from ..client.models import ModelId
from ..client.requests import GenerateRequest
from ..client.server import Server
from ..imaging.outgoing import UploadRule
from ..imaging.snapshot import Taken
from ..texts.phrases import phrase
from .again import Again
from .batch_orders import BatchOrders
from .caps import NO_CAPS, Caps
from .crew import Crew
from .desk import Desk, Follow
from .events import (
    NOT_OURS,
    WRITING,
    Event,
    JobChanged,
    JobHasTwin,
    JobOrdered,
    JobSeen,
    LibraryIsElsewhere,
)
from .follows import Follows
from .gallery import Gallery
from .intents import Intents, unwritten
from .job import Job, JobState
from .journal import Journal
from .ledger import Ledger
from .ledger_file import LedgerError
from .library import Library
from .limiter import RateLimiter
from .long_list import LongList
from .news import News
from .originals import OriginalsRule
from .overview import Cursor, Totals
from .placement import Placement
from .policy import NO_POLICY, Policy
from .schedule import LOOPBACK_SCHEDULE, SCHEDULE, PollSchedule
from .shelf import FIRST_JOBS, Shelf
from .wallet import WalletReader
from .workshop import Workshop
from .writer import Writer

T = TypeVar("T")


logger = logging.getLogger(__name__)


class Engine:
    """One engine for each Blender, service and library folder.

    Args:
        library: the folder of the ledger and the images.
        server: the service; only its jobs are followed.
        key: returns the API key, or raises `KeyMissing`. Called on worker threads.
        may_go_online: whether Blender allows online access, as the main thread last saw it.
        rate_limit: requests a minute, until the service says otherwise.
        upload_rule: what may leave the machine.
        caps: the limits of spending.
        policy: what a studio allows.
        originals_rule: how long the floats of edited images are kept.
        tells_others: write prompts into files in the form that other programs read, too.
        schedule: when to poll for a job's status; the default fits the service.
        ledger: a replacement, only in tests.
    """

    def __init__(
        self,
        *,
        library: Library,
        server: Server,
        key: Callable[[], str],
        may_go_online: Callable[[], bool],
        rate_limit: int = 3,
        upload_rule: UploadRule | None = None,
        originals_rule: OriginalsRule | None = None,
        tells_others: bool = False,
        caps: Caps = NO_CAPS,
        policy: Policy = NO_POLICY,
        schedule: PollSchedule | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.server = server
        self.library = library
        self._owner = uuid.uuid4().hex
        self._shelf = Shelf()
        self._news = News(self._shelf)
        self._ledger = ledger or Ledger(
            library.ledger_path, opens=False, tell=self._news.tell_mended, moved=self._tell_moved
        )
        self._ledger.memory = self._remember
        self._intents = Intents(server, self._ledger.clock, caps, policy)
        self._journal = Journal(library.tasks_folder, self._owner)
        self._api = Api(server, key=key, may_go_online=may_go_online)
        self._limiter = RateLimiter(self._ledger, server.name, rate_limit)
        self._writer = Writer(self._ledger, self._news.tell_trouble)
        self._follows = Follows(self._ledger, self._limiter, self._news)
        self._list = LongList(self._ledger, self._shelf, self._follows, self._news, self._writer, server.name)
        self.gallery = Gallery(self._ledger, self._shelf, self._news, self._writer)
        self.workshop = Workshop(self._ledger, self._news, self._writer)
        self._wallet = WalletReader(
            self._api, self._ledger, self._limiter, self._news, self._writer, self._list.look
        )
        desk = Desk(
            owner=self._owner,
            ledger=self._ledger,
            journal=self._journal,
            library=library,
            api=self._api,
            limiter=self._limiter,
            schedule=schedule or (LOOPBACK_SCHEDULE if server.is_loopback else SCHEDULE),
            upload_rule=upload_rule or UploadRule(),
            originals_rule=originals_rule or OriginalsRule(),
            tells_others=tells_others,
            tell=self._follows.tell,
            caps=lambda: self._intents.caps,
            last_balance=lambda: self._wallet.balance,
            trouble=self._news.tell_trouble,
        )
        self._crew = Crew(desk, self._follows, self._news, look=lambda: self._writer.look(self._list.look))
        self.batches = BatchOrders(
            self._ledger, self._news, self._writer, server.name, self._owner, self._intents, self._crew
        )
        self.again = Again(self._ledger, self._shelf, self._writer, self._owner, self._intents, self._crew)
        self._is_stopped = False

    # -- life ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read the jobs of earlier sessions and take over what is still at the service, in the background."""
        self._crew.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End all threads within `timeout_s` and leave the ledger consistent. Tasks stay at the service.

        A thread that the network or the disk holds longer is left behind. If it still receives a task id, it
        writes the id to the journal all the same.
        """
        if self._is_stopped:
            return
        self._is_stopped = True
        deadline = time.monotonic() + timeout_s
        self.gallery.stop()
        self.workshop.stop()
        self._ledger.hurry(timeout_s * 0.9)  # the rest of the time is for the writer's own end
        follows = self._crew.stop(deadline - timeout_s / 4)
        self._writer.order(
            lambda: self._ledger.release(self._owner),
            done=lambda _: self._end_all(follows),
            failed=lambda error: logger.error("stopping: %s The leases run out by themselves.", error),
        )
        self._writer.stop(deadline)
        self._end_all(follows, unread=True)
        self._journal.close()

    # -- the artist's verbs -------------------------------------------------------------------------

    def submit(
        self,
        request: GenerateRequest,
        placement: Placement,
        snapshots: Mapping[int, Taken] | None = None,
    ) -> str:
        """Order an intent to be written; the job begins after that.

        If the intent can't be written, or would pass a limit of spending, the job ends as failed and nothing
        is sent.

        Args:
            snapshots: the sources that a worker must prepare, by their index in the request, and the mask's
                pixels (`MASK_INDEX`).

        Returns:
            the job's id; the job is in `jobs` at once.

        Raises:
            Refusal: nothing was written or sent.
        """
        return self.submit_click([(request, placement, snapshots or {})])[0]

    def submit_click(
        self, prepared: Sequence[tuple[GenerateRequest, Placement, Mapping[int, Taken]]]
    ) -> list[str]:
        """Submit all requests of one click: all of them are written, or none.

        Raises:
            Refusal: nothing was written or sent.
        """
        self._intents.check_click([request for request, _placement, _snapshots in prepared])
        jobs = [self._intents.job(request, placement) for request, placement, _snapshots in prepared]
        snapshots = [taken for _request, _placement, taken in prepared]
        follows = [self._crew.expect(job, taken, WRITING) for job, taken in zip(jobs, snapshots, strict=True)]

        def done(_written: None) -> None:
            for follow in follows:
                self._crew.begin(follow)

        def failed(error: LedgerError) -> None:
            for follow in follows:
                self._crew.give_up(follow, unwritten(error))

        self._writer.order(
            lambda: self._ledger.add_click(jobs, self._owner, self._intents.caps), done, failed
        )
        return [job.id for job in jobs]

    def check_click(self, requests: Sequence[GenerateRequest]) -> None:
        """Raise Refusal if `submit_click` would refuse them at once. Nothing is written or sent."""
        self._intents.check_click(requests)

    def resume(self, job_id: str) -> bool:
        """Send a queued job of an earlier session. False: it is not such a job of this service.

        `JobRefused` follows if it is another Blender's, or would pass a limit.

        Raises:
            Refusal: the studio does not allow it.
        """
        job = self._shelf.job(job_id)
        if job.state is not JobState.QUEUED or job.server != self.server.name:
            return False
        self._intents.check(job.request)
        caps = self._intents.caps
        self._take_up(job, lambda id_, owner, server: self._ledger.adopt_queued(id_, owner, server, caps))
        return True

    def cancel(self, job_id: str) -> None:
        """Cancel a job that was not sent. If it is too late, nothing happens, and events tell."""

        def done(is_cancelled: bool) -> None:
            self._crew.recall(job_id, on=False)
            self._drop_if(is_cancelled, job_id)

        def failed(error: LedgerError) -> None:
            self._crew.recall(job_id, on=False)
            self._list.refuse(job_id, str(error))

        self._crew.recall(job_id, on=True)
        self._order(job_id, lambda: self._ledger.cancel(job_id), done, failed)

    def stop_watching(self, job_id: str) -> None:
        """Leave a running job with the service. It can be looked up again until it expires.

        Its images that have arrived can be placed: at once, or when they are brought back to size
        (`JobChanged`).
        """

        def park() -> bool:
            if self._ledger.job(job_id).results:
                text = phrase("You stopped watching. Place what is here, or look again to collect the rest.")
            else:
                text = phrase("You stopped watching. The service still has it: look again to collect it.")
            return self._ledger.park(job_id, text)

        self._order(job_id, park, lambda is_parked: self._drop_if(is_parked, job_id))

    def look_again(self, job_id: str) -> bool:
        """Poll the service again for a job that was left with it, or ended without all its images.

        False: the job has nothing to poll for at this service. `JobRefused` follows if it is another
        Blender's.
        """
        job = self._shelf.job(job_id)
        if job.state is JobState.DONE or not job.task_id or job.server != self.server.name:
            return False
        self._take_up(job, self._ledger.unpark)
        return True

    def add_task(self, task_id: str, model: ModelId, placement: Placement) -> tuple[str, bool]:
        """Rescue a task by its id, whoever paid for it. A known task is looked up again.

        Returns:
            the id of the task's job, and whether it is followed; a known job that has all its images is not.
        """
        known = self._shelf.find_task(self.server.name, task_id)
        if known is not None:
            return known.id, self.look_again(known.id)
        request = GenerateRequest(model=model, prompt="Rescued task", count=0)
        return self._add_task(self._intents.job(request, placement, task_id=task_id)), True

    def mark_placed(self, job_id: str) -> None:
        """Record that the job's images are in a .blend."""
        self._shelf.put(replace(self._shelf.job(job_id), placed_at=self._ledger.clock()))
        self._writer.order(
            lambda: self._ledger.mark_placed(job_id),
            done=lambda _: None,
            failed=lambda error: logger.error("job %s: %s", job_id, error),  # it is placed even if this fails
        )

    def hide(self, job_id: str) -> None:
        """Remove an ended job from the list. Its images stay.

        `JobSeen` follows when that is written, or `JobRefused` if the job is not over.
        """
        self._list.hide(job_id)

    def hide_done(self) -> None:
        """Remove all jobs from the list that are over and need nothing from the artist, unread pages too.

        `JobsRead` follows.
        """
        self._list.hide_done()

    def unhide(self, job_id: str) -> None:
        """Put a job back on the list. `JobSeen` follows."""
        self._list.unhide(job_id)

    def read_page(self, after: Cursor, *, hidden: bool) -> None:
        """Read the next jobs of a long list in the background; `PageRead` follows."""
        self._list.read_page(after, hidden=hidden)

    def refresh_wallet(self) -> None:
        """Read the balance in the background; `WalletRead` or `WalletFailed` follows."""
        self._crew.run_errand(self._wallet.read)

    def read_spend(self, budget: str) -> None:
        """Add up the spending in the background; `SpendRead` follows. `budget`: the open project."""
        self._wallet.read_spend(budget)

    def _tell_moved(self, folder: Path) -> None:
        self._news.emit(LibraryIsElsewhere(old=self.library.root, new=folder))

    # -- looking ------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """True while any job is followed."""
        return bool(self._follows)

    @property
    def per_minute(self) -> int:
        """Return the allowed requests a minute."""
        return self._limiter.per_minute

    def set_rate_limit(self, per_minute: int) -> None:
        """Set the allowed requests a minute."""
        self._limiter.per_minute = per_minute

    def set_limits(self, caps: Caps, policy: Policy = NO_POLICY) -> None:
        """Set the limits of spending and the studio's policy."""
        self._intents.caps, self._intents.policy = caps, policy

    def job(self, job_id: str) -> Job:
        """Return one job as last reported. Raises KeyError."""
        return self._shelf.job(job_id)

    def jobs(self, limit: int = FIRST_JOBS) -> list[Job]:
        """The newest jobs and all open ones, newest first; earlier sessions' after `JobsRead`."""
        return self._shelf.jobs(limit)

    @property
    def totals(self) -> Totals:
        """The number of jobs in the ledger, as last counted."""
        return self._shelf.totals

    @property
    def unsent(self) -> tuple[str, ...]:
        """Ids of the jobs that an earlier session left unsent, in their order, as last read."""
        return self._shelf.unsent

    @property
    def line(self) -> tuple[str, ...]:
        """Ids of the jobs that wait for a turn, in the order of their turns."""
        return self._limiter.line

    def turns_ahead(self, count: int) -> list[float]:
        """Seconds from now until each of the next turns, as far as known."""
        return self._limiter.turns_ahead(count)

    def jobs_of_click(self, batch: str) -> list[Job]:
        """The jobs of one click on tiles, newest first, also of an earlier session."""
        return self._shelf.jobs_of_click(batch)

    def drain(self) -> Iterator[Event]:
        """Yield the events since the last call. The next call yields what a caller left."""
        return self._news.drain()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is an event. Only for scripts that wait for their job."""
        return self._news.wait(timeout_s)

    def wait_until_read(self, timeout_s: float) -> bool:
        """Block until the jobs of earlier sessions are here. Only for scripts."""
        return self._shelf.is_filled.wait(timeout_s)

    # -- inside -------------------------------------------------------------------------------------

    def _add_task(self, job: Job) -> str:
        """Report a rescued task at once; it begins when it is in the ledger."""
        follow = self._crew.expect(job, {}, WRITING)

        def add() -> Job | None:
            self._journal.note(job, (job.task_id,), job.submitted_at)
            known = self._ledger.add_task(job, self._owner)
            return None if known == job.id else self._ledger.job(known)

        def done(twin: Job | None) -> None:
            if twin is None:
                self._crew.begin(follow)
                return
            self._crew.give_up(follow, phrase("This task is in the list already"))
            self._shelf.remove(job.id)
            self._shelf.put(twin)
            self._news.emit(JobHasTwin(job_id=job.id, twin=twin))
            if not self._follows.find(twin.id):
                self._news.emit(JobSeen(job=twin) if twin.is_watched else JobChanged(job=twin))
            self.look_again(twin.id)

        self._writer.order(
            add,
            done,
            failed=lambda error: self._crew.give_up(follow, unwritten(error)),
        )
        return job.id

    def _take_up(self, job: Job, take: Callable[[str, str, str], bool]) -> None:
        """Follow a job after the ledger confirmed that it is ours."""

        def done(is_ours: bool) -> None:
            if is_ours:
                self._crew.follow(self._ledger.job(job.id))
            else:
                self._list.refuse(job.id, NOT_OURS)

        self._order(job.id, lambda: take(job.id, self._owner, self.server.name), done)

    def _order(
        self,
        job_id: str,
        write: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[LedgerError], None] | None = None,
    ) -> None:
        """Order a change of a job, and report that it is being written."""
        if (job := self._shelf.find(job_id)) is not None:
            self._news.emit(JobOrdered(job=job))
        self._writer.order(write, done, failed or (lambda error: self._list.refuse(job_id, str(error))))

    # -- on the writer's thread ---------------------------------------------------------------------

    def _drop_if(self, is_dropped: bool, job_id: str) -> None:
        """Take a job from its worker, or report that it is unchanged."""
        if is_dropped:
            self._crew.drop(job_id)
        else:
            self._crew.show(job_id)

    # -- inside -------------------------------------------------------------------------------------

    def _remember(self) -> list[tuple[Job, str]]:
        """Return what is known of jobs, with the owner of the followed ones. Any thread."""
        known: list[tuple[Job, str]] = []
        for job in self._shelf.all():
            follow = self._follows.find(job.id)
            if follow is not None and follow.is_sending and not job.task_id and not job.state.is_final:
                job = replace(job, state=JobState.SUBMITTING)
            known.append((job, "" if follow is None else self._owner))
        return known

    def _end_all(self, follows: Sequence[Follow], *, unread: bool = False) -> None:
        for follow in follows:
            self._follows.end(follow, unread=unread)
