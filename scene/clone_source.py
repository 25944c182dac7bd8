# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as the source of the Clone brush: painted into its original where the artist wants it.

Of a mesh with UVs the source is read at the very place that is painted (`use_clone_layer`), whatever pixel
size the two have. That needs the painted image to be chosen by hand (mode IMAGE): of materials, Blender only
clones from images that are in the same material.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

CLONE_BRUSH: Final = "brushes/essentials_brushes-mesh_texture.blend/Brush/Clone"
"""Blender's own asset, from 4.3 on; before, every file has a brush of this name."""


def set_clone_source(scene: bpy.types.Scene, canvas: bpy.types.Image, source: bpy.types.Image) -> None:
    """Have strokes of the Clone brush take from `source` and go to `canvas`, at the same place of both."""
    paint: Any = scene.tool_settings.image_paint
    paint.mode = "IMAGE"
    paint.canvas = canvas
    paint.clone_image = source
    paint.use_clone_layer = True
    if hasattr(paint, "clone_offset"):  # Blender 5: in the Image Editor
        paint.clone_offset = (0.0, 0.0)


def clone_by_active_uvs(mesh: bpy.types.Mesh) -> None:
    """Read the source by the UVs that are painted by, where the mesh can be told."""
    if mesh.library is None and mesh.uv_layers.active is not None:
        mesh.uv_layer_clone = mesh.uv_layers.active


def choose_clone_brush(scene: bpy.types.Scene, source: bpy.types.Image) -> bool:
    """Make a Clone brush the active one; False in Blenders after 4.3, where that takes an operator."""
    paint: Any = scene.tool_settings.image_paint
    if paint.bl_rna.properties["brush"].is_readonly:
        return False
    brush: Any = bpy.data.brushes.get("Clone") or bpy.data.brushes.new("Clone", mode="TEXTURE_PAINT")
    brush.image_tool = "CLONE"
    brush.clone_image = source
    brush.clone_offset = (0.0, 0.0)
    paint.brush = brush
    return True


def is_cloning(scene: bpy.types.Scene) -> bool:
    """Tell whether the active brush of Texture Paint clones."""
    brush: Any = scene.tool_settings.image_paint.brush
    kind = "image_brush_type" if hasattr(brush, "image_brush_type") else "image_tool"
    return brush is not None and getattr(brush, kind) == "CLONE"
