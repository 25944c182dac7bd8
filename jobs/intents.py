# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a click before it is written: can it succeed, and is it allowed?"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from ..client.requests import GenerateRequest, validate
from ..client.server import Server
from ..texts.phrases import joined, phrase
from .caps import Caps, Spent, refuse
from .job import Job, JobState
from .ledger_file import LedgerError
from .placement import Placement
from .policy import Policy

ROWS_TAKEN: Final = phrase("These rows already have a job, or no longer wait. Nothing was sent.")
"""The message of a job that came too late for its rows."""


class Intents:
    """The intents of one engine. Main thread; other threads read `caps`.

    Args:
        caps: the limits of spending.
        policy: what a studio allows. Both may be replaced at any time.
    """

    def __init__(self, server: Server, clock: Callable[[], float], caps: Caps, policy: Policy) -> None:
        self._server = server
        self._clock = clock
        self.policy = policy
        self.caps = caps

    def check(self, request: GenerateRequest) -> None:
        """Raise Refusal if a request can't succeed, or is not allowed."""
        validate(request)
        self.policy.check(request)

    def check_click(self, requests: Sequence[GenerateRequest]) -> None:
        """Raise Refusal if the requests of one click can't succeed, or are not allowed.

        Earlier spending is checked later, when the intents are written.
        """
        for request in requests:
            self.check(request)
        alone = replace(self.caps, day=0, month=0, project=0)
        refuse(alone, sum(request.price for request in requests), Spent())

    def job(self, request: GenerateRequest, placement: Placement, task_id: str = "") -> Job:
        """Make the job of a request, or of a task that is rescued."""
        now = self._clock()
        return Job(
            id=uuid.uuid4().hex,
            state=JobState.RUNNING if task_id else JobState.QUEUED,
            request=request,
            placement=placement,
            server=self._server.name,
            price=0 if task_id else request.price,
            created_at=now,
            updated_at=now,
            task_id=task_id,
            submitted_at=now if task_id else 0.0,
        )


def unwritten(error: LedgerError) -> str:
    """Return a job that could not be written, with the reason in it."""
    return joined(str(error), phrase("Nothing was sent."))


def why_not_again(job: Job) -> str:
    """Return why a job is not sent again."""
    if job.state.has_images:
        return phrase("This job's images are here: place them. Nothing was sent again.")
    if job.state is JobState.FAILED:
        return joined(job.message, phrase("Nothing was sent again."))
    if job.parked:
        return phrase("The service still has this job: look again. Nothing was sent again.")
    return phrase("This job is not over: another Blender may be working on it. Nothing was sent again.")
