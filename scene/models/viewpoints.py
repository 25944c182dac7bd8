# SPDX-License-Identifier: GPL-3.0-or-later
"""From where a model is seen: around it, by the scene's cameras, or as a 3D View shows it. Main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ...imaging.surface.viewpoints import AROUND, MOST_VIEWS, Viewpoint, around
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..windows import interface

if TYPE_CHECKING:
    from collections.abc import Sequence

CAMERAS = "CAMERAS"
VIEW = "VIEW"


def viewpoints_of(
    choice: str,
    scene: bpy.types.Scene,
    region: Any,
    *,
    is_perspective: bool = False,
    more: Sequence[Sequence[float]] = (),
) -> tuple[Viewpoint, ...]:
    """Return the viewpoints that are chosen.

    Args:
        choice: a number of `AROUND`, `CAMERAS` or `VIEW`.
        scene: whose cameras are meant.
        region: the 3D View's `RegionView3D`; None if there is none.
        is_perspective: of those around the model.
        more: unit vectors to further ones.

    Raises:
        Refusal: there are none, or too many.
    """
    if choice == CAMERAS:
        found = _of_cameras(scene)
    elif choice == VIEW:
        if region is None or not region.window_matrix[0][0]:  # one that was never drawn has none
            raise Refusal(phrase("There is no 3D View to take the view of: open one, or choose other views."))
        found = (of_view(region),)
    elif choice.isdecimal() and int(choice) in AROUND:
        found = around(int(choice), is_perspective=is_perspective)
    else:
        raise Refusal(phrase("There can be 1, 4, 6 or 8 views, not {count}.", count=choice))
    added = (Viewpoint(towards=(x, y, z), is_perspective=is_perspective) for x, y, z in more)
    found = (*found, *added)
    if len(found) > MOST_VIEWS:
        raise Refusal(
            phrase("{count} views are too many for a sheet: {most}.", count=len(found), most=MOST_VIEWS)
        )
    return found


def region_3d(context: bpy.types.Context) -> Any:
    """Return the `RegionView3D` of the 3D View of the click, else of the largest one; None without one."""
    area = interface.find_view(context.area)
    return area.spaces.active.region_3d if area is not None else None


def of_view(region: Any) -> Viewpoint:
    """Return what a 3D View shows, by its `RegionView3D`."""
    window = region.window_matrix
    is_perspective = window[3][3] == 0
    offsets = (-window[0][2], -window[1][2]) if is_perspective else (window[0][3], window[1][3])
    frame = [(side - offsets[axis]) / window[axis][axis] for axis in (0, 1) for side in (-1, 1)]
    return _standing(region.view_matrix.inverted(), frame, is_perspective=is_perspective)


def _of_cameras(scene: bpy.types.Scene) -> tuple[Viewpoint, ...]:
    cameras = sorted(
        (obj for obj in scene.objects if obj.type == "CAMERA" and obj.data.type in ("PERSP", "ORTHO")),
        key=lambda obj: obj.name,
    )
    if not cameras:
        raise Refusal(phrase("The scene has no camera: add one, or choose other views."))
    return tuple(_of_camera(obj, scene) for obj in cameras)


def _of_camera(obj: Any, scene: bpy.types.Scene) -> Viewpoint:
    is_perspective = obj.data.type == "PERSP"
    corners = obj.data.view_frame(scene=scene)
    flat = [(x / -z, y / -z) if is_perspective else (x, y) for x, y, z in corners]
    across, up = ([corner[axis] for corner in flat] for axis in (0, 1))
    frame = [min(across), max(across), min(up), max(up)]
    return _standing(obj.matrix_world, frame, is_perspective=is_perspective)


def _standing(matrix: Any, frame: Sequence[float], *, is_perspective: bool) -> Viewpoint:
    place, turn, _scale = matrix.decompose()
    pose = turn.to_matrix().to_4x4()
    pose.translation = place
    towards = pose.to_3x3().col[2]
    return Viewpoint(
        towards=(towards[0], towards[1], towards[2]),
        pose=tuple(value for row in pose for value in row),
        frame=tuple(frame),
        is_perspective=is_perspective,
    )
