# SPDX-License-Identifier: GPL-3.0-or-later
"""A textured model comes back to its object: as a material if its mesh is the same, or else as a copy.

The object's former state is kept with it, one click away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Vector

from ...imaging.model_contents import ModelContents
from ...imaging.surface.matches import Kind, Match
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import obstacle_to_editing
from .bring import BroughtModel, Making, bring_model
from .importing import imported
from .maps import settle_textures
from .surfaces import bounds_of

UV_MAP: Final = "Easel"
_MOST_UV_MAPS: Final = 8
"""That a mesh of Blender's has."""


def take_in(
    obj: Any,
    path: Path,
    match: Match,
    *,
    scene: bpy.types.Scene,
    name: str,
    uv_map: str,
    pack: bool,
    making: Making,
    contents: ModelContents | None = None,
) -> BroughtModel:
    """Give an object the textures of a model that was made of it. The caller is the one undo step.

    Args:
        match: how the model's mesh fits the object's, as it is now.
        uv_map: name of the UV map that was sent.

    Raises:
        PlacementImpossible: nothing was changed.
        ModelDamaged, OSError
    """
    if problem := obstacle_to_editing(obj) or obstacle_to_editing(obj.data):
        raise PlacementImpossible(problem)
    if obj.mode == "EDIT":
        raise PlacementImpossible(phrase("Leave the mode that “{name}” is in first.", name=obj.name))
    has_room = len(obj.data.uv_layers) < _MOST_UV_MAPS
    if match.kind is Kind.NOTHING or (match.kind is Kind.SHAPE and not has_room):
        return _put_beside(obj, path, match, scene, name, pack=pack, making=making, contents=contents)
    with imported(path) as brought:
        parts = [it for it in brought.new("objects") if it.type == "MESH" and len(it.data.polygons)]
        materials = [slot.material for slot in parts[0].material_slots] if len(parts) == 1 else []
        if len(materials) != 1 or materials[0] is None:
            text = phrase("“{name}” has no material of its own. Place it as a model.", name=path.name)
            raise PlacementImpossible(text)
        material, mesh = materials[0], parts[0].data
        pictures = contents.pictures if contents is not None else ()
        notes = settle_textures(mesh, brought, name, pack=pack, pictures=pictures)
        images = [node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]
        kept = {material.session_uid, *(image.session_uid for image in images if image is not None)}
        kept |= {group.session_uid for group in brought.new("node_groups") if group.users > 0}
        if match.kind is Kind.SHAPE and match.uvs is not None:
            uv_map = _add_uv_map(obj.data, match.uvs)
            notes.insert(0, phrase("It has a new UV map, “{name}”", name=uv_map))
        if len(obj.data.uv_layers) > 1:
            _name_uv_map(material, uv_map)
        _put_on(obj, material, making)
        brought.remove_all_but(kept)
    text = phrase("“{object}” has the material “{material}”", object=obj.name, material=material.name)
    return BroughtModel(object=obj.name, faces=len(obj.data.polygons), text=joined(text, *notes, by=". "))


def revert(obj: Any) -> str:
    """Give an object its former state back; the next time, the textures again.

    Returns a report. Raises PlacementImpossible.
    """
    noted: Any = obj.easel_textured
    if noted.copy_of is not None:
        original = noted.copy_of
        if problem := obstacle_to_editing(original):
            raise PlacementImpossible(problem)
        is_hidden = original.hide_render
        _hide(original, is_hidden=not is_hidden)
        _hide(obj, is_hidden=is_hidden)
        return phrase("“{name}” is shown", name=original.name if is_hidden else obj.name)
    now = [(slot.link, slot.material) for slot in obj.material_slots]
    for slot, before in zip(obj.material_slots, noted.slots, strict=False):
        slot.link = before.link
        slot.material = before.material
    _note_slots(noted, now)
    noted.is_reverted = not noted.is_reverted
    if noted.is_reverted:
        return phrase("“{name}” has its own materials again", name=obj.name)
    return phrase("“{name}” has the new textures again", name=obj.name)


def _put_on(obj: Any, material: bpy.types.Material, making: Making) -> None:
    """Give all of an object's slots a material, and note the former ones."""
    noted: Any = obj.easel_textured
    if not obj.material_slots:
        obj.data.materials.append(None)
    before = [(slot.link, slot.material) for slot in obj.material_slots]
    if not (noted.job_id and not noted.is_reverted and noted.copy_of is None):
        _note_slots(noted, before)  # otherwise the artist's own slots are noted
    for slot in obj.material_slots:
        slot.link = "OBJECT"  # other objects with the mesh keep theirs
        slot.material = material
    material.use_fake_user = True
    noted.job_id, noted.engine, noted.picture = making.job_id, making.engine, _picture(making)
    noted.is_reverted, noted.copy_of = False, None


def _note_slots(noted: Any, slots: list[tuple[str, Any]]) -> None:
    noted.slots.clear()
    for link, material in slots:
        entry = noted.slots.add()
        entry.link, entry.material = link, material
        if material is not None and material.library is None:
            material.use_fake_user = True  # a pointer alone keeps nothing


def _picture(making: Making) -> Any:
    from ..refs import find_image

    return find_image(making.picture) if making.picture is not None else None


def _put_beside(
    obj: Any,
    path: Path,
    match: Match,
    scene: bpy.types.Scene,
    name: str,
    *,
    pack: bool,
    making: Making,
    contents: ModelContents | None,
) -> BroughtModel:
    """Bring in the model as an object that replaces the one that was sent, which is hidden."""
    place, height = bounds_of(obj)
    brought = bring_model(
        path,
        scene=scene,
        name=name,
        height=height or 1.0,
        location=place.translation,
        turn=match.turn,
        pack=pack,
        making=making,
        contents=contents,
    )
    made: Any = bpy.data.objects[brought.object]
    noted = made.easel_textured
    noted.job_id, noted.engine, noted.picture = making.job_id, making.engine, _picture(making)
    noted.copy_of = obj
    _hide(obj, is_hidden=True)
    text = phrase("Its mesh is different: it stands in place of “{name}”, which is hidden", name=obj.name)
    return BroughtModel(object=brought.object, faces=brought.faces, text=joined(text, brought.text, by=". "))


def _hide(obj: Any, *, is_hidden: bool) -> None:
    obj.hide_render = is_hidden
    for scene in obj.users_scene:
        for layer in scene.view_layers:
            if obj.name in layer.objects:
                obj.hide_set(is_hidden, view_layer=layer)


def _add_uv_map(mesh: bpy.types.Mesh, uvs: Any) -> str:
    layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
    name: str = layer.name
    mesh.attributes[name].data.foreach_set("vector", uvs.ravel())
    mesh.update()
    return name


def _name_uv_map(material: bpy.types.Material, uv_map: str) -> None:
    """Have a material's textures go by a UV map, whichever of the mesh is the active one."""
    tree = material.node_tree
    textures = [
        node for node in tree.nodes if node.type == "TEX_IMAGE" and not node.inputs["Vector"].is_linked
    ]
    if not textures or not uv_map:
        return
    node: Any = tree.nodes.new("ShaderNodeUVMap")
    node.uv_map = uv_map
    node.location = Vector((min(it.location.x for it in textures) - 240, textures[0].location.y))
    for texture in textures:
        tree.links.new(texture.inputs["Vector"], node.outputs["UV"])
    for normal in tree.nodes:
        if normal.type == "NORMAL_MAP":
            normal.uv_map = uv_map
