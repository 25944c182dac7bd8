# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a 3D View's picture: planned at the click, projected into the painted texture when they return.

Blender's own `paint.project_image` paints, with its settings of occlusion and fall-off, and its undo. It
reads the view from a custom property of the picture, which `paint.image_from_view` writes too. So the artist
may look elsewhere then.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
from mathutils import Matrix

from ...jobs.job import Job
from ...jobs.placement import PaintedView, Placement
from ...jobs.targets import DatablockRef, PlacementKind
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import reference
from .images import added_text, find_result
from .way import Show, Shown

CAPTURE_SIDE: Final = 2048
"""Pixels of the picture's longer side: as many as most models return, and more than most views have."""
VIEW_KEY: Final = "view_data"
"""Blender's own custom property of an image: 35 floats of 32 bits; it rejects doubles as "invalid"."""

_FAR: Final = 1e6  # Blender units


@dataclass(frozen=True)
class _Canvas:
    """A place where projecting is possible: the object in Texture Paint mode, and a window that shows it."""

    window: bpy.types.Window
    area: bpy.types.Area
    region: bpy.types.Region
    object: bpy.types.Object


# -- at the click ------------------------------------------------------------------------------------


def obstacle_to_view_edit(context: bpy.types.Context) -> str:
    """Return why the view can't be edited, and what to do; empty if it can. Fast enough for `poll`."""
    obj = context.object
    if obj is None or obj.mode != "TEXTURE_PAINT":
        return phrase("Select the mesh object to paint, and enter Texture Paint mode")
    return _obstacle_to_painting(obj, context.scene)


def painted_textures(obj: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Image]:
    """List the images that painting on an object in Texture Paint mode changes, each once."""
    settings = scene.tool_settings.image_paint
    if settings.mode == "IMAGE":
        return [settings.canvas] if settings.canvas is not None else []
    found: dict[int, bpy.types.Image] = {}
    for slot in obj.material_slots:
        material = slot.material
        if material is None:
            continue
        images, active = material.texture_paint_images, material.paint_active_slot
        image = images[active] if 0 <= active < len(images) else None
        if image is not None:
            found[image.session_uid] = image
    return list(found.values())


def plan_view_edit(
    context: bpy.types.Context, space: bpy.types.SpaceView3D, size: tuple[int, int], *, session: str
) -> Placement:
    """Record the edited view, and the object whose texture gets the result.

    Args:
        size: of the picture that was taken of the view, in pixels.

    Raises:
        PlacementImpossible: there is nothing to paint. This is checked before anything is spent.
    """
    obstacle, obj = obstacle_to_view_edit(context), context.object
    if not obstacle:
        textures = painted_textures(obj, context.scene)
        obstacle = "" if _with_pixels(textures) else _no_pixels_text(textures[0])
    if obstacle:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    view = PaintedView(
        object=reference(obj),
        matrix=tuple(_by_columns(obj.matrix_world)),
        view_data=view_data(space),
        size=size,
    )
    return Placement(kind=PlacementKind.VIEW, session=session, scene=reference(context.scene), view=view)


def view_data(space: bpy.types.SpaceView3D) -> tuple[float, ...]:
    """Return the values of `paint.image_from_view` for a view, as it was last drawn."""
    seen = space.region_3d
    projection = seen.window_matrix
    return (*_by_columns(projection), *_by_columns(seen.view_matrix), *_clipping(projection))


# -- when the result is there ------------------------------------------------------------------------


def find(job: Job) -> Show:
    """Return what shows the images. Nothing must exist: the painted object is found when it is projected."""
    view = job.placement.view

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Record the view on each image, so that it can be projected, also by Blender's own Apply."""
        for image, result in zip(images, job.results, strict=True):
            if view is not None and view.fits(result.width, result.height):
                image[VIEW_KEY] = array("f", view.view_data)
        return Shown()

    return show


def obstacle_to_projection(target: DatablockRef) -> str:
    """Return why nothing can be projected onto an object now, and what to do. Fast enough for `poll`."""
    try:
        _find_canvas(target)
    except PlacementImpossible as impossible:
        return str(impossible)
    return ""


def target_of(job: Job, session: str) -> DatablockRef | None:
    """Return the target object of a job's images; in another session only its name is valid."""
    view = job.placement.view
    if view is None:
        return None
    return view.object if job.placement.session == session else view.object.by_name()


def project(job: Job, index: int, target: DatablockRef) -> str:
    """Paint one of a job's images, which was added before, through its view. Main thread, one undo step.

    Blender's operator pushes that step. The caller must not push another, or undoing would take two.

    Returns:
        what was done, in words for the artist.

    Raises:
        PlacementImpossible: nothing was painted.
    """
    canvas = _find_canvas(target)
    view, image = job.placement.view, find_result(job.id, index)
    result = next((result for result in job.results_to_place if result.index == index), None)
    if view is None or image is None or result is None:
        raise PlacementImpossible(phrase("The image is not in this file any more"))
    if not view.fits(result.width, result.height):
        raise PlacementImpossible(phrase("The image has another shape than the view: it can't be projected"))
    painted = painted_textures(canvas.object, canvas.window.scene)
    textures = _with_pixels(painted)
    if not textures:
        raise PlacementImpossible(_no_pixels_text(painted[0]))
    _ready_cavity(canvas.window.scene.tool_settings.image_paint)
    image[VIEW_KEY] = array("f", _view_data_now(view, canvas.object, (result.width, result.height)))
    with bpy.context.temp_override(window=canvas.window, area=canvas.area, region=canvas.region):
        try:
            outcome = bpy.ops.paint.project_image("EXEC_DEFAULT", False, image=image.name)
        except RuntimeError as error:  # the text that it would have reported
            reason = str(error).removeprefix("Error: ").strip()
            raise PlacementImpossible(phrase("Blender can't project it: {reason}", reason=reason)) from error
    if outcome != {"FINISHED"}:
        raise PlacementImpossible(phrase("Blender could not project it"))
    names = ", ".join(f"“{texture.name}”" for texture in textures)
    return phrase("Projected onto {textures} of {object}", textures=names, object=canvas.object.name)


def not_projected_text(count: int, reason: str) -> str:
    """Return the text that a result waits as an image, and why."""
    return joined(added_text(count), reason, by=". ")


def _find_canvas(target: DatablockRef) -> _Canvas:
    if bpy.app.background:  # there the operator ends the process
        raise PlacementImpossible(phrase("Projecting needs Blender with a window"))
    windows = [window for window in bpy.data.window_managers[0].windows if _paints(window, target)]
    if not windows:
        if target.name not in bpy.data.objects:
            raise PlacementImpossible(phrase("{object} is not in this file", object=target.name))
        raise PlacementImpossible(
            phrase("To project it, make {object} active, in Texture Paint mode", object=target.name)
        )
    obj = windows[0].view_layer.objects.active
    obstacle = _obstacle_to_painting(obj, windows[0].scene)
    if obstacle:
        raise PlacementImpossible(obstacle)
    for window, area, region in _views(windows):
        return _Canvas(window=window, area=area, region=region, object=obj)
    raise PlacementImpossible(phrase("To project it, open a 3D View"))


def _paints(window: bpy.types.Window, target: DatablockRef) -> bool:
    obj = window.view_layer.objects.active
    return (
        obj is not None
        and obj.mode == "TEXTURE_PAINT"
        and (obj.session_uid == target.session_uid or obj.name == target.name)
    )


def _views(
    windows: Sequence[bpy.types.Window],
) -> Iterator[tuple[bpy.types.Window, bpy.types.Area, bpy.types.Region]]:
    for window in windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                yield window, area, next(region for region in area.regions if region.type == "WINDOW")


def _obstacle_to_painting(obj: bpy.types.Object, scene: bpy.types.Scene) -> str:
    if not obj.data.uv_layers:
        return phrase("{obj} has no UV map: unwrap it first", obj=obj.name)
    textures = painted_textures(obj, scene)
    if not textures:
        return phrase("{object} has no texture to paint: add a texture slot first", object=obj.name)
    linked = next((texture for texture in textures if texture.library is not None), None)
    if linked is not None:
        return phrase("{image} is linked from another file: it can't be painted", image=linked.name)
    if scene.tool_settings.image_paint.brush is None:
        return phrase("Choose a brush first")
    return ""


def _with_pixels(textures: Sequence[bpy.types.Image]) -> Sequence[bpy.types.Image]:
    """Return the textures with pixels: Blender skips others silently. Loads them, as painting does."""
    return [texture for texture in textures if texture.source == "TILED" or all(texture.size)]


def _no_pixels_text(texture: bpy.types.Image) -> str:
    return phrase("“{image}” has no pixels to paint: its file is missing or damaged", image=texture.name)


def _ready_cavity(painting: bpy.types.ImagePaint) -> None:
    """Make the table of *Cavity Mask*'s curve. Only a stroke makes it, and projecting crashes without it."""
    if painting.use_cavity and painting.cavity_curve is not None:
        painting.cavity_curve.initialize()


def _view_data_now(view: PaintedView, obj: bpy.types.Object, size: tuple[int, int]) -> list[float]:
    """Return the view of the click, moved along with the object if that was moved since.

    It is also moved by half a pixel of the picture (`size`) to the left and down. `paint.project_image` takes
    a pixel's lower left corner for its place, so without this the paint would drift with every edit.
    """
    values = list(view.view_data)
    for column in range(0, 16, 4):
        for axis in (0, 1):
            values[column + axis] -= values[column + 3] / size[axis]
    seen = _from_columns(values[16:32])
    moved = seen @ _from_columns(view.matrix) @ obj.matrix_world.inverted_safe()
    return [*values[:16], *_by_columns(moved), *values[32:]]


def _by_columns(matrix: Matrix) -> list[float]:
    return [value for column in matrix.col for value in column]


def _from_columns(values: Sequence[float]) -> Matrix:
    return Matrix([values[start : start + 4] for start in range(0, 16, 4)]).transposed()


def _clipping(projection: Matrix) -> tuple[float, float, float]:
    """Return clip start, clip end and 1 for an orthographic view, for which Blender has -1 and 1."""
    if projection[3][3] == 1.0:
        return (-1.0, 1.0, 1.0)
    depth, offset = projection[2][2], projection[2][3]
    end = offset / (depth + 1.0) if depth < -1.0 else _FAR  # not representable in 32 bits if it is very far
    return (offset / (depth - 1.0), end, 0.0)
