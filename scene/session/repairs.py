# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaired seams on their way back: rolled back by a thread, and placed only where they are better."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...imaging.snapshot import PendingPixels
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import PlacementKind, Repair
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..language import said
from ..placement.local_edits import edit_placement, look_of_edit
from ..refs import find_image
from ..sources.snapshots import snapshot
from ..windows import reports
from . import mirror, session, works

if TYPE_CHECKING:
    from ...jobs.job import Job


def roll_back_next(job: Job) -> bool:
    """Begin to roll a repaired texture back that has just come. Tells what goes wrong."""
    is_repair = job.placement.kind is PlacementKind.REPAIR and job.state.has_images and not job.placed_at
    if not is_repair or job.placement.session != session.session_id():
        return False
    try:
        roll_back(job)
    except Refusal as refusal:
        mirror.tell_placement(job.id, str(refusal))
        reports.add("WARNING", str(refusal))
    return True


def roll_back(job: Job) -> None:
    """Begin to roll a repaired texture back; it is placed if its seam is less visible than before.

    Raises:
        Refusal: its image is gone or can't be read, or nothing came that fits.
    """
    target = job.placement.target
    result = next(iter(job.results), None)
    if not isinstance(target, Repair) or result is None:
        raise Refusal(phrase("This job did not repair a seam."))
    if result.fitted is None:
        raise Refusal(job.mask_loss or phrase("The repair does not fit the texture."))
    if works.of_job(job.id) is not None:
        raise Refusal(phrase("{doing}: wait until it is done.", doing=phrase("Looking at the repair")))
    image = find_image(target.image)
    if image is None:
        raise Refusal(phrase("The image “{image}” is gone.", image=target.image.name))
    taken = snapshot(image)
    try:
        base = base_of(image.name)
        request = local_edit(
            image.name,
            base,
            said("Repaired: {image}", image=image.name),
            TilingWork(),
            holds_data=image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
        ).of_names((f"{base}_Seamless",))
        placement = replace(
            edit_placement(image),
            look=look_of_edit(image, taken),
            session=session.session_id(),
            scene=job.placement.scene,
            project=Path(bpy.data.filepath).name,
        )
        work = session.engine().workshop.roll_back(request, placement, taken, result.fitted)
    except BaseException:
        if isinstance(taken, PendingPixels):
            taken.released.set()
        raise
    works.note(
        work,
        image,
        phrase("Looking at the repair"),
        of_job=job.id,
        done=phrase("Rolled back, and compared"),
    )
