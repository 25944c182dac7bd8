# SPDX-License-Identifier: GPL-3.0-or-later
"""What verbs share that work on a paid result, which happens by itself only in the file of the click."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from ..scene.session import pump, session
from .jobs import JobVerb
from .result import job_of
from .verb import Outcome

if TYPE_CHECKING:
    from ..jobs.job import Job


class WorkVerb(JobVerb):
    """One that begins work on what has come of a job, in the file that is open now."""

    @staticmethod
    def work(job: "Job") -> object:
        """Begin it. Raises Refusal."""
        raise NotImplementedError

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        type(self).work(replace(job, placement=job.placement.in_session(session.session_id())))
        pump.show_now()
        return None
