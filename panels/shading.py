# SPDX-License-Identifier: GPL-3.0-or-later
"""Says when the view can't show what a job made. It never switches the shading by itself."""

from typing import Any

import bpy

from ..jobs.targets import PlacementKind
from ..scene.placement.ways import WAYS
from ..texts.phrases import phrase
from .common import draw_text


def draw_shading_hint(context: bpy.types.Context, layout: bpy.types.UILayout, placed_as: str) -> None:
    """Warn if a view shows no textures, and offer to show them."""
    problem = shading_problem(getattr(context, "space_data", None), placed_as)
    if problem:
        draw_text(context, layout, problem, "INFO")
        layout.operator("easel.show_textures", icon="SHADING_TEXTURE")


def shading_problem(space: Any, placed_as: str) -> str:
    """Say why a space can't show images placed this way; empty if it can, or is not a 3D View."""
    if not placed_as or not WAYS[PlacementKind(placed_as)].shows_texture:
        return ""
    if space is None or space.type != "VIEW_3D":
        return ""
    match space.shading.type:
        case "WIREFRAME":
            return phrase("Wireframe shading shows no textures")
        case "SOLID" if space.shading.color_type != "TEXTURE":
            return phrase("This view's Solid shading shows no textures")
        case _:
            return ""
