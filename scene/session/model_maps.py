# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps that a model has drawn, on their way: made data by a thread, and placed beside their texture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...imaging.snapshot import PendingPixels
from ...imaging.tiling.settings import Map
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import ModelMap, Placement, PlacementKind
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..language import said
from ..placement.local_edits import look_of_edit
from ..placement.new_maps import are_shown
from ..refs import find_image, reference
from ..sources.snapshots import snapshot
from ..windows import reports
from . import mirror, session, works

if TYPE_CHECKING:
    from ...jobs.job import Job


def take_next(job: Job) -> bool:
    """Begin to make a map of a drawing that has just come. For the end of a job; tells what goes wrong."""
    is_map = job.placement.kind is PlacementKind.MODEL_MAP and job.state.has_images and not job.placed_at
    if not is_map or job.placement.session != session.session_id():
        return False
    try:
        take(job)
    except Refusal as refusal:
        mirror.tell_placement(job.id, str(refusal))
        reports.add("WARNING", str(refusal))
    return True


def take(job: Job) -> None:
    """Begin to make a map of a drawing; it is placed beside its texture when it is there.

    Raises:
        Refusal: the texture is gone or can't be read, or nothing came that fits.
    """
    target = job.placement.target
    result = next(iter(job.results), None)
    if not isinstance(target, ModelMap) or result is None:
        raise Refusal(phrase("This job did not draw a map."))
    if result.fitted is None:
        raise Refusal(result.fit_note or phrase("The drawing does not fit the texture."))
    if works.of_job(job.id) is not None:
        raise Refusal(phrase("{doing}: wait until it is done.", doing=phrase("Reading the map")))
    image = find_image(target.image)
    if image is None:
        raise Refusal(phrase("The image “{image}” is gone.", image=target.image.name))
    part = Map(target.part)
    taken = snapshot(image)
    try:
        request = local_edit(
            image.name,
            base_of(image.name),
            said("Maps: {image}", image=image.name),
            TilingWork(maps=(part,)),
            holds_data=image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
        )
        placement = Placement(
            kind=PlacementKind.NEW_MAPS if are_shown(image, (part.value,)) else PlacementKind.MAPS,
            made_from=reference(image),
            look=look_of_edit(image, taken),
            session=session.session_id(),
            scene=job.placement.scene,
            project=Path(bpy.data.filepath).name,
        )
        work = session.engine().workshop.make_map(request, placement, taken, result.fitted)
    except BaseException:
        if isinstance(taken, PendingPixels):
            taken.released.set()
        raise
    works.note(
        work, image, phrase("Reading the map"), of_job=job.id, done=phrase("Made a map of the texture")
    )
