# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the viewpoints that textures were painted from, in the ledger. Main thread, memory only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...jobs.targets import PaintedModel, Surfaces
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..notes import text_note
from ..placement.reused import JOB_KEY
from ..refs import find_image
from . import session
from .model_reading import image_of_material

if TYPE_CHECKING:
    from collections.abc import Sequence

    import bpy

    from ...imaging.surface.viewpoints import Viewpoint
    from .model_reading import Model


def seen_from(model: Model) -> tuple[Viewpoint, ...]:
    """Return the viewpoints that all textures of a model were painted from.

    Raises:
        Refusal: a texture was not painted from views, or from others than the rest.
    """
    found = set(map(_of_image, _images(model)))
    if len(found) != 1 or not (viewpoints := next(iter(found))):
        raise Refusal(
            phrase("Not all of this was painted from the same views: select what was painted together.")
        )
    return viewpoints


def seen_from_if_known(model: Model) -> tuple[Viewpoint, ...]:
    """Return the viewpoints of a model's textures; none if they differ or are unknown.

    Raises:
        Refusal: a surface has no texture.
    """
    found = set(map(_of_image, _images(model)))
    return next(iter(found)) if len(found) == 1 else ()


def _images(model: Model) -> list[bpy.types.Image]:
    images: list[bpy.types.Image] = []
    for part in range(len(model.surfaces)):
        shown = next((one for one in model.shown if one.part == part), None)
        image = find_image(shown.image) if shown is not None else None
        if image is None:
            raise Refusal(
                phrase(
                    "{obj} has a material without a texture: paint the whole model first.",
                    obj=model.surfaces[part].object.name,
                )
            )
        images.append(image)
    return images


def seen_from_quickly(objects: Sequence[bpy.types.Object], engine: str) -> tuple[Viewpoint, ...]:
    """Return the viewpoints of the first object's active material; none if it was not painted. For `draw`."""
    for obj in objects[:1]:
        image = image_of_material(obj.active_material, engine)
        if image is not None:
            return _of_image(image)
    return ()


def _of_image(image: bpy.types.Image) -> tuple[Viewpoint, ...]:
    engine, job_id = session.find_engine(), text_note(image, JOB_KEY)
    if engine is None or not job_id:
        return ()
    try:
        target = engine.job(job_id).placement.target
    except KeyError:
        return ()
    return target.seen_from if isinstance(target, (PaintedModel, Surfaces)) else ()
