# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the borders between the views of a turnaround sheet, over the picture of an Image Editor."""

from typing import Any

import bpy
from bpy.props import StringProperty

from ..imaging import pillow
from ..imaging.turnaround import borders
from ..imaging.turnaround.borders import Parting
from ..imaging.turnaround.sides import Side
from ..scene.language import say
from ..scene.placement import references
from ..scene.placement.poses import picked_height
from ..scene.placement.references import ReferencesPlan
from ..scene.refs import image_by_uid, reference
from ..scene.session import pump, splits
from ..scene.sources.snapshots import snapshot
from ..scene.windows import parting_lines
from ..scene.windows.editors import image_of, show_image
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Outcome, Verb

USUAL_VIEWS = 4
"""As many as the template asks for."""


class EASEL_OT_adjust_borders(Verb, bpy.types.Operator):
    """Move the borders between the views of a turnaround sheet, in the picture; then it is cut there"""

    bl_idname = "easel.adjust_borders"
    bl_label = "Adjust Borders…"
    bl_options = {"INTERNAL"}  # the step is the pump's, when the views are here

    image: StringProperty(
        name="Image",
        description="Name of the sheet in this file; empty for the one that is open in the Image Editor",
        options={"SKIP_SAVE"},
    )

    _drags: int | None = None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        try:
            sheet = self._sheet(context)
            area = _editor_of(context, sheet)
        except Refusal as refusal:
            return self.refuse(refusal)
        if area != context.area:
            return _invoke_in(context, area, sheet)
        self._uid, self._before = sheet.session_uid, list[Parting]()
        self._parting = known_parting(sheet, context.scene)
        context.workspace.status_text_set(say(parting_lines.KEYS))
        context.window_manager.modal_handler_add(self)
        self._show(context)
        return {"RUNNING_MODAL"}

    def _sheet(self, context: bpy.types.Context) -> bpy.types.Image:
        if not self.image:
            sheet = image_of(context.space_data)
            if sheet is None:
                raise Refusal(phrase("There is no image here"))
            return sheet
        sheet = bpy.data.images.get(self.image)
        if sheet is None:
            raise Refusal(phrase("There is no image “{name}” in this file.", name=self.image))
        return sheet

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        sheet = image_by_uid(self._uid)
        if sheet is None or not _shows(context.space_data, sheet):  # the editor shows another image now
            return self._leave(context, {"CANCELLED"})
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self._leave(context, {"CANCELLED"})
        if event.type in {"RET", "NUMPAD_ENTER"} and event.value == "PRESS":
            return self._cut(context, sheet)
        region = next(it for it in context.area.regions if it.type == "WINDOW")
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        if self._drags is not None:
            at, _v = region.view2d.region_to_view(x, y)
            return self._drag(context, event, at)
        if not _is_on_picture(context, event):
            return {"PASS_THROUGH"}
        return self._point(context, event, region, (x, y), sheet)

    def _drag(self, context: bpy.types.Context, event: bpy.types.Event, at: float) -> set[str]:
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._drags = None
        elif event.type == "MOUSEMOVE" and self._drags is not None:
            self._parting = borders.moved(self._parting, self._drags, at)
        self._show(context, self._drags)
        return {"RUNNING_MODAL"}

    def _point(
        self,
        context: bpy.types.Context,
        event: bpy.types.Event,
        region: bpy.types.Region,
        place: tuple[float, float],
        sheet: bpy.types.Image,
    ) -> set[str]:
        """Handle a mouse or key event over the picture."""
        at, _v = region.view2d.region_to_view(*place)
        under = borders.nearest(self._parting, at, parting_lines.reach(region))
        if event.type == "MOUSEMOVE":
            self._show(context, under)
            return {"PASS_THROUGH"}  # the view may be moved meanwhile
        if event.value != "PRESS":
            return {"RUNNING_MODAL"} if event.type == "LEFTMOUSE" else {"PASS_THROUGH"}
        match event.type:
            case "LEFTMOUSE":
                button = parting_lines.button_at(region, *place)
                if button:
                    return (
                        self._cut(context, sheet) if button == "CUT" else self._leave(context, {"CANCELLED"})
                    )
                label = parting_lines.label_at(region, self._parting, *place)
                if label is not None:
                    self._change(borders.turned(self._parting, label, -1 if event.shift else 1))
                elif under is not None:
                    self._drags = under
                    self._change(self._parting)
            case "A":
                self._change(borders.added(self._parting, at))
            case "X" | "DEL" if under is not None:
                self._change(borders.removed(self._parting, under))
            case "Z" if event.ctrl or event.oskey:
                self._parting = self._before.pop() if self._before else self._parting
            case _:
                return {"PASS_THROUGH"} if event.type in _OF_THE_VIEW else {"RUNNING_MODAL"}
        self._show(context, self._drags)
        return {"RUNNING_MODAL"}

    def _change(self, parting: Parting) -> None:
        self._before.append(self._parting)
        self._parting = parting

    def _show(self, context: bpy.types.Context, hot: int | None = None) -> None:
        parting_lines.show(context.space_data, self._parting, hot)
        context.area.tag_redraw()

    def _cut(self, context: bpy.types.Context, sheet: bpy.types.Image) -> set[str]:
        """Have the sheet cut there; the pump sets the views up as one undo step."""
        self._leave(context, {"FINISHED"})
        try:
            splits.begin(plan_of(context, sheet, self._parting), snapshot(sheet, scene=context.scene))
        except Refusal as refusal:
            return self.refuse(refusal)
        pump.wake()
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends it: a file is loaded."""
        self._leave(context, {"CANCELLED"})

    def _leave(self, context: bpy.types.Context, outcome: set[str]) -> set[str]:
        parting_lines.end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        if context.area is not None:
            context.area.tag_redraw()
        return outcome

    def act(self, context: bpy.types.Context) -> Outcome:
        raise Refusal(phrase("Borders are moved in a window: scripts call split_turnaround with borders"))


_OF_THE_VIEW = {
    *("MIDDLEMOUSE", "WHEELUPMOUSE", "WHEELDOWNMOUSE", "WHEELINMOUSE", "WHEELOUTMOUSE"),
    *("TRACKPADPAN", "TRACKPADZOOM", "MOUSEPAN", "MOUSEZOOM", "HOME", "NUMPAD_PLUS", "NUMPAD_MINUS"),
    *("TIMER", "TIMER_REPORT", "INBETWEEN_MOUSEMOVE", "WINDOW_DEACTIVATE", "N", "T"),
}
"""Events that move or scale the picture, or belong to Blender."""


def known_parting(sheet: bpy.types.Image, scene: bpy.types.Scene) -> Parting:
    """Return how a sheet was split before, or as many equal parts as the template asks for."""
    collection = references.find_set(sheet, scene)
    if collection is None:
        return borders.even(USUAL_VIEWS)
    settings: Any = collection.easel_references
    count = len(settings.views)
    if count < 2:
        return borders.even(USUAL_VIEWS)
    return Parting(
        borders=tuple(settings.borders[: count - 1]), sides=tuple(Side(view.side) for view in settings.views)
    )


def plan_of(context: bpy.types.Context, sheet: bpy.types.Image, parting: Parting) -> ReferencesPlan:
    """Return the plan that splits a sheet at borders, with the same height as its views had before."""
    collection = references.find_set(sheet, context.scene)
    settings: Any = collection.easel_references if collection is not None else None
    return ReferencesPlan(
        sheet=reference(sheet),
        scene=reference(context.scene),
        height=settings.figure_height if settings is not None else picked_height(context),
        count=len(parting.sides),
        borders=parting.borders,
        sides=parting.sides,
    )


def _editor_of(context: bpy.types.Context, sheet: bpy.types.Image) -> bpy.types.Area:
    """Show a sheet in an Image Editor, preferably the one that was clicked in. Raises Refusal."""
    if problem := pillow.obstacle():
        raise Refusal(problem)
    area = context.area if _shows(context.space_data, sheet) else show_image(context, sheet)
    if area is None:
        raise Refusal(phrase("There is no Image Editor to show the sheet in: open one first"))
    return area


def _shows(space: Any, sheet: bpy.types.Image) -> bool:
    return isinstance(space, bpy.types.SpaceImageEditor) and space.image == sheet


def _invoke_in(context: bpy.types.Context, area: bpy.types.Area, sheet: bpy.types.Image) -> set[str]:
    """Begin again in the editor that shows the sheet: it gets the mouse and the keys."""
    windows = context.window_manager.windows
    window = next(it for it in windows if any(area == other for other in it.screen.areas))
    region = next(it for it in area.regions if it.type == "WINDOW")
    with context.temp_override(window=window, area=area, region=region):
        bpy.ops.easel.adjust_borders("INVOKE_DEFAULT", image=sheet.name)
    return {"FINISHED"}


def _is_on_picture(context: bpy.types.Context, event: bpy.types.Event) -> bool:
    """Whether the mouse is on the picture, and not on something that covers it (sidebar, toolbar)."""
    x, y = event.mouse_x, event.mouse_y
    over = [
        it.type for it in context.area.regions if it.x <= x < it.x + it.width and it.y <= y < it.y + it.height
    ]
    return over == ["WINDOW"]


CLASSES = (EASEL_OT_adjust_borders,)
