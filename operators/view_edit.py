# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit the View: the prompt changes a picture of the 3D View, which is projected into the painted texture."""

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty

from ..client.requests import EditRequest, Source, validate
from ..imaging.looks import COLOUR_LOOK_ITEMS, Look
from ..imaging.snapshot import FileSnapshot
from ..scene.placement import view_edit
from ..scene.session import arrivals, session
from ..scene.sources import never_upload
from ..scene.views import capture
from .capture import obstacle_to_capture
from .jobs import JobVerb
from .parameters import chosen
from .request import Prepared, RequestVerb, chosen_options, chosen_prompt, obstacle_to_sending


class EASEL_OT_edit_view(RequestVerb, bpy.types.Operator):
    """Change what this 3D View shows by the prompt. The result is projected into the texture being painted"""

    bl_idname = "easel.edit_view"
    bl_label = "Edit the View"
    bl_options = set()

    look: EnumProperty(
        name="Look",
        description="What is sent of the view",
        items=COLOUR_LOOK_ITEMS,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return (
            obstacle_to_capture(context) or view_edit.obstacle_to_view_edit(context) or obstacle_to_sending()
        )

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        request = EditRequest(
            **chosen_prompt(self, context, form.edit_prompt),
            sources=(Source(name=context.object.name),),
            keeps_place=True,
            **chosen_options(self, form),
        )
        validate(request)
        view = capture.find_view(context)
        look = Look(chosen(self, form, "look", "view_look"))
        never_upload.check_view(context)
        path, size = capture.capture_cut_out(context, view, look, view_edit.CAPTURE_SIDE)
        _window, area, _region = view
        plan = view_edit.plan_view_edit(context, area.spaces.active, size, session=session.session_id())
        return [(request, plan, {0: FileSnapshot(path=path)})]


class EASEL_OT_project(JobVerb, bpy.types.Operator):
    """Paint the image onto the object, through the view that was edited, into the texture being painted"""

    bl_idname = "easel.project"
    bl_label = "Project onto Texture"
    bl_options = {"INTERNAL"}
    # No UNDO: Blender's own operator pushes the step. With another on top, the first Ctrl+Z would do nothing.

    index: IntProperty(
        name="Image", description="Which of the job's images", min=0, options={"SKIP_SAVE", "HIDDEN"}
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        job = context.window_manager.easel.selected_job
        return view_edit.obstacle_to_projection(job.view_target) if job is not None else ""

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        return arrivals.project_now(session.engine(), row.name, self.index)


CLASSES = (EASEL_OT_edit_view, EASEL_OT_project)
