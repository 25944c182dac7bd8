# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesh objects that get an image as their base colour: check them, find them again, change them."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...jobs.targets import TextureTarget
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..pictures.colours import read_like
from ..refs import find, obstacle_to_editing
from . import faces, materials, uvs
from .elsewhere import elsewhere_text, listed
from .images import keep

FoundTarget = tuple[bpy.types.Object, TextureTarget]


def obstacle_to_texture(obj: bpy.types.Object, target: TextureTarget, engine: str) -> str:
    """Return why an object can't get a texture, and what to do; empty if it can.

    Only changed datablocks must be local: an existing material of a linked mesh can be, for instance.

    Args:
        engine: `RenderSettings.engine` of the artist's scene, which decides which output of a material
            counts.
    """
    if obj.type != "MESH":
        return phrase("{obj} is not a mesh", obj=obj.name)
    if obj.library is not None:
        return obstacle_to_editing(obj)
    mesh = obj.data
    count = faces.face_count(mesh)
    if not count:
        return phrase("{obj} has no faces", obj=obj.name)
    if target.faces is not None and target.faces.face_count != count:
        return phrase("The faces of {obj} changed since they were selected", obj=obj.name)
    slot = _slot(obj, target) if target.faces is None else None
    material = slot.material if slot is not None else None
    if material is not None and (obstacle := materials.obstacle_to_colouring(material, engine)):
        return obstacle
    if slot is None or not mesh.uv_layers:
        return obstacle_to_editing(mesh)
    if material is not None:
        return obstacle_to_editing(material)
    return obstacle_to_editing(obj if slot.link == "OBJECT" else mesh)


def find_textures(targets: Sequence[TextureTarget], engine: str) -> tuple[list[FoundTarget], list[str]]:
    """Find the objects again; the texts say which are gone or can no longer be changed.

    Raises:
        PlacementImpossible: none can be used.
    """
    found: list[FoundTarget] = []
    gone: list[str] = []
    for target in targets:
        obj = find(target.object, bpy.data.objects)
        obstacle = (
            obstacle_to_texture(obj, target, engine)
            if obj is not None
            else phrase("{object} is gone", object=target.object.name)
        )
        if obj is None or obstacle:
            gone.append(obstacle)
        else:
            found.append((obj, target))
    if not found:
        raise PlacementImpossible(joined(*gone, phrase("Place the image manually."), by=". "))
    return found, gone


def apply_texture(
    targets: Sequence[FoundTarget], image: bpy.types.Image, engine: str
) -> tuple[str, bpy.types.Image | None]:
    """Make an image the base colour of the targets. Replaced images stay in the file.

    Returns:
        what was done, and the first image that was replaced.
    """
    replaced: bpy.types.Image | None = None
    new_material: bpy.types.Material | None = None
    shown_in: set[int] = set()
    for obj, target in targets:
        uvs.ensure_uvs(obj.data)
        material = None if target.faces is not None else _material(obj, target)
        if material is None:
            new_material = new_material or materials.new_material(image.name)
            material = new_material
            _give_material(obj, target, material)
        if material.session_uid not in shown_in:
            shown_in.add(material.session_uid)
            before = materials.show_as_base_colour(material, image, engine)
            if before is not None:
                read_like(image, before)
                keep(before)
                replaced = replaced or before
    text = joined(coloured_text(targets), changed_elsewhere(targets, engine), by=". ")
    return text, replaced


def coloured_text(targets: Sequence[FoundTarget]) -> str:
    """Return the text of which objects have, or get, a base colour."""
    names = [
        phrase("the selected faces of {obj}", obj=obj.name) if target.faces else obj.name
        for obj, target in targets
    ]
    return phrase("Base colour of {names}", names=listed(names))


def aimed_text(targets: Sequence[FoundTarget]) -> str:
    """Return a text for before the click: which objects' base colour changes, in which material."""
    names: list[str] = []
    for obj, target in targets:
        material = _material(obj, target)
        if target.faces:
            names.append(phrase("the selected faces of {obj}", obj=obj.name))
        elif material is None:
            names.append(phrase("{obj} (new material)", obj=obj.name))
        else:
            names.append(phrase("{obj} ({material})", obj=obj.name, material=material.name))
    return phrase("Base colour of {names}", names=listed(names))


def changed_elsewhere(targets: Sequence[FoundTarget], engine: str) -> str:
    """Return what else shows the base colour of the targets; empty if nothing does."""
    found = (_material(obj, target) for obj, target in targets if target.faces is None)
    changed = list(dict.fromkeys(material for material in found if material is not None))
    groups = (materials.group_of_colour(material, engine) for material in changed)
    return elsewhere_text(changed, [group for group in groups if group], known=[obj for obj, _ in targets])


def _slot(obj: bpy.types.Object, target: TextureTarget) -> bpy.types.MaterialSlot | None:
    """Return the chosen slot, else (slots were removed or added since) the active one."""
    slots = obj.material_slots
    if not slots:
        return None
    is_there = 0 <= target.slot < len(slots)
    return slots[target.slot] if is_there else slots[obj.active_material_index or 0]


def _material(obj: bpy.types.Object, target: TextureTarget) -> bpy.types.Material | None:
    slot = _slot(obj, target)
    return slot.material if slot is not None else None


def _give_material(obj: bpy.types.Object, target: TextureTarget, material: bpy.types.Material) -> None:
    slot = _slot(obj, target)
    if target.faces is None and slot is not None:
        slot.material = material
        return
    mesh = obj.data
    if target.faces is not None and slot is None:
        mesh.materials.append(None)  # so that the other faces keep their look: no material
    mesh.materials.append(material)
    if target.faces is not None:
        faces.assign_slot(mesh, target.faces, len(mesh.materials) - 1)
