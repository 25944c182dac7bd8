# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate: a prompt becomes images."""

import bpy
from bpy.props import BoolProperty

from ..client.requests import GenerateRequest
from ..jobs.placement import Placement
from ..scene.placement.editor_plan import plan_new_node
from ..scene.placement.place import plan_placement
from ..scene.session import session
from ..texts.phrases import phrase
from .request import (
    RequestParameters,
    chosen_options,
    chosen_placement,
    chosen_prompt,
    confirm,
    poll_service,
    send,
)


class EASEL_OT_generate(RequestParameters, bpy.types.Operator):
    """Make new images from the prompt. The price is on the button"""

    bl_idname = "easel.generate"
    bl_label = "Generate"
    bl_options = set()

    as_node: BoolProperty(
        name="As Node",
        description="Add the image as an Image Texture node of the Shader Editor of the click",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return poll_service(cls)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return confirm(self, context, event, phrase(self.bl_label))

    def execute(self, context: bpy.types.Context) -> set[str]:
        return send(self, lambda: (*self._request(context), {}))

    def _request(self, context: bpy.types.Context) -> tuple[GenerateRequest, Placement]:
        form = context.scene.easel
        prompt = chosen_prompt(self, context, form.prompt)
        request = GenerateRequest(**prompt, **chosen_options(self, form))
        if self.as_node:
            return request, plan_new_node(context, session=session.session_id())
        kind = chosen_placement(self, form)
        return request, plan_placement(context, kind, session=session.session_id())


CLASSES = (EASEL_OT_generate,)
