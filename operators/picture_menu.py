# SPDX-License-Identifier: GPL-3.0-or-later
"""The right-click menu of an image: in the library's wall, in the newest images, and in a job's images."""

import time
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty, StringProperty

from ..scene.language import said, say
from ..scene.placement.ways import CHOICES
from ..scene.session import mirror, pump, session, wall
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.image_rows import ImageRow

_LOOK_S: Final = 0.05
_PATIENCE_S: Final = 10.0
"""How long a job is waited for that the list does not have."""
_PLACES: Final = ("TEXTURE", "PLANE", "REFERENCE_EMPTY", "NODE", "IMAGE")
"""The ways to place that are offered, if the editor has them."""
_ABOUT_CHOSEN: Final = {
    "ADD": (phrase("Add as Source"), "ADD", "add_from_library"),
    "STAR": (phrase("Star"), "SOLO_OFF", "star_images"),
    "DELETE": (phrase("Delete"), "TRASH", "delete_images"),
}
_ABOUT_ONE: Final = {
    "SHOW": (phrase("Show"), "IMAGE_DATA", "show_picture"),
    "EDIT": (phrase("Edit"), "BRUSH_DATA", "edit_picture"),
    "REUSE": (phrase("Reuse Settings"), "RECOVER_LAST", "reuse_settings"),
    "SAVE": (phrase("Save As…"), "FILE_TICK", "save_picture"),
    "REVEAL": (phrase("Reveal in Files"), "FILE_FOLDER", "reveal_picture"),
    "COPY": (phrase("Copy Prompt"), "COPYDOWN", "copy_prompt"),
}
_WITHOUT_NUMBER: Final = ("REUSE", "COPY")


class EASEL_OT_for_picture(Verb, bpy.types.Operator):
    """Choose this image, and do that with it"""

    bl_idname = "easel.for_picture"
    bl_label = "Do with Image"
    bl_options = {"INTERNAL"}

    verb: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    image: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    job_id: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    picture: IntProperty(min=0, options={"SKIP_SAVE", "HIDDEN"})

    _timer: bpy.types.Timer | None = None
    _ends_at = 0.0  # monotonic

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self._is_known() or bpy.app.background:
            return self.execute(context)
        self._choose()
        self._ends_at = time.monotonic() + _PATIENCE_S
        self._timer = context.window_manager.event_timer_add(_LOOK_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        pump.wake()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER" or not (self._is_known() or time.monotonic() > self._ends_at):
            return {"PASS_THROUGH"}
        self.cancel(context)
        return self.execute(context)

    def cancel(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)

    def act(self, context: bpy.types.Context) -> Outcome:
        self._choose()
        if not self._is_known() and bpy.app.background:
            pump.run_until(self._is_known, time.monotonic() + _PATIENCE_S)
        if not self._is_known():
            raise Refusal(phrase("This job is in a different library than the current one."))
        pump.show_now()
        try:
            return self._carry_out()
        except RuntimeError as error:  # the verb's refusal
            raise Refusal(str(error).removeprefix("Error: ").strip()) from error

    def _carry_out(self) -> set[str]:
        operators = bpy.ops.easel
        if self.verb in _ABOUT_CHOSEN:
            return getattr(operators, _ABOUT_CHOSEN[self.verb][2])("EXEC_DEFAULT", True)
        which: dict[str, Any] = {"job_id": self.job_id}
        if self.verb in _ABOUT_ONE:
            if self.verb not in _WITHOUT_NUMBER:
                which["picture"] = self.picture
            return getattr(operators, _ABOUT_ONE[self.verb][2])("INVOKE_DEFAULT", True, **which)
        return operators.place("INVOKE_DEFAULT", True, **which, picture=self.picture, kind=self.verb)

    def _choose(self) -> None:
        """Choose the image like a click, so that the artist sees which image the menu is about."""
        row = _row_of(self.image)
        if row is None:
            wall.show_job(self.job_id, self.picture)
        elif not wall.is_chosen(row.id):
            wall.choose(row.id)
        elif not self._is_known():
            wall.select(row)

    def _is_known(self) -> bool:
        return self.verb in _ABOUT_CHOSEN or mirror.find(self.job_id) is not None


def _row_of(image: str) -> "ImageRow | None":
    return next((row for row in wall.rows() if str(row.id) == image), None)


def draw_in_button_menu(menu: Any, context: bpy.types.Context) -> None:
    """Add the entries if the right-clicked button stands for an image."""
    clicked = getattr(context, "button_operator", None)
    kind = clicked.bl_rna.identifier if clicked is not None else ""
    row, job_id, number = None, "", 0
    if kind == "EASEL_OT_choose_from_library":
        row = _row_of(clicked.image)
        if row is not None:
            job_id, number = row.job_id, row.index + 1
    elif kind in ("EASEL_OT_choose_newest", "EASEL_OT_choose_picture"):
        selected = context.window_manager.easel.selected_job
        job_id, number = clicked.job_id or (selected.name if selected is not None else ""), clicked.picture
    if not job_id or not number:
        return
    session.note_drawn()
    layout = menu.layout
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    count = len(wall.chosen())
    if row is not None and wall.is_chosen(row.id) and count > 1:
        _draw_for_several(layout, count)
        return
    draw = _Entries(layout, str(row.id) if row is not None else "", job_id, number)
    draw.about("SHOW")
    draw.ways(context)
    if row is not None and row.content:
        layout.operator("easel.show_edits", icon="LINKED").image = str(row.id)
    for verb in ("EDIT", *(_ABOUT_CHOSEN if row is not None else ()), "REUSE", "SAVE", "REVEAL", "COPY"):
        draw.about(verb)


def _draw_for_several(layout: bpy.types.UILayout, count: int) -> None:
    layout.menu("EASEL_MT_place_chosen", text=said("Place {count}", count=count), translate=False)
    layout.operator("easel.compare", icon="SPLIT_VERTICAL")
    layout.operator("easel.add_from_library", text=said("Add {count} as Sources", count=count), icon="ADD")
    layout.operator("easel.star_images", icon="SOLO_ON" if wall.are_starred() else "SOLO_OFF")
    layout.operator("easel.delete_images", icon="TRASH")


def draw_ways(layout: bpy.types.UILayout, context: bpy.types.Context, job_id: str, picture: int) -> None:
    """Draw the ways to place one of a job's images that the editor has."""
    _Entries(layout, "", job_id, picture).ways(context)


class _Entries:
    """The menu's entries, all about one image."""

    def __init__(self, layout: bpy.types.UILayout, image: str, job_id: str, picture: int) -> None:
        self._layout, self._image, self._job_id, self._picture = layout, image, job_id, picture

    def about(self, verb: str) -> None:
        text, icon, _name = (_ABOUT_CHOSEN | _ABOUT_ONE)[verb]
        self.entry(verb, say(text), icon)

    def ways(self, context: bpy.types.Context) -> None:
        """Draw the ways to place it that the editor has."""
        area = context.area.type if context.area is not None else "VIEW_3D"
        for way in CHOICES.values():
            if way.kind.value in _PLACES and area in way.editors:
                label = say(phrase(way.words.label))
                self.entry(way.kind.value, said("Place: {way}", way=label), way.words.icon)

    def entry(self, verb: str, text: str, icon: str) -> None:
        button = self._layout.operator("easel.for_picture", text=text, translate=False, icon=icon)
        button.verb, button.image = verb, self._image
        button.job_id, button.picture = self._job_id, self._picture


CLASSES = (EASEL_OT_for_picture,)
