# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate: a prompt becomes images."""

import bpy

from ..client.requests import GenerateRequest
from ..scene.placement.plan import plan_placement
from ..scene.session import session
from .request import Prepared, RequestVerb, chosen_options, chosen_placement, chosen_prompt
from .way_options import chosen_way_options


class EASEL_OT_generate(RequestVerb, bpy.types.Operator):
    """Make new images from the prompt. The price is on the button"""

    bl_idname = "easel.generate"
    bl_label = "Generate"
    bl_options = set()

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        prompt = chosen_prompt(self, context, form.prompt)
        request = GenerateRequest(**prompt, **chosen_options(self, form))
        kind = chosen_placement(self, form)
        options = chosen_way_options(self, form, kind)
        return [(request, plan_placement(context, kind, options=options, session=session.session_id()), {})]


CLASSES = (EASEL_OT_generate,)
