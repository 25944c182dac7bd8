# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel collect`: everything that was paid for and is not on disk yet."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import bpy

from ..client.models import DEFAULT_MODEL
from ..client.task_ids import task_ids
from ..jobs.targets import PlacementKind
from ..scene.placement.plan import plan_placement
from ..scene.session import followed, pump, session
from ..terminal.exits import Exit, exit_of
from ..texts.refusal import Refusal
from .call import Call, check_ready
from .waiting import ready_engine, see_through, tell_ends

if TYPE_CHECKING:
    from ..jobs.engine import Engine

_MOST_TEXT: Final = 10_000_000
"""How many characters of standard input are read."""
_MOST_JOBS: Final = 1_000_000


def collect(call: Call) -> int:
    """Ask for everything that is still at the service, fetch what is ready, and say what is not."""
    asked = call.arguments
    check_ready()
    engine = ready_engine()
    added = _add_tasks(call, engine)
    wanted = [
        job.id
        for job in reversed(engine.jobs(_MOST_JOBS))
        if job.server == engine.server.name and job.id not in added and job.is_at_service
    ]
    wanted += added
    if not wanted:
        call.output.record("collected", {"collected": 0, "waiting": 0}, "Everything is on disk.")
        return Exit.DONE
    for job_id in wanted:
        if engine.job(job_id).parked and engine.look_again(job_id):
            pump.follow(job_id)
    ends_at = time.monotonic() + asked.wait if asked.wait else float("inf")

    def is_over(job_id: str) -> bool:
        job = engine.job(job_id)
        return job.state.is_final or (job.parked and job_id not in followed.ids())

    see_through(call, wanted, ends_at, is_over)
    code = tell_ends(call, wanted)
    jobs = [engine.job(job_id) for job_id in wanted]
    here = sum(job.state.has_images for job in jobs)
    waiting = sum(exit_of(job) is Exit.RUNNING for job in jobs)
    text = f"{here} of {len(jobs)} collected" + (f", {waiting} still with the service" if waiting else "")
    call.output.record("collected", {"collected": here, "waiting": waiting}, text)
    return code


def _add_tasks(call: Call, engine: Engine) -> list[str]:
    """Take up the tasks that were named; return the ids of their jobs, known ones among them."""
    given: list[str] = call.arguments.task
    texts = [sys.stdin.read(_MOST_TEXT) if text == "-" else text for text in given]
    ids = task_ids("\n".join(texts)) if len(texts) != 1 else task_ids(texts[0])
    if given and not ids:
        raise Refusal("There is no task id in that text.")
    plan = plan_placement(bpy.context, PlacementKind.IMAGE, session=session.session_id())
    added: list[str] = []
    for task_id in ids:
        job_id, is_followed = engine.add_task(task_id, call.arguments.model or DEFAULT_MODEL, plan)
        if is_followed:
            pump.follow(job_id)
        added.append(job_id)
    return list(dict.fromkeys(added))
