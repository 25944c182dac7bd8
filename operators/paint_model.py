# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint the whole model from one prompt: its views on a sheet, one edit, projected back onto its textures."""

from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ..client.requests import EditRequest, Source, validate
from ..imaging.snapshot import PendingPixels
from ..jobs.placement import ModelViews, Placement, PlacementKind
from ..jobs.views_work import SHAPES
from ..scene.placement.surfaces import objects_meant
from ..scene.refs import reference
from ..scene.session import painting, session, sheets
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .parameters import SKIP_SAVE
from .request import Prepared, RequestVerb, chosen_options, chosen_prompt
from .work_by_hand import WorkVerb

_SMALLEST, _LARGEST = 256, 8192  # pixels of a texture's side
_SEEN = {
    1: "one view, from the front",
    4: "4 views: front, left, back, right",
    6: "6 views, row by row: front, left, back, right, from above, from below",
    8: "8 views, row by row: front, left, back, right, two slanted from above, two slanted from below",
}
_TOLD = (
    "The picture is a sheet of one and the same 3D model as plain clay, on plain grey: {seen}. Paint the"
    " model as described, with the same materials and colours in all views, so that they fit together. Keep"
    " the sheet as it is: each view stays at its place, at its size, with its outline and its form to the"
    " pixel. The light is even, without shadows or highlights. The grey stays empty, and there is no text and"
    " no frame."
)
"""What is sent behind the prompt."""


class EASEL_OT_paint_model(RequestVerb, bpy.types.Operator):
    """Paint the selected objects: all their views are sent on one sheet, and projected onto new textures"""

    bl_idname = "easel.paint_model"
    bl_label = "Paint Model"
    bl_options = set()

    objects: StringProperty(
        name="Objects",
        description="Names of mesh objects, separated by semicolons; the selected ones if not given",
        options=SKIP_SAVE,
    )
    views: IntProperty(
        name="Views",
        description="How many views are on the sheet: 1, 4, 6 or 8; 0 for as many as the form says",
        min=0,
        max=8,
        options=SKIP_SAVE,
    )
    size: IntProperty(
        name="Texture Size",
        description="Pixels of a side of each texture; 0 for what the form says",
        min=0,
        max=_LARGEST,
        options=SKIP_SAVE,
    )

    def options_of(self, context: bpy.types.Context) -> tuple[list[dict[str, Any]], list[str]]:
        return [chosen_options(self, context.scene.easel) | {"count": 1}], []

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        views = self.views or int(form.paint_views)
        size = self.size or int(form.paint_size)
        if views not in SHAPES:
            raise Refusal(phrase("There can be 1, 4, 6 or 8 views, not {count}.", count=views))
        if size < _SMALLEST:
            raise Refusal(phrase("A texture has at least {least} pixels a side.", least=_SMALLEST))
        objects = self._objects(context)
        model = painting.read(context.scene, context.evaluated_depsgraph_get(), objects)
        prompt = chosen_prompt(self, context, form.edit_prompt)
        if prompt["prompt"]:
            prompt["prompt"] += "\n\n" + _TOLD.format(seen=_SEEN[views])
        (options,), _lost = self.options_of(context)
        side = sheets.side_of_sheet(options)
        request = EditRequest(
            **prompt, sources=(Source(name="Views"),), keeps_place=True, keeps_size=False, **options
        )
        validate(request)
        target = ModelViews(
            objects=tuple(map(reference, objects)),
            surfaces=model.surfaces,
            views=views,
            side=side,
            size=size,
            stamp=model.stamp,
        )
        placement = Placement(
            kind=PlacementKind.MODEL_VIEWS,
            target=target,
            session=session.session_id(),
            scene=reference(context.scene),
        )
        painting.keep(model)
        sheet = PendingPixels(is_srgb=True)
        session.engine().workshop.fulfil_views(sheet, model.pieces, views, side)
        return [(request, placement, {0: sheet})]

    def _objects(self: Any, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Return the objects that are meant. Raises Refusal."""
        if not self.objects:
            return [obj for obj in objects_meant(context) if obj.type == "MESH"]
        found = []
        for name in filter(None, (name.strip() for name in self.objects.split(";"))):
            obj = context.view_layer.objects.get(name)
            if obj is None:
                raise Refusal(phrase("There is no object “{obj}” in the view layer.", obj=name))
            found.append(obj)
        return list(dict.fromkeys(found))


class EASEL_OT_project_views(WorkVerb, bpy.types.Operator):
    """Project the views of the sheet onto the model once more, and place its textures. Costs nothing"""

    bl_idname = "easel.project_views"
    bl_label = "Project onto the Model"
    bl_options = {"INTERNAL"}

    work = staticmethod(painting.project)


CLASSES = (EASEL_OT_paint_model, EASEL_OT_project_views)
