# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate: a prompt becomes images."""

import bpy

from ..client.requests import GenerateRequest
from ..scene.placement.plan import plan_placement
from ..scene.session import session
from .request import AllModelsVerb, Prepared, chosen_placement, chosen_prompt
from .way_options import chosen_way_options


class EASEL_OT_generate(AllModelsVerb, bpy.types.Operator):
    """Make new images from the prompt. The price is on the button"""

    bl_idname = "easel.generate"
    bl_label = "Generate"
    bl_options = set()

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        prompt = chosen_prompt(self, context, form.prompt)
        kind = chosen_placement(self, form)
        options = chosen_way_options(self, form, kind)
        plan = plan_placement(context, kind, options=options, session=session.session_id())
        chosen, _lost = self.options_of(context)
        return [(GenerateRequest(**prompt, **each), plan, {}) for each in chosen]


CLASSES = (EASEL_OT_generate,)
