# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures with projected views: each becomes the base colour of its material, as an edit of it."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...jobs.job import Job
from ...jobs.targets import PaintedModel
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.lineage import note_edits
from ..refs import find as find_datablock
from .texture_targets import FoundTarget, apply_texture, obstacle_to_texture
from .way import Show, Shown, target_of


def find_views(_job: Job) -> Show:
    """Refuse a sheet of views, which is not a texture."""
    raise PlacementImpossible(phrase("This is a sheet of a model's views: click Project Again to paint it."))


def find_painted(job: Job) -> Show:
    """Find the objects again."""
    target = target_of(job, PaintedModel)
    scene = find_datablock(job.placement.scene, bpy.data.scenes) if job.placement.scene is not None else None
    engine = (scene or bpy.data.scenes[0]).render.engine
    found: list[FoundTarget | None] = []
    gone: list[str] = []
    for surface in target.surfaces:
        obj = find_datablock(surface.object, bpy.data.objects)
        obstacle = (
            phrase("{object} is gone", object=surface.object.name)
            if obj is None
            else obstacle_to_texture(obj, surface, engine)
        )
        found.append(None if obj is None or obstacle else (obj, surface))
        if obstacle:
            gone.append(obstacle)
    if not any(found):
        raise PlacementImpossible(joined(*gone, phrase("The textures are in the library."), by=". "))

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        told: list[str] = []
        for result, image in zip(job.results, images, strict=True):
            place = found[result.index] if result.index < len(found) else None
            if place is None:
                continue
            text, before = apply_texture([place], image, engine)
            if before is not None:
                note_edits([image], before, job)
            told.append(text)
        return Shown(text=joined(*dict.fromkeys(told), *gone, by=". "))

    return show
