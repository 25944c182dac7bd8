# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of a texture that a model draws, at a price: the picture is the only source."""

from dataclasses import replace
from typing import Any

import bpy
from bpy.props import EnumProperty

from ..client.requests import EditRequest, Source, validate
from ..imaging.tiling.settings import Map
from ..jobs.placement import ModelMap, Placement, PlacementKind
from ..scene.errors import SourceUnusable
from ..scene.refs import reference
from ..scene.session import at_service, model_maps, pump, session
from ..scene.sources import never_upload
from ..scene.sources.chosen_sources import ChosenSource, note_sent
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .jobs import JobVerb
from .local import ImageVerb, take
from .parameters import SKIP_SAVE
from .request import Prepared
from .result import job_of
from .sheet import OneImageVerb
from .verb import Outcome

_SAME = (
    " Keep every shape exactly at its place, up to the edges: the two pictures are laid over each other."
    " There is no colour, no light, no shadow, no text and no frame."
)
_TOLD = {
    Map.HEIGHT: (
        "The picture is a texture, seen straight from above. Draw its height map: in greys alone, white is"
        " the highest place and black the lowest. What is dark only by colour or by shadow is not low."
        + _SAME
    ),
    Map.ROUGHNESS: (
        "The picture is a texture, seen straight from above. Draw its roughness map: in greys alone, black is"
        " as smooth as polished metal or still water, white as dull as chalk. Each material in it has a grey"
        " of its own." + _SAME
    ),
}
"""What is sent."""


class EASEL_OT_map_by_model(ImageVerb, OneImageVerb, bpy.types.Operator):
    """Have a model draw a map of the texture. It is lined up with it, and placed as its map"""

    bl_idname = "easel.map_by_model"
    bl_label = "Map by Model"
    bl_options = set()

    part: EnumProperty(
        name="Map",
        description="Which map is drawn",
        items=(
            (Map.HEIGHT.value, "Height", "White is high; 16 bits"),
            (Map.ROUGHNESS.value, "Roughness", "White is dull, black is shiny"),
        ),
        options=SKIP_SAVE,
    )

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        image, part = self.find_image(context), Map(self.part)
        if problem := at_service.map_problem(image, part.value):
            raise Refusal(phrase("{obstacle}: wait until it is back.", obstacle=problem))
        (options,), _lost = self.options_of(context)
        if problem := never_upload.refusal(image):
            raise SourceUnusable(problem)
        request = EditRequest(
            prompt=f"{part.value.capitalize()} of {image.name}\n\n{_TOLD[part]}",
            sources=(Source(name=image.name),),
            keeps_place=True,
            holds_data=image.source != "VIEWER" and image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
            **options,
        )
        validate(request)
        placement = Placement(
            kind=PlacementKind.MODEL_MAP,
            target=ModelMap(image=reference(image), part=part.value),
            session=session.session_id(),
            scene=reference(context.scene),
        )
        chosen = [ChosenSource(name=image.name, picture=image)]
        return [(request, note_sent(placement, chosen, None), {0: take(image, context.scene)})]


class EASEL_OT_take_map(JobVerb, bpy.types.Operator):
    """Make the drawing a map of its texture, and place it"""

    bl_idname = "easel.take_map"
    bl_label = "Make It a Map"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        model_maps.take(replace(job, placement=job.placement.in_session(session.session_id())))
        pump.show_now()
        return None


CLASSES = (EASEL_OT_map_by_model, EASEL_OT_take_map)
