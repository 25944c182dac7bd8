# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's mask: its area, why it can't be used, and the worker's source for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import bpy

from ...client.edit_mask import EditMask, Marker, MaskKind, tell_markers
from ...client.requests import tell_roles
from ...imaging.snapshot import Taken, UVShapes
from ...texts.phrases import phrase
from ..choices import unknown_choice
from ..errors import SourceUnusable
from ..sources import never_upload
from ..sources.snapshots import snapshot
from .face_uvs import selected_triangles, slots_showing

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class MaskPlan:
    """A mask as it is at the click."""

    mask: EditMask
    shapes: UVShapes | None = None
    image: bpy.types.Image | None = None
    """Where it is another image. Not kept: for the click only."""
    tile: int = 0
    """Its tile, the same as the edited one. 0: the active tile."""

    def take(self) -> Taken | None:
        """Return the worker's source for the mask; None if that is the edited source itself, or nothing.

        Raises:
            SourceUnusable
        """
        if self.image is None:
            return self.shapes
        if problem := never_upload.refusal(self.image):  # its shape would leave
            raise SourceUnusable(problem)
        return snapshot(self.image, tile=self.tile)


def plan_mask(
    context: bpy.types.Context, settings: Any, image: bpy.types.Image | None, tile: int = 0
) -> MaskPlan:
    """Read the form's mask for an edit of `image` (None: of a file). Main thread; milliseconds.

    Args:
        tile: the one that is edited, of a UDIM image.

    Raises:
        SourceUnusable: it covers nothing, or what it needs is missing.
    """
    problem = mask_problem(context, settings, image)
    if problem:
        raise SourceUnusable(phrase("{problem}.", problem=problem))
    kind = settings.mask_kind
    if kind is MaskKind.EVERYTHING:
        return MaskPlan(mask=EditMask())
    if kind is MaskKind.MARKERS:
        found = markers_of(settings, image)
        places = _on_tile([((marker.place[0], marker.place[1]),) for marker in found], tile)
        markers = tuple(Marker(place=place, text=found[index].instruction) for index, (place,) in places)
        return MaskPlan(mask=EditMask(kind=kind, markers=markers))
    mask = EditMask(kind=kind, feather=settings.feather, bleed=settings.bleed, inverts=settings.invert)
    if kind is MaskKind.FACES:
        return MaskPlan(mask=mask, shapes=_face_shapes(context, image, tile))
    if kind is MaskKind.AREA:
        drawn = _on_tile([unpacked_points(area.points) for area in areas_of(settings, image)], tile)
        return MaskPlan(mask=mask, shapes=UVShapes(polygons=tuple(points for _index, points in drawn)))
    return MaskPlan(mask=mask, image=settings.image if kind is MaskKind.IMAGE else None, tile=tile)


def _face_shapes(context: bpy.types.Context, image: bpy.types.Image | None, tile: int) -> UVShapes:
    """Return the UVs of the faces that are selected, of all objects that are in Edit Mode together.

    Raises:
        SourceUnusable: none is, none of them shows the image, or none is on the tile.
    """
    import numpy as np

    from ...imaging.uv_tiles import as_on_first_tile, reach_first_tile

    triangles = np.concatenate([selected_triangles(obj, image) for obj in _with_faces(context, image)])
    if not len(triangles):
        raise SourceUnusable(
            phrase("No selected face shows {image}: select some that do.", image=_name(image))
        )
    if not tile:
        return UVShapes(triangles=triangles)
    triangles = as_on_first_tile(triangles, tile)
    triangles = triangles[reach_first_tile(triangles)]
    if not len(triangles):
        raise SourceUnusable(
            phrase("No selected face is on tile {number}: untick it, or select some there.", number=tile)
        )
    return UVShapes(triangles=triangles, repeats=False)


def _on_tile(shapes: Sequence[Points], tile: int) -> list[tuple[int, Points]]:
    """Choose the drawings on a tile that is sent alone, moved to the first tile, each with its index.

    Raises:
        SourceUnusable: nothing is drawn on it.
    """
    if not tile:
        return list(enumerate(shapes))
    import numpy as np

    from ...imaging.uv_tiles import as_on_first_tile, is_on_first_tile

    moved = [as_on_first_tile(np.array(points), tile) for points in shapes]
    chosen = [
        (index, tuple((u, v) for u, v in points.tolist()))
        for index, points in enumerate(moved)
        if is_on_first_tile(points)
    ]
    if not chosen:
        text = phrase("Nothing is drawn on tile {number}: untick it, or draw there.", number=tile)
        raise SourceUnusable(text)
    return chosen


def mask_problem(context: bpy.types.Context, settings: Any, image: bpy.types.Image | None) -> str:
    """Say why the mask can't be used and what to do, without a final period; empty if it can.

    Cheap enough for `draw`.
    """
    if problem := unknown_choice(settings):
        return problem
    match settings.mask_kind:
        case MaskKind.FACES:
            return _faces_problem(context, image)
        case MaskKind.IMAGE if settings.image is None:
            return phrase("Choose the image that is the mask")
        case MaskKind.AREA | MaskKind.MARKERS if image is None:
            return phrase("The first source is a file: open it as an image to draw on it")
        case MaskKind.AREA if not areas_of(settings, image):
            return phrase("Nothing is drawn on {image}: draw a box or a lasso", image=_name(image))
        case MaskKind.MARKERS:
            found = markers_of(settings, image)
            if not found:
                return phrase("No marker is set on {image}: add one", image=_name(image))
            blank = next(
                (number for number, marker in enumerate(found, 1) if not marker.instruction.strip()), 0
            )
            return phrase("Marker {number} has no instruction: write one", number=blank) if blank else ""
        case _:
            return ""


def mask_text(context: bpy.types.Context, settings: Any, image: bpy.types.Image | None) -> str:
    """Say in a line what may change, for a mask that can be used. Cheap enough for `draw`."""
    match settings.mask_kind:
        case MaskKind.FACES:
            what = _faces_text(_with_faces(context, image), image)
        case MaskKind.IMAGE:
            what = phrase("what is white in {mask}", mask=settings.image.name)
        case MaskKind.ALPHA:
            what = phrase("what is opaque")
        case MaskKind.AREA:
            count = len(areas_of(settings, image))
            what = (
                phrase("1 area of {image}", image=_name(image))
                if count == 1
                else phrase("{count} areas of {image}", count=count, image=_name(image))
            )
        case MaskKind.MARKERS:
            count = len(markers_of(settings, image))
            return phrase("1 marker") if count == 1 else phrase("{count} markers", count=count)
        case _:
            return ""
    return phrase("Stays: {what}", what=what) if settings.invert else phrase("May change: {what}", what=what)


def told_text(settings: Any, image: bpy.types.Image | None, prompt: str, roles: list[str]) -> str:
    """Return an edit's prompt as it is sent, with the mask's marked copy as the last source."""
    kind = settings.mask_kind
    if kind is MaskKind.EVERYTHING:
        return tell_roles(prompt, roles)
    told = [marker.instruction for marker in markers_of(settings, image)] if kind is MaskKind.MARKERS else []
    return tell_roles(tell_markers(prompt, told), [*roles, EditMask(kind=kind).role])


def areas_of(settings: Any, image: bpy.types.Image | None) -> list[Any]:
    """List the areas that were drawn on an image."""
    drawn = [area for area in settings.areas if image is not None and area.image == image]
    return [area for area in drawn if len(unpacked_points(area.points)) > 2]


def last_drawn(settings: Any) -> bpy.types.Image | None:
    """Return the image on which an area was drawn last; None if there is none, or it is gone."""
    return settings.areas[-1].image if settings.areas else None


def markers_of(settings: Any, image: bpy.types.Image | None) -> list[Any]:
    """List an image's markers, in the order of their numbers."""
    return [marker for marker in settings.markers if image is not None and marker.image == image]


def packed_points(points: Points) -> str:
    """Make a text of UVs that a property can hold: a millionth of the image is fine enough."""
    return " ".join(f"{u:.6f},{v:.6f}" for u, v in points)


def unpacked_points(text: str) -> Points:
    """Read the output of `packed_points`; nothing from any other text."""
    try:
        points = tuple((float(u), float(v)) for u, v in (pair.split(",") for pair in text.split()))
    except ValueError:
        return ()
    return points if all(map(math.isfinite, chain.from_iterable(points))) else ()


def _active(context: bpy.types.Context) -> bpy.types.Object | None:
    return context.object


def _with_faces(context: bpy.types.Context, image: bpy.types.Image | None) -> list[Any]:
    """List the mesh objects whose selected faces count.

    In Edit Mode all that are in it, but where some of them show the image no others; those with selected
    faces, if any has some.
    """
    obj = _active(context)
    if obj is None or obj.mode != "EDIT":
        return [obj]
    edited = list(context.objects_in_mode_unique_data)
    if len(edited) > 1:
        edited = [one for one in edited if slots_showing(one, image)] or edited
    return [one for one in edited if one.data.total_face_sel] or edited


def _faces_problem(context: bpy.types.Context, image: bpy.types.Image | None) -> str:
    obj = _active(context)
    if obj is None or obj.type != "MESH":
        return phrase("Make a mesh active, and select its faces in Edit Mode")
    for one in _with_faces(context, image):
        if not one.data.uv_layers:
            return phrase("{obj} has no UV map: unwrap it first", obj=one.name)
        if one.mode == "EDIT" and not one.data.total_face_sel:
            return phrase("No face of {obj} is selected", obj=one.name)
    return ""


def _faces_text(objects: Sequence[Any], image: bpy.types.Image | None) -> str:
    if any(0 < len(slots_showing(obj, image)) < len(obj.material_slots) for obj in objects):
        return phrase("the selected faces that show {image}", image=_name(image))  # to count them takes time
    if objects[0].mode != "EDIT":
        return phrase("the selected faces of {obj}", obj=objects[0].name)
    count = sum(obj.data.total_face_sel for obj in objects)
    if len(objects) > 1:
        return phrase("{count} faces of {objects} objects", count=count, objects=len(objects))
    obj = objects[0]
    return (
        phrase("1 face of {obj}", obj=obj.name)
        if count == 1
        else phrase("{count} faces of {obj}", count=count, obj=obj.name)
    )


def _name(image: bpy.types.Image | None) -> str:
    return image.name if image is not None else ""
