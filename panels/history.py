# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of an image: which one is shown, and buttons for the others. Drawn if there are others."""

from collections.abc import Sequence

import bpy

from ..scene.history import lineage, versions
from ..scene.language import say
from ..scene.painting import clone_source, stencil
from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_text
from .view_edit import draw_stencil


class EASEL_MT_history(bpy.types.Menu):
    """Versions of the image, the newest first"""

    bl_idname = "EASEL_MT_history"
    bl_label = "Versions"

    def draw(self, context: bpy.types.Context) -> None:
        image = versions.image_at_hand(context)
        if image is None:
            return
        shown = lineage.stands_in_for(image) or image
        family = lineage.family_of(shown)
        for version in family:
            button = self.layout.operator(
                "easel.show_version",
                text=say(_text_of(version, family)),
                icon="RADIOBUT_ON" if version == shown else "RADIOBUT_OFF",
                translate=False,
            )
            button.session_uid = image.session_uid
            button.version_uid = version.session_uid


class HistoryPanel:
    """The sub-panel of each editor's form."""

    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "History"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        image = versions.image_at_hand(context)
        return image is not None and lineage.has_history(image)

    def draw(self, context: bpy.types.Context) -> None:
        image = versions.image_at_hand(context)
        if image is not None:
            draw_history(context, self.layout, image)


class EASEL_PT_view_history(HistoryPanel, SidebarPanel, bpy.types.Panel):
    """Versions of the active object's texture."""

    bl_parent_id = "EASEL_PT_generate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.easel.mode == "EDIT" and super().poll(context)


class EASEL_PT_image_history(HistoryPanel, bpy.types.Panel):
    """Versions of the open image."""

    bl_space_type = "IMAGE_EDITOR"
    bl_parent_id = "EASEL_PT_image_editor"


class EASEL_PT_shader_history(HistoryPanel, bpy.types.Panel):
    """Versions of the active node's image."""

    bl_space_type = "NODE_EDITOR"
    bl_parent_id = "EASEL_PT_shader_editor"


def draw_history(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """Draw which version is shown, and the actions for it."""
    hidden = lineage.stands_in_for(image)
    shown = hidden or image
    _draw_choice(layout, image, shown)
    column = layout.column(align=True)
    row = column.row()
    row.enabled = versions.counterpart_of(shown) is not None
    row.operator(
        "easel.compare_versions",
        text=say(_compare_text(shown, is_compared=hidden is not None)),
        icon="ARROW_LEFTRIGHT",
        depress=hidden is not None,
    ).session_uid = image.session_uid
    row = column.row()
    row.enabled = lineage.original_of(shown) is not None
    row.operator("easel.revert_to_original", icon="LOOP_BACK").session_uid = image.session_uid
    if lineage.original_of(shown) is not None:
        column = layout.column(align=True)
        column.operator("easel.paint_with_edit", icon="BRUSHES_ALL").session_uid = image.session_uid
        if context.area is None or context.area.type != "IMAGE_EDITOR":  # which knows no stencil
            column.operator("easel.paint_changes", icon="MOD_MASK").session_uid = image.session_uid
    if (edit := clone_source.edit_being_painted(context, shown)) is not None and lineage.is_edit(edit):
        text = phrase(
            "Strokes paint “{edit}” into “{canvas}”", edit=lineage.label_of(edit), canvas=shown.name
        )
        draw_text(context, layout, text, "BRUSHES_ALL")
    if clone_source.is_painting_mesh(context) and stencil.has_stencil(context.scene):
        draw_stencil(context, layout)  # whatever the brush: all of them paint through it
    if hidden is not None:
        draw_text(context, layout, phrase("Now you see “{image}”", image=lineage.label_of(image)), "HIDE_OFF")
    for name in lineage.deleted_ancestors(shown):
        draw_text(context, layout, phrase("“{name}” was deleted from this file", name=name), "INFO")


def _compare_text(shown: bpy.types.Image, *, is_compared: bool) -> str:
    is_edit = lineage.is_edit(shown)
    if is_compared:
        return phrase("Show the Edit Again") if is_edit else phrase("Show the Original Again")
    return phrase("Compare with Original") if is_edit else phrase("Compare with Newest Edit")


def _text_of(version: bpy.types.Image, family: Sequence[bpy.types.Image]) -> str:
    """Say which version it is; of several edits by the same prompt, by its image's name."""
    label = lineage.label_of(version)
    if not lineage.is_edit(version):
        return phrase("{image} (Original)", image=label)
    is_alone = all(lineage.label_of(other) != label for other in family if other != version)
    return label if is_alone else version.name


def _draw_choice(layout: bpy.types.UILayout, image: bpy.types.Image, shown: bpy.types.Image) -> None:
    family = lineage.family_of(shown)
    index = family.index(shown)
    row = layout.row(align=True)
    for direction, step, icon in (("PREVIOUS", 1, "TRIA_LEFT"), ("NEXT", -1, "TRIA_RIGHT")):
        arrow = row.row(align=True)
        arrow.enabled = 0 <= index + step < len(family)
        button = arrow.operator("easel.step_version", text="", icon=icon)
        button.session_uid = image.session_uid
        button.direction = direction
        if direction == "PREVIOUS":
            row.menu("EASEL_MT_history", text=say(_text_of(shown, family)), translate=False)


CLASSES = (EASEL_MT_history, EASEL_PT_view_history, EASEL_PT_image_history, EASEL_PT_shader_history)
