# SPDX-License-Identifier: GPL-3.0-or-later
"""Read objects that will be painted from views, with their textures, at a click. Main thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...jobs.targets import ShownTexture, TextureTarget
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..models.evaluated import obstacle_to_reading, read_piece
from ..models.surfaces import size_of
from ..pictures.shading import surface_of
from ..pictures.textures import uses_nodes
from ..pictures.tiles import numbers_of
from ..placement.texture_targets import obstacle_to_texture
from ..refs import reference
from ..sources import never_upload
from . import at_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    import bpy

    from ...imaging.surface.pieces import Piece

MOST_TEXTURES = 16


@dataclass(frozen=True, kw_only=True)
class Model:
    """The objects to paint."""

    pieces: list[Piece]
    """Their parts are indices of surfaces."""
    surfaces: tuple[TextureTarget, ...]
    """One per material."""
    shown: tuple[ShownTexture, ...]
    """Their current base colour images; for a UDIM image, the tiles that the mesh uses."""
    stamp: int


def problem(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> str:
    """Return why objects can't be painted from views, and the remedy; empty if they can. For `draw`."""
    if not objects:
        return phrase("Select the mesh objects to paint")
    for obj in objects[:MOST_TEXTURES]:
        if found := obstacle_to_reading(obj):
            return found
        target = TextureTarget(object=reference(obj), slot=obj.active_material_index)
        if found := obstacle_to_texture(obj, target, scene.render.engine):
            return found
    return at_service.views_problem(objects)


def read(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, objects: Sequence[bpy.types.Object]
) -> Model:
    """Read objects as a scene shows them, and number their textures: one per material.

    Raises:
        Refusal: an object can't be painted or is not unwrapped, or there are too many materials or triangles.
    """
    for some in (objects, *([obj] for obj in objects)):  # all of them; `draw` only checks a few
        if found := problem(scene, some):
            raise Refusal(phrase("{problem}.", problem=found))
    for obj in objects:
        if found := never_upload.refusal_of_object(obj):
            raise Refusal(found)
    from ...imaging.surface.mesh import nothing_on_texture, refuse_too_many

    refuse_too_many(sum(size_of(obj, depsgraph, has_modifiers=True).faces for obj in objects))
    surfaces: list[TextureTarget] = []
    images: list[bpy.types.Image | None] = []
    known: dict[int, int] = {}
    pieces: list[Piece] = []
    for obj in objects:
        parts: list[int] = []
        for slot in range(len(obj.material_slots)) if obj.material_slots else (-1,):
            material = obj.material_slots[slot].material if slot >= 0 else None
            if material is not None and material.session_uid in known:
                parts.append(known[material.session_uid])
                continue
            target = TextureTarget(object=reference(obj), slot=slot)
            if found := obstacle_to_texture(obj, target, scene.render.engine):
                raise Refusal(phrase("{problem}.", problem=found))
            if material is not None and (found := _obstacle_to_projecting(material, obj, scene)):
                raise Refusal(phrase("{problem}.", problem=found))
            parts.append(len(surfaces))
            if material is not None:
                known[material.session_uid] = len(surfaces)
            surfaces.append(target)
            images.append(image_of_material(material, scene.render.engine))
        piece = read_piece(obj, depsgraph, parts)
        if not piece.is_unwrapped:
            raise nothing_on_texture()
        pieces.append(piece)
    used = _used(pieces)
    if len(used) > MOST_TEXTURES:
        raise Refusal(
            phrase("{count} materials are too many at once: {most}.", count=len(used), most=MOST_TEXTURES)
        )
    return _of_used(pieces, surfaces, images, used)


def image_of_material(material: bpy.types.Material | None, engine: str) -> bpy.types.Image | None:
    """Return a material's base colour image, or None."""
    if material is None or not uses_nodes(material) or material.node_tree is None:
        return None
    colour = surface_of(material.node_tree, engine).colour
    node: Any = colour.texture if colour is not None else None
    return node.image if node is not None else None


def _obstacle_to_projecting(
    material: bpy.types.Material, obj: bpy.types.Object, scene: bpy.types.Scene
) -> str:
    """Return why a material would not place a new texture by the object's UVs; empty if it would."""
    if not uses_nodes(material) or material.node_tree is None:
        return ""
    colour = surface_of(material.node_tree, scene.render.engine).colour
    node: Any = colour.texture if colour is not None else None
    if node is None:
        return ""
    data: Any = obj.data
    rendered = next((layer.name for layer in data.uv_layers if layer.active_render), "")
    links = [link for link in node.inputs["Vector"].links if link.is_valid and not link.is_muted]
    is_plain = node.projection == "FLAT"
    for link in links:
        is_map = link.from_node.type == "UVMAP" and link.from_node.uv_map in ("", rendered)
        is_coordinate = link.from_node.type == "TEX_COORD" and link.from_socket.identifier == "UV"
        is_plain &= is_map or is_coordinate
    if is_plain:
        return ""
    return phrase(
        "{material} places its texture by nodes or another UV map: unlink the Vector of its Image Texture",
        material=material.name,
    )


def _used(pieces: Sequence[Piece]) -> list[int]:
    """Return the sorted parts that faces use."""
    import numpy as np

    found: set[int] = set()
    for piece in pieces:
        found.update(piece.parts[slot] for slot in np.unique(np.clip(piece.slots, 0, len(piece.parts) - 1)))
    return sorted(found)


def _of_used(
    pieces: Sequence[Piece],
    surfaces: Sequence[TextureTarget],
    images: Sequence[bpy.types.Image | None],
    used: Sequence[int],
) -> Model:
    """Return the model with only the used textures. Raises Refusal if an image lacks a used tile."""
    from ...imaging.surface.mesh import ELSEWHERE
    from ...imaging.surface.pieces import stamp_of

    numbers = {part: number for number, part in enumerate(used)}
    counted = [
        replace(piece, parts=tuple(numbers.get(part, ELSEWHERE) for part in piece.parts)) for piece in pieces
    ]
    shown: list[ShownTexture] = []
    for number, part in enumerate(used):
        image = images[part]
        if image is not None:
            ref = reference(image)
            shown += [
                ShownTexture(part=number, tile=tile, image=ref)
                for tile in (_tiles(image, counted, number) if image.source == "TILED" else (0,))
            ]
    return Model(
        pieces=counted,
        surfaces=tuple(surfaces[part] for part in used),
        shown=tuple(shown),
        stamp=stamp_of(counted),
    )


def _tiles(image: bpy.types.Image, pieces: Sequence[Piece], part: int) -> list[int]:
    """Return the tiles of an image that a surface uses. Raises Refusal if one is missing, or none is used."""
    from ...imaging.surface.mesh import nothing_on_texture
    from ...imaging.surface.pieces import tiles_used

    known, used = numbers_of(image), tiles_used(pieces, part)
    if not used:
        raise nothing_on_texture()
    for tile in used:
        if tile not in known:
            raise Refusal(
                phrase(
                    "“{image}” has no tile {tile}, on which a part of the model lies: add it in the Image"
                    " Editor.",
                    image=image.name,
                    tile=tile,
                )
            )
    return used
