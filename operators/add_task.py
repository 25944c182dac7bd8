# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that were paid for elsewhere, by their ids: one, or many in any text."""

import bpy
from bpy.props import EnumProperty, StringProperty

from ..client.models import DEFAULT_MODEL, ModelId
from ..client.task_ids import only_ids, task_ids
from ..jobs.targets import PlacementKind
from ..properties.options import MODEL_ITEMS
from ..scene.language import said
from ..scene.placement.plan import plan_placement
from ..scene.session import mirror, pump, session
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .request import obstacle_to_sending
from .verb import Verb

_WIDTH = 420  # pixels at interface scale 1: an id has 36 letters


class EASEL_OT_add_task(Verb, bpy.types.Operator):
    """Collect jobs that were paid for elsewhere by their task IDs. Those on the clipboard are filled in"""

    bl_idname = "easel.add_task"
    bl_label = "Add by Task ID"
    bl_options = {"INTERNAL"}

    task_id: StringProperty(
        name="Task IDs",
        description="One or many, in any text such as a mail or a list",
        options={"SKIP_SAVE"},
    )
    model: EnumProperty(
        name="Model",
        description="The model that they were sent to",
        items=MODEL_ITEMS,
        default=DEFAULT_MODEL.value,
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask. Blender pastes only the first line of a text into a field, so the clipboard is read here."""
        self.task_id = " ".join(only_ids(context.window_manager.clipboard))
        return context.window_manager.invoke_props_dialog(self, width=_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "task_id")
        layout.prop(self, "model")
        count = len(task_ids(self.task_id))
        text = said("Copy the text that has them first, or type one here")
        if count == 1:
            text = said("1 task. It costs nothing")
        elif count:
            text = said("{count} tasks. They cost nothing", count=count)
        layout.label(text=text, translate=False, icon="INFO")

    def act(self, context: bpy.types.Context) -> str:
        if not self.task_id.strip():
            raise Refusal(phrase("The task ID is empty"))
        ids = task_ids(self.task_id)
        if not ids:
            raise Refusal(phrase("There is no task ID in this text"))
        plan = plan_placement(context, PlacementKind.IMAGE, session=session.session_id())
        known: list[str] = []
        for task_id in ids:
            job_id, is_followed = session.engine().add_task(task_id, ModelId(self.model), plan)
            if is_followed:
                pump.follow(job_id)
            else:
                known.append(job_id)
        if len(ids) == 1 and known:
            mirror.select(known[0])
            return phrase("This task is in the list already")
        if len(ids) == 1:
            return ""
        already = phrase("In the list already: {count}", count=len(known)) if known else ""
        return joined(phrase("Tasks added: {count}", count=len(ids) - len(known)), already, by=". ")


CLASSES = (EASEL_OT_add_task,)
