# SPDX-License-Identifier: GPL-3.0-or-later
"""The two forms of a reference: an image empty, or a camera with the image as its background.

Both are only visible from the reference's own side, never rendered, and can't be selected or moved by
mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import bpy
from mathutils import Euler, Vector

EMPTIES: Final = "EMPTIES"
CAMERAS: Final = "CAMERAS"
_AWAY: Final = 3.0
"""The distance of a camera from the middle, in heights."""


def image_of(obj: bpy.types.Object | None) -> bpy.types.Image | None:
    """Return the image that a reference shows; None if the artist has changed it into something else."""
    if obj is None:
        return None
    data: Any = obj.data
    if isinstance(data, bpy.types.Image):
        return data
    if isinstance(data, bpy.types.Camera):
        return next((it.image for it in data.background_images if it.image is not None), None)
    return None


def shape_of(obj: bpy.types.Object) -> str:
    """Return the form of an object."""
    return CAMERAS if obj.type == "CAMERA" else EMPTIES


def add(
    collection: bpy.types.Collection, image: bpy.types.Image, name: str, shape: str, *, has_alpha: bool
) -> bpy.types.Object:
    """Add the object that shows an image."""
    data: Any = bpy.data.cameras.new(name) if shape == CAMERAS else None
    obj = bpy.data.objects.new(name, data)
    if data is not None:
        data.type = "ORTHO"
        data.show_passepartout = False
        background = data.background_images.new()
        background.image = image
        background.alpha = 1.0
        background.display_depth = "BACK"
        background.frame_method = "FIT"
        data.show_background_images = True
        obj.hide_viewport = True  # until somebody looks through it
    else:
        obj.empty_display_type = "IMAGE"
        obj.data = image
        obj.empty_image_depth = "BACK"
        obj.empty_image_side = "FRONT"
        obj.use_empty_image_alpha = has_alpha
    for lock in ("lock_location", "lock_rotation", "lock_scale"):
        setattr(obj, lock, (True, True, True))
    obj.hide_select = True
    collection.objects.link(obj)
    return obj


def remove(obj: bpy.types.Object) -> None:
    """Remove the object that shows an image, but not the image. Views through it look at the scene again."""
    if obj.type == "CAMERA":
        leave(obj)
    data: Any = obj.data if isinstance(obj.data, bpy.types.Camera) else None
    bpy.data.objects.remove(obj)
    if data is not None and data.users == 0:
        bpy.data.cameras.remove(data)


def stand(
    obj: bpy.types.Object, view: Any, *, turn: Euler, behind: float, height: float, is_top: bool
) -> None:
    """Put an object where its view shows the model at its height, feet on the floor.

    Args:
        view: `EASEL_PG_reference`.
        turn: the rotation with which an empty is visible from its side.
        behind: metres (Blender units) from the middle to an empty, along the view.
        height: metres of the model.
    """
    feet = view.centre if is_top else view.feet
    obj.rotation_euler = turn
    if obj.type == "CAMERA":
        _stand_camera(obj, view, turn=turn, feet=feet, height=height)
        return
    away = Vector((0.0, 0.0, -0.01 if is_top else -behind))  # along the view
    away.rotate(turn)
    obj.location = away
    obj.empty_display_size = view.size * height
    obj.empty_image_offset = (-view.middle, -feet)


def _stand_camera(obj: bpy.types.Object, view: Any, *, turn: Euler, feet: float, height: float) -> None:
    """Set up a camera so that the picture fills its frame along the side that fits first."""
    camera: Any = obj.data
    aspect = view.aspect or _aspect(image_of(obj))
    longer = view.size * height
    wide, high = (longer, longer / aspect) if aspect >= 1.0 else (longer * aspect, longer)
    place = Vector(((0.5 - view.middle) * wide, (0.5 - feet) * high, _AWAY * height))
    place.rotate(turn)
    obj.location = place
    scene = _scene_of(obj)
    render: Any = scene.render
    frame = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    camera.sensor_fit = "VERTICAL" if frame >= aspect else "HORIZONTAL"
    camera.ortho_scale = high if frame >= aspect else wide
    camera.clip_start, camera.clip_end = 0.001 * height, 100.0 * height
    camera.display_size = 0.1 * height


def _aspect(image: bpy.types.Image | None) -> float:
    """Return width divided by height. Blender decodes the file if the set is an older one without it."""
    width, height = image.size if image is not None else (0, 0)
    return width / height if width and height else 1.0


def _scene_of(obj: bpy.types.Object) -> bpy.types.Scene:
    return next(iter(obj.users_scene), bpy.context.scene)


def look_from(space: Any, obj: bpy.types.Object, height: float) -> None:
    """Make a 3D View look from a reference's side: through its camera, else without perspective."""
    view: Any = space.region_3d
    if obj.type == "CAMERA":
        space.use_local_camera = True
        space.camera = obj
        view.view_perspective = "CAMERA"
        return
    view.view_rotation = obj.rotation_euler.to_quaternion()
    view.view_location = (0.0, 0.0, height / 2)
    view.view_distance = 3.0 * height
    view.view_perspective = "ORTHO"


def looks_from(space: Any, obj: bpy.types.Object) -> bool:
    """Return whether a 3D View looks from there."""
    view: Any = space.region_3d
    if view is None:
        return False
    if obj.type == "CAMERA":
        return view.view_perspective == "CAMERA" and _looks_through(space, obj)
    turned = view.view_rotation.rotation_difference(obj.rotation_euler.to_quaternion())
    return view.view_perspective == "ORTHO" and turned.angle < 1e-3


def leave(obj: bpy.types.Object, only: Any = None) -> None:
    """Make 3D Views stop looking through this camera, and look at the scene as before.

    Args:
        only: the only space to change; None: all.
    """
    for space in _spaces():
        if (only is None or space == only) and _looks_through(space, obj):
            if space.region_3d is not None and space.region_3d.view_perspective == "CAMERA":
                space.region_3d.view_perspective = "PERSP"
            space.use_local_camera = False


def hide_unused(objects: Iterable[bpy.types.Object]) -> None:
    """Hide the cameras that nobody looks through, because their frames would cover the model."""
    for obj in objects:
        if obj.type == "CAMERA" and obj.library is None:
            obj.hide_viewport = not any(_looks_through(space, obj) for space in _spaces())


def _looks_through(space: Any, obj: bpy.types.Object) -> bool:
    return space.use_local_camera and space.camera == obj


def _spaces() -> Iterator[Any]:
    for screen in bpy.data.screens:
        for area in screen.areas:
            yield from (space for space in area.spaces if isinstance(space, bpy.types.SpaceView3D))
