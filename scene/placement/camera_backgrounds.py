# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the background of a camera: visible through the camera, never rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import bpy
from bpy.props import EnumProperty, FloatProperty

from ...jobs.job import Job
from ...jobs.targets import CameraBackground
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import find as find_datablock, obstacle_to_editing, reference
from .way import Click, Show, Shown, target_of

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "background_opacity": FloatProperty(
            name="Opacity",
            description="How much of the background is seen",
            default=0.5,
            min=0.0,
            max=1.0,
            subtype="FACTOR",
        ),
        "background_depth": EnumProperty(
            name="Depth",
            description="Whether the picture is seen behind the objects",
            items=(
                ("BACK", "Back", "Drawn behind everything"),
                ("FRONT", "Front", "Drawn in front of everything"),
            ),
        ),
        "background_frame": EnumProperty(
            name="Frame",
            description="How the picture fits into the camera's frame",
            items=(
                ("FIT", "Fit", "All of the picture is seen"),
                ("CROP", "Crop", "Fills the frame; what does not fit is cut off"),
                ("STRETCH", "Stretch", "Stretched to the frame's shape"),
            ),
        ),
    }
)


def obstacle(context: bpy.types.Context) -> str:
    """Return why no camera can show it, and what to do."""
    camera = _camera(context)
    if camera is None:
        return phrase("The scene has no camera: add one, or select one")
    return obstacle_to_editing(camera.data)


def plan(click: Click) -> CameraBackground:
    """Choose the active camera, or else the scene's."""
    chosen = click.options
    return CameraBackground(
        camera=reference(_camera(click.context)),
        opacity=chosen["background_opacity"],
        depth=chosen["background_depth"],
        frame=chosen["background_frame"],
    )


def find(job: Job) -> Show:
    """Find the camera again."""
    target = target_of(job, CameraBackground)
    obj = find_datablock(target.camera, bpy.data.objects)
    if obj is None or obj.type != "CAMERA":
        raise PlacementImpossible(
            phrase("The camera {camera} is gone. Place the image manually.", camera=target.camera.name)
        )
    if why := obstacle_to_editing(obj.data):
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=why))

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Show the first image.

        Existing backgrounds stay, but are hidden, because they would shine through.
        """
        camera: Any = obj.data
        seen = [entry for entry in camera.background_images if entry.show_background_image]
        for entry in seen:
            entry.show_background_image = False
        background = camera.background_images.new()
        background.image = images[0]
        background.alpha = target.opacity
        background.display_depth = target.depth
        background.frame_method = target.frame
        camera.show_background_images = True
        text = phrase("Background of {camera}, seen through the camera", camera=obj.name)
        hidden = phrase("Hides what was shown there before") if seen else ""
        return Shown(text=joined(text, hidden, by=". "))

    return show


def _camera(context: bpy.types.Context) -> bpy.types.Object | None:
    active = context.object
    if active is not None and active.type == "CAMERA" and active.select_get():
        return active
    return context.scene.camera
