# SPDX-License-Identifier: GPL-3.0-or-later
"""A material of a picture and its maps, with the usual nodes, at the texture's real size.

Earlier materials stay in the file. If the object already has a material made here, it is updated instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import bpy

from ...imaging.tiling.settings import BASE_COLOR, Map
from ...jobs.job import Job
from ...jobs.targets import MaterialSet, TextureTarget
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.lineage import keep_for_good, original_of
from ..notes import text_note
from ..pictures.colours import set_colour_space
from ..refs import find as find_datablock, find_image, obstacle_to_editing, reference
from . import faces, real_size
from .elsewhere import listed
from .own_links import link_again, links_of_artist
from .repetition import hide_repetition
from .surfaces import objects_meant
from .texture_maps import ANY_NODE, MADE_KEY, read_normals
from .way import Show, Shown, target_of

BASE_KEY: Final = "easel_base"
"""Custom property of a material that was made here."""
_SIZE_NODE: Final = "Easel Real Size"
"""Name of the Mapping node, to find it again."""
_COLUMN, _ROW = 300.0, 280.0  # node editor units
_STRETCHED: Final = 1.5
"""A size ratio between places that is visible as stretching."""
_BLEND: Final = 0.2  # of box projection
_ORDER: Final = (BASE_COLOR, Map.METALLIC.value, Map.ROUGHNESS.value, Map.NORMAL.value, Map.HEIGHT.value)
_LABELS: Final[Mapping[str, str]] = {
    BASE_COLOR: "Base Color",
    Map.METALLIC.value: "Metallic",
    Map.ROUGHNESS.value: "Roughness",
    Map.NORMAL.value: "Normal",
    Map.HEIGHT.value: "Height",
}


@dataclass(kw_only=True)
class _Parts:
    """The images of a material."""

    base: bpy.types.Image
    maps: dict[str, bpy.types.Image] = field(default_factory=dict[str, bpy.types.Image])


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """How a texture fits an object."""

    scale: tuple[float, float, float]
    is_box: bool
    repeats: tuple[float, float]
    """The number of repeats across the object, and up."""
    notes: tuple[str, ...] = ()


def obstacle(obj: bpy.types.Object) -> str:
    """Return why an object can't get a material; empty if it can."""
    if obj.type != "MESH":
        return phrase("{obj} is not a mesh", obj=obj.name)
    if obj.library is not None:
        return obstacle_to_editing(obj)
    if not faces.face_count(obj.data):
        return phrase("{obj} has no faces", obj=obj.name)
    return obstacle_to_editing(obj.data)


def is_made_here(material: bpy.types.Material) -> bool:
    """Return whether a material was made here. For `draw`."""
    return bool(text_note(material, BASE_KEY))


def plan_objects(context: bpy.types.Context, slots: str) -> tuple[TextureTarget, ...]:
    """Choose the meshes that get a material: the selected ones, in Edit Mode their selected faces.

    Args:
        slots: ACTIVE, the active slot of each; ALL; or NEW, one more.

    Raises:
        PlacementImpossible: none can get one.
    """
    objects = objects_meant(context)
    if not objects:
        raise PlacementImpossible(
            phrase("Nothing is selected: select the mesh objects that get the material.")
        )
    targets: list[TextureTarget] = []
    why = ""
    for obj in objects:
        if problem := obstacle(obj):
            why = why or problem
            continue
        chosen = faces.selected_faces(obj) if obj.mode == "EDIT" else None
        if obj.mode == "EDIT" and chosen is None:
            why = why or phrase("No face of {obj} is selected: select some, or leave Edit Mode", obj=obj.name)
            continue
        if chosen is not None and len(obj.material_slots) <= 1 and faces.are_all_selected(obj):
            chosen = None
        count = len(obj.material_slots)
        numbers = range(count) if slots == "ALL" and count else (obj.active_material_index,)
        for number in numbers:
            slot = number if count and slots != "NEW" else -1
            targets.append(TextureTarget(object=reference(obj), slot=slot, faces=chosen))
    if not targets:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=why))
    return tuple(targets)


def find(job: Job) -> Show:
    """Find the objects again, and the picture."""
    target = target_of(job, MaterialSet)

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        made = {job.part_of(result.index): image for result, image in zip(job.results, images, strict=True)}
        width, height = next(((one.width, one.height) for one in job.results), (1, 1))
        return Shown(text=build(target, made, height / width))

    _found(target)
    if BASE_COLOR not in {job.part_of(result.index) for result in job.results}:
        _picture(target)
    return show


def build(target: MaterialSet, made: Mapping[str, bpy.types.Image], aspect: float | None = None) -> str:
    """Give the objects their material. Returns what was done.

    Args:
        made: new parts, which replace those that the target names.
        aspect: of the picture, height ÷ width; None: Blender reads it, by decoding the picture.

    Raises:
        PlacementImpossible: nothing was changed.
    """
    objects = _found(target)
    maps = {part: image for part, ref in target.maps if (image := find_image(ref)) is not None}
    maps |= {part: image for part, image in made.items() if part != BASE_COLOR}
    parts = _Parts(base=made.get(BASE_COLOR) or _picture(target), maps=maps)
    if aspect is None:
        width, height = parts.base.size
        aspect = height / width if width and height else 1.0
    done: dict[tuple[Any, ...], bpy.types.Material] = {}
    notes: dict[str, None] = {}
    repeats: dict[tuple[float, float], None] = {}
    for obj, slot in objects:
        fit = _fit(obj, aspect, target)
        repeats[fit.repeats] = None
        notes |= dict.fromkeys(fit.notes)
        key = (fit.is_box, *(round(value, 3) for value in fit.scale))
        material = done.get(key)
        if material is None:
            material = _mine(obj, slot, target) or _new_material(target.name)
            notes |= dict.fromkeys(_fill(material, parts, fit, target))
            done[key] = material
        _give(obj, slot, material)
    names = listed([material.name for material in done.values()])
    on = listed([obj.name for obj, _slot in objects])
    text = phrase("{material} on {objects}, {size:.2f} m wide", material=names, objects=on, size=target.size)
    if len(repeats) == 1:
        ((across, up),) = repeats
        text = joined(text, phrase("repeats {across:.1f} × {up:.1f} times", across=across, up=up), by=", ")
    return joined(text, *notes, by=". ")


def _found(target: MaterialSet) -> list[tuple[bpy.types.Object, TextureTarget]]:
    found: list[tuple[bpy.types.Object, TextureTarget]] = []
    why = phrase("Its object is gone")
    for slot in target.objects:
        obj = find_datablock(slot.object, bpy.data.objects)
        if obj is None:
            continue
        if problem := obstacle(obj):
            why = problem
            continue
        if slot.faces is not None and slot.faces.face_count != faces.face_count(obj.data):
            why = phrase("The faces of {obj} changed since they were selected", obj=obj.name)
            continue
        found.append((obj, slot))
    if not found:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=why))
    return found


def _picture(target: MaterialSet) -> bpy.types.Image:
    image = find_image(target.base)
    if image is None:
        raise PlacementImpossible(phrase("The image “{image}” is gone.", image=target.base.name))
    return image


def _fit(obj: bpy.types.Object, aspect: float, target: MaterialSet) -> _Fit:
    """Return how often the texture repeats on an object."""
    tall = target.size * aspect
    density = real_size.density(obj) if target.mapping == "UV" else None
    if density is None:
        size = [abs(value) for value in obj.matrix_world.to_scale()]
        wide = target.size
        notes = (
            [phrase("{obj} has no UVs: projected from its sides", obj=obj.name)]
            if target.mapping == "UV"
            else []
        )
        if abs(tall - wide) > 0.01 * wide:
            notes.append(phrase("From above and below, a picture that is not square looks stretched"))
        sides = obj.dimensions
        return _Fit(
            scale=(size[0] / wide, size[1] / wide, size[2] / tall),
            is_box=True,
            repeats=(max(sides[0], sides[1]) / wide, sides[2] / tall),
            notes=tuple(notes),
        )
    told: tuple[str, ...] = ()
    if density.stretch > _STRETCHED:
        told = (
            phrase(
                "The UVs of {obj} are stretched: the texture is up to {times:.1f} × larger on some faces. "
                "Choose Box, or unwrap it anew",
                obj=obj.name,
                times=density.stretch,
            ),
        )
    across, up = density.per_u / target.size, density.per_v / tall
    return _Fit(
        scale=(across, up, 1.0),
        is_box=False,
        repeats=(across * density.extent[0], up * density.extent[1]),
        notes=told,
    )


def _mine(obj: bpy.types.Object, slot: TextureTarget, target: MaterialSet) -> bpy.types.Material | None:
    """Return the object's material of the same texture, if no other object uses it."""
    if slot.faces is not None or not 0 <= slot.slot < len(obj.material_slots):
        return None
    material = obj.material_slots[slot.slot].material
    if material is None or not is_made_here(material) or material.users > 1:
        return None
    shown, base = _base_of(material), find_image(target.base)
    if shown is None or base is None or (original_of(shown) or shown) != (original_of(base) or base):
        return None  # of another texture
    return None if obstacle_to_editing(material) else material


def _made(node: Any) -> str:
    value = node.get(MADE_KEY)
    return value if isinstance(value, str) else ""


def _base_of(material: bpy.types.Material) -> bpy.types.Image | None:
    """Return the picture that one of these materials shows now."""
    nodes: Any = material.node_tree.nodes if material.node_tree is not None else ()
    return next((node.image for node in nodes if _made(node) == BASE_COLOR), None)


def _new_material(name: str) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True  # before Blender 5.0 only
    material.node_tree.nodes.clear()
    return material


def _give(obj: bpy.types.Object, slot: TextureTarget, material: bpy.types.Material) -> None:
    mesh = obj.data
    if slot.faces is None and 0 <= slot.slot < len(obj.material_slots):
        entry = obj.material_slots[slot.slot]
        before = entry.material
        entry.material = material
        if before is not None and before != material and before.users == 0 and before.library is None:
            before.use_fake_user = True  # the earlier material stays in the file
        return
    if slot.faces is not None and not obj.material_slots:
        mesh.materials.append(None)  # so that the other faces keep their look: no material
    mesh.materials.append(material)
    if slot.faces is not None:
        faces.assign_slot(mesh, slot.faces, len(mesh.materials) - 1)


def _fill(material: bpy.types.Material, parts: _Parts, fit: _Fit, target: MaterialSet) -> list[str]:
    """Make a material's nodes again, and keep the artist's own nodes and links.

    Returns texts for the artist.
    """
    material[BASE_KEY] = parts.base.name
    tree: Any = material.node_tree
    own_links = links_of_artist(tree, _made)
    for node in [node for node in tree.nodes if _made(node)]:
        tree.nodes.remove(node)
    theirs = {node.name for node in tree.nodes}
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    shader = _left_of(tree.nodes.new("ShaderNodeBsdfPrincipled"), output)
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    mapping: Any = tree.nodes.new("ShaderNodeMapping")
    mapping.name, mapping.label = _SIZE_NODE, phrase("{size:g} m wide", size=round(target.size, 4))
    mapping.inputs["Scale"].default_value = fit.scale
    tree.links.new(coordinates.outputs["Object" if fit.is_box else "UV"], mapping.inputs["Vector"])
    vector = mapping.outputs["Vector"]
    column = shader.location.x - 2 * _COLUMN
    if target.hides_repetition:
        hidden = hide_repetition(tree)
        hidden.location = (column - _COLUMN, 0)
        tree.links.new(vector, hidden.inputs["Vector"])
        vector = hidden.outputs["Vector"]
    shift = 2 if target.hides_repetition else 1
    mapping.location = (column - shift * _COLUMN, 0)
    coordinates.location = (column - (shift + 0.7) * _COLUMN, 0)
    textures = _textures(tree, parts, fit, vector, column)
    notes = _link(tree, shader, output, textures, fit, target)
    if target.height_as == "DISPLACEMENT" and Map.HEIGHT.value in textures:
        material.displacement_method = "BOTH"
    for node in tree.nodes:
        if node.name not in theirs:
            node[MADE_KEY] = next((part for part, one in textures.items() if one == node), ANY_NODE)
    link_again(tree, own_links, _made)
    output.is_active_output = True
    tree.nodes.active = textures[BASE_COLOR]  # the one that Solid view and texture painting show
    return notes


def _textures(
    tree: Any, parts: _Parts, fit: _Fit, vector: bpy.types.NodeSocket, column: float
) -> dict[str, Any]:
    """Add an Image Texture node for each part that the material can use."""
    nodes: dict[str, Any] = {}
    images = {BASE_COLOR: parts.base, **parts.maps}
    for row, part in enumerate(part for part in _ORDER if part in images):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image, node.label = images[part], _LABELS[part]
        node.location = (column, _ROW - row * _ROW)
        if part != BASE_COLOR:
            set_colour_space(images[part], "Non-Color")
        if fit.is_box:
            node.projection, node.projection_blend = "BOX", _BLEND
        tree.links.new(vector, node.inputs["Vector"])
        nodes[part] = node
        keep_for_good(images[part])
    return nodes


def _link(
    tree: Any, shader: Any, output: Any, nodes: Mapping[str, Any], fit: _Fit, target: MaterialSet
) -> list[str]:
    """Link the images to the shader. Returns texts for the artist."""
    notes: list[str] = []
    tree.links.new(nodes[BASE_COLOR].outputs["Color"], shader.inputs["Base Color"])
    for part, socket in ((Map.METALLIC, "Metallic"), (Map.ROUGHNESS, "Roughness")):
        if part.value in nodes:
            tree.links.new(nodes[part.value].outputs["Color"], shader.inputs[socket])
    height, normal = nodes.get(Map.HEIGHT.value), nodes.get(Map.NORMAL.value)
    middle = shader.location.x - _COLUMN
    is_displaced = height is not None and target.height_as == "DISPLACEMENT"
    if is_displaced:
        displacement = tree.nodes.new("ShaderNodeDisplacement")
        displacement.location = (middle, -4 * _ROW)
        displacement.inputs["Scale"].default_value = target.depth * target.size
        displacement.inputs["Midlevel"].default_value = 0.5
        tree.links.new(height.outputs["Color"], displacement.inputs["Height"])
        tree.links.new(displacement.outputs["Displacement"], output.inputs["Displacement"])
    if normal is not None and fit.is_box and height is not None:
        notes.append(phrase("Projected from the sides, the height is used for bumps, not the normal map"))
        normal = None
    if normal is not None:
        between = tree.nodes.new("ShaderNodeNormalMap")
        between.location = (middle, -2 * _ROW)
        read_normals(tree, normal, between)
        tree.links.new(between.outputs["Normal"], shader.inputs["Normal"])
        if fit.is_box:
            notes.append(phrase("Projected from the sides, a normal map is right on some sides only"))
    elif height is not None and not is_displaced:
        bump = tree.nodes.new("ShaderNodeBump")
        bump.location = (middle, -2 * _ROW)
        bump.inputs["Distance"].default_value = target.depth * target.size
        tree.links.new(height.outputs["Color"], bump.inputs["Height"])
        tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return notes


def _left_of(node: Any, other: Any) -> Any:
    node.location = (other.location.x - _COLUMN, other.location.y)
    return node
