# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources that are in no file yet: what the 3D View, the camera, the last render shows."""

from typing import Any

import bpy
from bpy.props import EnumProperty

from ..imaging.errors import ImagingError
from ..imaging.looks import LOOK_ITEMS, Look
from ..scene.errors import SourceUnusable
from ..scene.language import said, say
from ..scene.listing.form_sources import add_file
from ..scene.sources import never_upload
from ..scene.views import capture


class _CaptureOperator:
    """An operator that takes a picture and adds it to the sources."""

    bl_options = {"UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            never_upload.check_view(context)
            path = self.capture(context)
        except (SourceUnusable, ImagingError, OSError) as error:
            self.report({"ERROR"}, say(str(error)))
            return {"CANCELLED"}
        add_file(context.scene.easel, path, shown_scene=context.scene)
        return {"FINISHED"}


def look_property() -> Any:
    """Make the property of an operator that takes a picture of a view."""
    return EnumProperty(
        name="Look",
        description="What the picture shows",
        items=LOOK_ITEMS,
        options={"SKIP_SAVE"},
    )


def poll_view(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    if bpy.app.background:
        cls.poll_message_set(said("This needs Blender with a window"))
        return False
    if capture.find_view(context) is None:
        cls.poll_message_set(said("There is no 3D View in this window"))
        return False
    return True


class EASEL_OT_add_viewport(_CaptureOperator, bpy.types.Operator):
    """Add a picture of the 3D View, without overlays: as it is shaded now, or its depth, normals, clay"""

    bl_idname = "easel.add_viewport"
    bl_label = "Viewport Snapshot"

    look: look_property()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return poll_view(cls, context)

    def capture(self, context: bpy.types.Context) -> object:
        """Take the picture."""
        return capture.capture_viewport(context, capture.find_view(context), Look(self.look))


class EASEL_OT_add_camera(_CaptureOperator, bpy.types.Operator):
    """Add a picture of what the camera sees, shaded as the 3D View is, or its depth, normals, clay"""

    bl_idname = "easel.add_camera"
    bl_label = "Camera View"

    look: look_property()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.camera is None or context.scene.camera.type != "CAMERA":
            cls.poll_message_set(said("The scene has no camera"))
            return False
        return poll_view(cls, context)

    def capture(self, context: bpy.types.Context) -> object:
        """Take the picture."""
        return capture.capture_camera(context, capture.find_view(context), Look(self.look))


class EASEL_OT_add_render(_CaptureOperator, bpy.types.Operator):
    """Add the last render, as the view transform shows it"""

    bl_idname = "easel.add_render"
    bl_label = "Render Result"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set(said("Wait until the render is finished"))
            return False
        if "Render Result" not in bpy.data.images:
            cls.poll_message_set(said("Nothing was rendered yet"))
            return False
        return True

    def capture(self, context: bpy.types.Context) -> object:
        """Write the render as a file."""
        return capture.save_render(context.scene)


CLASSES = (
    EASEL_OT_add_viewport,
    EASEL_OT_add_camera,
    EASEL_OT_add_render,
)
