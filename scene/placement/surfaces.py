# SPDX-License-Identifier: GPL-3.0-or-later
"""The way “Texture”: base colour of mesh objects, or a replacement of the edited image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import bpy

from ...jobs.job import Job
from ...jobs.targets import EditScope, NodeTarget, Surfaces, TextureTarget
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.image_uses import changeable, uses_of
from ..history.lineage import find_source
from ..pictures.textures import materials_of
from ..refs import find as find_datablock, reference
from .editor_trees import nodes_of
from .elsewhere import listed
from .faces import are_all_selected, selected_faces
from .node_targets import (
    elsewhere_of,
    find_uses,
    is_only_elsewhere,
    is_used,
    nodes_using,
    not_shown_text,
    show_in,
)
from .texture_targets import (
    FoundTarget,
    aimed_text,
    apply_texture,
    changed_elsewhere,
    find_textures,
    obstacle_to_texture,
)
from .way import Click, Foreseen, Show, Shown, target_of

_MOST_FORESEEN: Final = 20
"""The most objects for which the effect is predicted before the click."""


def plan(click: Click) -> Surfaces:
    """Choose the users of the edited image to change, as many as `scope` says.

    `EVERYWHERE` means all users when the result is here. If nothing uses the image, or nothing is edited,
    choose the selected mesh objects, in Edit Mode their selected faces.
    """
    context, image, scope = click.context, click.image, click.scope
    if image is None:
        return Surfaces(objects=_meshes(context), scope=scope)
    if click.is_in_editor:
        return Surfaces(nodes=_nodes_of_editor(context, image, scope), scope=scope)
    nodes = nodes_using(image, objects_meant(context), scope, may_be_others=False)
    if nodes:
        return Surfaces(nodes=nodes, scope=scope)
    if is_used(image):  # by a world, an empty, a modifier …: its edit belongs there
        return Surfaces(scope=EditScope.EVERYWHERE)
    return Surfaces(objects=_meshes(context), scope=scope)


def foresee(click: Click) -> Foreseen:
    """Return which base colours would change, and what else that changes."""
    context, image = click.context, click.image
    objects = objects_meant(context)
    if not 0 < len(objects) <= _MOST_FORESEEN:
        return Foreseen()
    if image is not None and is_used(image):
        if click.scope is EditScope.EVERYWHERE:
            return Foreseen()
        if is_only_elsewhere(image, [materials_of(obj) for obj in objects]):
            return Foreseen(obstacle=not_shown_text(image))
        told = elsewhere_of(changeable(uses_of(image))[0])
        return Foreseen(text=joined(_replaced_text(click, image, objects), told, by=". "))
    engine = context.scene.render.engine
    found: list[FoundTarget] = []
    obstacles: list[str] = []
    for obj in objects:
        target = TextureTarget(object=reference(obj), slot=obj.active_material_index, faces=None)
        obstacle = obstacle_to_texture(obj, target, engine)
        if obstacle:
            obstacles.append(obstacle)
        else:
            found.append((obj, target))
    if not found:
        return Foreseen(obstacle=obstacles[0])
    return Foreseen(text=joined(aimed_text(found), changed_elsewhere(found, engine), by=". "))


def _replaced_text(click: Click, image: bpy.types.Image, objects: Sequence[bpy.types.Object]) -> str:
    """Return of which objects, and in which materials, an image would be replaced."""
    try:
        nodes = nodes_using(image, objects, click.scope, may_be_others=False)
    except PlacementImpossible:
        return ""
    trees = {node.tree.session_uid for node in nodes}
    names: list[str] = []
    for obj in objects:
        mine = [material for material in materials_of(obj) if material.session_uid in trees]
        names += [phrase("{obj} ({material})", obj=obj.name, material=material.name) for material in mine]
    return phrase("On {names}", names=listed(names)) if names else ""


def find(job: Job) -> Show:
    """Find the remaining targets."""
    target = target_of(job, Surfaces)
    if target.objects:
        engine = _engine(job)
        objects, gone = find_textures(target.objects, engine)

        def show_on_objects(images: Sequence[bpy.types.Image]) -> Shown:
            text, replaced = apply_texture(objects, images[0], engine)
            return Shown(text=joined(text, *gone, by=". "), replaced=replaced)

        return show_on_objects
    uses, gone, replaced = find_uses(target, find_source(job))

    # The artist chose “Everywhere”, so there is nothing to tell.
    elsewhere = "" if target.scope is EditScope.EVERYWHERE else elsewhere_of(uses)

    def show_in_uses(images: Sequence[bpy.types.Image]) -> Shown:
        return Shown(text=joined(show_in(uses, images[0]), elsewhere, *gone, by=". "), replaced=replaced)

    return show_in_uses


def _nodes_of_editor(
    context: bpy.types.Context, image: bpy.types.Image, scope: EditScope
) -> tuple[NodeTarget, ...]:
    space = context.space_data
    if isinstance(space, bpy.types.SpaceNodeEditor) and scope is not EditScope.EVERYWHERE:
        nodes = nodes_of(space, image, scope)
    else:
        nodes = nodes_using(image, objects_meant(context), scope)
    if not nodes and not is_used(image):
        raise PlacementImpossible(phrase("No material uses “{image}”. Choose New Image.", image=image.name))
    if not nodes and scope is not EditScope.EVERYWHERE:
        raise PlacementImpossible(
            phrase("“{image}” is used, but not by a material. Choose Everywhere.", image=image.name)
        )
    return nodes


def objects_meant(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the artist's target objects: those in Edit Mode, else the selected ones; the active one first.

    Only visible ones: an object stays selected when its collection or the local view hides it.
    """
    active = context.view_layer.objects.active
    is_edited = active is not None and active.mode == "EDIT"
    meant: Any = (is_edited and context.objects_in_mode) or context.selected_objects
    return sorted(meant, key=lambda obj: obj != active)


def _meshes(context: bpy.types.Context) -> tuple[TextureTarget, ...]:
    objects = objects_meant(context)
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
            faces = None  # the whole object: with a second slot, the first one would have no faces
        slot = obj.active_material_index if obj.material_slots else -1
        target = TextureTarget(object=reference(obj), slot=slot, faces=faces)
        obstacle = obstacle_to_texture(obj, target, context.scene.render.engine)
        if obstacle:
            obstacles.append(obstacle)
        else:
            targets.append(target)
    if not targets:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacles[0]))
    return tuple(targets)


def _engine(job: Job) -> str:
    """Return the render engine of the click's scene, which decides which output of a material counts."""
    ref = job.placement.scene
    scene = find_datablock(ref, bpy.data.scenes) if ref is not None else None
    return (scene or bpy.data.scenes[0]).render.engine
