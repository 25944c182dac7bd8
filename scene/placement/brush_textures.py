# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the texture of a brush, as a stencil over the view or tiled.

From Blender 4.3 on brushes are assets, linked from one of Blender's files, and can't use an image of another
file. Such a brush is copied into the open file, and the copy becomes active.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import bpy
from bpy.props import EnumProperty

from ...jobs.job import Job
from ...jobs.targets import BrushTexture
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import find as find_datablock, reference
from .way import Click, Show, Shown, target_of

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "brush_mapping": EnumProperty(
            name="Mapping",
            description="How the brush paints with the picture",
            items=(
                ("STENCIL", "Stencil", "Lies over the view; strokes reveal what is under it"),
                ("TILED", "Tiled", "Repeated over the view, each tile as high as the brush"),
            ),
        ),
    }
)
COPY_KEY: Final = "easel_copy_of"
"""Custom property of a brush: the name of Blender's own brush that it copies."""
_PAINT_OF_MODE: Final = MappingProxyType(
    {"TEXTURE_PAINT": "image_paint", "VERTEX_PAINT": "vertex_paint", "SCULPT": "sculpt"}
)
_SHARE: Final = 0.6
"""The fraction of the view that a stencil fills, along the tighter side."""
_USUAL_ROOM: Final = (
    850,
    850,
)  # pixels; if the view is unknown. Blender's own stencil is 512 pixels wide


def obstacle(context: bpy.types.Context) -> str:
    """Return why no brush can get it, and what to do."""
    paint = _paint(context)
    if not paint:
        return phrase("To give a brush a texture, enter Texture Paint, Vertex Paint or Sculpt Mode")
    return "" if _brush(context.scene, paint) is not None else phrase("Choose a brush first")


def plan(click: Click) -> BrushTexture:
    """Name the active brush of the mode, and measure the view."""
    context = click.context
    paint, area = _paint(context), context.area
    main = next((region for region in area.regions if region.type == "WINDOW"), None) if area else None
    return BrushTexture(
        brush=reference(_brush(context.scene, paint)),
        paint=paint,
        mapping=click.options["brush_mapping"],
        room=(main.width, main.height) if main is not None and main.width > 1 else _USUAL_ROOM,
    )


def find(job: Job) -> Show:
    """Find the brush again."""
    target, result = target_of(job, BrushTexture), job.results[0]
    brush = find_datablock(target.brush, bpy.data.brushes)
    if brush is None:
        raise PlacementImpossible(
            phrase("The brush {brush} is gone. Place the image manually.", brush=target.brush.name)
        )

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Set the first image as the brush's texture."""
        texture: Any = bpy.data.textures.new(images[0].name, "IMAGE")
        texture.image = images[0]
        own: Any = brush if brush.library is None else _own_copy(brush)
        own.texture = texture
        own.texture_slot.map_mode = target.mapping
        if target.mapping == "STENCIL":
            own.stencil_dimension, own.stencil_pos = stencil_in(target.room, result.width, result.height)
        else:
            own.texture_slot.scale = (result.height / result.width, 1.0, 1.0)
        is_active = own == brush or _activate(own, brush, target.paint)
        text = phrase("Texture of the brush {brush}", brush=own.name)
        return Shown(text=text if is_active else joined(text, phrase("Choose it to paint with it"), by=". "))

    return show


def stencil_in(
    room: tuple[int, int], width: int, height: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return half the size of a stencil with a picture's shape, and its centre, in pixels of the view."""
    scale = _SHARE * min(room[0] / width, room[1] / height)
    return (width * scale / 2, height * scale / 2), (room[0] / 2, room[1] / 2)


def _paint(context: bpy.types.Context) -> str:
    """Return the name of the paint mode's tool settings; empty outside paint modes."""
    space = getattr(context, "space_data", None)
    if isinstance(space, bpy.types.SpaceImageEditor):
        return "image_paint" if space.ui_mode == "PAINT" else ""
    obj = context.object
    return _PAINT_OF_MODE.get(obj.mode, "") if obj is not None else ""


def _brush(scene: bpy.types.Scene, paint: str) -> Any:
    settings = getattr(scene.tool_settings, paint)
    return settings.brush if settings is not None else None


def _own_copy(brush: bpy.types.Brush) -> bpy.types.Brush:
    """Return the open file's copy of one of Blender's brushes, created if it is missing."""
    for known in bpy.data.brushes:
        if known.library is None and known.get(COPY_KEY) == brush.name:
            return known
    own = brush.copy()
    own[COPY_KEY] = brush.name
    own.use_fake_user = True
    own.asset_mark()  # otherwise it can't be chosen
    return own


def _activate(own: bpy.types.Brush, brush: bpy.types.Brush, paint: str) -> bool:
    """Replace the active brush by its copy; only an operator can. False if that failed."""
    for window in bpy.data.window_managers[0].windows:
        if _brush(window.scene, paint) != brush:
            continue
        for area in window.screen.areas:
            with bpy.context.temp_override(window=window, area=area), contextlib.suppress(RuntimeError):
                if _paint(bpy.context) == paint:
                    bpy.ops.brush.asset_activate(
                        asset_library_type="LOCAL", relative_asset_identifier=f"Brush/{own.name}"
                    )
                    return _brush(window.scene, paint) == own
    return False
