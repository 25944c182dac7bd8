# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit as the source of the Clone brush: the artist paints it into its original.

On a mesh with UVs, Blender reads the source at the painted place (`use_clone_layer`), whatever pixel size the
two have. The painted image must be chosen manually (mode IMAGE), because in mode MATERIAL Blender only clones
from images of the same material.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

from .. import live
from ..refs import image_by_uid

CLONE_BRUSH: Final = "brushes/essentials_brushes-mesh_texture.blend/Brush/Clone"
"""Blender's own asset, from 4.3 on; before, every file has a brush of this name."""
HAS_BRUSH_ASSETS: Final = bpy.app.version >= (4, 3)


class _Unsettled(list[tuple[int, int]]):
    """Scenes and the images that are cloned there, by `session_uid`, whose brush Blender may take away."""


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


def choose_clone_brush(scene: bpy.types.Scene, source: bpy.types.Image) -> None:
    """Make a Clone brush the active one, unless one is. Where only an operator may choose, do nothing."""
    paint: Any = scene.tool_settings.image_paint
    if not is_cloning(scene):
        if paint.bl_rna.properties["brush"].is_readonly:  # in Blenders after 4.3
            return
        brush: Any = bpy.data.brushes.get("Clone") or bpy.data.brushes.new("Clone", mode="TEXTURE_PAINT")
        brush.image_tool = "CLONE"
        paint.brush = brush
        if HAS_BRUSH_ASSETS:
            live.part(_Unsettled).append((scene.session_uid, source.session_uid))
    if hasattr(paint.brush, "clone_image"):  # before Blender 5: the Image Editor's clone image
        paint.brush.clone_image = source
        paint.brush.clone_offset = (0.0, 0.0)


def settle() -> None:
    """Choose the brush again where Blender has not kept it. Main thread, from the pump.

    Blender 4.3 starts the tools of a mode after the operator that entered it, and takes its default brush; or
    none, in a distribution's build that has left the essential brushes out.
    """
    unsettled = live.part(_Unsettled)
    chosen = unsettled[:]
    for scene_uid, source_uid in chosen:
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == scene_uid), None)
        source = image_by_uid(source_uid)
        if scene is not None and source is not None:
            choose_clone_brush(scene, source)
    unsettled.clear()  # once is enough: the artist's later choice stays


def edit_being_painted(context: bpy.types.Context, canvas: bpy.types.Image) -> bpy.types.Image | None:
    """Return the image that strokes of this moment paint into another one."""
    paint: Any = context.scene.tool_settings.image_paint
    if paint.mode != "IMAGE" or paint.canvas != canvas or not is_cloning(context.scene):
        return None
    return paint.clone_image if is_painting_mesh(context) or _is_painting_picture(context) else None


def is_painting_mesh(context: bpy.types.Context) -> bool:
    """Tell whether strokes go onto the active object; those of an Image Editor go onto the picture."""
    obj = context.object
    if obj is None or obj.mode != "TEXTURE_PAINT":
        return False
    return not isinstance(context.space_data, bpy.types.SpaceImageEditor)


def _is_painting_picture(context: bpy.types.Context) -> bool:
    space = context.space_data
    return isinstance(space, bpy.types.SpaceImageEditor) and space.ui_mode == "PAINT"


def is_cloning(scene: bpy.types.Scene) -> bool:
    """Tell whether the active brush of Texture Paint clones."""
    brush: Any = scene.tool_settings.image_paint.brush
    kind = "image_brush_type" if hasattr(brush, "image_brush_type") else "image_tool"
    return brush is not None and getattr(brush, kind) == "CLONE"
