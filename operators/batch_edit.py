# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit rows of batches manually. Batches are not in the .blend, so Blender's undo does not change them."""

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..batches.edited import typed_values
from ..properties.options import MODEL_ITEMS
from ..scene.session import batch, batch_edits, pump
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .batch import BatchVerb, ChosenRowVerb
from .parameters import SKIP_SAVE, wait_property
from .verb import Outcome

if TYPE_CHECKING:
    from ..batches.row import Row

_WIDTH: Final = 420


class _EditVerb(BatchVerb):
    """One that changes a row."""

    wait: wait_property("Return when the row has changed, for scripts")

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if batch.is_going():
            return phrase("A batch is running: pause it first")
        return super().obstacle(context)

    def see_it_changed(self, number: int, row: "Row") -> None:
        """Let the row be checked and written in the background; for a script that waits, until it is.

        Raises:
            Refusal: something is wrong with it.
        """
        pump.show_now()
        if self.wait or bpy.app.background:
            pump.run_until(lambda: not batch.is_reading())
            run = batch.run()
            if run is None or run.rows[run.place_of(number)] != row:
                raise Refusal(batch.message())


class EASEL_OT_batch_edit(ChosenRowVerb, _EditVerb, bpy.types.Operator):
    """Edit a row that waits or has failed. It waits then. Nothing is sent"""

    bl_idname = "easel.batch_edit"
    bl_label = "Edit Row"
    bl_options = set()

    prompt: StringProperty(
        name="Prompt", description="What the image should show, with tokens", options=SKIP_SAVE
    )
    model: EnumProperty(name="Model", description="Which model to use", items=MODEL_ITEMS, options=SKIP_SAVE)
    count: IntProperty(
        name="Images", description="How many images to make", default=1, min=1, options=SKIP_SAVE
    )
    object: StringProperty(name="Object", description="The object that gets the texture", options=SKIP_SAVE)
    material: StringProperty(
        name="Material",
        description="The material that gets the texture: of the object, or of all if there is none",
        options=SKIP_SAVE,
    )
    sources: StringProperty(
        name="Sources",
        description="The image to edit, then images to show the model, separated by semicolons",
        options=SKIP_SAVE,
    )

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            values = typed_values(batch_edits.editable_row(self.number()))
        except Refusal as refusal:
            return self.refuse(refusal)
        for name, value in values.items():
            if not self.properties.is_property_set(name):
                setattr(self, name, value)
        return context.window_manager.invoke_props_dialog(self, width=_WIDTH)

    def draw(self: Any, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "prompt")
        layout.prop(self, "model")
        layout.prop(self, "count")
        if self.sources:
            layout.prop(self, "sources")
        layout.prop_search(self, "object", bpy.data, "objects")
        layout.prop_search(self, "material", bpy.data, "materials")

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        given = {
            name: getattr(self, name)
            for name in ("prompt", "model", "count", "object", "material", "sources")
            if self.properties.is_property_set(name)
        }
        number = self.number()
        self.see_it_changed(number, batch_edits.edit(number, given))


class EASEL_OT_batch_edit_back(_EditVerb, bpy.types.Operator):
    """Give the row that was edited last its values from before"""

    bl_idname = "easel.batch_edit_back"
    bl_label = "Take Back Edit"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return super().obstacle(context) or ("" if batch_edits.last_edit() else phrase("No row was edited"))

    def act(self, context: bpy.types.Context) -> Outcome:
        last = batch_edits.take_back()
        self.see_it_changed(last.number, last.before)


CLASSES = (EASEL_OT_batch_edit, EASEL_OT_batch_edit_back)
