# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning a placement at the click, while there is a context: selection, active slot, cursor, view."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import bpy

from ...jobs.placement import EditScope, Placement, PlacementKind, PlanePose, TextureTarget
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import reference
from .faces import are_all_selected, selected_faces
from .node_targets import is_used, nodes_using
from .texture_targets import obstacle_to_texture

FRONT_VIEW: Final = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
"""Rotation (w, x, y, z) of the front view: a plane's +Z turned to -Y, its +Y upright."""


def plan_placement(
    context: bpy.types.Context,
    kind: PlacementKind,
    *,
    image: bpy.types.Image | None = None,
    scope: EditScope = EditScope.MATERIAL,
    session: str = "",
) -> Placement:
    """Decide at the click where the result goes. Main thread; changes nothing.

    `TEXTURE` targets the nodes that show `image` (the texture that is being edited) where there are any, as
    many as `scope` says; `EVERYWHERE` whatever shows it when the result is there. Else it targets the
    selected mesh objects, in Edit Mode their selected faces.
    `PLANE` takes the 3D cursor and the view of the 3D View that was clicked in, elsewhere the front view.

    Raises:
        PlacementImpossible: nothing fits; asked before anything is spent.
    """
    plan = Placement(
        kind=kind,
        session=session,
        scene=reference(context.scene),
        made_from=reference(image) if image is not None else None,
        scope=scope,
    )
    if kind is PlacementKind.PLANE:
        return replace(plan, plane=_pose(context))
    if kind is PlacementKind.TEXTURE:
        nodes = nodes_using(image, _objects(context), scope) if image is not None else ()
        is_shown = nodes or (scope is EditScope.EVERYWHERE and image is not None and is_used(image))
        return replace(plan, nodes=nodes, textures=() if is_shown else _textures(context))
    return plan


def _objects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The objects that the artist means: those in Edit Mode, else the selected ones; the active one first."""
    active = context.view_layer.objects.active
    meant = context.objects_in_mode if active is not None and active.mode == "EDIT" else []
    meant = meant or context.view_layer.objects.selected
    return sorted(meant, key=lambda obj: obj != active)


def _textures(context: bpy.types.Context) -> tuple[TextureTarget, ...]:
    objects = _objects(context)
    if not objects:
        raise PlacementImpossible(
            phrase("Nothing is selected: select the mesh objects that get the texture.")
        )
    meshes = [obj for obj in objects if obj.type == "MESH"]
    if not meshes:
        names = bpy.types.Object.bl_rna.properties["type"].enum_items
        kinds = joined(*dict.fromkeys(phrase(names[obj.type].name) for obj in objects), by=", ")
        raise PlacementImpossible(
            phrase(
                "Only meshes can get a texture, and the selection is: {kinds}. "
                "Convert it with Object > Convert > Mesh.",
                kinds=kinds,
            )
        )
    targets: list[TextureTarget] = []
    obstacles: list[str] = []
    for obj in meshes:
        faces = selected_faces(obj) if obj.mode == "EDIT" else None
        if obj.mode == "EDIT" and faces is None:
            obstacles.append(
                phrase("No face of {obj} is selected: select some, or leave Edit Mode", obj=obj.name)
            )
            continue
        if faces is not None and len(obj.material_slots) <= 1 and are_all_selected(obj):
            faces = None  # the whole object: a second slot would leave the first one without a face
        slot = obj.active_material_index if obj.material_slots else -1
        target = TextureTarget(object=reference(obj), slot=slot, faces=faces)
        obstacle = obstacle_to_texture(obj, target)
        if obstacle:
            obstacles.append(obstacle)
        else:
            targets.append(target)
    if not targets:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacles[0]))
    return tuple(targets)


def _pose(context: bpy.types.Context) -> PlanePose:
    x, y, z = context.scene.cursor.location
    view = context.region_data
    if not isinstance(view, bpy.types.RegionView3D):
        return PlanePose(location=(x, y, z), rotation=FRONT_VIEW)
    turn = view.view_rotation
    if view.view_perspective == "CAMERA":  # which `view_rotation` knows nothing of
        turn = view.view_matrix.inverted().to_quaternion()
    return PlanePose(location=(x, y, z), rotation=(turn.w, turn.x, turn.y, turn.z))
