# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare images of the library in an Image Editor: star the best, and delete the others."""

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, IntProperty

from ..jobs.image_rows import RowsWanted
from ..scene.comparison import shown
from ..scene.session import comparing, pump, session, wall
from ..scene.windows.editors import open_editor
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .jobs import JobVerb
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..scene.comparison.geometry import Box


class EASEL_OT_compare(Verb, bpy.types.Operator):
    """Show the chosen images side by side in an Image Editor; two of them with a wipe"""

    bl_idname = "easel.compare"
    bl_label = "Compare"
    bl_options = {"INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        count = len(wall.chosen())
        if count < 2:
            return phrase("Choose two images or more: Ctrl-click adds one")
        if count > comparing.MOST:
            return phrase("At most {count} images are compared at once", count=comparing.MOST)
        return ""

    def act(self, context: bpy.types.Context) -> Outcome:
        begin(context, RowsWanted(ids=tuple(row.id for row in wall.chosen())))
        return None


class EASEL_OT_compare_job(JobVerb, bpy.types.Operator):
    """Show the images of this click side by side in an Image Editor; two of them with a wipe"""

    bl_idname = "easel.compare_job"
    bl_label = "Compare"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        begin(context, RowsWanted(job_ids=comparing.jobs_of_click(row.name)))
        return None


def begin(context: bpy.types.Context, wanted: RowsWanted) -> None:
    """Compare images in an Image Editor. Raises Refusal if none can be opened."""
    session.engine()
    area = open_editor(context)
    if area is None:
        raise Refusal(phrase("There is no Image Editor to compare in: open one first"))
    comparing.begin(area.spaces.active, wanted)
    pump.wake()


class _ComparingVerb(Verb):
    """A verb about the comparison. Its key works only in that editor."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if not shown.is_open():
            return phrase("Nothing is compared")
        is_elsewhere = context.region is not None and context.region.type == "WINDOW"
        if is_elsewhere and not shown.is_in(context.space_data):
            return phrase("It is being compared in another editor")
        return ""


class EASEL_OT_end_comparison(_ComparingVerb, bpy.types.Operator):
    """End the comparison: the editor shows its former image again"""

    bl_idname = "easel.end_comparison"
    bl_label = "End Comparison"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        comparing.end()
        pump.show_now()
        return None


class EASEL_OT_show_comparison_as(_ComparingVerb, bpy.types.Operator):
    """Show all side by side, or two with a wipe: click one and Ctrl-click the other"""

    bl_idname = "easel.show_comparison_as"
    bl_label = "Show Comparison As"
    bl_options = {"INTERNAL"}

    wipes: BoolProperty(
        name="A | B", description="One over the other, up to the split", options={"SKIP_SAVE"}
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        if self.wipes and shown.pair() is None:
            raise Refusal(phrase("Choose the two first: click one in the editor, and Ctrl-click the other"))
        comparing.show_as(wipes=self.wipes)
        pump.show_now()
        return None


class EASEL_OT_star_compared(_ComparingVerb, bpy.types.Operator):
    """Star this image, or remove its star. Keys 1 to 9 do the same while the mouse is over the comparison"""

    bl_idname = "easel.star_compared"
    bl_label = "Star"
    bl_options = {"INTERNAL"}

    number: IntProperty(
        name="Number", description="The number beside the image", min=1, options={"SKIP_SAVE"}
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        cells = shown.cells()
        if not 1 <= self.number <= len(cells):
            return {"CANCELLED"}
        cell = cells[self.number - 1]
        session.engine().gallery.star([cell.id], is_on=not cell.is_starred)
        pump.wake()
        return None


class EASEL_OT_keep_starred(JobVerb, bpy.types.Operator):
    """Put the images of this click that have no star into the library's bin. Images of this file stay"""

    bl_idname = "easel.keep_starred"
    bl_label = "Keep Only Starred"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        job_id = self.job_id or self.known_row(context).name  # one from the library may not be in the list
        session.engine().gallery.keep_starred(*comparing.jobs_of_click(job_id))
        pump.wake()
        return None


class EASEL_OT_touch_comparison(_ComparingVerb, bpy.types.Operator):
    """Choose the image under the mouse, or drag the split between two"""

    bl_idname = "easel.touch_comparison"
    bl_label = "Choose Compared"
    bl_options = {"INTERNAL"}

    adds: BoolProperty(name="Add", description="Choose it as well", options={"SKIP_SAVE"})

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if not shown.is_in(context.space_data):
            return phrase("Nothing is compared here")
        return super().obstacle(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        x, y = _place_in(context, event)
        if shown.wipes():
            _move_split(context, shown.boxes(context.area)[0], x)
            context.window_manager.modal_handler_add(self)
            return {"RUNNING_MODAL"}
        cell = shown.cell_at(context.area, x, y)
        if cell is None:
            return {"CANCELLED"}
        shown.choose(cell, adds=self.adds or event.ctrl or event.shift or event.oskey)
        row = comparing.row_of(cell)
        if row is not None:
            wall.select(row)
        context.area.tag_redraw()
        pump.show_now()
        return {"FINISHED"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not shown.is_in(context.space_data) or not shown.wipes():
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            _move_split(context, shown.boxes(context.area)[0], _place_in(context, event)[0])
        if event.type in ("LEFTMOUSE", "ESC", "RIGHTMOUSE") and event.value in ("RELEASE", "PRESS"):
            return {"FINISHED"}
        return {"RUNNING_MODAL"}


def _place_in(context: bpy.types.Context, event: bpy.types.Event) -> tuple[int, int]:
    region = shown.main_region(context.area)
    return event.mouse_x - region.x, event.mouse_y - region.y


def _move_split(context: bpy.types.Context, box: "Box", x: float) -> None:
    context.window_manager.easel.gallery.split = min(max((x - box.x) / max(box.width, 1.0), 0.0), 1.0)


CLASSES = (
    EASEL_OT_compare,
    EASEL_OT_compare_job,
    EASEL_OT_end_comparison,
    EASEL_OT_show_comparison_as,
    EASEL_OT_star_compared,
    EASEL_OT_keep_starred,
    EASEL_OT_touch_comparison,
)
