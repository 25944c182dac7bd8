# SPDX-License-Identifier: GPL-3.0-or-later
"""This computer's current work on pictures: which image each work is about, for panels. Main thread."""

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
    """What is going on, for the artist."""
    of_job: str
    """Whose result is worked on before it is placed; empty if that is none's."""
    done: str
    """What that job is told once it is done."""


@dataclass
class _Works:
    running: list[_Running] = field(default_factory=list[_Running])


def _works() -> _Works:
    return live.part(_Works)


def note(work: Work, image: bpy.types.Image, text: str, *, of_job: str = "", done: str = "") -> None:
    """Take note of work that has begun.

    Args:
        of_job: the paid job whose result it works on. That is placed once this is done, and not before.
        done: what is told of that job then.
    """
    followed.add(work.job_id)
    _works().running.append(
        _Running(work=work, image_uid=image.session_uid, text=text, of_job=of_job, done=done)
    )
    if of_job:
        mirror.tell_placement(of_job, text)


def note_object(work: Work, text: str, *, of_job: str, done: str) -> None:
    """Take note of work on the result of a paid job that is about no image. As `note`."""
    followed.add(work.job_id)
    _works().running.append(_Running(work=work, image_uid=-1, text=text, of_job=of_job, done=done))
    mirror.tell_placement(of_job, text)


def of_job(job_id: str) -> Work | None:
    """Return what works on the result of a paid job; None if nothing does."""
    return next((it.work for it in _works().running if it.of_job == job_id), None)


def require_none_of(job: Job, doing: str) -> None:
    """Raise Refusal if the result of a paid job is worked on already: `doing` says what is being done."""
    if of_job(job.id) is not None:
        raise Refusal(phrase("{doing}: wait until it is done.", doing=doing))


def placed_here(placement: Placement, job: Job) -> Placement:
    """Where goes what is made of the result of a paid job: into the file that is open, in the job's scene."""
    return replace(made_here(placement), session=session.session_id(), scene=job.placement.scene)


def what_is_made_of(image: bpy.types.Image) -> str:
    """Say what is going on with an image; empty if nothing is. For `draw`."""
    return next((it.text for it in _works().running if it.image_uid == image.session_uid), "")


def is_busy() -> bool:
    """True while any is at work."""
    return bool(_works().running)


def _is_told(work: Work) -> bool:
    """True once its end has come through: that of its job, where it has one."""
    return work.chore.is_over and (work.chore.outcome is None or work.job_id not in followed.ids())


def take_ended() -> bool:
    """Drop what is over, and show its job. True if panels look different now. For the pump."""
    ended = [it for it in _works().running if _is_told(it.work)]
    if not ended:
        return False
    _works().running = [it for it in _works().running if it not in ended]
    for it in ended:
        if it.of_job:
            _tell_job(it)
        if it.work.chore.outcome is None:  # no job tells of it
            followed.drop(it.work.job_id)
            arrivals.expect_no_more(it.work.job_id)
        else:
            mirror.select(it.work.job_id)
    return True


def _tell_job(ended: _Running) -> None:
    """Mark the job placed whose result was worked on; where that failed it waits, and says why."""
    chore, engine = ended.work.chore, session.find_engine()
    if engine is None:
        return
    if chore.outcome is not None:
        try:
            engine.mark_placed(ended.of_job)
        except KeyError:  # another engine, which has not read it yet
            return
        mirror.show(engine.job(ended.of_job), followed=False)
    mirror.tell_placement(
        ended.of_job, ended.done if chore.outcome is not None else chore.refusal or phrase("It was stopped.")
    )
