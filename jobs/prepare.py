# SPDX-License-Identifier: GPL-3.0-or-later
"""First stage: turn the sources of an edit into files that can be uploaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..client.errors import Remedy
from ..client.model_requests import ModelRequest
from ..client.requests import EditRequest, Upload
from ..client.texture_requests import TextureRequest
from ..imaging.errors import DiskFull, ImagingError
from ..imaging.files import make_private_folder, sha256_of
from ..imaging.inscription import content_of
from ..imaging.snapshot import (
    KEPT_FLOATS,
    MASK_INDEX,
    ModelSnapshot,
    PendingPixels,
    PixelsSnapshot,
    Snapshot,
    release,
)
from ..imaging.upload import prepare_upload
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .desk import Desk, Follow
from .fit import put_on_canvas
from .job import JobState
from .mask import put_mask
from .models import GLB_TYPE, put_in_model_form
from .originals import is_original_gone
from .origins import Origin
from .outgoing import put_in_form
from .preparation import Preparation
from .recipe import read_recipe


def prepare(desk: Desk, follow: Follow) -> None:
    """Encode the snapshots of the artist's click. The job stays queued, or fails with nothing sent.

    Worker thread.

    Raises:
        Left, LedgerError
    """
    request = follow.job.request
    if not isinstance(request, EditRequest):
        return
    if follow.job.preparation is not None:
        if request.sources and (problem := _missing_of(follow.job.preparation)):
            desk.ledger.end(follow.job_id, desk.owner, JobState.FAILED, message=problem)
        return
    try:
        make_private_folder(desk.library.sources_folder(follow.job_id))
        unread = (Upload(name=source.name, path="", media_type="") for source in request.sources)
        made, originals = Preparation(uploads=tuple(unread)), set[str]()
        for index in sorted(follow.snapshots):
            if index != MASK_INDEX:
                made = _prepare_one(desk, follow, request, made, index, originals)
        made = put_on_canvas(desk, follow, request, made)
        made = put_mask(desk, follow, request, made)
        if made.mask:
            made = replace(made, mask_content=sha256_of(Path(made.mask)))
        if isinstance(request, ModelRequest | TextureRequest):
            made = put_in_model_form(desk, follow, request, made)
        else:
            made = put_in_form(desk, follow, request, made, originals)
        follow.check()
    except (ImagingError, OSError) as error:
        remedy = Remedy.FREE_SPACE if isinstance(error, (DiskFull, OSError)) else Remedy.NONE
        desk.ledger.end(
            follow.job_id,
            desk.owner,
            JobState.FAILED,
            message=joined(str(error), phrase("Nothing was sent.")),
            remedy=remedy.name,
        )
        return
    finally:
        _release(follow)
    missing = next((upload.name for upload in made.uploads if not upload.path), None)
    if missing is not None:
        message = phrase(
            "Blender closed before the source “{missing}” was read. Nothing was sent: start again.",
            missing=missing,
        )
        desk.ledger.end(follow.job_id, desk.owner, JobState.FAILED, message=message)
    else:
        desk.ledger.set_preparation(follow.job_id, desk.owner, made)


def _missing_of(made: Preparation) -> str:
    """Return what is missing of an edit that is sent again, or was left unsent; empty if nothing."""
    if is_original_gone(made):
        return phrase("The source's float pixels are no longer kept. Start the edit again: nothing was sent.")
    # A job that was rebuilt from its images' recipes has no known uploads.
    if not made.uploads or not all(Path(upload.path).is_file() for upload in made.uploads):
        return phrase("What was sent is no longer kept. Start the edit again: nothing was sent.")
    return ""


def _prepare_one(
    desk: Desk, follow: Follow, request: EditRequest, made: Preparation, index: int, originals: set[str]
) -> Preparation:
    """Write a source as a file. The path of an artist's own file is added to `originals`."""
    follow.check()
    # Its disk may not answer: then the artist sees this text for long.
    desk.tell(follow, phrase("Reading “{source}”", source=request.sources[index].name))
    taken = follow.snapshots[index]
    if isinstance(taken, ModelSnapshot):
        path = desk.library.sources_folder(follow.job_id) / f"source-{index + 1}.glb"
        taken.file.move(path)
        origin = Origin(name=request.sources[index].name, content=sha256_of(path), image="")
        return replace(made, origins=(*made.origins, origin)).with_upload(index, path, GLB_TYPE)
    pixels = follow.pixels_of(taken)
    upload = prepare_upload(pixels, desk.library.sources_folder(follow.job_id), f"source-{index + 1}")
    if index == 0:
        made = _keep_floats(desk, follow, request, made, pixels)
    if isinstance(taken, PendingPixels):
        taken.released.set()
    if not upload.is_ours:
        originals.add(str(upload.path))
    origin = origin_of(request.sources[index].name, upload.path)
    made = replace(made, origins=(*made.origins, origin))
    return made.with_upload(index, upload.path, upload.media_type)


def origin_of(name: str, path: Path) -> Origin:
    """Identify a source by its content, and as an image of a library. Raises OSError."""
    try:
        content = content_of(path)
    except Refusal:  # the file is unusual; other code decides whether it can be sent
        content = sha256_of(path)
    try:
        image = read_recipe(path).content
    except Refusal:
        image = ""
    return Origin(name=name, content=content, image=image)


def _keep_floats(
    desk: Desk, follow: Follow, request: EditRequest, made: Preparation, pixels: Snapshot
) -> Preparation:
    """Keep the floats of a first source that the result will be put into: only 8 bits are sent.

    Raises:
        FileNotWritten
    """
    if not request.mask.has_area or not isinstance(pixels, PixelsSnapshot) or not pixels.is_float:
        return made
    from ..imaging import depth

    path = desk.library.sources_folder(follow.job_id) / KEPT_FLOATS
    depth.keep_floats(pixels, path)
    return replace(made, original_floats=str(path), floats_space=pixels.space.to_dict())


def _release(follow: Follow) -> None:
    release(follow.snapshots.values())
    follow.snapshots = {}
