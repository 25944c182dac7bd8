# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit several textures on one sheet: make the request, and take the edited sheet apart. Main thread."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ...client.models import MODELS, side_of
from ...client.requests import EditRequest, Source, validate
from ...imaging.snapshot import PendingPixels, released_on_failure
from ...jobs.local_edit import LocalEdit, TilingWork, base_of, local_edit
from ...jobs.placement import Placement, TileTarget
from ...jobs.sheet_work import EditedSheet
from ...jobs.targets import PlacementKind, Sheet, SheetParts
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ..errors import SourceUnusable
from ..language import said
from ..pictures.tiles import numbers_of
from ..placement.local_edits import edit_placement
from ..refs import known_image, reference
from ..sources import never_upload
from ..sources.chosen_sources import ChosenSource, note_sent
from ..sources.snapshots import snapshot
from . import arrivals, at_service, session, works

if TYPE_CHECKING:
    import bpy

    from ...imaging.snapshot import Snapshot, Taken
    from ...jobs.job import Job
    from ...jobs.workshop import MadePart

MOST: Final = 16
"""The most textures on a sheet: with more, each is too small."""
_SIDE: Final = 2048  # pixels of a sheet, for a model without resolutions
_TOLD: Final = (
    "The picture is a sheet of {count} separate textures in a grid on plain grey. Edit all of them in one"
    " style. Keep the sheet as it is: every texture stays at its place, at its size, with its own pattern, up"
    " to its edges. Nothing is drawn on the grey, and there is no text and no frame."
)
"""Sent after the prompt."""


def side_of_sheet(options: Mapping[str, Any]) -> int:
    """Return the longer side, in pixels, of a sheet that a request with these options edits."""
    model = MODELS[options["model"]]
    return side_of(options.get("resolution") or model.default_resolution) or _SIDE


def cells_of(images: Sequence[bpy.types.Image]) -> list[tuple[bpy.types.Image, int]]:
    """Return the textures on a sheet of images: images with 0, then UDIM tiles with their numbers."""
    ordered = sorted(images, key=lambda image: image.source == "TILED")
    return [(image, number) for image in ordered for number in numbers_of(image) or (0,)]


def require_editable(images: Sequence[bpy.types.Image]) -> None:
    """Raise Refusal if images can't be edited together now."""
    count = len(cells_of(images))
    if not 2 <= count <= MOST:
        raise Refusal(phrase("A sheet takes 2 to {most} textures, not {count}.", most=MOST, count=count))
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
    """Make the request to edit images together, and have their sheet made. Raises Refusal.

    Args:
        prompt: the prompt and what the artist wrote, by the names of `EditRequest`'s fields.
    """
    cells = cells_of(images)
    words = dict(prompt)
    if words["prompt"]:
        words["prompt"] += "\n\n" + _TOLD.format(count=len(cells))
    request = EditRequest(
        **words, sources=(Source(name="Sheet"),), keeps_place=True, keeps_size=False, **options
    )
    validate(request)
    side = side_of_sheet(options)
    placement = Placement(
        kind=PlacementKind.SHEET,
        target=Sheet(
            images=tuple(reference(image) for image, _tile in cells),
            side=side,
            tiles=tuple(tile for _image, tile in cells),
        ),
        session=session.session_id(),
        scene=reference(scene),
    )
    taken: list[Snapshot | PendingPixels] = []
    sheet = PendingPixels(is_srgb=True)
    with released_on_failure(taken):
        for image, tile in cells:
            taken.append(snapshot(image, scene=scene, tile=tile))
        session.engine().workshop.fulfil_sheet(sheet, taken, side)
    chosen = [ChosenSource(name=image.name, picture=image) for image in images]
    return request, note_sent(placement, chosen, None), {0: sheet}


def take_apart(job: Job) -> None:
    """Begin to take an edited sheet apart. Its textures are placed later.

    Images that are gone or can't be read are left out: the others are paid for, too.

    Raises:
        Refusal: no image is left.
    """
    target = job.placement.target
    if not isinstance(target, Sheet) or not job.results:
        raise Refusal(phrase("This job has no sheet of textures."))
    works.require_none_of(job, phrase("Taking the sheet apart"))
    cells: dict[int, tuple[bpy.types.Image, int]] = {}
    left: list[str] = []
    taken: list[Snapshot | PendingPixels] = []
    with released_on_failure(taken):
        tiles = target.tiles or (0,) * len(target.images)
        for number, (ref, tile) in enumerate(zip(target.images, tiles, strict=True)):
            try:
                image = known_image(ref)
                taken.append(snapshot(image, tile=tile))
            except Refusal as refusal:
                left.append(str(refusal))
                continue
            cells[number] = image, tile
        if not cells:
            raise Refusal(left[0])
        parts = _parts(job, list(cells.values()))
        sheet = EditedSheet(
            path=job.results_to_place[0].path,
            side=target.side,
            count=len(target.images),
            numbers=tuple(cells),
        )
        running = session.engine().workshop.take_apart(parts, taken, sheet)
    first, _tile = next(iter(cells.values()))
    done = joined(phrase("Taken apart"), *dict.fromkeys(left), by=". ")
    batches: dict[str, list[str]] = {}
    for work, part in zip(running, parts, strict=True):
        if part.placement.tile is not None:
            batches.setdefault(part.placement.tile.batch, []).append(work.job_id)
        works.note(work, first, phrase("Taking the sheet apart"), of_job=job.id, done=done)
    for batch, ids in batches.items():
        arrivals.announce(ids, batch)


def _parts(job: Job, cells: Sequence[tuple[bpy.types.Image, int]]) -> list[MadePart]:
    """Return the jobs of the textures: one per UDIM tile (like an edit), one for all others."""
    from ...jobs.workshop import MadePart

    title = said("From the sheet: {title}", title=job.request.title)
    parts: list[MadePart] = []
    plain = [image for image, tile in cells if not tile]
    if plain:
        target = SheetParts(images=tuple(map(reference, plain)))
        placement = works.placed_here(Placement(kind=PlacementKind.SHEET_PARTS, target=target), job)
        parts.append(MadePart(request=_request(title, plain), placement=placement, count=len(plain)))
    batches: dict[int, str] = {}
    for image, tile in cells:
        if tile:
            batch = batches.setdefault(image.session_uid, uuid.uuid4().hex)
            placement = replace(
                works.placed_here(edit_placement(image), job),
                tile=TileTarget(image=reference(image), number=tile, batch=batch),
            )
            parts.append(MadePart(request=_request(title, [image]), placement=placement, count=1))
    return parts


def _request(title: str, images: Sequence[bpy.types.Image]) -> LocalEdit:
    names = tuple(f"{base_of(image.name)}_Edited" for image in images)
    first = images[0].name
    request = local_edit(first, base_of(first), title, TilingWork(), holds_data=False, alpha_mode="")
    return request.of_names(names)
