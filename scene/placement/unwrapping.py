# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a UV map without overlaps for meshes that have none, with Blender's own Smart UV Project."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..refs import obstacle_to_editing

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANGLE: Final = math.radians(66)
_MARGIN: Final = 0.01  # of the map's side, between islands


def obstacle_to_unwrapping(context: bpy.types.Context) -> str:
    """Return why no UV map can be made, and what to do; empty if it can. For `draw`."""
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        return phrase("Leave this mode first: UV maps are made in Object Mode")
    bare = list(_bare(context))
    if not bare:
        return phrase("All selected meshes have a UV map")
    return next(filter(None, (obstacle_to_editing(obj.data) for obj in bare)), "")


def unwrap(context: bpy.types.Context) -> list[str]:
    """Make the maps; return the names of the objects. The selection stays.

    Raises:
        Refusal: Blender could not unwrap them.
    """
    bare = list(_bare(context))
    for obj in bare:
        obj.data.uv_layers.new(name="UVMap")
    before = context.view_layer.objects.active
    context.view_layer.objects.active = bare[0]
    chosen = [obj for obj in context.view_layer.objects if obj.select_get()]
    try:
        for obj in chosen:
            obj.select_set(obj in bare)
        bpy.ops.object.mode_set(mode="EDIT")
        bpy.ops.mesh.select_all(action="SELECT")
        bpy.ops.uv.smart_project(angle_limit=_ANGLE, island_margin=_MARGIN)
        bpy.ops.object.mode_set(mode="OBJECT")
    except RuntimeError as error:
        raise Refusal(str(error)) from error
    finally:
        if context.view_layer.objects.active.mode == "EDIT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for obj in chosen:
            obj.select_set(True)
        context.view_layer.objects.active = before
    return [obj.name for obj in bare]


def _bare(context: bpy.types.Context) -> Iterator[Any]:
    """Yield the selected meshes without a UV map, each mesh once."""
    seen: set[int] = set()
    for obj in context.selected_objects:
        if obj.type == "MESH" and not obj.data.uv_layers and obj.data.session_uid not in seen:
            seen.add(obj.data.session_uid)
            yield obj
