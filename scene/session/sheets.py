# SPDX-License-Identifier: GPL-3.0-or-later
"""Edited sheets of several textures, on their way off the sheet. Main thread."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...imaging.snapshot import PendingPixels
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import Placement, PlacementKind, Sheet, SheetParts
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..language import said
from ..refs import find_image
from ..sources.snapshots import snapshot
from ..windows import reports
from . import mirror, session, works

if TYPE_CHECKING:
    from ...jobs.job import Job

logger = logging.getLogger(__name__)


def take_apart_next(job: Job) -> bool:
    """Begin to take an edited sheet apart that has just come. For the end of a job; tells what goes wrong."""
    is_sheet = job.placement.kind is PlacementKind.SHEET and job.state.has_images and not job.placed_at
    if not is_sheet or job.placement.session != session.session_id():
        return False
    try:
        take_apart(job)
    except Refusal as refusal:
        mirror.tell_placement(job.id, str(refusal))
        reports.add("WARNING", str(refusal))
    return True


def take_apart(job: Job) -> None:
    """Begin to take an edited sheet apart; its textures are placed when they are there.

    Raises:
        Refusal: an image is gone, or can't be read.
    """
    target = job.placement.target
    if not isinstance(target, Sheet) or not job.results:
        raise Refusal(phrase("This job has no sheet of textures."))
    if works.of_job(job.id) is not None:
        raise Refusal(phrase("{doing}: wait until it is done.", doing=phrase("Taking the sheet apart")))
    engine = session.engine()
    images = [find_image(ref) for ref in target.images]
    found = [image for image in images if image is not None]
    if len(found) < len(target.images):
        gone = next(ref.name for ref, image in zip(target.images, images, strict=True) if image is None)
        raise Refusal(phrase("The image “{image}” is gone.", image=gone))
    taken: list[Any] = []
    try:
        for image in found:
            taken.append(snapshot(image))  # noqa: PERF401 - those before one that fails are given back
        title = said("Off the sheet: {title}", title=job.request.title)
        request = local_edit(
            found[0].name, base_of(found[0].name), title, TilingWork(), holds_data=False, alpha_mode=""
        )
        names = tuple(f"{base_of(image.name)}_Edited" for image in found)
        placement = Placement(
            kind=PlacementKind.SHEET_PARTS,
            target=SheetParts(images=target.images),
            session=session.session_id(),
            scene=job.placement.scene,
            project=Path(bpy.data.filepath).name,
        )
        work = engine.workshop.take_apart(
            request.of_names(names), placement, taken, job.results_to_place[0].path, target.side
        )
    except BaseException:
        for one in taken:
            if isinstance(one, PendingPixels):
                one.released.set()
        raise
    works.note(work, found[0], phrase("Taking the sheet apart"), of_job=job.id, done=phrase("Taken apart"))
