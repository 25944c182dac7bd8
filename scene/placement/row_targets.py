# SPDX-License-Identifier: GPL-3.0-or-later
"""The placement of a batch's row, by the names in the row, without a click of the artist."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs.placement import Placement
from ...jobs.targets import EditScope, ImageEmpty, PlacementKind, PlanePose, Surfaces, Target, TextureTarget
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import reference
from .node_targets import is_used
from .texture_targets import obstacle_to_texture

if TYPE_CHECKING:
    from ...batches.row import Row

_APART: Final = 1.1
"""Metres between the centres of planes that stand side by side."""
_UPRIGHT: Final = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
"""Quaternion of a plane that faces the front."""


def plan_row(row: Row, scene: bpy.types.Scene, number: int, session: str) -> Placement:
    """Decide where a row's result goes, before anything is sent. Main thread; changes nothing.

    Args:
        number: of the row: planes and empties stand side by side, from the 3D cursor to the right.
        session: as in `Placement`.

    Raises:
        PlacementImpossible: something that the row names is gone, or can't be changed.
    """
    edited = bpy.data.images.get(row.sources[0]) if row.sources else None
    return Placement(
        kind=row.place,
        target=_target(row, scene, number, edited),
        session=session,
        scene=reference(scene),
        made_from=reference(edited) if edited is not None else None,
        objects=(row.object,) if row.object else (),
        materials=(row.material,) if row.material else (),
    )


def _target(row: Row, scene: bpy.types.Scene, number: int, edited: bpy.types.Image | None) -> Target | None:
    match row.place:
        case PlacementKind.TEXTURE:
            return _surfaces(row, scene, edited)
        case PlacementKind.PLANE:
            return _pose(scene, number)
        case PlacementKind.REFERENCE_EMPTY:
            return ImageEmpty(pose=_pose(scene, number), depth="DEFAULT", side="DOUBLE_SIDED", opacity=1.0)
        case _:
            return None


def _surfaces(row: Row, scene: bpy.types.Scene, edited: bpy.types.Image | None) -> Surfaces:
    if not row.object and not row.material:
        if edited is None or not is_used(edited):
            name = edited.name if edited is not None else ", ".join(row.sources[:1])
            raise PlacementImpossible(phrase("Nothing in this file shows “{image}”.", image=name))
        return Surfaces(scope=EditScope.EVERYWHERE)
    obj = bpy.data.objects.get(row.object) if row.object else _object_with(row.material)
    if obj is None:
        text = phrase("there is no object “{name}” in this file", name=row.object)
        if not row.object:
            text = phrase("No object has the material “{name}”", name=row.material)
        raise PlacementImpossible(text)
    slot = _slot(obj, row.material)
    target = TextureTarget(object=reference(obj), slot=slot)
    if obstacle := obstacle_to_texture(obj, target, scene.render.engine):
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    return Surfaces(objects=(target,), scope=EditScope.MATERIAL)


def _slot(obj: bpy.types.Object, material: str) -> int:
    """Return the slot that gets the texture: the named material's, else the active one."""
    names = [slot.material.name if slot.material is not None else "" for slot in obj.material_slots]
    if material and material not in names:
        text = phrase("{obj} has no material “{name}”", obj=obj.name, name=material)
        raise PlacementImpossible(text)
    if material:
        return names.index(material)
    return (obj.active_material_index or 0) if names else -1


def _object_with(material: str) -> bpy.types.Object | None:
    return next(
        (
            obj
            for obj in bpy.data.objects
            if obj.type == "MESH"
            and any(
                slot.material is not None and slot.material.name == material for slot in obj.material_slots
            )
        ),
        None,
    )


def _pose(scene: bpy.types.Scene, number: int) -> PlanePose:
    x, y, z = scene.cursor.location
    return PlanePose(location=(x + _APART * number, y, z), rotation=_UPRIGHT)
