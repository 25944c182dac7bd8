# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference planes: one for each image, side by side, shown in the image's own colours."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
from mathutils import Matrix, Quaternion, Vector

from ...jobs.job import Job, Result
from ...jobs.targets import PlanePose
from ...texts.phrases import joined, phrase
from ..pictures.colours import match_view
from .materials import new_unlit_material
from .poses import centres, collection_of, find_scene, has_alpha, pose_at_cursor
from .way import Click, Show, Shown, target_of


def plan(click: Click) -> PlanePose:
    """Use the 3D cursor and the view of the 3D View that was clicked, or else the front view."""
    location, rotation = pose_at_cursor(click.context)
    return PlanePose(location=location, rotation=rotation)


def find(job: Job) -> Show:
    """Find the scene again."""
    pose, scene = target_of(job, PlanePose), find_scene(job)

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Add a plane for every image: the first at the planned place, the others to its right."""
        is_matched = False
        for image, result, centre in zip(images, job.results, centres(job.results, pose), strict=True):
            is_matched = match_view(image, scene)
            obj = _new_plane(image, result)
            obj.matrix_world = Matrix.LocRotScale(
                centre, Quaternion(pose.rotation), Vector.Fill(3, pose.height)
            )
            collection_of(scene).objects.link(obj)
        what = (
            phrase("Reference plane")
            if len(images) == 1
            else phrase("{count} reference planes", count=len(images))
        )
        view_transform = scene.view_settings.view_transform
        matched = phrase("colours matched to {view_transform}", view_transform=view_transform)
        text = phrase("{what} in {scene}", what=what, scene=scene.name)
        return Shown(text=joined(text, matched if is_matched else "", by=", "))

    return show


def _new_plane(image: bpy.types.Image, result: Result) -> bpy.types.Object:
    """Make a plane one unit high. Its mesh faces +Z, its top is +Y."""
    right, top = result.width / result.height / 2, 0.5
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata(
        [(-right, -top, 0), (right, -top, 0), (right, top, 0), (-right, top, 0)], [], [(0, 1, 2, 3)]
    )
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.data.foreach_set("uv", (0, 0, 1, 0, 1, 1, 0, 1))
    mesh.materials.append(new_unlit_material(image.name, image, has_alpha=has_alpha(result.path)))
    obj = bpy.data.objects.new(image.name, mesh)
    # A reference is looked at; it neither lights the scene (undoing AgX makes white 16 times as bright) nor
    # casts a shadow.
    obj.visible_diffuse = obj.visible_glossy = obj.visible_transmission = False
    obj.visible_volume_scatter = obj.visible_shadow = False
    return obj
