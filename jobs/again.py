# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked for before, asked for once more: it costs again, and the artist has agreed."""

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
    """Repeats requests for one engine. Methods are for the main thread, and return at once."""

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
        """Have a new job made with the request of an old one. Returns its id.

        Args:
            session: the file that is open now (`Placement.session`): the result belongs there.
            budget: the project that is open now (`Placement.budget`); None: the old job's pays.

        Raises:
            Refusal: nothing is sent. The old job is not over, or its images are here. Where only the ledger
                knows, or what was sent is no longer kept, the new one ends as failed.
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
        """Have a new job made about the sources of an old one, as they were sent. Returns its id.

        Raises:
            Refusal: nothing is sent. The old one was never made ready, or the request can't succeed. Where
                its files are no longer kept, the new job ends as failed.
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
        """Tell of a job at once; it begins when it is in the ledger.

        Args:
            add: writes it down. Returns why it was not; empty if it was.
            refused: called on the writer's thread where it was not.
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
