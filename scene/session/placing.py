# SPDX-License-Identifier: GPL-3.0-or-later
"""Place chosen images of the library in the file, as one undo step.

A thread reads them, or copies them beside the .blend, at most three ahead. Each turn of the pump places those
that are ready until its time is over. The artist sees the progress and can stop the work; placed images stay.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import bpy

from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ...threads.ahead import Ahead
from .. import live
from ..language import say
from ..placement.delivery import names_of
from ..placement.kept_files import Ready, make_ready
from ..refs import image_by_uid
from ..windows import interface
from . import arrivals, planning, session

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...jobs.placement import Placement

_AHEAD: Final = 3
"""4K files have tens of megabytes."""
_UNDO: Final = phrase("Place Chosen")

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Work:
    """All images of one click."""

    jobs: Sequence[Job]
    """With their planned placement and one image each."""
    plans: Sequence[Placement]
    is_step: bool
    """It pushes its own undo step; else the operator that waits for it is the step."""
    ahead: Ahead[int, Ready] | None = None
    done: int = 0
    uids: list[int] = field(default_factory=list[int])
    """`session_uid` of the placed images."""
    failure: str = ""
    """Why the rest is not placed."""
    is_over: bool = False
    is_stopped: bool = False
    text: str = ""
    """The outcome, once it is over."""

    @property
    def title(self) -> str:
        return phrase("Placing images")

    @property
    def at(self) -> tuple[int, int]:
        """How many are done, and of how many."""
        return self.done, len(self.jobs)

    @property
    def is_whole(self) -> bool:
        """Whether all were placed."""
        return self.done == len(self.jobs)

    def stop(self) -> None:
        """End it at its next step."""
        self.is_stopped = True
        if self.ahead is not None:
            self.ahead.stop()


@dataclass(kw_only=True)
class _State:
    work: Work | None = None


def begin(jobs: Sequence[Job], plans: Sequence[Placement], *, is_step: bool) -> Work:
    """Begin to place images.

    Args:
        jobs: each with the one image to place.
        plans: a placement for each.
        is_step: push an undo step.

    Raises:
        Refusal: other work is under way, or an image can't be placed this way.
    """
    state = live.part(_State)
    if state.work is not None:
        raise Refusal(phrase("Wait until the previous images are done, or stop them."))
    engine = session.engine()
    planned = [
        planning.planned(engine, job.id, plan, job.results[0].index + 1)
        for job, plan in zip(jobs, plans, strict=True)
    ]
    folder = arrivals.folder_beside()
    wanted = [names_of(job) for job in planned]
    work = Work(jobs=planned, plans=plans, is_step=is_step)
    work.ahead = Ahead("placing", range(len(planned)), lambda n: make_ready(wanted[n], folder), most=_AHEAD)
    state.work = work
    return work


def current() -> Work | None:
    """Return the current work."""
    return live.part(_State).work


def go_on(deadline: float) -> bool:
    """Place the next images. True if panels look different now. For the pump.

    Args:
        deadline: monotonic.
    """
    work = current()
    if work is None or work.ahead is None:
        return False
    before = work.done
    if work.uids and image_by_uid(work.uids[-1]) is None:  # the artist has undone or deleted it
        work.stop()
    while not (work.is_stopped or work.failure) and (taken := work.ahead.take()) is not None:
        _place(work, *taken)
        if time.monotonic() > deadline:
            break
    if work.is_stopped or work.failure or work.done == len(work.jobs):
        _end(work)
        return True
    return work.done != before


def give_up(reason: str = "") -> None:
    """End the work, because a step has raised, nobody waits any longer, or Easel is being disabled.

    Args:
        reason: a sentence.
    """
    work = current()
    if work is not None:
        work.stop()
        work.failure = work.failure or reason
        _end(work)


def file_loaded() -> None:
    """End the work, because another file is open; placed images are in the former file."""
    work = current()
    if work is not None:
        work.done, work.is_step = 0, False
    give_up()


def _place(work: Work, number: int, ready: Ready) -> None:
    job = work.jobs[number]
    try:
        names = arrivals.place_now(
            session.engine(), job.id, work.plans[number], number=job.results[0].index + 1, ready=ready
        )
    except Refusal as error:
        work.failure = ready.failure or str(error)
    except Exception:
        logger.exception("Placing job %s failed", job.id)
        work.failure = arrivals.FAILED
    else:
        work.done += 1
        work.uids += [image.session_uid for name in names if (image := bpy.data.images.get(name)) is not None]


def _end(work: Work) -> None:
    live.part(_State).work = None
    work.is_over = True
    if work.ahead is not None:
        work.ahead.stop()
    if work.done and work.is_step:
        interface.push_undo(f"Easel: {say(_UNDO)}")
    if work.is_whole:
        text = (
            phrase("1 image placed") if work.done == 1 else phrase("{count} images placed", count=work.done)
        )
        work.text = text
        return
    placed = phrase("{count} of {total} images placed", count=work.done, total=len(work.jobs))
    stopped = phrase("It was stopped.") if work.is_stopped and not work.failure else ""
    work.text = joined(placed, work.failure or stopped, by=". ")
