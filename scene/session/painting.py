# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that are painted from one sheet of their views: read, and projected back. Main thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import bpy

from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import ModelViews, PaintedModel, Placement, PlacementKind, TextureTarget
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from ..language import said
from ..models.bring import layer_of
from ..models.evaluated import obstacle_to_reading, read_piece
from ..pictures.shading import surface_of
from ..pictures.textures import uses_nodes
from ..placement.poses import find_scene
from ..placement.texture_targets import obstacle_to_texture
from ..refs import find as find_datablock, reference
from ..sources import never_upload
from . import at_service, session, works

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...imaging.surface.pieces import Piece
    from ...jobs.job import Job

MOST_TEXTURES = 16


@dataclass
class _Kept:
    """Meshes as they were at the click, by their stamp, until the answer is there."""

    pieces: dict[int, list[Piece]] = field(default_factory=dict[int, "list[Piece]"])


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is to be painted."""

    pieces: list[Piece]
    surfaces: tuple[TextureTarget, ...]
    stamp: int


def problem(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> str:
    """Say why objects can't be painted from views, and what to do; empty where they can. For `draw`."""
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
    """Read objects as a scene shows them, and count their textures: one for each material.

    Raises:
        Refusal: one can't be painted, or there are too many materials.
    """
    for some in (objects, *([obj] for obj in objects)):  # all of them: for `draw` a few are enough
        if found := problem(scene, some):
            raise Refusal(phrase("{problem}.", problem=found))
    for obj in objects:
        if found := never_upload.refusal_of_object(obj):
            raise Refusal(found)
    surfaces: list[TextureTarget] = []
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
        pieces.append(read_piece(obj, depsgraph, parts))
    used = _used(pieces)
    if len(used) > MOST_TEXTURES:
        raise Refusal(
            phrase("{count} materials are too many at once: {most}.", count=len(used), most=MOST_TEXTURES)
        )
    return _of_used(pieces, surfaces, used)


def _obstacle_to_projecting(
    material: bpy.types.Material, obj: bpy.types.Object, scene: bpy.types.Scene
) -> str:
    """Say why a new texture would not lie in a material as the object's UVs say; empty where it would."""
    if not uses_nodes(material) or material.node_tree is None:
        return ""
    colour = surface_of(material.node_tree, scene.render.engine).colour
    node: Any = colour.texture if colour is not None else None
    if node is None:
        return ""
    if node.image is not None and node.image.source == "TILED":
        return phrase(
            "{material} has UDIM tiles, which can't be painted from views yet", material=material.name
        )
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
    """List the parts that some face has."""
    import numpy as np

    found: set[int] = set()
    for piece in pieces:
        found.update(piece.parts[slot] for slot in np.unique(np.clip(piece.slots, 0, len(piece.parts) - 1)))
    return sorted(found)


def _of_used(pieces: Sequence[Piece], surfaces: Sequence[TextureTarget], used: Sequence[int]) -> Model:
    """Count only the textures that some face has."""
    from ...imaging.surface.pieces import ELSEWHERE

    numbers = {part: number for number, part in enumerate(used)}
    counted = [
        replace(piece, parts=tuple(numbers.get(part, ELSEWHERE) for part in piece.parts)) for piece in pieces
    ]
    stamp = hash(tuple(piece.stamp() for piece in counted)) & 0x7FFFFFFF
    return Model(pieces=counted, surfaces=tuple(surfaces[part] for part in used), stamp=stamp)


def keep(model: Model) -> None:
    """Keep a mesh as it is now, for the answer: those of the last four clicks."""
    kept = live.part(_Kept).pieces
    kept[model.stamp] = model.pieces
    while len(kept) > 4:
        kept.pop(next(iter(kept)))


def project(job: Job) -> None:
    """Begin to project the views of an edited sheet onto its model; its textures are placed afterwards.

    The mesh is as it was at the click where that is still known. Else it is as it is now, and it is told
    where it has changed.

    Raises:
        Refusal: an object is gone, or can't be read.
    """
    target = job.placement.target
    if not isinstance(target, ModelViews) or not job.results:
        raise Refusal(phrase("This job has no sheet of a model's views."))
    works.require_none_of(job, phrase("Painting the model"))
    objects: list[Any] = []
    for ref in target.objects:
        obj = find_datablock(ref, bpy.data.objects)
        if obj is None:
            raise Refusal(phrase("“{obj}” is gone. The sheet is in the library.", obj=ref.name))
        objects.append(obj)
    pieces, told = live.part(_Kept).pieces.get(target.stamp), ""
    if pieces is None:
        scene = find_scene(job)
        layer = layer_of(scene)
        if layer.depsgraph is None:
            layer.update()
        model = read(scene, layer.depsgraph, objects)
        if len(model.surfaces) != len(target.surfaces):
            raise Refusal(phrase("The materials have changed since. The sheet is in the library."))
        pieces = model.pieces
        told = phrase("The model has changed since") if model.stamp != target.stamp else ""
    names = tuple(f"{_name_of(surface)}_Painted" for surface in target.surfaces)
    title = said("Painted: {title}", title=job.request.title)
    request = local_edit(
        objects[0].name, base_of(objects[0].name), title, TilingWork(), holds_data=False, alpha_mode=""
    )
    placement = Placement(kind=PlacementKind.PAINTED_MODEL, target=PaintedModel(surfaces=target.surfaces))
    placement = works.placed_here(placement, job)
    work = session.engine().workshop.paint_model(
        request.of_names(names),
        placement,
        pieces,
        job.results_to_place[0].path,
        target,
        told,
    )
    works.note_object(work, phrase("Painting the model"), of_job=job.id, done=phrase("Painted"))


def _name_of(surface: TextureTarget) -> str:
    obj = find_datablock(surface.object, bpy.data.objects)
    slots: Any = obj.material_slots if obj is not None else ()
    material = slots[surface.slot].material if 0 <= surface.slot < len(slots) else None
    return base_of(material.name if material is not None else surface.object.name)
