# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit several textures in one request, at one price and in one style: on a sheet, and off it again."""

from dataclasses import replace
from typing import Any

import bpy
from bpy.props import CollectionProperty

from ..client.edit_mask import EditMask, MaskKind
from ..client.models import MODELS, side_of
from ..client.requests import EditRequest, Source, validate
from ..imaging.snapshot import MASK_INDEX, PendingPixels, UVShapes
from ..imaging.tiling.settings import cross
from ..jobs.placement import Placement, PlacementKind, Repair, Sheet
from ..scene.errors import SourceUnusable
from ..scene.refs import reference
from ..scene.session import at_service, pump, repairs, session, sheets
from ..scene.session.at_hand import textures_of_selection
from ..scene.sources import never_upload
from ..scene.sources.chosen_sources import ChosenSource, note_sent
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .edit import EASEL_PG_named_source
from .jobs import JobVerb
from .local import ImageVerb, take
from .request import Prepared, RequestVerb, chosen_options, chosen_prompt, release
from .result import job_of
from .verb import Outcome

MOST = 16
"""Textures on a sheet: of more, little of each is left."""
_SIDE = 2048  # pixels of a sheet, of a model that has no resolutions
_TOLD = (
    "The picture is a sheet of {count} separate textures in a grid on plain grey. Edit all of them in one"
    " style. Keep the sheet as it is: every texture stays at its place, at its size, with its own pattern, up"
    " to its edges. Nothing is drawn on the grey, and there is no text and no frame."
)
"""What is sent behind the prompt."""
_FEATHER = 12  # pixels
_REPAIR = (
    "The picture is a texture. In the marked cross its parts do not meet: there are hard lines. Redraw only"
    " the cross, so that the pattern, the colours and the light of all sides go on through it without a line."
    " Nothing else changes, and nothing new is added."
)


class OneImageVerb(RequestVerb):
    """One whose click makes one image, however many the form says."""

    def options_of(self, context: bpy.types.Context) -> tuple[list[dict[str, Any]], list[str]]:
        return [chosen_options(self, context.scene.easel) | {"count": 1}], []


class EASEL_OT_edit_sheet(OneImageVerb, bpy.types.Operator):
    """Edit the textures of the selected objects in one request, at the price of one image and in one style"""

    bl_idname = "easel.edit_sheet"
    bl_label = "Edit Together"
    bl_options = set()

    images: CollectionProperty(
        type=EASEL_PG_named_source,
        name="Images",
        description="Which textures; the selected objects' if not given",
        options={"SKIP_SAVE"},
    )

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        images = self._images(context)
        if problem := at_service.sheet_problem(images):
            raise Refusal(phrase("{obstacle}: wait until it is back.", obstacle=problem))
        prompt = chosen_prompt(self, context, form.edit_prompt)
        if prompt["prompt"]:
            prompt["prompt"] += "\n\n" + _TOLD.format(count=len(images))
        (options,), _lost = self.options_of(context)
        model = MODELS[options["model"]]
        side = side_of(options.get("resolution") or model.default_resolution) or _SIDE
        request = EditRequest(
            **prompt,
            sources=(Source(name="Sheet"),),
            keeps_place=True,
            keeps_size=False,
            **options,
        )
        validate(request)
        chosen = [ChosenSource(name=image.name, picture=image) for image in images]
        placement = Placement(
            kind=PlacementKind.SHEET,
            target=Sheet(images=tuple(map(reference, images)), side=side),
            session=session.session_id(),
            scene=reference(context.scene),
        )
        taken: dict[int, Any] = {}
        try:
            for number, image in enumerate(images):
                taken[number] = take(image, context.scene)
            sheet = PendingPixels(is_srgb=True)
            session.engine().workshop.fulfil_sheet(sheet, list(taken.values()), side)
        except BaseException:
            release(taken)
            raise
        return [(request, note_sent(placement, chosen, None), {0: sheet})]

    def _images(self: Any, context: bpy.types.Context) -> list[bpy.types.Image]:
        """Return the textures that are meant. Raises Refusal: they can't be edited together."""
        if self.images:
            images = []
            for given in self.images:
                image = bpy.data.images.get(given.name)
                if image is None:
                    raise Refusal(phrase("There is no image “{image}” in this file.", image=given.name))
                images.append(image)
        else:
            images = textures_of_selection(context, MOST + 1)
        images = list(dict.fromkeys(images))
        if not 2 <= len(images) <= MOST:
            raise Refusal(
                phrase("A sheet takes 2 to {most} textures, not {count}.", most=MOST, count=len(images))
            )
        for image in images:
            if problem := never_upload.refusal(image):
                raise SourceUnusable(problem)
            if image.source not in ("FILE", "GENERATED", "TILED") or image.colorspace_settings.is_data:
                raise Refusal(
                    phrase("“{image}” is not a colour texture: choose base colours.", image=image.name)
                )
        return images


class EASEL_OT_take_apart(JobVerb, bpy.types.Operator):
    """Take the edited sheet apart again, and place its textures"""

    bl_idname = "easel.take_apart"
    bl_label = "Take the Sheet Apart"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        sheets.take_apart(replace(job, placement=job.placement.in_session(session.session_id())))
        pump.show_now()
        return None


class EASEL_OT_roll_back(JobVerb, bpy.types.Operator):
    """Roll the repaired texture back, and place it if its seam is less visible than before"""

    bl_idname = "easel.roll_back"
    bl_label = "Roll It Back"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        repairs.roll_back(replace(job, placement=job.placement.in_session(session.session_id())))
        pump.show_now()
        return None


class EASEL_OT_repair_seams(ImageVerb, OneImageVerb, bpy.types.Operator):
    """Have a model repair only the texture's borders. Kept only if the seam is less visible"""

    bl_idname = "easel.repair_seams"
    bl_label = "Repair by Model"
    bl_options = set()

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        image = self.find_image(context)
        if problem := at_service.repair_problem(image):
            raise Refusal(phrase("{obstacle}: wait until it is back.", obstacle=problem))
        (options,), _lost = self.options_of(context)
        if problem := never_upload.refusal(image):
            raise SourceUnusable(problem)
        mask = EditMask(kind=MaskKind.AREA, feather=_FEATHER)
        request = EditRequest(
            prompt=f"Seam of {image.name}\n\n{_REPAIR}",
            sources=(Source(name=image.name), Source(name="Mask", role=mask.role)),
            keeps_place=True,
            holds_data=image.source != "VIEWER" and image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode,
            mask=mask,
            **options,
        )
        validate(request)
        placement = Placement(
            kind=PlacementKind.REPAIR,
            target=Repair(image=reference(image)),
            session=session.session_id(),
            scene=reference(context.scene),
        )
        taken = take(image, context.scene)
        promise = PendingPixels(is_srgb=True)
        try:
            session.engine().workshop.fulfil_rolled(promise, taken)
        except BaseException:
            release({0: taken})
            raise
        chosen = [ChosenSource(name=image.name, picture=image)]
        area = UVShapes(polygons=cross(), repeats=False)
        return [(request, note_sent(placement, chosen, None), {0: promise, MASK_INDEX: area})]


CLASSES = (EASEL_OT_edit_sheet, EASEL_OT_take_apart, EASEL_OT_roll_back, EASEL_OT_repair_seams)
