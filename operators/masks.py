# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes, lassos and markers on the picture of an Image Editor, for the mask of an edit."""

import math
from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty

from ..client.edit_mask import MaskKind
from ..scene.language import say
from ..scene.masks import mask_overlay
from ..scene.masks.masks import Points, areas_of, last_drawn, packed_points
from ..scene.windows.editors import image_of
from ..texts.phrases import phrase
from .verb import Outcome, Verb

MIN_SIDE = 3
"""Pixels of the region: a smaller drag in both directions is a click."""
LASSO_STEP = 2.0
"""Pixels of the region between two corners of a lasso."""


class _OnPicture(Verb):
    """The base of drawing and clicking on the picture of an Image Editor.

    The view may be moved and zoomed meanwhile. The first press on the picture begins. Esc ends.
    """

    hint: str

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if context.space_data is None or context.space_data.type != "IMAGE_EDITOR":
            return phrase("Open the image in an Image Editor, and draw there")
        return "" if context.space_data.image is not None else phrase("No image is open here.")

    def invoke(self: Any, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        self.begin()
        context.window.cursor_modal_set("CROSSHAIR")
        context.workspace.status_text_set(say(self.hint))
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        space = context.space_data
        if not isinstance(space, bpy.types.SpaceImageEditor) or space.image is None:  # it was changed
            return self.leave(context, {"CANCELLED"})
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self.leave(context, {"CANCELLED"})
        return self.follow(context, event)

    def cancel(self: Any, context: bpy.types.Context) -> None:
        """Blender ends it: a file is loaded."""
        self.leave(context, {"CANCELLED"})

    def leave(self, context: bpy.types.Context, outcome: set[str]) -> set[str]:
        mask_overlay.clear_draft()
        if context.window is not None:
            context.window.cursor_modal_restore()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        mask_overlay.redraw()
        return outcome


def _picture_region(context: bpy.types.Context) -> bpy.types.Region:
    """The region with the picture: the button was pressed in another one."""
    return next(region for region in context.area.regions if region.type == "WINDOW")


def _is_on_picture(context: bpy.types.Context, event: bpy.types.Event) -> bool:
    """Whether the mouse is on the picture, and not on something that covers it (sidebar, toolbar)."""
    x, y = event.mouse_x, event.mouse_y
    over = [
        region.type
        for region in context.area.regions
        if region.x <= x < region.x + region.width and region.y <= y < region.y + region.height
    ]
    return over == ["WINDOW"]


def _position(context: bpy.types.Context, event: bpy.types.Event) -> tuple[float, float]:
    region = _picture_region(context)
    return event.mouse_x - region.x, event.mouse_y - region.y


def _uv(context: bpy.types.Context, position: tuple[float, float]) -> tuple[float, float]:
    u, v = _picture_region(context).view2d.region_to_view(*position)
    return u, v


class EASEL_OT_draw_mask(_OnPicture, bpy.types.Operator):
    """Draw a box or a lasso on the picture: an edit then changes only what is inside"""

    bl_idname = "easel.draw_mask"
    bl_label = "Draw Mask"
    bl_options = {"UNDO"}

    hint = phrase("Drag over the part that may change    Esc: Cancel")
    shape: EnumProperty(
        name="Shape",
        items=(
            ("BOX", "Box", "Drag from one corner to the other"),
            ("LASSO", "Lasso", "Draw around the part that may change"),
        ),
    )

    def begin(self) -> None:
        self._positions: list[tuple[float, float]] = []

    def follow(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        is_drawing = bool(self._positions)
        if event.type == "LEFTMOUSE" and event.value == "PRESS" and not is_drawing:
            if not _is_on_picture(context, event):
                return self.leave(context, {"CANCELLED", "PASS_THROUGH"})
            self._positions.append(_position(context, event))
            return {"RUNNING_MODAL"}
        if not is_drawing:
            return {"PASS_THROUGH"}
        if event.type == "MOUSEMOVE":
            self._add(_position(context, event))
            mask_overlay.show_draft(context.space_data, self._points(context))
            context.area.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._add(_position(context, event))
            return self._finish(context)
        return {"RUNNING_MODAL"}

    def _add(self, position: tuple[float, float]) -> None:
        if self.shape == "BOX":
            self._positions[1:] = [position]
        elif math.dist(position, self._positions[-1]) >= LASSO_STEP:
            self._positions.append(position)

    def _points(self, context: bpy.types.Context) -> Points:
        uvs = tuple(_uv(context, position) for position in self._positions)
        return mask_overlay.box(uvs[0], uvs[1]) if self.shape == "BOX" and len(uvs) > 1 else uvs

    def _finish(self, context: bpy.types.Context) -> set[str]:
        xs, ys = zip(*self._positions, strict=True)
        if max(xs) - min(xs) < MIN_SIDE or max(ys) - min(ys) < MIN_SIDE:
            self._positions.clear()  # a click: it may be tried again
            mask_overlay.clear_draft()
            context.area.tag_redraw()
            return {"RUNNING_MODAL"}
        settings = context.scene.easel.mask
        area = settings.areas.add()
        area.image = context.space_data.image
        area.points = packed_points(self._points(context))
        settings.kind = MaskKind.AREA.value
        return self.leave(context, {"FINISHED"})


def _is_on_image(image: bpy.types.Image, u: float, v: float) -> bool:
    """Whether a place in UV space is on an image, or on one of its tiles."""
    if image.source != "TILED":
        return 0 <= u <= 1 and 0 <= v <= 1
    number = 1001 + math.floor(u) + 10 * math.floor(v)
    return 0 <= u < 10 and any(tile.number == number for tile in image.tiles)


class EASEL_OT_add_marker(_OnPicture, bpy.types.Operator):
    """Click on the picture to set a numbered marker, and write its instruction in the sidebar"""

    bl_idname = "easel.add_marker"
    bl_label = "Add Marker"
    bl_options = {"UNDO"}

    hint = phrase("Click where something should change    Esc: Cancel")

    def begin(self) -> None:
        pass

    def follow(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}
        if not _is_on_picture(context, event):
            return self.leave(context, {"CANCELLED", "PASS_THROUGH"})
        u, v = _uv(context, _position(context, event))
        if not _is_on_image(context.space_data.image, u, v):
            return {"RUNNING_MODAL"}  # beside the picture: it may be tried again
        settings = context.scene.easel.mask
        marker = settings.markers.add()
        marker.image = context.space_data.image
        marker.place = (u, v)
        settings.kind = MaskKind.MARKERS.value
        return self.leave(context, {"FINISHED"})


class EASEL_OT_remove_marker(Verb, bpy.types.Operator):
    """Remove this marker; those after it get new numbers"""

    bl_idname = "easel.remove_marker"
    bl_label = "Remove Marker"
    bl_options = {"UNDO", "INTERNAL"}

    index: IntProperty(options={"SKIP_SAVE", "HIDDEN"})

    def act(self, context: bpy.types.Context) -> Outcome:
        markers = context.scene.easel.mask.markers
        if not 0 <= self.index < len(markers):
            return {"CANCELLED"}
        markers.remove(self.index)
        mask_overlay.redraw()
        return None


class EASEL_OT_clear_mask(Verb, bpy.types.Operator):
    """Remove the boxes and lassos, or the markers, of the image that is open here"""

    bl_idname = "easel.clear_mask"
    bl_label = "Clear Mask"
    bl_options = {"UNDO"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if _drawn(context)[1] else phrase("Nothing is drawn yet")

    def act(self, context: bpy.types.Context) -> None:
        drawn, indices = _drawn(context)
        for index in reversed(indices):
            drawn.remove(index)
        mask_overlay.redraw()


class EASEL_OT_copy_mask(Verb, bpy.types.Operator):
    """Use the boxes and lassos of another image for the one that is open here"""

    bl_idname = "easel.copy_mask"
    bl_label = "Use Areas of Another Image"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if image_of(context.space_data) is not None else phrase("No image is open here.")

    def act(self, context: bpy.types.Context) -> None:
        settings, image = context.scene.easel.mask, image_of(context.space_data)
        for points in [area.points for area in areas_of(settings, last_drawn(settings))]:
            area = settings.areas.add()
            area.image, area.points = image, points
        mask_overlay.redraw()


def _drawn(context: bpy.types.Context) -> tuple[Any, list[int]]:
    """Return the areas or the markers, depending on the mask, and which of them are on the open image."""
    settings, image = context.scene.easel.mask, image_of(context.space_data)
    drawn = settings.markers if settings.mask_kind is MaskKind.MARKERS else settings.areas
    return drawn, [index for index, one in enumerate(drawn) if image is not None and one.image == image]


CLASSES = (
    EASEL_OT_draw_mask,
    EASEL_OT_add_marker,
    EASEL_OT_remove_marker,
    EASEL_OT_clear_mask,
    EASEL_OT_copy_mask,
)
