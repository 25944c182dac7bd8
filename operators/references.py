# SPDX-License-Identifier: GPL-3.0-or-later
"""References to model by: a turnaround sheet is split into its views, which are switched on and off."""

import math
import time
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import EnumProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty

from ..imaging import pillow
from ..imaging.turnaround.sides import MOST, Side
from ..properties.references import SHAPE_ITEMS
from ..scene.placement import reference_shapes, references
from ..scene.placement.poses import picked_height
from ..scene.placement.references import ReferencesPlan
from ..scene.refs import reference
from ..scene.session import pump, splits
from ..scene.sources.snapshots import snapshot
from ..scene.windows import interface
from ..scene.windows.editors import image_of
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .parameters import timeout_property, wait_property
from .result import PictureVerb
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_REFERENCES = phrase("The scene has no references of a turnaround")
SLOTS = {Side.RIGHT: "image_left", Side.BACK: "image_back", Side.LEFT: "image_right"}
"""The form's fields of the other views. Its left is the object's left, which Blender's Right shows."""
IN_WORK = phrase("The sheet is being split; its views appear in a moment")


class SplittingVerb(Verb):
    """A verb that splits a sheet. If it waits, it is the undo step; otherwise the pump pushes one."""

    height: FloatProperty(
        name="Height",
        description="How high the object stands in all views; 0 for the selected object's height, or 1 m",
        min=0.0,
        soft_max=100.0,
        subtype="DISTANCE",
        options={"SKIP_SAVE"},
    )
    views: IntProperty(
        name="Views",
        description="How many views the sheet has, 2 to 6; 0 detects the number",
        min=0,
        max=MOST,
        options={"SKIP_SAVE"},
    )
    borders: FloatVectorProperty(
        name="Borders",
        description=(
            "Where the views are cut, as parts of the sheet's width: one fewer than views. All 0: at "
            "the gutters"
        ),
        size=MOST - 1,
        min=0.0,
        max=1.0,
        options={"SKIP_SAVE"},
    )
    shape: EnumProperty(
        name="Show As",
        description="What shows the views",
        items=(("AS_BEFORE", "As Before", "Like the ones before, else empties", 2), *SHAPE_ITEMS),
        default="AS_BEFORE",
        options={"SKIP_SAVE"},
    )
    wait: wait_property("Return when the references are set up, for scripts")
    timeout: timeout_property(60)

    def split(self: Any, context: bpy.types.Context, sheet: bpy.types.Image) -> Outcome:
        """Split a sheet, as `act`."""
        if problem := pillow.obstacle():
            raise Refusal(problem)
        plan = ReferencesPlan(
            sheet=reference(sheet),
            scene=reference(context.scene),
            height=self.height or picked_height(context),
            count=0 if self.views == 1 else self.views,
            borders=_chosen_borders(self.borders, self.views),
            shape="" if self.shape == "AS_BEFORE" else self.shape,
        )
        split = splits.begin(plan, snapshot(sheet, scene=context.scene))
        if not self.wait and not bpy.app.background:  # if the pump does not run
            pump.wake()
            return self.refuse(IN_WORK, "INFO")  # no undo step: that is the pump's
        return splits.finish(split, time.monotonic() + (self.timeout or math.inf))


class EASEL_OT_split_turnaround(SplittingVerb, bpy.types.Operator):
    """Cut a turnaround sheet into its views, and set them up as references around the place of the model"""

    bl_idname = "easel.split_turnaround"
    bl_label = "Split Turnaround"
    bl_options = {"UNDO"}

    image: StringProperty(
        name="Image",
        description="Name of the sheet in this file; empty for the one that is open in the Image Editor",
        options={"SKIP_SAVE"},
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        if self.image:
            sheet = bpy.data.images.get(self.image)
            if sheet is None:
                raise Refusal(phrase("There is no image “{name}” in this file.", name=self.image))
        else:
            sheet = image_of(context.space_data)
            if sheet is None:
                raise Refusal(phrase("There is no image here"))
        return self.split(context, sheet)


class EASEL_OT_split_picture(SplittingVerb, PictureVerb, bpy.types.Operator):
    """Cut the image into the views of a turnaround, and set them up as references for modelling"""

    bl_idname = "easel.split_picture"
    bl_label = "Split Turnaround"
    bl_options = {"UNDO", "INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        return self.split(context, self.image(context, row, stays=True))


class EASEL_OT_toggle_references(Verb, bpy.types.Operator):
    """Show all references of the scene, or hide them"""

    bl_idname = "easel.toggle_references"
    bl_label = "Show References"
    bl_options = {"UNDO"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        has_sets = references.sets_of(context.view_layer.layer_collection)
        return "" if has_sets else NO_REFERENCES

    def act(self, context: bpy.types.Context) -> None:
        sets = references.sets_of(context.view_layer.layer_collection)
        references.toggle(sets)
        interface.redraw()


class EASEL_OT_look_from_reference(Verb, bpy.types.Operator):
    """Look from the side of this view; click again to go back"""

    bl_idname = "easel.look_from_reference"
    bl_label = "Look from Here"
    bl_options = {"INTERNAL"}

    object: StringProperty(name="Object", description="Name of the reference", options={"SKIP_SAVE"})

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        space = context.space_data
        return "" if space is not None and space.type == "VIEW_3D" else phrase("This is not a 3D View")

    def act(self, context: bpy.types.Context) -> Outcome:
        found = references.holder_of(self.object, context.scene)
        if found is None:
            raise Refusal(NO_REFERENCES)
        obj, collection = found
        space: Any = context.space_data
        if reference_shapes.looks_from(space, obj):
            reference_shapes.leave(obj, space)
            space.region_3d.view_perspective = "PERSP"
        else:
            references.arrange(collection)  # the frame of the render may have another shape by now
            reference_shapes.look_from(space, obj, collection.easel_references.figure_height)
        reference_shapes.hide_unused(collection.objects)
        return None


class EASEL_OT_references_to_model(Verb, bpy.types.Operator):
    """Fill the panel Make Model with these views, and with their height. Nothing is sent yet"""

    bl_idname = "easel.references_to_model"
    bl_label = "Views to Model"
    bl_options = {"UNDO", "INTERNAL"}

    collection: StringProperty(
        name="Collection", description="Name of the collection of the references", options={"SKIP_SAVE"}
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        has_sets = references.sets_of(context.view_layer.layer_collection)
        return "" if has_sets else NO_REFERENCES

    def act(self, context: bpy.types.Context) -> Outcome:
        sets = references.sets_of(context.view_layer.layer_collection)
        known = {it.collection.name: it.collection for it in sets}
        collection: Any = known.get(self.collection) or next(iter(known.values()), None)
        if collection is None:
            raise Refusal(NO_REFERENCES)
        images = references.images_of(collection)
        front = images.get(Side.FRONT) or next(iter(images.values()), None)
        if front is None:
            raise Refusal(phrase("None of the views is in this file any more"))
        form = context.scene.easel.to_model
        form.image, form.height = front, collection.easel_references.figure_height
        for side, name in SLOTS.items():
            setattr(form, name, images.get(side) if front == images.get(Side.FRONT) else None)
        interface.redraw()
        count = 1 + sum(getattr(form, name) is not None for name in SLOTS.values())
        if count == 1:
            return phrase("The view is in the panel Make Model")
        return phrase("{count} views are in the panel Make Model", count=count)


def _chosen_borders(borders: "Sequence[float]", count: int) -> tuple[float, ...]:
    """Return the chosen borders; none if none is set."""
    wanted = [border for border in borders[: count - 1 if count else None] if 0.0 < border < 1.0]
    return tuple(wanted)


CLASSES = (
    EASEL_OT_split_turnaround,
    EASEL_OT_split_picture,
    EASEL_OT_toggle_references,
    EASEL_OT_look_from_reference,
    EASEL_OT_references_to_model,
)
