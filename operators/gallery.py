# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for images in the library's wall: choose them, turn pages, use them as sources."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..jobs.marks import BEST
from ..scene.language import said
from ..scene.listing.form_sources import add_file, add_image
from ..scene.placement.images import find_result
from ..scene.session import pump, session, wall
from ..scene.sources import file_facts
from ..scene.windows.tab import NOT_OVER_TAB, is_over_tab
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.gallery import Gallery

NOTHING_CHOSEN = phrase("Choose images of the library first")


class EASEL_OT_choose_from_library(bpy.types.Operator):
    """Choose this image: Result then shows it. Double-click shows it large; Shift and Ctrl choose several"""

    bl_idname = "easel.choose_from_library"
    bl_label = "Choose Image"
    bl_options = {"INTERNAL"}

    image: StringProperty(name="Image", description="Its number in the library", options={"SKIP_SAVE"})
    adds: BoolProperty(name="Add", description="Add it to the chosen images", options={"SKIP_SAVE"})
    extends: BoolProperty(
        name="Extend", description="Choose all from the last one to this", options={"SKIP_SAVE"}
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: object) -> str:
        """Tell the whole prompt: a thumbnail has room for its first words."""
        number = _number(getattr(properties, "image", ""))
        return next((row.written for row in wall.rows() if row.id == number), "")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.adds, self.extends = event.ctrl or event.oskey, event.shift
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        is_double = wall.choose(_number(self.image), adds=self.adds, extends=self.extends)
        if is_double and bpy.ops.easel.show_picture.poll():
            bpy.ops.easel.show_picture("INVOKE_DEFAULT")
        pump.show_now()
        return {"FINISHED"}


def _number(text: str) -> int:
    """Return the number of an image. Any other text gives 0, which no image has."""
    try:
        return int(text)
    except ValueError:
        return 0


class EASEL_OT_turn_page(bpy.types.Operator):
    """Show the next images of the library"""

    bl_idname = "easel.turn_page"
    bl_label = "Turn Page"
    bl_options = {"INTERNAL"}

    step: IntProperty(name="Step", description="How many pages to go on; less than 0 goes back", default=1)

    def execute(self, context: bpy.types.Context) -> set[str]:
        wall.turn_page(self.step)
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_add_from_library(Verb, bpy.types.Operator):
    """Add the chosen images to the sources of the form's edit: the ones in this file, else their files"""

    bl_idname = "easel.add_from_library"
    bl_label = "Add as Source"
    bl_options = {"UNDO", "INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        rows = wall.chosen()
        if not rows:
            raise Refusal(NOTHING_CHOSEN)
        found = [
            (find_result(row.job_id, row.index), row.fitted if row.fitted is not None else row.path)
            for row in rows
        ]
        for image, path in found:
            if image is None and not file_facts.is_file(path):
                raise Refusal(phrase("The file is gone from the library: {path}.", path=path))
        form = context.scene.easel
        form.mode = "EDIT"
        for image, path in found:
            if image is not None:
                add_image(form, image)
            else:
                add_file(form, path)
        return None


class _MarkingVerb(Verb):
    """A verb about the images that are chosen in the library."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if wall.chosen() else NOTHING_CHOSEN

    def act(self, context: bpy.types.Context) -> Outcome:
        self.mark(session.engine().gallery, [row.id for row in wall.chosen()])
        pump.wake()
        return None

    def mark(self, gallery: "Gallery", ids: list[int]) -> None:
        """Give the gallery the order that the verb is for."""
        raise NotImplementedError


class EASEL_OT_star_images(_MarkingVerb, bpy.types.Operator):
    """Star the chosen images to find them again. Removes the stars if all of them have one"""

    bl_idname = "easel.star_images"
    bl_label = "Star"
    bl_options = {"INTERNAL"}

    def mark(self, gallery: "Gallery", ids: list[int]) -> None:
        gallery.star(ids, is_on=not wall.are_starred())


class EASEL_OT_rate_images(_MarkingVerb, bpy.types.Operator):
    """Rate the chosen images from 1 to 5. Click their rating again to remove it"""

    bl_idname = "easel.rate_images"
    bl_label = "Rate"
    bl_options = {"INTERNAL"}

    rating: IntProperty(
        name="Rating", description="1 to 5; 0 removes the rating", min=0, max=BEST, options={"SKIP_SAVE"}
    )

    def mark(self, gallery: "Gallery", ids: list[int]) -> None:
        gallery.rate(ids, 0 if self.rating == wall.common_rating() else self.rating)


class EASEL_OT_show_edits(Verb, bpy.types.Operator):
    """Show the edits that were made of this image"""

    bl_idname = "easel.show_edits"
    bl_label = "Edits of This Image"
    bl_options = {"INTERNAL"}

    image: StringProperty(name="Image", description="Its number in the library", options={"SKIP_SAVE"})

    def act(self, context: bpy.types.Context) -> Outcome:
        row = next((row for row in wall.rows() if str(row.id) == self.image), None)
        if row is None or not row.content:
            raise Refusal(phrase("There is no image here"))
        asked = wall.properties()
        asked.search, asked.scope, asked.is_starred, asked.edits_of = "", "ALL", False, row.content
        pump.show_now()
        return None


class EASEL_OT_clear_filters(bpy.types.Operator):
    """Show images of every rating, tag and model again"""

    bl_idname = "easel.clear_filters"
    bl_label = "Clear Filters"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        asked = wall.properties()
        for name in ("rating", "tags", "model", "has_mask", "edits_of"):
            asked.property_unset(name)
        wall.begin_search()
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_delete_images(_MarkingVerb, bpy.types.Operator):
    """Put the chosen images into the library's bin. Images of this file stay"""

    bl_idname = "easel.delete_images"
    bl_label = "Delete"
    bl_options = {"INTERNAL"}

    def mark(self, gallery: "Gallery", ids: list[int]) -> None:
        gallery.put_in_bin(ids)


class _KeyVerb(Verb):
    """A verb of a key, for the chosen images, with the mouse over Easel's tab: elsewhere it is Blender's."""

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if not is_over_tab(context):
            return NOT_OVER_TAB
        return "" if wall.is_seen(context.region.as_pointer()) and wall.chosen() else NOTHING_CHOSEN


class EASEL_OT_move_choice(_KeyVerb, bpy.types.Operator):
    """Choose the next image of the library in this direction. Shift chooses all up to it"""

    bl_idname = "easel.move_choice"
    bl_label = "Choose Next Image"
    bl_options = {"INTERNAL"}

    across: IntProperty(name="Across", description="Places to the right", options={"SKIP_SAVE"})
    down: IntProperty(name="Down", description="Rows below", options={"SKIP_SAVE"})
    extends: BoolProperty(
        name="Extend", description="Choose all from the last one to this", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.extends = event.shift
        return self.execute(context)

    def act(self, context: bpy.types.Context) -> Outcome:
        region = context.region.as_pointer()
        wall.move_choice(self.across, self.down, extends=self.extends, region=region)
        pump.show_now()
        return None


class EASEL_OT_delete_by_key(_KeyVerb, bpy.types.Operator):
    """Put the chosen images into the library's bin, with the mouse over Easel's tab"""

    bl_idname = "easel.delete_by_key"
    bl_label = "Delete"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        return bpy.ops.easel.delete_images()


class EASEL_OT_restore_images(_MarkingVerb, bpy.types.Operator):
    """Take the chosen images out of the bin"""

    bl_idname = "easel.restore_images"
    bl_label = "Restore"
    bl_options = {"INTERNAL"}

    def mark(self, gallery: "Gallery", ids: list[int]) -> None:
        gallery.restore(ids)


class EASEL_OT_empty_bin(Verb, bpy.types.Operator):
    """Remove the files of all deleted images. They can't be brought back"""

    bl_idname = "easel.empty_bin"
    bl_label = "Empty Bin"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=said("Empty the Bin?"),
            message=said("The files of all deleted images are removed. They can't be brought back."),
            confirm_text=said("Empty Bin"),
        )

    def act(self, context: bpy.types.Context) -> Outcome:
        session.engine().gallery.empty_bin()
        pump.wake()
        return None


CLASSES = (
    EASEL_OT_choose_from_library,
    EASEL_OT_turn_page,
    EASEL_OT_add_from_library,
    EASEL_OT_star_images,
    EASEL_OT_rate_images,
    EASEL_OT_clear_filters,
    EASEL_OT_show_edits,
    EASEL_OT_delete_images,
    EASEL_OT_move_choice,
    EASEL_OT_delete_by_key,
    EASEL_OT_restore_images,
    EASEL_OT_empty_bin,
)
