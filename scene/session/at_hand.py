# SPDX-License-Identifier: GPL-3.0-or-later
"""The current texture of the artist."""

from __future__ import annotations

import bpy

from ..pictures.texture_at_hand import texture_of_object
from ..windows.editors import image_of


def texture_at_hand(context: bpy.types.Context) -> bpy.types.Image | None:
    """Return an editor's image, in a 3D View the active object's texture. For `draw` too."""
    space = getattr(context, "space_data", None)
    if isinstance(space, (bpy.types.SpaceImageEditor, bpy.types.SpaceNodeEditor)):
        return image_of(space)
    obj = getattr(context, "object", None)
    return texture_of_object(obj, context.scene.render.engine) if obj is not None else None


def textures_of_selection(context: bpy.types.Context, most: int) -> list[bpy.types.Image]:
    """List the textures of the selected objects, each once, the active object's first. For `draw` too.

    Args:
        most: the most textures to find.
    """
    active = context.view_layer.objects.active
    objects = sorted(context.selected_objects[: 4 * most], key=lambda obj: obj != active)
    found: dict[int, bpy.types.Image] = {}
    for obj in objects:
        image = texture_of_object(obj, context.scene.render.engine)
        if image is not None:
            found.setdefault(image.session_uid, image)
        if len(found) >= most:
            break
    return list(found.values())
