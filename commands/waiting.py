# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for jobs: Blender has no event loop in background mode, so commands turn the pump."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..jobs.job import JobState
from ..scene.language import say
from ..scene.session import arrivals, engine_life, followed, mirror, pump, session, works
from ..terminal.exits import Exit, exit_of, worst
from ..terminal.told import job_line, job_notes, job_record
from ..texts.clock import EPOCH
from ..texts.refusal import Refusal
from ..texts.wording import state_text, status_text
from .call import Call
from .copying import copies_of

if TYPE_CHECKING:
    from ..jobs.engine import Engine
    from ..jobs.job import Job

_TURN_S: Final = 0.1
_READ_S: Final = 60.0
"""How long to wait for the ledger."""
_ANSWER_S: Final = 60.0
"""How long an interrupt waits for the answer to a request, so that its task ID is not lost."""


def ready_engine() -> Engine:
    """Return the engine, with the jobs of earlier sessions.

    Raises:
        Refusal: it can't be started, or its ledger can't be read.
    """
    engine = engine_life.engine_for_new_job()
    pump.adopt(engine)
    ends_at = time.monotonic() + _READ_S
    while not engine.wait_until_read(_TURN_S):
        pump.tick(patient=False)
        if time.monotonic() > ends_at:
            raise Refusal(
                mirror.mirror().trouble or f"The list of jobs in {engine.library.root} is not read."
            )
    pump.tick(patient=False)
    return engine


def turn(engine: Engine) -> None:
    """Wait briefly for news, and do a turn's work."""
    engine.wait(_TURN_S)
    pump.tick(patient=False)


def see_through(
    call: Call,
    job_ids: Sequence[str],
    ends_at: float,
    is_over: Callable[[str], bool] | None = None,
) -> None:
    """Turn the pump until jobs are over, somebody interrupts, or it is time.

    An interrupt waits for answers to what is being sent, so that no task id is lost.

    Args:
        ends_at: `time.monotonic`.
        is_over: whether a job is over; by default, when nothing more will happen to it by itself.
    """
    engine = session.engine()
    over = is_over or (lambda job_id: followed.is_settled(job_id) and works.of_job(job_id) is None)
    gives_up_at = 0.0
    while not all(map(over, job_ids)):
        if session.find_engine() is not engine:
            raise Refusal("Easel was stopped. The jobs are in the list of the next start.")
        now = time.monotonic()
        if call.interrupts.is_wanted:
            gives_up_at = gives_up_at or now + _ANSWER_S
            is_sending = any(engine.job(job_id).state is JobState.SUBMITTING for job_id in job_ids)
            if not is_sending or now > gives_up_at:
                break
        elif now > ends_at:
            call.output.note("The time to wait is over.")
            break
        turn(engine)
        call.output.progress(_progress(call, [engine.job(job_id) for job_id in job_ids]))


def _progress(call: Call, jobs: Sequence[Job]) -> str:
    """Say the progress in one line."""
    open_jobs = [job for job in jobs if not job.state.is_final]
    if not open_jobs:
        return ""
    row = mirror.find(open_jobs[0].id)
    now = int(time.time()) - EPOCH
    first = "" if row is None else say(status_text(row, now) if call.output.is_live else state_text(row))
    done = len(jobs) - len(open_jobs)
    return f"{done} of {len(jobs)} done · {first}" if len(jobs) > 1 else first


def tell_ends(call: Call, job_ids: Sequence[str], *, places: bool = False) -> Exit:
    """Copy the images of jobs if requested, report how each ended, and return the exit code.

    Args:
        places: their images were to be placed in the open file.
    """
    engine, now = session.engine(), time.time()
    exits: list[Exit] = []
    for job_id in job_ids:
        job = engine.job(job_id)
        out: str = getattr(call.arguments, "out", None) or ""
        exit_ = exit_of(job)
        notes = [say(note) for note in job_notes(job, now)]
        files: list[Path] | None = None
        if out and job.results:
            try:
                files = copies_of(job, out)
            except (Refusal, OSError) as error:  # they are paid for, so this is no refusal of the command
                exit_ = worst((exit_, Exit.FAILED))
                notes += [say(str(error)), "Not all was copied. It is in the library."]
        if places and job.state.has_images and not job.placed_at:
            exit_ = worst((exit_, Exit.FAILED))
            notes.append(say(mirror.placement_text(job_id)) or "It was not placed.")
        exits.append(exit_)
        record = job_record(job, now, files)
        call.output.record(
            "job",
            record | {"notes": notes, "exit": int(exit_)},
            "  ".join(job_line(job, now)),
            *(f"    {path}" for path in record["files"]),
            *(f"    {note}" for note in notes),
        )
    _say_how_to_go_on(call, [engine.job(job_id) for job_id in job_ids])
    return worst(exits)


def _say_how_to_go_on(call: Call, jobs: Sequence[Job]) -> None:
    if any(job.is_at_service for job in jobs):
        call.output.note("With the service, and paid for: easel collect fetches it within 24 h.")
    unsent = [job.id[:8] for job in jobs if job.state is JobState.QUEUED]
    if unsent:
        ids = " ".join(unsent)
        call.output.note(f"Not sent, so it has cost nothing: easel jobs --send {ids}, or --cancel {ids}.")
    if any(job.state is JobState.UNCERTAIN for job in jobs):
        call.output.note(
            "Uncertain: easel jobs says later what the balance tells. Don't send it again before."
        )


def is_handed_over(job_id: str) -> bool:
    """Whether the service has a job, or it is over: what `--no-wait` waits for."""
    job = session.engine().job(job_id)
    return bool(job.task_id) or followed.is_settled(job_id)


def is_placing(job_id: str) -> bool:
    """Whether a job's images are still to come into the file."""
    return arrivals.is_waiting(job_id)
