# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab of the Shader Editor: edits the active Image Texture node's image, or adds such a node."""

import bpy

from ..jobs.targets import PlacementKind
from ..scene.placement.editor_trees import obstacle_to_nodes
from ..scene.windows.editors import active_image_node
from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .editors import draw_edit, draw_generate, draw_head


class EASEL_PT_shader_editor(bpy.types.Panel):
    """Edit the texture of the active node, or generate a new one."""

    bl_label = "Create"
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == "ShaderNodeTree"

    def draw(self, context: bpy.types.Context) -> None:
        layout, space = self.layout, context.space_data
        form = draw_head(context, layout)
        if form is None:
            return
        obstacle = obstacle_to_nodes(space)
        if form.mode == "EDIT":
            node = active_image_node(space)
            image = node.image if node is not None else None
            absent = phrase("Make an Image Texture node active to edit its image")
            draw_edit(context, layout, form, image, absent, obstacle)
        else:
            button = draw_generate(context, layout, form, None, phrase("New Texture"), obstacle)
            button.placement = PlacementKind.NODE.value


CLASSES = (EASEL_PT_shader_editor,)
