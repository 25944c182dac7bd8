# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: takes jobs from the artist and sees each to its end, on threads of its own.

    prepare ──► submit ──► collect        three pools; a job is in one of them at a time

Every job that is followed gets exactly one `JobEnded`. All methods are for the main thread and return at
once, but for `stop` (bounded) and `wait` (as long as it is told).
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..client.api import Api
from ..client.errors import ClientError
from ..client.models import ModelId
from ..client.requests import EditRequest, GenerateRequest, validate
from ..client.server import Server
from ..imaging.outgoing import UploadRule
from ..imaging.snapshot import Taken
from ..phrases import joined, phrase
from .collect import collect
from .database import LedgerError
from .desk import Desk, Follow, Left
from .events import EngineTrouble, Event, JobChanged, JobEnded, WalletFailed, WalletRead
from .fit import bring_back_what_is_here
from .job import Job, JobState
from .keeper import Keeper
from .ledger import Ledger
from .library import Library
from .limiter import RateLimiter
from .originals import OriginalsRule, is_original_gone
from .placement import Placement
from .pool import Pool
from .prepare import prepare
from .schedule import LOOPBACK_SCHEDULE, SCHEDULE, PollSchedule
from .submit import submit

logger = logging.getLogger(__name__)

COLLECTORS: Final = 48
"""Threads that sleep most of the time. Each is held by one job until it ends, so that there must be more of
them than three jobs a minute can fill."""

Stage = Callable[[Desk, Follow], None]


class Engine:
    """One per Blender, service and library folder.

    Args:
        library: where ledger and images lie.
        server: the service; only its jobs are followed.
        key: returns the API key, or raises `KeyMissing`. Called on worker threads.
        may_go_online: whether Blender allows online access, as last seen by the main thread.
        rate_limit: requests a minute, until the service says otherwise.
        upload_rule: what may leave the machine.
        originals_rule: how long floats are kept that edits were put into.
        schedule: when to ask for a job's status; the default fits the service.
        ledger: another one only in tests.

    Raises:
        LedgerError: the ledger can't be opened.
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
        schedule: PollSchedule | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.server = server
        self.library = library
        self._owner = uuid.uuid4().hex
        self._ledger = ledger or Ledger(library.ledger_path)
        self._api = Api(server, key=key, may_go_online=may_go_online)
        self._limiter = RateLimiter(self._ledger, server.name, rate_limit)
        self._desk = Desk(
            owner=self._owner,
            ledger=self._ledger,
            library=library,
            api=self._api,
            limiter=self._limiter,
            schedule=schedule or (LOOPBACK_SCHEDULE if server.is_loopback else SCHEDULE),
            upload_rule=upload_rule or UploadRule(),
            originals_rule=originals_rule or OriginalsRule(),
            tell=self._tell,
            trouble=lambda text: self._emit(EngineTrouble(message=text)),
        )
        self._events: deque[Event] = deque()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._follows: dict[str, Follow] = {}
        self._preparing: Pool[Follow] = Pool("prepare", 2, lambda follow: self._run(prepare, follow))
        self._submitting: Pool[Follow] = Pool("submit", 2, lambda follow: self._run(submit, follow))
        self._collecting: Pool[Follow] = Pool(
            "collect", COLLECTORS, lambda follow: self._run(collect, follow)
        )
        self._errands: Pool[Callable[[], None]] = Pool("errand", 1, lambda errand: errand())
        self._keeper = Keeper(self._desk, adopt=self._adopt)
        self._stopping = threading.Event()

    # -- life ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take over what is still at the service, in the background."""
        if not self._stopping.is_set():
            self._keeper.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End all threads within `timeout_s` and leave the ledger right; what is at the service stays there.

        A thread that the network holds longer is left behind. A task id that it still receives is
        written down all the same.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._keeper.stop()
        start = time.monotonic()
        with self._lock:
            follows = list(self._follows.values())
        for follow in follows:
            follow.leave.set()
        pools = (self._preparing, self._submitting, self._collecting, self._errands)
        for pool in pools:
            pool.close()
        # An answer to a POST is worth waiting for: it saves the job from being uncertain.
        self._submitting.join(start + timeout_s / 2)
        self._api.close()
        for pool in pools:
            pool.join(start + timeout_s)
        self._keeper.join(max(start + timeout_s - time.monotonic(), 0.0))
        try:
            self._ledger.release(self._owner)
        except LedgerError:
            logger.exception("stopping; the leases run out by themselves")
        for follow in follows:
            self._end(follow)
        self._ledger.close()

    # -- the artist's verbs -------------------------------------------------------------------------

    def submit(
        self,
        request: GenerateRequest,
        placement: Placement,
        snapshots: Mapping[int, Taken] | None = None,
    ) -> str:
        """Write down an intent and start on it.

        Args:
            snapshots: the sources that a worker must prepare, by their index in the request, and what its
                mask is made of (`MASK_INDEX`).

        Returns:
            the job's id.

        Raises:
            ValidationFailed: nothing was written or sent.
            LedgerError: the intent can't be written down, so nothing is sent.
        """
        validate(request)
        job = self._new_job(request, placement)
        self._ledger.add(job, self._owner)
        self._follow(job, snapshots)
        return job.id

    def resume(self, job_id: str) -> bool:
        """Send a queued job of an earlier session. False: it is another Blender's, or another service's."""
        if not self._ledger.adopt_queued(job_id, self._owner, self.server.name):
            return False
        self._follow(self._ledger.job(job_id))
        return True

    def cancel(self, job_id: str) -> None:
        """Take a job back that was not sent; nothing happens where it is too late."""
        if self._ledger.cancel(job_id):
            self._drop(job_id)

    def stop_watching(self, job_id: str) -> None:
        """Leave a running job with the service. It can be looked up again until it expires.

        What has arrived of it can be placed: at once, or (`JobChanged`) when it is brought back to size.
        """
        if self._ledger.job(job_id).results:
            text = phrase("You stopped watching. Place what is here, or look again to collect the rest.")
        else:
            text = phrase("You stopped watching. It is still with the service: look again to collect it.")
        if self._ledger.park(job_id, text):
            self._drop(job_id)

    def look_again(self, job_id: str) -> bool:
        """Ask the service again for a job that was left with it, or had ended without all its images.

        False: there is nothing to ask for, or it is another Blender's, or another service's.
        """
        if not self._ledger.unpark(job_id, self._owner, self.server.name):
            return False
        self._follow(self._ledger.job(job_id))
        return True

    def send_again(self, job_id: str, session: str) -> str:
        """A new job with the request of an old one. It costs again: the artist has agreed.

        Args:
            session: the file that is open now (`Placement.session`): the result belongs there.

        Raises:
            ClientError: what the edit is to be put into was removed meanwhile. Nothing is sent.
        """
        job = self._ledger.job(job_id)
        if is_original_gone(job.request):
            raise ClientError(
                phrase("The source's floats are no longer kept. Edit the image anew: nothing was sent.")
            )
        return self.submit(job.request, job.placement.in_session(session))

    def add_task(self, task_id: str, model: ModelId, placement: Placement) -> tuple[str, bool]:
        """Rescue a task by its id, whoever paid for it. Known ones are looked up again.

        Returns:
            the id of the job that now stands for it, and whether it is followed; a known one that has all
            its images is not.
        """
        known = self._ledger.find_task(self.server.name, task_id)
        if known is not None:
            return known.id, self.look_again(known.id)
        request = GenerateRequest(model=model, prompt="Rescued task", count=0)
        job = self._new_job(request, placement, task_id=task_id)
        self._ledger.add(job, self._owner)
        self._follow(job)
        return job.id, True

    def mark_placed(self, job_id: str) -> None:
        """The job's images are in a .blend."""
        self._ledger.mark_placed(job_id)

    def hide(self, job_id: str) -> None:
        """Take an ended job off the list. Its images stay."""
        self._ledger.hide(job_id)

    def refresh_wallet(self) -> None:
        """Read the balance in the background; `WalletRead` or `WalletFailed` follows."""
        self._errands.put(self._read_wallet)

    # -- looking ------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """True while any job is followed."""
        return bool(self._follows)

    def set_rate_limit(self, per_minute: int) -> None:
        """Requests a minute, from now on."""
        self._limiter.per_minute = per_minute

    def job(self, job_id: str) -> Job:
        """One job, as the ledger has it. Raises KeyError."""
        return self._ledger.job(job_id)

    def jobs(self, limit: int = 1000) -> list[Job]:
        """The newest jobs and all open ones, newest first."""
        return self._ledger.jobs(limit)

    def jobs_of_click(self, batch: str) -> list[Job]:
        """The jobs of one click on tiles, also of an earlier session, newest first."""
        return self._ledger.jobs_of_click(batch)

    def drain(self) -> Iterator[Event]:
        """What happened since the last call. Stop iterating at any time: the rest stays for the next call."""
        self._news.clear()
        while self._events:
            yield self._events.popleft()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is an event. Only for scripts that wait for their job."""
        return bool(self._events) or self._news.wait(timeout_s)

    # -- inside -------------------------------------------------------------------------------------

    def _new_job(self, request: GenerateRequest, placement: Placement, task_id: str = "") -> Job:
        now = self._ledger.clock()
        return Job(
            id=uuid.uuid4().hex,
            state=JobState.RUNNING if task_id else JobState.QUEUED,
            request=request,
            placement=placement,
            server=self.server.name,
            price=0 if task_id else request.price,
            created_at=now,
            updated_at=now,
            task_id=task_id,
            submitted_at=now if task_id else 0.0,
        )

    def _follow(self, job: Job, snapshots: Mapping[int, Taken] | None = None) -> None:
        follow = Follow(job=job, snapshots=snapshots or {})
        with self._lock:
            if job.id in self._follows or self._stopping.is_set():
                return  # what the keeper takes over while we stop is released with the rest
            self._follows[job.id] = follow
        self._emit(JobChanged(job=job))
        if job.state is JobState.QUEUED and isinstance(job.request, EditRequest):
            self._preparing.put(follow)
        else:
            self._go_on(follow)

    def _run(self, stage: Stage, follow: Follow) -> None:
        """One stage of one job; whatever happens, the job goes on or ends. Worker thread."""
        try:
            follow.check()
            stage(self._desk, follow)
            follow.job = self._ledger.job(follow.job_id)
        except Left:
            self._end(follow)
            self._keep_what_is_here(follow)
        except Exception as error:
            logger.exception("job %s", follow.job_id)
            self._settle_defect(follow, error)
            self._end(follow)
        else:
            self._go_on(follow)

    def _keep_what_is_here(self, follow: Follow) -> None:
        """The worker has left a job: what had arrived of it by then is the artist's to use. Worker thread."""
        try:
            job = self._ledger.job(follow.job_id)
            # `follow` was told to leave; of this one, only the end of the engine is a reason to.
            if bring_back_what_is_here(self._desk, Follow(job=job, leave=self._stopping)) or job.is_half_here:
                self._emit(JobChanged(job=self._ledger.job(follow.job_id)))
        except Left:
            return  # the next start goes on with it
        except LedgerError:
            logger.exception("job %s", follow.job_id)

    def _go_on(self, follow: Follow) -> None:
        if follow.leave.is_set() or not follow.job.is_watched:
            self._end(follow)
        elif follow.job.state is JobState.QUEUED:
            # Both in the same order: else the threads might all wait for a job that no thread has.
            with self._lock:
                if self._follows.get(follow.job_id) is not follow:
                    return  # cancelled at this moment
                self._limiter.join_line(follow.job_id)
                self._submitting.put(follow)
        else:
            self._collecting.put(follow)

    def _settle_defect(self, follow: Follow, error: Exception) -> None:
        """An error that no stage foresaw: leave the job so that nothing is lost and nothing is sent twice."""
        text = (
            str(error)
            if isinstance(error, LedgerError)
            else phrase("Easel met a defect of its own: {error}.", error=repr(error))
        )
        try:
            state = self._ledger.job(follow.job_id).state
            if state is JobState.QUEUED:
                self._ledger.end(
                    follow.job_id, JobState.FAILED, message=joined(text, phrase("Nothing was sent."))
                )
            elif state is JobState.SUBMITTING:
                self._ledger.end(follow.job_id, JobState.UNCERTAIN, message=text)
            else:
                self._ledger.park(
                    follow.job_id, joined(text, phrase("The job is still with the service: look again."))
                )
        except LedgerError:
            logger.exception("job %s", follow.job_id)
            self._keeper.tell_trouble(text)

    def _adopt(self, job: Job) -> None:
        """A job that an engine of an earlier session left: follow it, or show what became of it."""
        if job.is_watched:
            self._follow(job)
        else:
            self._emit(JobChanged(job=job))

    def _drop(self, job_id: str) -> None:
        """The artist took a job from its worker: end it now, and let the worker find out."""
        with self._lock:
            follow = self._follows.get(job_id)
        if follow is None:
            self._emit(JobChanged(job=self._ledger.job(job_id)))
        else:
            follow.leave.set()
            self._end(follow)

    def _end(self, follow: Follow) -> None:
        """Emit the one `JobEnded`, if nobody has."""
        with self._lock:
            if self._follows.get(follow.job_id) is not follow:
                return
            del self._follows[follow.job_id]
        self._limiter.leave_line(follow.job_id)
        try:
            follow.job = self._ledger.job(follow.job_id)
        except LedgerError:
            logger.exception("job %s", follow.job_id)
        self._emit(JobEnded(job=follow.job))

    def _tell(self, follow: Follow, phase: str, due_at: float = 0.0) -> None:
        follow.job = self._ledger.job(follow.job_id)
        with self._lock:
            if self._follows.get(follow.job_id) is follow:
                self._emit(JobChanged(job=follow.job, phase=phase, due_at=due_at))

    def _emit(self, event: Event) -> None:
        self._events.append(event)
        self._news.set()

    def _read_wallet(self) -> None:
        try:
            wallet = self._api.fetch_wallet()
        except ClientError as error:
            self._emit(WalletFailed(message=str(error), remedy=error.remedy.name))
            return
        except Exception as error:
            logger.exception("reading the balance")
            self._emit(
                WalletFailed(
                    message=phrase("Easel met a defect of its own: {error}.", error=repr(error)), remedy=""
                )
            )
            return
        if wallet.rate_limit:
            self._limiter.per_minute = wallet.rate_limit
        self._emit(
            WalletRead(
                balance=float(wallet.balance), read_at=self._ledger.clock(), rate_limit=wallet.rate_limit
            )
        )
