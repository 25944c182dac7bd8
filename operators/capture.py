# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources without a file: pictures of the 3D View, the camera, the last render."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import EnumProperty

from ..imaging.looks import LOOK_ITEMS, Look
from ..scene.listing.form_sources import add_file
from ..scene.sources import never_upload
from ..scene.views import capture
from ..texts.phrases import phrase
from .verb import Verb


class _CaptureVerb(Verb):
    """Takes a picture and adds it to the sources."""

    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_capture(context)

    def act(self, context: bpy.types.Context) -> None:
        never_upload.check_view(context)
        add_file(context.scene.easel, self.capture(context), shown_scene=context.scene)

    def capture(self, context: bpy.types.Context) -> Path:
        """Take the picture. Raises Refusal, OSError."""
        raise NotImplementedError


def look_property() -> Any:
    """Make the property of an operator that takes a picture of a view."""
    return EnumProperty(
        name="Look",
        description="What the picture shows",
        items=LOOK_ITEMS,
        options={"SKIP_SAVE"},
    )


def obstacle_to_capture(context: bpy.types.Context) -> str:
    """Say why no picture of a view can be taken; empty if it can."""
    if bpy.app.background:
        return phrase("This needs Blender with a window")
    return "" if capture.find_view(context) is not None else phrase("There is no 3D View in this window")


class EASEL_OT_add_viewport(_CaptureVerb, bpy.types.Operator):
    """Add a picture of the 3D View, without overlays: as it is shaded now, or its depth, normals, clay"""

    bl_idname = "easel.add_viewport"
    bl_label = "Viewport Snapshot"

    look: look_property()

    def capture(self, context: bpy.types.Context) -> Path:
        return capture.capture_viewport(context, capture.find_view(context), Look(self.look))


class EASEL_OT_add_camera(_CaptureVerb, bpy.types.Operator):
    """Add a picture of what the camera sees, shaded as the 3D View is, or its depth, normals, clay"""

    bl_idname = "easel.add_camera"
    bl_label = "Camera View"

    look: look_property()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if context.scene.camera is None or context.scene.camera.type != "CAMERA":
            return phrase("The scene has no camera")
        return obstacle_to_capture(context)

    def capture(self, context: bpy.types.Context) -> Path:
        return capture.capture_camera(context, capture.find_view(context), Look(self.look))


class EASEL_OT_add_render(_CaptureVerb, bpy.types.Operator):
    """Add the last render, as the view transform shows it"""

    bl_idname = "easel.add_render"
    bl_label = "Render Result"

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if bpy.app.is_job_running("RENDER"):
            return phrase("Wait until the render is finished")
        return "" if "Render Result" in bpy.data.images else phrase("Nothing was rendered yet")

    def capture(self, context: bpy.types.Context) -> Path:
        return capture.save_render(context.scene)


CLASSES = (
    EASEL_OT_add_viewport,
    EASEL_OT_add_camera,
    EASEL_OT_add_render,
)
