# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of verbs that process a paid result manually. In the file of the click that happens by itself."""

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
    """A verb that begins to process a job's result in the open file."""

    @staticmethod
    def work(job: "Job") -> object:
        """Begin it. Raises Refusal."""
        raise NotImplementedError

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        type(self).work(replace(job, placement=job.placement.in_session(session.session_id())))
        pump.show_now()
        return None
