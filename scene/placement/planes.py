# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference planes: one per image, side by side, seen by the camera in the image's own colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
from mathutils import Matrix, Quaternion, Vector

from ...jobs.job import Job, Result
from ...jobs.placement import Placement
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..pictures.colours import match_view
from ..refs import find
from .materials import new_unlit_material

_GAP: Final = 0.1
"""Between two planes, in plane heights."""


def find_scene(placement: Placement) -> bpy.types.Scene:
    """Find the scene that the planes go to.

    Raises:
        PlacementImpossible: it is gone, or linked.
    """
    scene = find(placement.scene, bpy.data.scenes) if placement.scene is not None else None
    if scene is None or placement.plane is None:
        raise PlacementImpossible(
            phrase("The scene of the reference plane is gone. Place the image by hand.")
        )
    if scene.library is not None:
        raise PlacementImpossible(
            phrase("The scene {scene} is linked from another file and can't be changed.", scene=scene.name)
        )
    return scene


def add_planes(
    job: Job, images: Sequence[bpy.types.Image], placement: Placement, scene: bpy.types.Scene
) -> str:
    """Add a plane for every image: the first centred where it was planned, the others to its right."""
    pose = placement.plane
    assert pose is not None  # noqa: S101 - `find_scene` has checked it
    collection = _collection(scene)
    turn = Quaternion(pose.rotation)
    offset = 0.0  # to the right, in plane heights, of the plane's left edge
    first_half = _aspect(job.results[0]) / 2
    is_matched = False
    for image, result in zip(images, job.results, strict=True):
        aspect = _aspect(result)
        place = Vector((offset + aspect / 2 - first_half, 0.0, 0.0)) * pose.height
        is_matched = match_view(image, scene)
        obj = _new_plane(image, result)
        obj.matrix_world = Matrix.LocRotScale(
            Vector(pose.location) + turn @ place, turn, Vector.Fill(3, pose.height)
        )
        collection.objects.link(obj)
        offset += aspect + _GAP
    what = (
        phrase("Reference plane")
        if len(images) == 1
        else phrase("{count} reference planes", count=len(images))
    )
    matched = (
        phrase("colours matched to {view_transform}", view_transform=scene.view_settings.view_transform)
        if is_matched
        else ""
    )
    return joined(phrase("{what} in {scene}", what=what, scene=scene.name), matched, by=", ")


def _new_plane(image: bpy.types.Image, result: Result) -> bpy.types.Object:
    """Make a plane one unit high. Its mesh faces +Z, its top is +Y."""
    right, top = _aspect(result) / 2, 0.5
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata(
        [(-right, -top, 0), (right, -top, 0), (right, top, 0), (-right, top, 0)], [], [(0, 1, 2, 3)]
    )
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.data.foreach_set("uv", (0, 0, 1, 0, 1, 1, 0, 1))
    mesh.materials.append(new_unlit_material(image.name, image, has_alpha=_has_alpha(result.path)))
    obj = bpy.data.objects.new(image.name, mesh)
    # A reference is looked at; it neither lights the scene (undoing AgX makes white 16 times as bright) nor
    # casts a shadow.
    obj.visible_diffuse = obj.visible_glossy = obj.visible_transmission = False
    obj.visible_volume_scatter = obj.visible_shadow = False
    return obj


def _aspect(result: Result) -> float:
    return result.width / result.height


def _has_alpha(path: Path) -> bool:
    """Read it from the file's header: asking Blender would decode the image."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    with PIL.Image.open(path) as picture:
        return picture.has_transparency_data


def _collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The collection that is active in the scene, where it can take an object and shows it."""
    active = scene.view_layers[0].active_layer_collection
    if active is None or active.exclude or active.collection.library is not None:
        return scene.collection
    return active.collection
