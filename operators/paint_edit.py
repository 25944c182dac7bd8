# SPDX-License-Identifier: GPL-3.0-or-later
"""Painting an edit into its original manually, with Blender's own Clone brush and stencil."""

import contextlib
from typing import Any

import bpy

from ..scene.history import lineage, versions
from ..scene.painting import clone_source, stencil
from ..scene.refs import obstacle_to_editing
from ..scene.session import pump
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .history import VersionVerb

_PERIOD_S = 0.02


class PaintVerb(VersionVerb):
    """A verb that has an edit painted into its original."""

    def stencil_of(
        self, context: bpy.types.Context, canvas: bpy.types.Image, edit: bpy.types.Image
    ) -> bpy.types.Image | None:
        """Return the image that masks strokes, if there is one. Raises Refusal."""
        return None

    def act_on(self, context: bpy.types.Context, image: bpy.types.Image) -> str:
        canvas, edit = _pair(image)
        is_2d = isinstance(context.space_data, bpy.types.SpaceImageEditor)
        obj = context.view_layer.objects.active
        if not is_2d and (obj is None or obj.type != "MESH" or obstacle_to_editing(obj)):
            raise Refusal(phrase("Make the mesh object with the texture active first."))
        made = self.stencil_of(context, canvas, edit)
        if versions.is_shown(edit) or image != edit:
            versions.show_version(image, canvas)
        clone_source.set_clone_source(context.scene, canvas, edit)
        if is_2d:
            context.space_data.image = canvas
            context.space_data.ui_mode = "PAINT"
        else:
            clone_source.clone_by_active_uvs(obj.data)
        if made is not None:
            stencil.set_stencil(context.scene, obj.data, made)
            if isinstance(context.space_data, bpy.types.SpaceView3D):
                stencil.thin_veil(context.space_data)
        else:
            stencil.lift_stencil(context.scene)
        if not is_2d:
            bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
        if clone_source.HAS_BRUSH_ASSETS:
            _activate_brush(context.workspace.tools, is_2d=is_2d)
        clone_source.choose_clone_brush(context.scene, edit)
        pump.wake()
        text = _told(lineage.label_of(edit), canvas.name, through_stencil=made is not None)
        if clone_source.is_cloning(context.scene):
            return text
        return joined(text, phrase("Choose the brush Clone"), by=". ")


class EASEL_OT_paint_with_edit(PaintVerb, bpy.types.Operator):
    """Show the original, and paint the edit into it with the Clone brush. Strokes change the original"""

    bl_idname = "easel.paint_with_edit"
    bl_label = "Paint with This Edit"
    bl_options = {"UNDO"}


class EASEL_OT_paint_changes(PaintVerb, bpy.types.Operator):
    """Show the original, and paint the edit into it through a stencil: only where the edit changed it"""

    bl_idname = "easel.paint_changes"
    bl_label = "Paint Through Stencil"
    bl_options = {"UNDO"}

    comparison: stencil.Comparison | None = None
    _timer: bpy.types.Timer | None = None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        image = self.find_image(context)
        if image is None or not self._begin(context, image):
            return self.execute(context)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_PERIOD_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "TIMER" and self._is_ready(context):
            context.window_manager.event_timer_remove(self._timer)
            return self.execute(context)
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        if self.comparison is not None:
            self.comparison.stop()

    def stencil_of(
        self, context: bpy.types.Context, canvas: bpy.types.Image, edit: bpy.types.Image
    ) -> bpy.types.Image | None:
        if isinstance(context.space_data, bpy.types.SpaceImageEditor):
            raise Refusal(
                phrase("Blender's Image Editor can't paint through a stencil: do this in the 3D View.")
            )
        if self.comparison is None or not self.comparison.is_of(canvas, edit):
            self.comparison = stencil.Comparison(canvas, edit)
            self.comparison.run()
        return self.comparison.stencil(canvas, edit)

    def _is_ready(self, context: bpy.types.Context) -> bool:
        """Take the next turn of the comparison. True once `execute` has nothing left to compare."""
        if self.comparison is None or not self.comparison.advance():
            return False
        image = self.find_image(context)
        with contextlib.suppress(Refusal):  # which `act_on` says
            if image is not None and not self.comparison.is_of(*_pair(image)):
                return not self._begin(context, image)  # the artist has gone on to another image
        return True

    def _begin(self, context: bpy.types.Context, image: bpy.types.Image) -> bool:
        """Begin the comparison. Returns False if there can be none; `act_on` then reports why."""
        if isinstance(context.space_data, bpy.types.SpaceImageEditor):
            return False
        try:
            self.comparison = stencil.Comparison(*_pair(image))
        except Refusal:
            return False
        return True


def _pair(image: bpy.types.Image) -> tuple[bpy.types.Image, bpy.types.Image]:
    """Return the image to paint into and the edit to paint with. Raises Refusal."""
    edit = lineage.stands_in_for(image) or image
    canvas = lineage.original_of(edit)
    if canvas is None:
        raise Refusal(phrase("“{image}” has no original in this file to paint into.", image=edit.name))
    if obstacle := obstacle_to_editing(canvas):
        raise Refusal(phrase("{obstacle}.", obstacle=obstacle))
    return canvas, edit


def _told(edit: str, canvas: str, *, through_stencil: bool) -> str:
    if through_stencil:
        return phrase(
            "Strokes paint into “{canvas}” only what “{edit}” has changed of it",
            edit=edit,
            canvas=canvas,
        )
    return phrase("Strokes paint “{edit}” into “{canvas}”", edit=edit, canvas=canvas)


def _activate_brush(tools: Any, *, is_2d: bool) -> None:
    """Have Blender load its Clone brush, and the tool that goes with it. Without one the artist chooses."""
    # The editor has only just begun to paint and has no tool yet, which would crash Blender 5.2.
    if is_2d:
        tools.from_space_image_mode("PAINT", create=True)
    else:
        tools.from_space_view3d_mode("PAINT_TEXTURE", create=True)
    with contextlib.suppress(RuntimeError):  # the essentials are not there, or lie elsewhere
        bpy.ops.brush.asset_activate(
            asset_library_type="ESSENTIALS", relative_asset_identifier=clone_source.CLONE_BRUSH
        )


CLASSES = (EASEL_OT_paint_with_edit, EASEL_OT_paint_changes)
