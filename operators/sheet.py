# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit several textures in one request, at one price and in one style: on a sheet, and off it again."""

import math
import time
from typing import Any

import bpy
from bpy.props import CollectionProperty, IntProperty

from ..properties.tiling import MOST_ROUNDS
from ..scene.session import at_service, pump, repairs, sheets
from ..scene.session.at_hand import textures_of_selection
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .edit import EASEL_PG_named_source
from .local import ImageVerb
from .parameters import SKIP_SAVE, chosen
from .request import Prepared, RequestVerb, chosen_options, chosen_prompt, see_through, send
from .verb import Outcome
from .work_by_hand import WorkVerb


class OneImageVerb(RequestVerb):
    """A verb whose click makes one image, whatever number the form has."""

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
        images = self._images(context)
        prompt = chosen_prompt(self, context, context.scene.easel.edit_prompt)
        (options,), _lost = self.options_of(context)
        return [sheets.prepared(images, prompt, options, context.scene)]

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
            images = textures_of_selection(context, sheets.MOST + 1)
        images = list(dict.fromkeys(images))
        sheets.require_editable(images)
        return images


class EASEL_OT_take_apart(WorkVerb, bpy.types.Operator):
    """Take the edited sheet apart again, and place its textures"""

    bl_idname = "easel.take_apart"
    bl_label = "Take the Sheet Apart"
    bl_options = {"INTERNAL"}

    work = staticmethod(sheets.take_apart)


class EASEL_OT_roll_back(WorkVerb, bpy.types.Operator):
    """Roll the repaired texture back, and place it if its seam is less visible than before"""

    bl_idname = "easel.roll_back"
    bl_label = "Roll It Back"
    bl_options = {"INTERNAL"}

    work = staticmethod(repairs.roll_back)


class EASEL_OT_repair_seams(ImageVerb, OneImageVerb, bpy.types.Operator):
    """Let a model repair only the texture's borders. The result is kept only if the seam is less visible"""

    bl_idname = "easel.repair_seams"
    bl_label = "Repair by Model"
    bl_options = set()

    rounds: IntProperty(
        name="Rounds",
        description="How many repairs to try at most. It stops when the seam is no longer visible",
        min=1,
        max=MOST_ROUNDS,
        options=SKIP_SAVE,
    )

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        if not self.wait or self.count_jobs(context) == 1:
            return send(self, context)
        ends_at = time.monotonic() + (self.timeout or math.inf)
        rounds: Any = _Rounds(self)
        outcome = send(rounds, context)
        while pump.run_until(lambda: not repairs.is_between_rounds(), ends_at):
            job_id = repairs.take_sent()
            if not job_id:
                break
            see_through(rounds, job_id, ends_at)
        if rounds.told:
            self.report({"INFO"}, rounds.told)
            return {"FINISHED"}
        return self.refuse(rounds.refused) if rounds.refused else outcome

    def most(self, price: int) -> int:
        return price * self.count_jobs(bpy.context)

    def text_of_many(self, count: int, what: str) -> str:
        return phrase("At most {count} rounds, {what} each", count=count, what=what)

    def count_jobs(self: Any, context: bpy.types.Context) -> int:
        return chosen(self, context.scene.easel.tiling, "rounds")

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        image = self.find_image(context)
        if problem := at_service.repair_problem(image):
            raise Refusal(phrase("{obstacle}: wait for the result.", obstacle=problem))
        (options,), _lost = self.options_of(context)
        request = repairs.request_of(image, options)
        return [repairs.prepared(image, request, context.scene, rounds=self.count_jobs(context))]


class _Rounds:
    """A verb that waits for its rounds. A round without improvement is not an error of the whole."""

    def __init__(self, verb: Any) -> None:
        self._verb = verb
        self.told = ""
        self.refused: Any = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._verb, name)

    def refuse(self, refusal: Any) -> set[str]:
        self.refused = refusal
        return {"CANCELLED"}

    def report(self, _kind: set[str], text: str) -> None:
        self.told = text


CLASSES = (EASEL_OT_edit_sheet, EASEL_OT_take_apart, EASEL_OT_roll_back, EASEL_OT_repair_seams)
