# SPDX-License-Identifier: GPL-3.0-or-later
"""Variants of an image: one click sends a prompt for each over the same mask; and a switch between them."""

from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import StringProperty

from ..imaging.snapshot import Taken, release
from ..jobs.targets import PlacementKind
from ..scene.history.lineage import original_of
from ..scene.language import said
from ..scene.placement import variants
from ..scene.placement.images import find_result
from ..scene.session import comparing, session
from ..scene.windows import interface
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .edit import EditVerb
from .jobs import JobVerb
from .parameters import SKIP_SAVE
from .request import Prepared, chosen_prompt
from .verb import Outcome

MOST = 12
"""Variants of one click."""


class EASEL_OT_edit_variants(EditVerb, bpy.types.Operator):
    """Make a variant of the image for each line of the prompt, all over the same mask"""

    bl_idname = "easel.edit_variants"
    bl_label = "Edit Variants"
    bl_options = set()

    prompts: StringProperty(
        name="Prompts",
        description="A variant for each line, sent exactly as written; the form's lines if not given",
        options=SKIP_SAVE,
    )

    def is_choice(self) -> bool:
        return True

    def count_jobs(self, context: bpy.types.Context) -> int:
        return max(1, len(self._lines(context)))

    def text_of_many(self, count: int, what: str) -> str:
        return phrase("{count} variants, {what} each", count=count, what=what)

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        """Make a request for each line. Raises Refusal; then none is sent."""
        chosen = self._chosen(context, context.scene.easel)
        lines = self._lines(context)
        if not 2 <= len(lines) <= MOST:
            raise Refusal(
                phrase(
                    "Variants take 2 to {most} lines, one for each, not {count}.",
                    most=MOST,
                    count=len(lines),
                )
            )
        (options,), _lost = self.options_of(context)
        if chosen and chosen[0].tiles:
            raise Refusal(phrase("Variants are made of an image without UDIM tiles."))
        prepared: list[Prepared] = []
        known: Mapping[int, Taken] = {}
        try:
            for line in lines:
                self.line = line
                prepared.append(self._request(context, chosen, 0, "", options, known))
                known = prepared[-1][2]
        except BaseException:
            for _request, _placement, taken in prepared:
                release(taken.values())
            raise
        return prepared

    def kind_of(self, form: Any) -> PlacementKind:
        """Results are only images: the artist decides later which one replaces the edited image."""
        return PlacementKind.IMAGE

    def prompt_of(self, context: bpy.types.Context, form: Any) -> dict[str, str]:
        if self.properties.is_property_set("prompts"):
            return {"prompt": self.line}
        return chosen_prompt(self, context, self.line)

    def _lines(self: Any, context: bpy.types.Context) -> list[str]:
        given = self.properties.is_property_set("prompts")
        return lines_of(self.prompts if given else context.scene.easel.edit_prompt)


def lines_of(text: str) -> list[str]:
    """The lines of a prompt that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class EASEL_OT_make_switch(JobVerb, bpy.types.Operator):
    """Let each object choose by a number which of these variants it shows, in all materials of the image"""

    bl_idname = "easel.make_switch"
    bl_label = "Make Switch"
    bl_options = set()

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        engine = session.engine()
        images: list[bpy.types.Image] = []
        for job_id in comparing.jobs_of_click(row.name):
            job = engine.job(job_id)
            for result in job.results:
                image = find_result(job_id, result.index)
                if image is None:
                    title = job.request.title
                    raise Refusal(
                        phrase("“{title}” is not in this file: add it as an image first.", title=title)
                    )
                images.append(image)
        base = original_of(images[0]) if images else None
        if base is None:
            raise Refusal(phrase("The image that they are variants of is not in this file."))
        text = variants.make_switch(base, images)
        interface.push_undo(f"Easel: {said('Make Switch')}")
        return text


CLASSES = (EASEL_OT_edit_variants, EASEL_OT_make_switch)
