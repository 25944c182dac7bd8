# SPDX-License-Identifier: GPL-3.0-or-later
"""Several textures edited on one sheet: what is asked for, and the way off the sheet again. Main thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ...client.models import MODELS, side_of
from ...client.requests import EditRequest, Source, validate
from ...imaging.snapshot import PendingPixels, released_on_failure
from ...jobs.local_edit import TilingWork, base_of, local_edit
from ...jobs.placement import Placement, PlacementKind, Sheet, SheetParts
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..errors import SourceUnusable
from ..language import said
from ..refs import known_image, reference
from ..sources import never_upload
from ..sources.chosen_sources import ChosenSource, note_sent
from ..sources.one_picture import one_picture
from ..sources.snapshots import snapshot
from . import at_service, session, works

if TYPE_CHECKING:
    import bpy

    from ...imaging.snapshot import Snapshot, Taken
    from ...jobs.job import Job

MOST: Final = 16
"""Textures on a sheet: of more, little of each is left."""
_SIDE: Final = 2048  # pixels of a sheet, of a model that has no resolutions
_TOLD: Final = (
    "The picture is a sheet of {count} separate textures in a grid on plain grey. Edit all of them in one"
    " style. Keep the sheet as it is: every texture stays at its place, at its size, with its own pattern, up"
    " to its edges. Nothing is drawn on the grey, and there is no text and no frame."
)
"""What is sent behind the prompt."""


def side_of_sheet(options: Mapping[str, Any]) -> int:
    """Return how many pixels the longer side of a sheet has that a request with these options edits."""
    model = MODELS[options["model"]]
    return side_of(options.get("resolution") or model.default_resolution) or _SIDE


def require_editable(images: Sequence[bpy.types.Image]) -> None:
    """Raise Refusal if images can't be edited together now."""
    if not 2 <= len(images) <= MOST:
        raise Refusal(
            phrase("A sheet takes 2 to {most} textures, not {count}.", most=MOST, count=len(images))
        )
    for image in images:
        if problem := never_upload.refusal(image):
            raise SourceUnusable(problem)
        if image.source not in ("FILE", "GENERATED", "TILED") or image.colorspace_settings.is_data:
            raise Refusal(phrase("“{image}” is not a colour texture: choose base colours.", image=image.name))
    if problem := at_service.sheet_problem(images):
        raise Refusal(phrase("{obstacle}: wait for the result.", obstacle=problem))


def prepared(
    images: Sequence[bpy.types.Image],
    prompt: Mapping[str, str],
    options: Mapping[str, Any],
    scene: bpy.types.Scene,
) -> tuple[EditRequest, Placement, Mapping[int, Taken]]:
    """Make the request to edit images together, and have their sheet made for it. Raises Refusal.

    Args:
        prompt: that, and what the artist has written; as of `EditRequest`.
    """
    words = dict(prompt)
    if words["prompt"]:
        words["prompt"] += "\n\n" + _TOLD.format(count=len(images))
    request = EditRequest(
        **words, sources=(Source(name="Sheet"),), keeps_place=True, keeps_size=False, **options
    )
    validate(request)
    side = side_of_sheet(options)
    placement = Placement(
        kind=PlacementKind.SHEET,
        target=Sheet(images=tuple(map(reference, images)), side=side),
        session=session.session_id(),
        scene=reference(scene),
    )
    taken: list[Snapshot | PendingPixels] = []
    sheet = PendingPixels(is_srgb=True)
    with released_on_failure(taken):
        for image in images:
            taken.append(one_picture(image, scene))  # noqa: PERF401 - those before are given back
        session.engine().workshop.fulfil_sheet(sheet, taken, side)
    chosen = [ChosenSource(name=image.name, picture=image) for image in images]
    return request, note_sent(placement, chosen, None), {0: sheet}


def take_apart(job: Job) -> None:
    """Begin to take an edited sheet apart; its textures are placed when they are there.

    Raises:
        Refusal: an image is gone, or can't be read.
    """
    target = job.placement.target
    if not isinstance(target, Sheet) or not job.results:
        raise Refusal(phrase("This job has no sheet of textures."))
    works.require_none_of(job, phrase("Taking the sheet apart"))
    images = [known_image(ref) for ref in target.images]
    names = tuple(f"{base_of(image.name)}_Edited" for image in images)
    first = images[0].name
    title = said("From the sheet: {title}", title=job.request.title)
    request = local_edit(first, base_of(first), title, TilingWork(), holds_data=False, alpha_mode="")
    placement = Placement(kind=PlacementKind.SHEET_PARTS, target=SheetParts(images=target.images))
    taken: list[Snapshot | PendingPixels] = []
    with released_on_failure(taken):
        for image in images:
            taken.append(snapshot(image))  # noqa: PERF401 - those before one that fails are given back
        work = session.engine().workshop.take_apart(
            request.of_names(names),
            works.placed_here(placement, job),
            taken,
            job.results_to_place[0].path,
            target.side,
        )
    works.note(work, images[0], phrase("Taking the sheet apart"), of_job=job.id, done=phrase("Taken apart"))
