# SPDX-License-Identifier: GPL-3.0-or-later
"""More of an existing image: a similar one, or the same at a higher resolution. Both cost."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..client.every_model import EVERY_MODEL
from ..client.options import MAX_SEED
from ..client.requests import EditRequest, GenerateRequest, Source, validate
from ..imaging import pillow
from ..imaging.snapshot import FileSnapshot
from ..jobs.placement import Placement
from ..jobs.targets import PlacementKind
from ..scene.errors import SourceUnusable
from ..scene.placement.images import find_result
from ..scene.placement.plan import plan_replacement
from ..scene.project import budget, made_here
from ..scene.refs import reference
from ..scene.session import pump, result, session, spend
from ..scene.sources import never_upload
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .jobs import SendingVerb, engine_to_send
from .result import PictureVerb

FINISH = "Keep everything in the image exactly as it is: composition, shapes, colours. Only add fine detail."
"""Text that is added to the prompt when the model redraws an image at a higher resolution."""
DONE = "The image shows the result of that: do not do it again."
"""Text that comes before that if the prompt is an edit's."""


class _PaidVerb(PictureVerb, SendingVerb):
    """A verb about one image that asks the service for another one."""

    def price(self, row: Any) -> int:
        return row.price_each


class EASEL_OT_vary(_PaidVerb, bpy.types.Operator):
    """Send the same request again for one more image, with another seed if the model has one"""

    bl_idname = "easel.vary"
    bl_label = "Vary"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return self.confirm(context, event, phrase("One more image is made by the same request."))

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        job_id = row.name  # a changed engine shows its own rows
        spend.check(self.price(row))
        engine = engine_to_send(job_id)
        job = engine.job(job_id)
        if job.is_local:
            raise Refusal(phrase("It was made on this computer: there is no request to vary."))
        if not job.request.count:
            raise Refusal(phrase("It was imported or added by its task ID: its settings are not known here."))
        seed = secrets.randbelow(MAX_SEED + 1) if EVERY_MODEL[job.request.model].has_seed else None
        request = replace(job.request, count=1, seed=seed)
        placement = replace(job.placement.in_session(session.session_id()), budget=budget())
        if placement.tile is not None:  # it belongs to no earlier tiles
            placement = replace(placement, tile=replace(placement.tile, batch=secrets.token_hex(16)))
        pump.follow(engine.again.like(job_id, request, placement))


class EASEL_OT_finish(_PaidVerb, bpy.types.Operator):
    """Draw the image again at the model's largest resolution, aligned with the current image"""

    bl_idname = "easel.finish"
    bl_label = "Finish"
    bl_options = {"INTERNAL"}

    def price(self, row: Any) -> int:
        return row.finish_price

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        row = self.row(context)
        size = row.finish_resolution if row is not None else ""
        return self.confirm(
            context, event, phrase("The image is sent, and drawn again in {size}.", size=size)
        )

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        if problem := pillow.obstacle():
            raise Refusal(problem)
        if not row.finish_resolution:
            raise Refusal(phrase("The model has no larger resolution than this image was made in."))
        job_id, resolution, number = row.name, row.finish_resolution, self.number(row)
        path = self.file(context, row)
        spend.check(self.price(row))
        engine = engine_to_send(job_id)
        job = engine.job(job_id)
        if job.placement.is_premultiplied:  # the fitted image has darker colours than the visible one
            path = result.file_of(job, number, as_it_came=True) or path
        image = find_result(job_id, number - 1, as_it_came=self.is_as_it_came(context, row))
        if problem := _refusal(image, path):
            raise SourceUnusable(problem)
        request = finishing(job.request, resolution, image.name if image is not None else path.name)
        validate(request)
        placement = _plan(context, image)
        placement = replace(
            made_here(placement),
            look=job.placement.look,
            sent=(*job.placement.in_session(session.session_id()).sent, *placement.sent),
            sent_files=(*job.placement.sent_files, str(path)),
        )
        pump.follow(engine.submit(request, placement, {0: FileSnapshot(path=path)}))


def finishing(request: GenerateRequest, resolution: str, name: str) -> EditRequest:
    """Return the request that redraws one image, as its source, at a resolution.

    An edited image already contains its edit. `name`: the image's.
    """
    is_edit = isinstance(request, EditRequest)
    told = (request.title.strip(), DONE, FINISH) if is_edit else (request.prompt.strip(), FINISH)
    return EditRequest(
        model=request.model,
        prompt="\n\n".join(told),
        written=request.written or request.prompt,
        template=request.template,
        resolution=resolution,
        aspect_ratio=request.aspect_ratio,
        output_format=request.output_format,
        sources=(Source(name=name),),
        keeps_place=True,
        keeps_size=False,  # it is there to be larger
        holds_data=isinstance(request, EditRequest) and request.holds_data,
        alpha_mode=request.alpha_mode if isinstance(request, EditRequest) else "",
    )


def _refusal(image: bpy.types.Image | None, path: Path) -> str:
    told = never_upload.refusal(image) if image is not None else ""
    return told or never_upload.refusal_of_file(path)


def _plan(context: bpy.types.Context, image: bpy.types.Image | None) -> Placement:
    """The finished image replaces the draft wherever that is shown. Otherwise it is added.

    It is also added if the draft was painted on, because the paint was not sent.
    """
    adds = image is not None and image.is_dirty
    plan = plan_replacement(context, image, adds=adds, session=session.session_id())
    return replace(plan, sent=(reference(image),)) if plan.kind is PlacementKind.TEXTURE and image else plan


CLASSES = (EASEL_OT_vary, EASEL_OT_finish)
