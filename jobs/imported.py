# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that stands for an imported image: over, of no service, free, and off the list of jobs.

So nothing polls it, sends it, or weighs it. Its id is made of the image's content: the same image comes once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..client.edit_mask import EditMask
from ..client.models import DEFAULT_MODEL
from ..client.options import MAX_SEED
from ..client.requests import EditRequest, GenerateRequest
from .job import Job, JobState
from .making import Making
from .placement import Placement
from .preparation import Preparation
from .recipe import Recipe

if TYPE_CHECKING:
    from .other_recipes import OtherRecipe

_ID_LENGTH: Final = 32


def id_of_import(content: str) -> str:
    """The id of the job of an imported image.

    Args:
        content: SHA-256 of the image without Easel's recipe.
    """
    return content[:_ID_LENGTH]


def imported_job(content: str, title: str, making: Making | None, *, now: float) -> Job:
    """Make the job of an imported image.

    Args:
        title: what it is called, where nothing tells how it was made.
        now: epoch seconds.
    """
    request, placement, preparation, created_at = _other(title, making), Placement(), None, now
    if isinstance(making, Recipe):
        request = _without_mask(making.request)
        placement = making.purpose.placement
        preparation = Preparation(origins=making.sources) if making.sources else None
        created_at = making.created_at or making.made_at or now
    return Job(
        id=id_of_import(content),
        state=JobState.DONE,
        request=request,
        placement=placement,
        preparation=preparation,
        server="",
        price=0,
        created_at=created_at,
        updated_at=now,
        finished_at=now,
        hidden=True,
    )


def _other(title: str, making: Making | None) -> GenerateRequest:
    """What is known of a request that was not Easel's: of how many images, and of which model, is not."""
    told: OtherRecipe | None = making if not isinstance(making, Recipe) else None
    seed = told.seed if told is not None and told.seed is not None and 0 <= told.seed <= MAX_SEED else None
    return GenerateRequest(
        model=DEFAULT_MODEL, prompt=told.prompt if told is not None else title, seed=seed, count=0
    )


def _without_mask(request: GenerateRequest) -> GenerateRequest:
    """The same without what could hold placing up: here is no source that the image could be put into."""
    if not isinstance(request, EditRequest) or not request.mask.is_set:
        return request
    return replace(request, mask=EditMask(), sources=request.sources[:-1])
