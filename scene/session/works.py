# SPDX-License-Identifier: GPL-3.0-or-later
"""This computer's current work on pictures, and the image of each work, for panels. Main thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import bpy

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from ..project import made_here
from . import arrivals, followed, mirror, session

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...jobs.placement import Placement
    from ...jobs.workshop import Work


@dataclass(frozen=True, kw_only=True)
class _Running:
    work: Work
    image_uid: int
    text: str
    """What is being done, for the artist."""
    of_job: str
    """The job whose result is processed before it is placed, or empty."""
    done: str
    """The text that this job shows afterwards."""


@dataclass(kw_only=True)
class _Works:
    running: list[_Running] = field(default_factory=list[_Running])


def _works() -> _Works:
    return live.part(_Works)


def note(work: Work, image: bpy.types.Image, text: str, *, of_job: str = "", done: str = "") -> None:
    """Note work that has begun.

    Args:
        of_job: the paid job whose result it processes. It counts as placed once this is done.
        done: the text that this job shows then.
    """
    followed.add(work.job_id)
    _works().running.append(
        _Running(work=work, image_uid=image.session_uid, text=text, of_job=of_job, done=done)
    )
    if of_job:
        mirror.tell_placement(of_job, text)


def note_object(work: Work, text: str, *, of_job: str, done: str) -> None:
    """Note work on a paid job's result that is about no image. As `note`."""
    followed.add(work.job_id)
    _works().running.append(_Running(work=work, image_uid=-1, text=text, of_job=of_job, done=done))
    mirror.tell_placement(of_job, text)


def of_job(job_id: str) -> Work | None:
    """Return the work on a paid job's result, or None."""
    return next((it.work for it in _works().running if it.of_job == job_id), None)


def require_none_of(job: Job, doing: str) -> None:
    """Raise Refusal if a paid job's result is already being processed; `doing` names that work."""
    if of_job(job.id) is not None:
        raise Refusal(phrase("{doing}: wait until it is done.", doing=doing))


def placed_here(placement: Placement, job: Job) -> Placement:
    """Return the placement for products of a paid job's result: in the open file, in the job's scene."""
    return replace(made_here(placement), session=session.session_id(), scene=job.placement.scene)


def what_is_made_of(image: bpy.types.Image) -> str:
    """Return what is being done with an image, or empty. For `draw`."""
    return next((it.text for it in _works().running if it.image_uid == image.session_uid), "")


def is_busy() -> bool:
    """Return whether any work is under way."""
    return bool(_works().running)


def _is_told(work: Work) -> bool:
    """Return whether the work is over, and its job as well if it has one."""
    return work.chore.is_over and (work.chore.outcome is None or work.job_id not in followed.ids())


def take_ended() -> bool:
    """Drop finished work, and show its job. True if panels look different now. For the pump."""
    ended = [it for it in _works().running if _is_told(it.work)]
    if not ended:
        return False
    _works().running = [it for it in _works().running if it not in ended]
    for it in ended:
        if it.of_job:
            _tell_job(it)
        if it.work.chore.outcome is None:  # it has no job
            followed.drop(it.work.job_id)
            arrivals.expect_no_more(it.work.job_id)
        else:
            mirror.select(it.work.job_id)
    return True


def _tell_job(ended: _Running) -> None:
    """Mark the paid job as placed; if the work failed, the job waits and shows why."""
    chore, engine = ended.work.chore, session.find_engine()
    if engine is None:
        return
    if chore.outcome is not None:
        try:
            engine.mark_placed(ended.of_job)
        except KeyError:  # a new engine, which has not read it yet
            return
        mirror.show(engine.job(ended.of_job), followed=False)
    mirror.tell_placement(
        ended.of_job, ended.done if chore.outcome is not None else chore.refusal or phrase("It was stopped.")
    )
