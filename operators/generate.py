# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate: a prompt becomes images."""

import bpy
from bpy.props import BoolProperty

from ..client.requests import GenerateRequest
from ..scene.placement.editor_plan import plan_new_node
from ..scene.placement.place import plan_placement
from ..scene.session import session
from .request import Prepared, RequestVerb, chosen_options, chosen_placement, chosen_prompt


class EASEL_OT_generate(RequestVerb, bpy.types.Operator):
    """Make new images from the prompt. The price is on the button"""

    bl_idname = "easel.generate"
    bl_label = "Generate"
    bl_options = set()

    as_node: BoolProperty(
        name="As Node",
        description="Add the image as an Image Texture node of the Shader Editor of the click",
        options={"SKIP_SAVE"},
    )

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        prompt = chosen_prompt(self, context, form.prompt)
        request = GenerateRequest(**prompt, **chosen_options(self, form))
        if self.as_node:
            plan = plan_new_node(context, session=session.session_id())
        else:
            kind = chosen_placement(self, form)
            plan = plan_placement(context, kind, session=session.session_id())
        return [(request, plan, {})]


CLASSES = (EASEL_OT_generate,)
