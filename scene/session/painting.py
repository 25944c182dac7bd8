# SPDX-License-Identifier: GPL-3.0-or-later
"""Project sheets of a model's views back onto its textures. Main thread."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...imaging.snapshot import released_on_failure
from ...jobs.local_edit import LocalEdit, TilingWork, base_of, local_edit
from ...jobs.placement import Placement, TileTarget
from ...jobs.targets import ModelViews, PaintedModel, PaintRound, PlacementKind, Surfaces, TextureTarget
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from ..errors import SourceUnusable
from ..language import said
from ..models.bring import layer_of
from ..models.evaluated import read_piece
from ..models.surfaces import size_of
from ..placement.poses import find_scene
from ..refs import find as find_datablock, find_image
from ..sources.snapshots import snapshot
from . import arrivals, session, texture_sizes, works
from .model_reading import Model, read

if TYPE_CHECKING:
    from ...imaging.snapshot import PendingPixels, Snapshot
    from ...imaging.surface.pieces import Piece
    from ...jobs.job import Job
    from ...jobs.workshop import MadePart


_MOST_COMPARED: Final = 800_000
"""The most triangles to read again only to find changes: 20 ms."""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Options for projecting an answer again. Defaults are those of the click."""

    views: Mapping[int, float] = field(default_factory=dict[int, float])
    """Weights 0–1, by the views' numbers from 0."""
    is_even: bool = False
    """All views that see a place contribute to it."""
    takes_reframed: bool = False
    """Views that the model has re-framed are used at the place where they were sent."""
    size: int = 0
    is_deep: bool | None = None


@dataclass(kw_only=True)
class _Kept:
    """Meshes at the click, by their stamp, until the answer is here."""

    pieces: dict[int, list[Piece]] = field(default_factory=dict[int, "list[Piece]"])


def keep(model: Model) -> None:
    """Keep the current mesh for the answer. Only those of the last four clicks are kept."""
    kept = live.part(_Kept).pieces
    kept[model.stamp] = model.pieces
    while len(kept) > 4:
        kept.pop(next(iter(kept)))


def file_loaded() -> None:
    """React to another file: only keep meshes that wait for an answer; the file may be opened again."""
    kept, engine = live.part(_Kept).pieces, session.find_engine()
    jobs = engine.jobs() if engine is not None else []
    targets = [job.placement.target for job in jobs if not job.state.is_final]
    awaited = {target.stamp for target in targets if isinstance(target, ModelViews)}
    for stamp in kept.keys() - awaited:
        del kept[stamp]


def project(job: Job, weighed: Weighed | None = None) -> None:
    """Begin to project the views of an edited sheet onto its model. Its textures are placed later.

    It uses the mesh of the click if that is still known. Else it uses the current one, and says if that has
    changed.

    Args:
        job: of the sheet.
        weighed: options other than those of the click.

    Raises:
        Refusal: the objects are gone, or can't be read.
    """
    from ...imaging.surface.mesh import nothing_on_texture
    from ...jobs.views_work import Painting

    target = job.placement.target
    if not isinstance(target, ModelViews) or not job.results:
        raise Refusal(phrase("This job has no sheet of a model's views."))
    works.require_none_of(job, phrase("Painting the model"))
    weighed = weighed or Weighed()
    pieces, now, told = _pieces(job, target)
    keys = _keys(target)
    if told:
        keys = _used(keys, pieces)
    if not keys:
        raise nothing_on_texture()
    taken = take_textures(target, find_scene(job))
    painting = Painting(
        pieces=pieces,
        plan=target.plan,
        textures=taken,
        round=target.round,
        size=weighed.size or target.size or texture_sizes.USUAL,
        sizes={}
        if weighed.size
        else {(one.part, one.tile): one.size for one in target.shown if any(one.size)},
        margin=target.margin or None,
        wanted=keys,
        is_deep=target.is_deep if weighed.is_deep is None else weighed.is_deep,
        earlier=target.earlier,
        weights=weighed.views,
        is_even=weighed.is_even,
        takes_reframed=weighed.takes_reframed,
        told=told,
        now=now,
    )
    parts = _parts(job, target, keys)
    running = session.engine().workshop.paint_model(parts, job.results_to_place[0].path, painting)
    batches: dict[str, list[str]] = {}
    for work, part in zip(running, parts, strict=True):
        if part.placement.tile is not None:
            batches.setdefault(part.placement.tile.batch, []).append(work.job_id)
        works.note_object(work, phrase("Painting the model"), of_job=job.id, done=phrase("Painted"))
    for batch, ids in batches.items():
        arrivals.announce(ids, batch)


def take_textures(
    target: ModelViews, scene: bpy.types.Scene
) -> dict[tuple[int, int], Snapshot | PendingPixels]:
    """Take the textures that a sheet shows or that a later round continues; none for other sheets.

    Raises:
        Refusal: a texture can't be read.
    """
    taken: dict[tuple[int, int], Snapshot | PendingPixels] = {}
    if not target.plan.needs_textures and target.round == PaintRound.WHOLE:
        return taken
    with released_on_failure(taken.values()):
        for one in target.shown:
            image = find_image(one.image)
            if image is not None:  # else it is drawn as clay
                taken[one.part, one.tile] = snapshot(image, scene=scene, tile=one.tile)
    return taken


def _pieces(job: Job, target: ModelViews) -> tuple[list[Piece], list[Piece] | None, str]:
    """Return the meshes, the current ones if changes have to be found, and a text about known changes.

    With the meshes of the click, what is left of the objects is painted: all of it is paid for.

    Raises:
        Refusal: all objects are gone, or one is whose mesh is not known, or one can't be read.
    """
    found = [find_datablock(ref, bpy.data.objects) for ref in target.objects]
    objects: list[Any] = [obj for obj in found if obj is not None]
    gone = [ref for ref, obj in zip(target.objects, found, strict=True) if obj is None]
    pieces = live.part(_Kept).pieces.get(target.stamp)
    if gone and (pieces is None or not objects):
        raise Refusal(phrase("“{obj}” is gone. The sheet is in the library.", obj=gone[0].name))
    scene = find_scene(job)
    layer = layer_of(scene)
    layer.update()
    if pieces is not None:
        return pieces, None if gone else _as_they_are(objects, layer), ""
    model = read(scene, layer.depsgraph, objects)
    if len(model.surfaces) != len(target.surfaces):
        raise Refusal(phrase("The materials have changed since. The sheet is in the library."))
    told = phrase("The model has changed since") if model.stamp != target.stamp else ""
    return model.pieces, None, told


def _as_they_are(objects: Sequence[bpy.types.Object], layer: bpy.types.ViewLayer) -> list[Piece] | None:
    """Read the current meshes; None if one is in Edit Mode or hidden, or if it would take too long."""
    if any(obj.mode == "EDIT" or not obj.visible_get(view_layer=layer) for obj in objects):
        return None
    if sum(size_of(obj, layer.depsgraph, has_modifiers=True).faces for obj in objects) > _MOST_COMPARED:
        return None
    try:
        return [read_piece(obj, layer.depsgraph, (0,)) for obj in objects]
    except SourceUnusable:  # it no longer has faces
        return []


def _keys(target: ModelViews) -> list[tuple[int, int]]:
    """Return the textures to make: (surface, UDIM tile or 0), those without tiles first."""
    every = range(len(target.surfaces))
    plain = [(part, 0) for part in every if not target.tiles_of(part)]
    return [*plain, *((part, tile) for part in every for tile in target.tiles_of(part))]


def _used(keys: Sequence[tuple[int, int]], pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Leave out tiles that the meshes no longer use: they stay unchanged."""
    from ...imaging.surface.pieces import tiles_used

    used = {part: tiles_used(pieces, part) for part, tile in keys if tile}
    return [(part, tile) for part, tile in keys if not tile or tile in used[part]]


def _parts(job: Job, target: ModelViews, keys: Sequence[tuple[int, int]]) -> list[MadePart]:
    """Return the jobs of the textures: one per tile (like an edit), one for all others."""
    from ...jobs.workshop import MadePart

    title = said("Painted: {title}", title=job.request.title)
    names = [f"{_name_of(surface)}_Painted" for surface in target.surfaces]
    seen_from = (*target.earlier, *target.plan.viewpoints)
    placement = works.placed_here(Placement(), job)
    plain = [part for part, tile in keys if not tile]
    parts: list[MadePart] = []
    if plain:
        painted = PaintedModel(surfaces=tuple(target.surfaces[part] for part in plain), seen_from=seen_from)
        whole = replace(placement, kind=PlacementKind.PAINTED_MODEL, target=painted)
        request = _request(names[plain[0]], title, tuple(names[part] for part in plain))
        parts.append(MadePart(request=request, placement=whole, count=len(plain)))
    batches = [uuid.uuid4().hex for _surface in target.surfaces]
    for part, tile in keys:
        if (before := target.texture_of(part, tile)) is not None and tile:
            alone = replace(
                placement,
                kind=PlacementKind.TEXTURE,
                target=Surfaces(objects=(target.surfaces[part],), seen_from=seen_from),
                tile=TileTarget(image=before, number=tile, batch=batches[part]),
                made_from=before,
            )
            request = _request(names[part], title, (names[part],))
            parts.append(MadePart(request=request, placement=alone, count=1))
    return parts


def _request(name: str, title: str, names: tuple[str, ...]) -> LocalEdit:
    base = base_of(name)
    return local_edit(base, base, title, TilingWork(), holds_data=False, alpha_mode="").of_names(names)


def _name_of(surface: TextureTarget) -> str:
    obj = find_datablock(surface.object, bpy.data.objects)
    slots: Any = obj.material_slots if obj is not None else ()
    material = slots[surface.slot].material if 0 <= surface.slot < len(slots) else None
    return base_of(material.name if material is not None else surface.object.name)
