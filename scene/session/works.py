# SPDX-License-Identifier: GPL-3.0-or-later
"""What this computer makes of pictures just now: which image each is about, for panels. Main thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import live
from . import followed, mirror

if TYPE_CHECKING:
    import bpy

    from ...jobs.workshop import Work


@dataclass(frozen=True, kw_only=True)
class _Running:
    work: Work
    image_uid: int
    text: str
    """What is going on, for the artist."""


@dataclass
class _Works:
    running: list[_Running] = field(default_factory=list[_Running])


def _works() -> _Works:
    return live.part(_Works)


def note(work: Work, image: bpy.types.Image, text: str) -> None:
    """Take note of work that has begun."""
    followed.add(work.job_id)
    _works().running.append(_Running(work=work, image_uid=image.session_uid, text=text))


def what_is_made_of(image: bpy.types.Image) -> str:
    """Say what is going on with an image; empty where nothing is. For `draw`."""
    return next((it.text for it in _works().running if it.image_uid == image.session_uid), "")


def is_busy() -> bool:
    """True while any is at work."""
    return bool(_works().running)


def _is_told(work: Work) -> bool:
    """True once its end has come through: that of its job, where it has one."""
    return work.chore.is_over and (work.chore.outcome is None or work.job_id not in followed.ids())


def take_ended() -> bool:
    """Drop what is over, and show its job. True where panels look different now. For the pump."""
    ended = [it for it in _works().running if _is_told(it.work)]
    if not ended:
        return False
    _works().running = [it for it in _works().running if it not in ended]
    for it in ended:
        if it.work.chore.outcome is None:  # no job tells of it
            followed.drop(it.work.job_id)
        else:
            mirror.select(it.work.job_id)
    return True
