# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab of the Image Editor: edits the image that is open."""

import bpy

from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .editors import draw_edit, draw_generate, draw_head


class EASEL_PT_image_editor(bpy.types.Panel):
    """Edit the open image, or generate new ones."""

    bl_label = "Create"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        form = draw_head(context, layout)
        if form is None:
            return
        if form.mode == "EDIT":
            draw_edit(
                context, layout, form, context.space_data.image, phrase("Open an image here to edit it")
            )
        else:
            draw_generate(context, layout, form)


CLASSES = (EASEL_PT_image_editor,)
