# SPDX-License-Identifier: GPL-3.0-or-later
"""Send an earlier request again. It costs again, and the artist has agreed to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..client.requests import EditRequest, GenerateRequest
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .events import WRITING
from .intents import Intents, unwritten, why_not_again

if TYPE_CHECKING:
    from .crew import Crew
    from .job import Job
    from .ledger import Ledger
    from .placement import Placement
    from .shelf import Shelf
    from .writer import Writer


class Again:
    """Repeats requests for one engine. Call its methods on the main thread; they return at once."""

    def __init__(
        self, ledger: Ledger, shelf: Shelf, writer: Writer, owner: str, intents: Intents, crew: Crew
    ) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._writer = writer
        self._owner = owner
        self._intents = intents
        self._crew = crew

    def send(self, job_id: str, session: str, budget: str | None = None) -> str:
        """Order a new job with the request of an old one. Returns the new job's id.

        Args:
            session: the file that is open now (`Placement.session`). The result belongs to it.
            budget: the project that is open now (`Placement.budget`); None: the old job's project pays.

        Raises:
            Refusal: nothing is sent. The old job is not over, or its images are here. If only the ledger
                knows the reason, or the sent files were deleted, the new job ends as failed instead.
        """
        old = self._shelf.job(job_id)
        if not old.state.is_final or old.state.has_images:
            raise Refusal(why_not_again(old))
        self._intents.check(old.request)
        placement = old.placement.in_session(session)
        placement = placement if budget is None else replace(placement, budget=budget)
        job = replace(self._intents.job(old.request, placement), preparation=old.preparation)

        def add() -> str:
            if self._ledger.add_again(job, self._owner, job_id, self._intents.caps):
                return ""
            return why_not_again(self._ledger.job(job_id))

        return self._write_down(job, add, refused=lambda: self._crew.show(job_id))

    def like(self, job_id: str, request: GenerateRequest, placement: Placement) -> str:
        """Order a new job that sends the same source files as an old one. Returns the new job's id.

        Raises:
            Refusal: nothing is sent. The old job was never prepared, or the request can't succeed. If the
                old job's files were deleted, the new job ends as failed instead.
        """
        old = self._shelf.job(job_id)
        needs = isinstance(request, EditRequest) and bool(request.sources)
        if needs and (old.preparation is None or not old.preparation.uploads):
            raise Refusal(phrase("What was sent is no longer kept. Start the edit again: nothing was sent."))
        self._intents.check(request)
        job = replace(self._intents.job(request, placement), preparation=old.preparation)

        def add() -> str:
            self._ledger.add_click([job], self._owner, self._intents.caps)
            return ""

        return self._write_down(job, add)

    def _write_down(
        self, job: Job, add: Callable[[], str], refused: Callable[[], None] = lambda: None
    ) -> str:
        """Show a job at once, and begin it when it is in the ledger.

        Args:
            add: writes the job to the ledger. Returns why it was refused; empty if it was written.
            refused: called on the writer's thread if the job was refused.
        """
        follow = self._crew.expect(job, {}, WRITING)

        def done(why_not: str) -> None:
            if not why_not:
                self._crew.begin(follow)
                return
            self._crew.give_up(follow, why_not)
            refused()

        self._writer.order(add, done, failed=lambda error: self._crew.give_up(follow, unwritten(error)))
        return job.id
