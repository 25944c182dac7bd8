# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for a model in the scene: see how it was made, reduce its faces."""

from typing import Any

import bpy
from bpy.props import IntProperty

from ..scene.models import bring
from ..scene.session import pump, wall
from ..scene.windows.editors import show_image
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Outcome, Verb

NO_MODEL = phrase("The active object was not made by Easel")


class _ModelVerb(Verb):
    """A verb about the active object, which Easel has brought."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if model_at_hand(context) is not None else NO_MODEL


class EASEL_OT_show_making(_ModelVerb, bpy.types.Operator):
    """Select the job that made the model: Result shows its picture and settings"""

    bl_idname = "easel.show_making"
    bl_label = "Show How It Was Made"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        wall.show_job(_making_of(context).job_id)
        pump.show_now()


class EASEL_OT_show_model_picture(_ModelVerb, bpy.types.Operator):
    """Show the picture that the model was made from, in an Image Editor"""

    bl_idname = "easel.show_model_picture"
    bl_label = "Show Picture"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> None:
        picture = _making_of(context).picture
        if picture is None:
            raise Refusal(phrase("The picture is not in this file. Show How It Was Made finds it."))
        show_image(context, picture)


class EASEL_OT_thin_model(_ModelVerb, bpy.types.Operator):
    """Add a Decimate modifier that leaves so many faces. It is not applied: its slider changes that"""

    bl_idname = "easel.thin_model"
    bl_label = "Fewer Faces"
    bl_options = {"UNDO"}

    faces: IntProperty(
        name="Faces", description="How many faces are left; 0 for half of them", min=0, options={"SKIP_SAVE"}
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        obj = _object(context)
        return bring.thin(obj, self.faces or len(obj.data.polygons) // 2)


def model_at_hand(context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the active object, if it is a model that Easel has brought."""
    obj: Any = context.view_layer.objects.active if context.view_layer is not None else None
    return obj if obj is not None and obj.type == "MESH" and obj.easel_model.job_id else None


def _object(context: bpy.types.Context) -> Any:
    obj = model_at_hand(context)
    if obj is None:
        raise Refusal(NO_MODEL)
    return obj


def _making_of(context: bpy.types.Context) -> Any:
    return _object(context).easel_model


CLASSES = (EASEL_OT_show_making, EASEL_OT_show_model_picture, EASEL_OT_thin_model)
