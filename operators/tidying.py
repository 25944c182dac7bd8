# SPDX-License-Identifier: GPL-3.0-or-later
"""The library made smaller: what is old, or too much, goes into the bin or for good."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty

from ..jobs.pruning import Rule
from ..scene.language import said
from ..scene.session import pruning, session
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..texts.wording import size_text
from .library import ChoreVerb

if TYPE_CHECKING:
    from ..jobs.chores import Chore


class EASEL_OT_prune_library(ChoreVerb, bpy.types.Operator):
    """Take old images out of the library. What is starred, in this file, or not yet collected stays"""

    bl_idname = "easel.prune_library"
    bl_label = "Prune Library"
    bl_options = {"INTERNAL"}

    for_good: BoolProperty(
        name="For Good",
        description="Remove the files; else they are in the bin until that is emptied",
        options={"SKIP_SAVE"},
    )
    days: IntProperty(
        name="Older Than",
        description="Images that were made so many days ago may go; 0 lets none go by its age",
        min=0,
        options={"SKIP_SAVE"},
    )
    gigabytes: FloatProperty(
        name="More Than",
        description="The oldest images may go, until the rest has so many gigabytes; 0 sets no limit",
        min=0.0,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        plan = pruning.plan()
        if plan is None or not plan.ids:
            return self.refuse(phrase("Nothing would go"))
        if not self.for_good:
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=said("Remove for Good?"),
            message=said(
                "{count:,} images, {size}. They can't be brought back.",
                count=len(plan.ids),
                size=size_text(plan.byte_count),
            ),
            confirm_text=said("Remove"),
        )

    def begin(self, *, tells: bool) -> "Chore":
        rule = Rule(days=self.days, most_bytes=round(self.gigabytes * 1e9))
        wanted = pruning.plan() if rule == Rule() else rule  # what was shown goes, and nothing else
        if wanted is None:
            raise Refusal(phrase("Say how old images may get, or how large the library"))
        pruning.touch()
        return session.engine().gallery.prune(wanted, pruning.here_now(), for_good=self.for_good, tells=tells)


CLASSES = (EASEL_OT_prune_library,)
