# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: the artist's verbs. It writes down what is wanted; its crew's threads see each job to its end.

Every job that is followed gets exactly one `JobEnded`. All methods are for the main thread and return at
once, but for `stop` (bounded) and `wait` (as long as it is told).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping

from ..client.api import Api
from ..client.errors import ClientError, defect_text
from ..client.models import ModelId
from ..client.requests import GenerateRequest, validate
from ..client.server import Server
from ..imaging.outgoing import UploadRule
from ..imaging.snapshot import Taken
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .crew import Crew
from .desk import Desk
from .events import EngineTrouble, Event, WalletFailed, WalletRead
from .follows import Follows
from .job import Job, JobState
from .ledger import Ledger
from .library import Library
from .limiter import RateLimiter
from .news import News
from .originals import OriginalsRule, is_original_gone
from .placement import Placement
from .schedule import LOOPBACK_SCHEDULE, SCHEDULE, PollSchedule

logger = logging.getLogger(__name__)


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
        self._news = News()
        self._follows = Follows(self._ledger, self._limiter, self._news)
        desk = Desk(
            owner=self._owner,
            ledger=self._ledger,
            library=library,
            api=self._api,
            limiter=self._limiter,
            schedule=schedule or (LOOPBACK_SCHEDULE if server.is_loopback else SCHEDULE),
            upload_rule=upload_rule or UploadRule(),
            originals_rule=originals_rule or OriginalsRule(),
            tell=self._follows.tell,
            trouble=lambda text: self._news.emit(EngineTrouble(message=text)),
        )
        self._crew = Crew(desk, self._follows, self._news)

    # -- life ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take over what is still at the service, in the background."""
        self._crew.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End all threads within `timeout_s` and leave the ledger right; what is at the service stays there.

        A thread that the network holds longer is left behind. A task id that it still receives is
        written down all the same.
        """
        self._crew.stop(timeout_s)
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
            RequestInvalid: nothing was written or sent.
            LedgerError: the intent can't be written down, so nothing is sent.
        """
        validate(request)
        job = self._new_job(request, placement)
        self._ledger.add(job, self._owner)
        self._crew.follow(job, snapshots)
        return job.id

    def resume(self, job_id: str) -> bool:
        """Send a queued job of an earlier session. False: it is another Blender's, or another service's."""
        if not self._ledger.adopt_queued(job_id, self._owner, self.server.name):
            return False
        self._crew.follow(self._ledger.job(job_id))
        return True

    def cancel(self, job_id: str) -> None:
        """Take a job back that was not sent; nothing happens where it is too late."""
        if self._ledger.cancel(job_id):
            self._crew.drop(job_id)

    def stop_watching(self, job_id: str) -> None:
        """Leave a running job with the service. It can be looked up again until it expires.

        What has arrived of it can be placed: at once, or (`JobChanged`) when it is brought back to size.
        """
        if self._ledger.job(job_id).results:
            text = phrase("You stopped watching. Place what is here, or look again to collect the rest.")
        else:
            text = phrase("You stopped watching. It is still with the service: look again to collect it.")
        if self._ledger.park(job_id, text):
            self._crew.drop(job_id)

    def look_again(self, job_id: str) -> bool:
        """Ask the service again for a job that was left with it, or had ended without all its images.

        False: there is nothing to ask for, or it is another Blender's, or another service's.
        """
        if not self._ledger.unpark(job_id, self._owner, self.server.name):
            return False
        self._crew.follow(self._ledger.job(job_id))
        return True

    def send_again(self, job_id: str, session: str) -> str:
        """A new job with the request of an old one. It costs again: the artist has agreed.

        Args:
            session: the file that is open now (`Placement.session`): the result belongs there.

        Raises:
            Refusal: what the edit is to be put into was removed meanwhile. Nothing is sent.
        """
        job = self._ledger.job(job_id)
        if is_original_gone(job.request):
            raise Refusal(
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
        self._crew.follow(job)
        return job.id, True

    def mark_placed(self, job_id: str) -> None:
        """The job's images are in a .blend."""
        self._ledger.mark_placed(job_id)

    def hide(self, job_id: str) -> None:
        """Take an ended job off the list. Its images stay."""
        self._ledger.hide(job_id)

    def refresh_wallet(self) -> None:
        """Read the balance in the background; `WalletRead` or `WalletFailed` follows."""
        self._crew.run_errand(self._read_wallet)

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
        return self._news.drain()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is an event. Only for scripts that wait for their job."""
        return self._news.wait(timeout_s)

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

    def _read_wallet(self) -> None:
        try:
            wallet = self._api.fetch_wallet()
        except ClientError as error:
            self._news.emit(WalletFailed(message=str(error), remedy=error.remedy.name))
            return
        except Exception as error:
            logger.exception("reading the balance")
            self._news.emit(WalletFailed(message=defect_text(error), remedy=""))
            return
        if wallet.rate_limit:
            self._limiter.per_minute = wallet.rate_limit
        self._news.emit(
            WalletRead(
                balance=float(wallet.balance), read_at=self._ledger.clock(), rate_limit=wallet.rate_limit
            )
        )
