# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures from an edited sheet: each replaces the image that it was made from, as its edit."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...jobs.job import Job
from ...jobs.targets import SheetParts
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.image_uses import left_text
from ..history.lineage import note_edits
from ..history.versions import find_shown, forget_comparison
from ..pictures.colours import set_colour_space
from ..refs import find_image
from .elsewhere import listed
from .way import Show, Shown, target_of


def find_sheet(_job: Job) -> Show:
    """Refuse a sheet, which is not the texture of anything."""
    raise PlacementImpossible(phrase("This is a sheet of several textures: take it apart to place them."))


def find_rolled(_job: Job) -> Show:
    """Refuse a rolled texture, which has its borders in the middle."""
    raise PlacementImpossible(
        phrase(
            "This texture is rolled by half. Click Roll It Back, or tick As Generated to place it as it is."
        )
    )


def find_drawn_map(_job: Job) -> Show:
    """Refuse a picture of a map, which is not data yet."""
    raise PlacementImpossible(phrase("This is the drawing of a map. Click Make It a Map to place it."))


def find_parts(job: Job) -> Show:
    """Find the images again."""
    target = target_of(job, SheetParts)
    if not any(find_image(ref) for ref in target.images):
        raise PlacementImpossible(phrase("The images of the sheet are gone. They are in the library."))

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        told: list[str] = []
        left: list[str] = []
        for result, image in zip(job.results, images, strict=True):
            source = find_image(target.images[result.index])
            if source is None:
                left.append(phrase("“{image}” is gone", image=target.images[result.index].name))
                continue
            if not source.is_float:
                set_colour_space(image, source.colorspace_settings.name)
            shown = find_shown(source)
            for use in shown.uses:
                forget_comparison(use)
                use.image = image
            for space in shown.editors:
                space.image = image
            note_edits([image], source, job)
            told.append(source.name)
            left.append(left_text(shown.left, source))
        text = phrase("Edited together: {names}", names=listed(told))
        return Shown(text=joined(text, *left, by=". "))

    return show
