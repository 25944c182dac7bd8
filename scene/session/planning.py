# SPDX-License-Identifier: GPL-3.0-or-later
"""Give finished jobs the artist's current placement instead of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...jobs.placement import ImageLook
from ...jobs.targets import PlacementKind
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..placement.tile_files import find_tile, placeable_with
from ..placement.ways import WAYS

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.job import Job
    from ...jobs.placement import Placement


def planned(engine: Engine, job_id: str, plan: Placement, number: int) -> Job:
    """Return a job with one of its images (0: all) and the current placement. Raises PlacementImpossible."""
    return _planned_anew(_with_image(engine.job(job_id), number), plan)


def planned_together(engine: Engine, job_id: str, plan: Placement, number: int) -> list[Job]:
    """Return a job and those placed together with it, with the current placement."""
    job = _planned_anew(_with_image(engine.job(job_id), number), plan)
    others: Sequence[Job] = ()
    if job.placement.tile is not None:
        of_click = engine.jobs_of_click(job.placement.tile.batch)
        others = placeable_with(job, [other for other in of_click if _has_image(other, number)])
    return [job, *(_planned_anew(_with_image(other, number), plan) for other in others)]


def _has_image(job: Job, number: int) -> bool:
    return not number or any(result.index == number - 1 for result in job.results)


def _with_image(job: Job, number: int) -> Job:
    """Return a job with one of its images, or (0) all that still exist. Raises PlacementImpossible."""
    if not number:
        there = {result.index for result in job.results_to_place if result.path.is_file()}
        left = tuple(result for result in job.results if result.index in there)
        return replace(job, results=left) if left else job  # else the later error names the missing file
    if not _has_image(job, number):
        raise PlacementImpossible(phrase("This job has no image {number} on disk.", number=number))
    return replace(job, results=tuple(result for result in job.results if result.index == number - 1))


def _planned_anew(job: Job, plan: Placement) -> Job:
    """Return a job with the artist's current placement; the sources of its edit stay.

    Raises:
        PlacementImpossible: it is a texture rolled by half, which can only be placed as generated.
    """
    if job.placement.kind is PlacementKind.REPAIR and not plan.as_it_came:
        WAYS[PlacementKind.REPAIR].find(job)  # this raises, because its borders are in the middle
    kept = job.placement.in_session(plan.session)
    way = WAYS[plan.kind]
    look = kept.look
    if way.is_picture:
        is_multiplied = kept.is_premultiplied and not plan.as_it_came
        look = ImageLook(colour_space="", alpha_mode="PREMUL") if is_multiplied else None
    # As generated, it has the service's size and fits no tile.
    tile = find_tile(kept) if way.fits_tiles and not plan.as_it_came else None
    return replace(job, placement=replace(plan, made_from=kept.made_from, look=look, tile=tile))
