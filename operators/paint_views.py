# SPDX-License-Identifier: GPL-3.0-or-later
"""Free actions for painting a model: show the unseen, add a view, make a UV map, project again."""

from dataclasses import replace
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatVectorProperty, IntProperty, StringProperty

from ..imaging.surface.viewpoints import MOST_VIEWS
from ..jobs.targets import ModelViews
from ..scene.placement.unwrapping import obstacle_to_unwrapping, unwrap
from ..scene.session import coverage, painting, pump, session
from ..scene.session.painting import Weighed
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .jobs import JobVerb
from .parameters import HIDDEN, SKIP_SAVE
from .result import job_of
from .verb import Outcome, Verb


class EASEL_OT_show_unseen(Verb, bpy.types.Operator):
    """Show in the 3D View which parts of the model none of its views sees, or show them no more"""

    bl_idname = "easel.show_unseen"
    bl_label = "Show What Is Unseen"
    bl_options = {"INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        coverage.show_unseen(shown=not coverage.is_shown())
        pump.show_now()
        return None


class EASEL_OT_add_paint_view(Verb, bpy.types.Operator):
    """Add the view that sees most of what is unseen"""

    bl_idname = "easel.add_paint_view"
    bl_label = "Add a View for What Is Unseen"
    bl_options = {"UNDO", "INTERNAL"}

    towards: FloatVectorProperty(size=3, options=HIDDEN)

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        form = context.scene.easel.to_paint
        if len(form.more) >= MOST_VIEWS:
            raise Refusal(
                phrase(
                    "{count} views are too many for a sheet: {most}.", count=len(form.more), most=MOST_VIEWS
                )
            )
        form.more.add().towards = self.towards
        pump.show_now()
        return None


class EASEL_OT_drop_paint_views(Verb, bpy.types.Operator):
    """Leave out the views that were added"""

    bl_idname = "easel.drop_paint_views"
    bl_label = "Drop Added Views"
    bl_options = {"UNDO", "INTERNAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        context.scene.easel.to_paint.more.clear()
        pump.show_now()
        return None


class EASEL_OT_unwrap(Verb, bpy.types.Operator):
    """Give the selected meshes that have none a UV map on which no faces share a place"""

    bl_idname = "easel.unwrap"
    bl_label = "Make a UV Map"
    bl_options = {"UNDO"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_unwrapping(context)

    def act(self, context: bpy.types.Context) -> Outcome:
        names = unwrap(context)
        pump.show_now()
        return phrase("UV map made for {names}", names=", ".join(names))


class EASEL_OT_project_views(JobVerb, bpy.types.Operator):
    """Project the views of the sheet onto the model once more, with other weights. Costs nothing"""

    bl_idname = "easel.project_views"
    bl_label = "Project Again"
    bl_options = {"INTERNAL"}

    blend: EnumProperty(
        name="Where Views Overlap",
        items=(
            ("SHARP", "The Best View", "Each place shows the view that sees it best: sharp"),
            ("EVEN", "All Views", "Each place shows all views that see it: softer, without changes"),
        ),
        options=SKIP_SAVE,
    )
    weights: StringProperty(
        name="Weights",
        description="Of the views in the sheet's order, 0 to 1, with semicolons: 0 leaves a view out",
        options=SKIP_SAVE,
    )
    takes_reframed: BoolProperty(
        name="Use Re-Framed Views",
        description="Take views that the model has framed anew from where they were sent",
        options=SKIP_SAVE,
    )
    size: IntProperty(
        name="Texture Size", description="Pixels of a side; 0: as before", min=0, max=8192, options=SKIP_SAVE
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=340)

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        for name in ("blend", "weights", "takes_reframed", "size"):
            column.prop(self, name)

    def act_on(self: Any, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        here = replace(job, placement=job.placement.in_session(session.session_id()))
        target = job.placement.target
        count = len(target.plan.viewpoints) if isinstance(target, ModelViews) else 0
        weighed = Weighed(
            views=_weights(self.weights, count),
            is_even=self.blend == "EVEN",
            takes_reframed=self.takes_reframed,
            size=self.size,
        )
        painting.project(here, weighed)
        pump.show_now()
        return None


def _weights(text: str, count: int) -> dict[int, float]:
    """Read weights. Raises Refusal."""
    if not text.strip():
        return {}
    try:
        found = [float(part or 1) for part in text.replace(",", ".").split(";")]
    except ValueError as error:
        raise Refusal(phrase("Weights are numbers from 0 to 1, with semicolons between them.")) from error
    if len(found) > count or not all(0 <= one <= 1 for one in found):
        raise Refusal(phrase("Weights are numbers from 0 to 1, with semicolons between them."))
    return dict(enumerate(found))


CLASSES = (
    EASEL_OT_show_unseen,
    EASEL_OT_add_paint_view,
    EASEL_OT_drop_paint_views,
    EASEL_OT_unwrap,
    EASEL_OT_project_views,
)
