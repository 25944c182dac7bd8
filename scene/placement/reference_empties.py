# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference empties: one for each image, side by side. They are visible while working, and never rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty
from mathutils import Quaternion

from ...jobs.job import Job
from ...jobs.targets import ImageEmpty, PlanePose
from ...texts.phrases import phrase
from .poses import centres, collection_of, find_scene, has_alpha, pose_at_cursor
from .way import Click, Show, Shown, target_of

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "reference_height": FloatProperty(
            name="Height",
            description="How high the picture stands in the scene",
            default=1.0,
            min=0.001,
            soft_max=100.0,
            subtype="DISTANCE",
        ),
        "reference_depth": EnumProperty(
            name="Depth",
            description="Whether the picture hides what is behind it",
            items=(
                ("DEFAULT", "Default", "Hides what is behind it, as any object does"),
                ("FRONT", "Front", "Drawn in front of everything"),
                ("BACK", "Back", "Drawn behind everything"),
            ),
        ),
        "reference_side": EnumProperty(
            name="Side",
            description="Where the picture is seen from",
            items=(
                ("DOUBLE_SIDED", "Both", "From both sides"),
                ("FRONT", "Front", "From the front only"),
                ("BACK", "Back", "From the back only"),
            ),
        ),
        "reference_opacity": FloatProperty(
            name="Opacity",
            description="How much the picture covers what is behind it",
            default=1.0,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        ),
    }
)


def plan(click: Click) -> ImageEmpty:
    """Use the 3D cursor and the view of the 3D View that was clicked, or else the front view."""
    location, rotation = pose_at_cursor(click.context)
    chosen = click.options
    return ImageEmpty(
        pose=PlanePose(location=location, rotation=rotation, height=chosen["reference_height"]),
        depth=chosen["reference_depth"],
        side=chosen["reference_side"],
        opacity=chosen["reference_opacity"],
    )


def find(job: Job) -> Show:
    """Find the scene again."""
    target, scene = target_of(job, ImageEmpty), find_scene(job)

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Add an empty for every image: the first at the planned place, the others to its right."""
        for image, result, centre in zip(images, job.results, centres(job.results, target.pose), strict=True):
            obj = bpy.data.objects.new(image.name, None)
            obj.empty_display_type = "IMAGE"
            obj.data = image
            obj.location = centre
            obj.rotation_euler = Quaternion(target.pose.rotation).to_euler()
            # Blender's empty size is the longer side.
            obj.empty_display_size = target.pose.height * max(1.0, result.width / result.height)
            obj.empty_image_depth = target.depth
            obj.empty_image_side = target.side
            obj.use_empty_image_alpha = target.opacity < 1.0 or has_alpha(result.path)
            obj.color = (1.0, 1.0, 1.0, target.opacity)
            collection_of(scene).objects.link(obj)
        what = (
            phrase("Reference empty")
            if len(images) == 1
            else phrase("{count} reference empties", count=len(images))
        )
        return Shown(text=phrase("{what} in {scene}", what=what, scene=scene.name))

    return show
