# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for pictures in the scene: the first at the place of the click, the others beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import bpy
from mathutils import Quaternion, Vector

from ...imaging import pillow
from ...jobs.job import Job, Result
from ...jobs.targets import PlanePose
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..refs import find

FRONT_VIEW: Final = (0.5**0.5, 0.5**0.5, 0.0, 0.0)
"""Rotation (w, x, y, z) of the front view: a plane's +Z turned to -Y, its +Y upright."""
_GAP: Final = 0.1
"""The gap between two pictures, in their heights."""

Location: TypeAlias = tuple[float, float, float]
Rotation: TypeAlias = tuple[float, float, float, float]


def pose_at_cursor(context: bpy.types.Context) -> tuple[Location, Rotation]:
    """Return the 3D cursor's place, and the rotation that faces the clicked view, or else the front view."""
    x, y, z = context.scene.cursor.location
    view = context.region_data
    if not isinstance(view, bpy.types.RegionView3D):
        return (x, y, z), FRONT_VIEW
    turn = view.view_rotation
    if view.view_perspective == "CAMERA":  # `view_rotation` does not contain it
        turn = view.view_matrix.inverted().to_quaternion()
    return (x, y, z), (turn.w, turn.x, turn.y, turn.z)


def find_scene(job: Job) -> bpy.types.Scene:
    """Find the scene of the click.

    Raises:
        PlacementImpossible: it is gone, or linked.
    """
    ref = job.placement.scene
    scene = find(ref, bpy.data.scenes) if ref is not None else None
    if scene is None:
        raise PlacementImpossible(phrase("The scene of the click is gone. Place the image manually."))
    if scene.library is not None:
        raise PlacementImpossible(
            phrase("The scene {scene} is linked from another file and can't be changed.", scene=scene.name)
        )
    return scene


def centres(results: Sequence[Result], pose: PlanePose) -> Iterator[Vector]:
    """Return the centre of each picture: the first is at the pose, the others follow to its right."""
    turn = Quaternion(pose.rotation)
    left = -results[0].width / results[0].height / 2  # edge of the picture, in heights
    for result in results:
        aspect = result.width / result.height
        yield Vector(pose.location) + turn @ Vector(((left + aspect / 2) * pose.height, 0.0, 0.0))
        left += aspect + _GAP


def arranged(sizes: Sequence[tuple[int, int]], pose: PlanePose, columns: int) -> Iterator[PlanePose]:
    """Return a pose for each picture, in rows from left to right and top to bottom, with the last at the
    pose.

    Args:
        sizes: width and height of each picture in pixels, more than 0.
    """
    turn = Quaternion(pose.rotation)
    begin = -sizes[0][0] / sizes[0][1] / 2  # left edge of all rows, in heights
    rows = -(-len(sizes) // columns)
    for row in range(rows):
        left = begin
        for width, height in sizes[row * columns : (row + 1) * columns]:
            aspect = width / height
            place = Vector((left + aspect / 2, (rows - 1 - row) * (1.0 + _GAP), 0.0)) * pose.height
            x, y, z = Vector(pose.location) + turn @ place
            yield replace(pose, location=(x, y, z))
            left += aspect + _GAP


def picked_height(context: bpy.types.Context) -> float:
    """Return the height of the active object if it is selected, to match it. Else 1 m."""
    obj = context.view_layer.objects.active
    if obj is None or not obj.select_get():
        return 1.0
    return height_of(obj) or 1.0


def height_of(obj: bpy.types.Object) -> float:
    """Return the height of an object in the world, for an empty that of its drawing; 0 if it has none."""
    if obj.type == "EMPTY":
        return _height_of_empty(obj)
    corners = [obj.matrix_world @ Vector(corner) for corner in obj.bound_box]
    heights = [corner.z for corner in corners]
    return max(heights) - min(heights)


def _height_of_empty(obj: bpy.types.Object) -> float:
    size = obj.empty_display_size * obj.matrix_world.to_scale().z
    if obj.empty_display_type != "IMAGE":
        return 2 * size  # it is drawn to both sides of its origin
    image = obj.data
    if not isinstance(image, bpy.types.Image) or not image.has_data:  # to ask for its size would decode it
        return size
    width, height = image.size
    return size * height / max(width, height, 1)


def has_alpha(path: Path) -> bool:
    """Return whether an image has alpha, from the file's header: Blender would decode the image."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    with PIL.Image.open(path) as picture:
        return pillow.has_alpha(picture)


def collection_of(scene: bpy.types.Scene) -> bpy.types.Collection:
    """Return the scene's active collection, if it can take an object and shows it."""
    active = scene.view_layers[0].active_layer_collection
    if active is None or active.exclude or active.collection.library is not None:
        return scene.collection
    return active.collection
