# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's part for an edit of the view, in Texture Paint mode, and the button that projects its result."""

from typing import Any

import bpy

from ..scene.language import said
from ..scene.placement.view_edit import CAPTURE_SIDE, obstacle_to_projection, painted_textures
from ..texts.phrases import phrase
from .common import draw_text
from .fields import draw_field, split_column


def is_painting(context: bpy.types.Context) -> bool:
    """Say whether the active object is in Texture Paint mode, where a view can be edited."""
    return context.object is not None and context.object.mode == "TEXTURE_PAINT"


def edits_view(context: bpy.types.Context, form: Any) -> bool:
    """Say whether the form is about the view."""
    return form.mode == "EDIT" and form.subject == "VIEW" and is_painting(context)


def draw_view(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any) -> None:
    """Draw what is sent of the view, and where the result goes."""
    draw_field(context, split_column(layout), form, "view_look")
    for texture in painted_textures(context.object, context.scene):
        draw_text(
            context,
            layout,
            phrase("Goes onto “{texture}” of {object}", texture=texture.name, object=context.object.name),
            "TPAINT_HLT",
        )
    if context.scene.tool_settings.image_paint.stencil_image is not None:  # it would hold the result back too
        draw_stencil(context, layout)
    uploads = phrase("Uploads a picture of this view, {side} pixels on its longer side", side=CAPTURE_SIDE)
    draw_text(context, layout, uploads, "EXPORT")


def draw_stencil(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Draw Blender's own switch for the stencil, which is otherwise only in another tab."""
    layout.prop(context.scene.tool_settings.image_paint, "use_stencil_layer", text="Only Through Stencil")


def draw_projection(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw a button for each image of a job that projects it, and why it is grey."""
    reason = obstacle_to_projection(job.view_target)
    button = layout.row(align=True)
    button.scale_y = 1.3
    button.enabled = not reason
    pictures = job.pictures
    for number in pictures:
        is_alone, is_first = len(pictures) == 1, number == pictures[0]
        text = said("Project onto Texture") if is_alone else said("Project {number}", number=number)
        settings = button.operator("easel.project", text=text, icon="TPAINT_HLT" if is_first else "NONE")
        settings.job_id, settings.index = job.name, number - 1
    if reason:
        draw_text(context, layout, reason, "INFO")
