# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's tools on one image: Remove Background, Enhance. Each result is a version of the image.

The image is the named one, the given job's, or the one that the editor or the object shows.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..client.models import TOOLS, ModelId
from ..client.requests import Source, ToolRequest, validate
from ..imaging.snapshot import FileSnapshot
from ..jobs.placement import ImageLook, TileTarget
from ..scene.errors import SourceUnusable
from ..scene.history.versions import image_at_hand
from ..scene.pictures.surface_images import shown_image
from ..scene.pictures.tiles import chosen_tiles
from ..scene.placement.images import find_result
from ..scene.placement.plan import plan_replacement
from ..scene.placement.reading import look_of
from ..scene.refs import image_by_uid, reference
from ..scene.session import session
from ..scene.sources import never_upload
from ..scene.sources.chosen_sources import ChosenSource, note_sent, take
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .parameters import SKIP_SAVE, SpendingParameters
from .request import Prepared, confirm_price, obstacle_to_sending, send
from .result import PictureVerb, job_of
from .verb import Outcome


class ToolVerb(SpendingParameters, PictureVerb):
    """A verb that has a tool work on one image."""

    tool: ClassVar[ModelId]

    image: StringProperty(name="Image", description="Name of an image datablock", options=SKIP_SAVE)
    session_uid: IntProperty(name="Image", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask where it costs more than the artist's threshold; the price is on the button."""
        tool = TOOLS[self.tool]
        price = tool.price(count=1, quality=self.chosen_quality)
        return confirm_price(self, context, event, price, tool.label)

    def act(self, context: bpy.types.Context) -> Outcome:
        return send(self, context)

    @property
    def chosen_quality(self) -> str:
        """Return the chosen quality of a tool that has qualities."""
        return TOOLS[self.tool].default_quality

    def name_of_result(self, name: str) -> str:
        """The result's name, for files, datablocks and the job."""
        raise NotImplementedError

    def requests(self, context: bpy.types.Context) -> Sequence[Prepared]:
        """Make the request; of a UDIM image, for its active tile. Raises Refusal: nothing is sent."""
        if self.job_id:
            row = self.known_row(context)
            image = find_result(row.name, self.number(row) - 1, as_it_came=self.is_as_it_came(context, row))
            if image is None or image.source != "FILE":
                return [self._of_file(context, row)]
        else:
            image = self._meant(context)
        return [self._of_image(context, image)]

    def _meant(self, context: bpy.types.Context) -> bpy.types.Image:
        if self.image:
            image = bpy.data.images.get(self.image)
            if image is None:
                raise SourceUnusable(phrase("There is no image “{source}” in this file.", source=self.image))
            return image
        image = image_by_uid(self.session_uid) if self.session_uid else _seen(context)
        if image is None:
            raise Refusal(phrase("There is no image here"))
        return image

    def _of_image(self, context: bpy.types.Context, image: bpy.types.Image) -> Prepared:
        tiles = chosen_tiles(image, "")
        chosen = [ChosenSource(name=image.name, picture=image, tiles=tiles)]
        request = self._request(image.name, is_data=image.colorspace_settings.is_data, alpha=image.alpha_mode)
        plan = plan_replacement(context, image, session=session.session_id())
        placement = replace(note_sent(plan, chosen, None), open_for=reference(image))
        tile = next(iter(tiles), 0)
        taken = take(chosen, context.scene, tile)
        placement = replace(placement, look=self._look(look_of(image, taken[0])))
        if tile:
            target = TileTarget(image=reference(image), number=tile, batch=uuid.uuid4().hex)
            placement = replace(placement, tile=target)
        return request, placement, taken

    def _of_file(self, context: bpy.types.Context, row: Any) -> Prepared:
        """Make the request of an image of the library that is not in this file."""
        job, path = job_of(row), self.file(context, row)
        if problem := never_upload.refusal_of_file(path):
            raise SourceUnusable(problem)
        placement = replace(
            plan_replacement(context, None, session=session.session_id()),
            look=self._look(job.placement.look),
            sent=job.placement.in_session(session.session_id()).sent,
            sent_files=(*job.placement.sent_files, str(path)),
        )
        name = job.request.title or path.stem
        return self._request(name, is_data=False, alpha=""), placement, {0: FileSnapshot(path=path)}

    def _request(self, name: str, *, is_data: bool, alpha: str) -> ToolRequest:
        request = ToolRequest(
            model=self.tool,
            prompt=self.name_of_result(Path(name).stem),
            sources=(Source(name=name),),
            quality=self.chosen_quality,
            holds_data=is_data,
            **self.sizing(alpha),
        )
        validate(request)
        return request

    def sizing(self, alpha: str) -> dict[str, object]:
        """Return the request's fields that say how the result comes back."""
        return {}

    def _look(self, look: ImageLook | None) -> ImageLook | None:
        return look


def _seen(context: bpy.types.Context) -> bpy.types.Image | None:
    """The image of the editor; in a 3D View the one that the active object is seen by."""
    space, obj = context.space_data, context.object
    if obj is not None and (space is None or space.type == "VIEW_3D"):
        return shown_image(obj, context.scene.render.engine)
    return image_at_hand(context)


class EASEL_OT_remove_background(ToolVerb, bpy.types.Operator):
    """Cut the subject out of its background. The result is transparent there, and a version of the image"""

    bl_idname = "easel.remove_background"
    bl_label = "Remove Background"
    bl_options = set()

    tool = ModelId.REMOVE_BACKGROUND

    quality: EnumProperty(
        name="Quality",
        description="How fine the edge is. The price depends on it",
        items=[
            ("low", "Low", "3 credits"),
            ("medium", "Medium", "4 credits"),
            ("high", "High", "5 credits"),
        ],
        default="high",
        options=SKIP_SAVE,
    )

    @property
    def chosen_quality(self) -> str:
        return self.quality

    def name_of_result(self, name: str) -> str:
        return f"{name} cutout"

    def _look(self, look: ImageLook | None) -> ImageLook | None:
        """Its alpha is transparency, whatever the source's was."""
        return None if look is None else replace(look, alpha_mode="STRAIGHT")


class EASEL_OT_enhance(ToolVerb, bpy.types.Operator):
    """Sharpen and enlarge the image. The result is an aligned version of it"""

    bl_idname = "easel.enhance"
    bl_label = "Enhance"
    bl_options = set()

    tool = ModelId.ENHANCE

    def name_of_result(self, name: str) -> str:
        return f"{name} enhanced"

    def sizing(self, alpha: str) -> dict[str, object]:
        return {"keeps_place": True, "keeps_size": False, "alpha_mode": alpha}  # it is there to be larger


CLASSES = (EASEL_OT_remove_background, EASEL_OT_enhance)
