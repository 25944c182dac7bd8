# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of an imported image: finished, without a service, free, and not in the list of jobs.

So nobody polls for it, sends it, or weighs it. Its id is derived from the image's content, so that the same
image is imported only once.
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
    """Return the id of an imported image's job.

    Args:
        content: SHA-256 of the image without Easel's recipe.
    """
    return content[:_ID_LENGTH]


def imported_job(content: str, title: str, making: Making | None, *, now: float) -> Job:
    """Make the job of an imported image.

    Args:
        title: the name to use if nothing tells how the image was made.
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
    """Return a request from what another tool tells. The number of images and the model are unknown."""
    told: OtherRecipe | None = making if not isinstance(making, Recipe) else None
    seed = told.seed if told is not None and told.seed is not None and 0 <= told.seed <= MAX_SEED else None
    return GenerateRequest(
        model=DEFAULT_MODEL, prompt=told.prompt if told is not None else title, seed=seed, count=0
    )


def _without_mask(request: GenerateRequest) -> GenerateRequest:
    """Return the request without its mask, which would prevent placing: the source is not here."""
    if not isinstance(request, EditRequest) or not request.mask.is_set:
        return request
    return replace(request, mask=EditMask(), sources=request.sources[:-1])
