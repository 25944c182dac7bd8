# SPDX-License-Identifier: GPL-3.0-or-later
"""Second stage: wait for a turn, claim, POST, store the task id. The one place where money is spent."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from ..client.errors import ClientError, ConnectionFailed, Interrupted, RateLimited
from ..client.requests import EditRequest
from ..client.texture_requests import TextureRequest
from ..texts.phrases import joined, phrase
from .caps import CapReached
from .desk import Desk, Follow, Left, PutOff
from .events import WRITING
from .job import CUT_OFF, Job, JobState
from .journal import Journal
from .ledger import Ledger
from .ledger_file import LedgerError
from .library import Library

CONNECTION_RETRIES_S: Final = (5.0, 10.0, 20.0, 40.0)
"""Pauses after a connection that was never made: nothing can have been created."""

RECALLED_S: Final = 0.05
"""Seconds between two checks whether the artist's cancel is written."""

STOPPED_TEXT: Final = phrase("Easel stopped before the service answered.")
"""When the artist quits, we cut the connection ourselves: that says nothing about the network."""

SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 600.0
"""The longest pause before sending a job again that the service refuses each time."""

UNCERTAIN_TEXT: Final = phrase(
    "It is unknown whether the service took the job, and whether it was charged: compare your balance"
    " before you send it again."
)


def submit(desk: Desk, follow: Follow) -> None:
    """Send a queued job. It ends RUNNING, FAILED or UNCERTAIN; if refused for lack of a turn, it waits.

    A POST is repeated only if the service can't have created anything: it answered 429, or was never reached.
    Worker thread.

    Raises:
        Left, LedgerError
        PutOff: the service keeps refusing it, though others may pass.
    """
    pauses = iter(CONNECTION_RETRIES_S)
    try:
        while True:
            _wait_for_turn(desk, follow)
            link = _fresh_link(desk, follow)
            if not desk.insist(follow, lambda: _claim(desk, follow)):
                raise Left
            desk.tell(follow, phrase("Sending"), known=follow.job)
            refusal = _post(desk, follow, link)
            if refusal is None:
                return
            if isinstance(refusal, RateLimited):
                seconds = refusal.retry_after_s
                desk.insist(follow, lambda seconds=seconds: desk.limiter.pause(seconds))
                follow.refusals += 1
                pause_s = 0.0
            elif isinstance(refusal, Interrupted):
                pause_s = 0.0
            else:
                pause_s = next(pauses, -1.0)
            if pause_s < 0 or not _requeue(desk, follow, refusal):
                _end(desk, follow, refusal)
                return
            if isinstance(refusal, RateLimited) and follow.refusals > 1:
                _put_off(desk, follow, refusal)
            desk.tell(follow, phrase("Trying again"), desk.ledger.clock() + pause_s)
            follow.pause(pause_s)
    finally:
        follow.is_sending = False
        desk.limiter.leave_line(follow.job_id)


def _fresh_link(desk: Desk, follow: Follow) -> str:
    """Return a fresh link to another task's result, if the request names one; else empty.

    This happens before anything is claimed. Without a link the job ends, and nothing was sent.

    Raises:
        Left: it has ended.
    """
    request = follow.job.request
    if not isinstance(request, TextureRequest) or not request.of_task:
        return ""
    reason = phrase("The service no longer has the model that it converted.")
    for pause_s in (*CONNECTION_RETRIES_S, None):
        try:
            assets = desk.api.fetch_status(request.of_task).assets
        except Interrupted as error:
            raise Left from error
        except ClientError as error:
            reason = str(error)
            if pause_s is None or not error.passing:
                break
            follow.pause(pause_s)
            continue
        link = next((each for each in assets if urlsplit(each).path.lower().endswith(".fbx")), "")
        if link:
            return link
        break
    text = joined(reason, phrase("Texture the object again. Nothing was sent."))
    desk.insist(follow, lambda: desk.ledger.end(follow.job_id, desk.owner, JobState.FAILED, message=text))
    raise Left


def _post(desk: Desk, follow: Follow, link: str = "") -> ClientError | None:
    """Send the one request that costs. If this returns None, its outcome is in the ledger.

    Args:
        link: to the file at the service that the request is about, if any.

    Returns:
        the error, if nothing was created and the job may go back into the queue.
    """
    job = follow.job  # nothing is read between the claim and the POST, because reading may fail
    request, uploads = job.request, ()
    if isinstance(request, EditRequest) and job.preparation is not None:
        request, uploads = job.preparation.request_of(request), job.preparation.uploads
    if isinstance(request, TextureRequest):
        request = replace(request, link=link)
    try:
        task_id = desk.api.submit(request, uploads, follow.leave.is_set).task_id
    except ClientError as error:
        if not error.fate_unknown:
            desk.journal.note_unsent(job, desk.ledger.clock())
        may_wait = isinstance(error, (RateLimited, ConnectionFailed, Interrupted))
        if may_wait and not error.fate_unknown:
            return error
        if not (error.fate_unknown and error.heard and error.heard.task_id):
            if error.fate_unknown and error.heard:
                desk.journal.note(job, error.heard.others, desk.ledger.clock(), is_sure=False)
            _end(desk, follow, error)
            return None
        task_id = error.heard.task_id  # incomplete or odd; but accepted, with this id
    _keep(desk, follow, job, task_id)
    return None


def _keep(desk: Desk, follow: Follow, job: Job, task_id: str) -> None:
    """Record a paid task: first in the journal, whatever happens to the ledger, then in the ledger."""
    at = desk.ledger.clock()
    is_noted = desk.journal.note(job, (task_id,), at)
    known = replace(job, state=JobState.RUNNING, task_id=task_id, submitted_at=at)
    desk.tell(follow, WRITING, known=known)  # the ledger may be held for long

    def write() -> None:
        nonlocal is_noted
        is_noted = is_noted or desk.journal.note(job, (task_id,), at)
        desk.ledger.accept(job.id, task_id, desk.owner)

    def write_elsewhere(folder: Path) -> None:
        """Write to the library's new place: another Blender moved it during the POST."""
        library = Library(folder)
        with contextlib.closing(Ledger(library.ledger_path, clock=desk.ledger.clock)) as ledger:
            with contextlib.closing(Journal(library.tasks_folder, desk.owner)) as journal:
                journal.note(job, (task_id,), at)
            # Here, and not by the next engine there: if that moves the job on now, this raises.
            ledger.bring_in_tasks()

    loss = phrase("Keep this task ID to find your images again: {task_id}", task_id=task_id)
    desk.insist(follow, write, loss=loss, elsewhere=write_elsewhere)


def _wait_for_turn(desk: Desk, follow: Follow) -> None:
    # A postponed job comes back to the front: behind a job without a thread it might wait for ever.
    desk.limiter.join_line(follow.job_id, first=follow.refusals > 0)
    told_until = 0.0
    while (wait_s := desk.insist(follow, lambda: desk.limiter.take(follow.job_id))) > 0:
        due_at = desk.ledger.clock() + wait_s
        if abs(due_at - told_until) > 1:
            desk.tell(follow, phrase("Waiting for its turn"), due_at)
            told_until = due_at
        # Short steps: the line moves when a job before this one is cancelled.
        follow.pause(min(wait_s, 0.5))
    follow.check()


def _claim(desk: Desk, follow: Follow) -> bool:
    """Claim the job, just before the POST. False: it must not be sent.

    It may wait long for a ledger that is held. A cancel that is written meanwhile keeps waiting too.
    """
    while True:
        desk.journal.get_ready()
        if desk.journal.was_sent(follow.job_id):  # an older ledger was restored
            desk.ledger.settle_post(follow.job_id, JobState.UNCERTAIN, CUT_OFF, "")
            return False
        is_noted, account = False, desk.api.account()
        try:
            with desk.ledger.together(), desk.ledger.transaction():  # no line in the journal: no claim
                if not follow.recalled.is_set():
                    is_noted = desk.ledger.claim(
                        follow.job_id,
                        desk.owner,
                        desk.last_balance(),
                        account=account,
                        is_unsent=True,
                        caps=desk.caps(),
                    )
                    if is_noted:
                        follow.job = desk.ledger.job(follow.job_id)
                        desk.journal.note_sending(follow.job, desk.ledger.clock())
                        follow.is_sending = True  # not earlier: a rebuilt ledger would have the claim
                    return is_noted
        except CapReached as error:  # later than when the intent was written
            text = joined(str(error), phrase("Nothing was sent."))
            desk.ledger.end(follow.job_id, desk.owner, JobState.FAILED, message=text)
            return False
        except LedgerError:
            follow.is_sending = False
            if is_noted:
                desk.journal.note_unsent(follow.job, desk.ledger.clock())
            raise
        follow.pause(RECALLED_S)


def _requeue(desk: Desk, follow: Follow, error: ClientError) -> bool:
    """Put the job back as if it had never been sent, first in line: nothing was created.

    False: another engine has called it uncertain meanwhile, and the artist may have sent it again.
    """
    write = desk.ledger.unclaim
    is_queued = desk.insist(follow, lambda: write(follow.job_id, desk.owner, str(error), error.remedy.name))
    follow.is_sending = False
    if is_queued:  # not earlier: at the front of the line it would block all others while the ledger is held
        desk.limiter.join_line(follow.job_id, first=True)
    return is_queued


def _put_off(desk: Desk, follow: Follow, refusal: RateLimited) -> NoReturn:
    """Make a job wait longer each time it is refused: the pause may be meant for this job alone.

    Raises:
        PutOff
    """
    doublings = min(follow.refusals - 1, 10)
    wait_s = min(max(refusal.retry_after_s, SHORTEST_PAUSE_S) * 2**doublings, LONGEST_PAUSE_S)
    text = phrase(
        "The service asked for a pause {count} times in a row. Other jobs go "
        "first; this one is sent again later.",
        count=follow.refusals,
    )
    write = desk.ledger.note
    desk.insist(follow, lambda: write(follow.job_id, message=text, remedy=refusal.remedy.name))
    desk.tell(follow, phrase("Trying again"), desk.ledger.clock() + wait_s)
    raise PutOff(wait_s)


def _end(desk: Desk, follow: Follow, error: ClientError) -> None:
    if error.fate_unknown:
        was_cut = follow.leave.is_set() and isinstance(error, ConnectionFailed)
        state, text = JobState.UNCERTAIN, joined(STOPPED_TEXT if was_cut else str(error), UNCERTAIN_TEXT)
        if error.heard and error.heard.others:
            ids = ", ".join(error.heard.others)
            text = joined(text, phrase("Its task may be {task_ids}: add it by its ID.", task_ids=ids))
    else:
        state, text = JobState.FAILED, joined(str(error), phrase("Nothing was charged."))
    desk.insist(follow, lambda: desk.ledger.settle_post(follow.job_id, state, text, error.remedy.name))
