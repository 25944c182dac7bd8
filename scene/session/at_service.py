# SPDX-License-Identifier: GPL-3.0-or-later
"""Find textures that the service is working on, to warn before paying once more. Main thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...jobs.placement import Placement
from ...jobs.targets import ModelMap, ModelViews, Repair, Sheet
from ...texts.phrases import phrase
from . import followed, session

if TYPE_CHECKING:
    import bpy

    from ...jobs.targets import DatablockRef


def repair_problem(image: bpy.types.Image) -> str:
    """Return the text if a repair of an image is at the service; empty if none is. For `draw`."""
    for placement in _placements():
        target = placement.target
        if isinstance(target, Repair) and _is(target.image, image, placement):
            return phrase("“{image}” is being repaired", image=image.name)
    return ""


def map_problem(image: bpy.types.Image, part: str) -> str:
    """Return the text if a map of an image (HEIGHT …) is at the service; empty if none is. For `draw`."""
    for placement in _placements():
        target = placement.target
        is_map = isinstance(target, ModelMap) and target.part == part
        if is_map and _is(target.image, image, placement):
            return phrase("This map of “{image}” is under way", image=image.name)
    return ""


def sheet_problem(images: Iterable[bpy.types.Image]) -> str:
    """Return the text if one of the images is on a sheet at the service; empty if none is. For `draw`."""
    meant = list(images)
    for placement in _placements():
        target = placement.target
        if not isinstance(target, Sheet):
            continue
        for image in meant:
            if any(_is(ref, image, placement) for ref in target.images):
                return phrase("A sheet with “{image}” is in progress", image=image.name)
    return ""


def views_problem(objects: Iterable[bpy.types.Object]) -> str:
    """Return the text if one of the objects is on a sheet of views at the service; empty if none is.

    For `draw`.
    """
    meant = list(objects)
    for placement in _placements():
        target = placement.target
        if not isinstance(target, ModelViews):
            continue
        for obj in meant:
            if any(_is(ref, obj, placement) for ref in target.objects):
                return phrase("{obj} is being painted: wait for the result", obj=obj.name)
    return ""


def _placements() -> Iterator[Placement]:
    engine = session.find_engine()
    if engine is None:
        return
    for job_id in followed.ids():
        try:
            yield engine.job(job_id).placement
        except KeyError:  # work of this computer: it is a job once it is done
            continue


def _is(ref: DatablockRef, datablock: bpy.types.ID, placement: Placement) -> bool:
    if placement.session == session.session_id():
        return ref.session_uid == datablock.session_uid
    return ref.name == datablock.name  # the file was opened again since
