# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a 3D model. One task gives several, some as archives; one of them is placed."""

from __future__ import annotations

import dataclasses
import functools
import logging
import re
import time
from pathlib import Path
from typing import Final

from ..client.engines import Backdrop
from ..client.errors import Remedy
from ..client.model_requests import ModelRequest
from ..client.texture_requests import TextureRequest
from ..imaging.errors import ImagingError
from ..imaging.files import is_for_want_of_space
from ..imaging.model_files import ARCHIVE, MODEL_SUFFIXES, NO_IMAGES
from ..texts.phrases import joined, phrase
from .desk import Desk, Follow
from .job import Job, Result
from .preparation import Preparation

logger = logging.getLogger(__name__)

GLB_TYPE: Final = "model/gltf-binary"

_TOLD_SEED: Final = re.compile(r"/trellis2_[^/_]+_(\d{1,19})\.glb$")
"""Matches the seed in the path of a link. A seed that the service chose is reported nowhere else."""

QUIET_S = 2.0
"""A list that has every kind of file counts as complete after so many seconds without anything new."""


def is_file_of_model(result: Result) -> bool:
    """Return whether a result is a model, or an archive with one, and not a picture of it."""
    return result.path.suffix.lower() in NO_IMAGES


def model_of(job: Job) -> Result | None:
    """Return the result that is placed, the first of `models_of`; None if there is no model."""
    return next(iter(models_of(job)), None)


def models_of(job: Job) -> list[Result]:
    """List the results that can be placed, the best kind of file first.

    An unpacked archive counts by its model (`Result.fitted`). A file that could not be read
    (`Result.fit_note`) comes last.
    """
    found: list[tuple[bool, int, int, Result]] = []
    for result in job.results:
        path = result.fitted or result.path
        if path.suffix.lower() in MODEL_SUFFIXES:
            is_broken = bool(result.fit_note)
            found.append((is_broken, MODEL_SUFFIXES.index(path.suffix.lower()), result.index, result))
    return [result for *_rank, result in sorted(found, key=lambda each: each[:3])]


def has_all_kinds(job: Job) -> bool:
    """Return whether every kind of file that the engine gives is here. More may still come."""
    request = job.request
    if not isinstance(request, ModelRequest | TextureRequest):
        return False
    gives = request.gives if isinstance(request, TextureRequest) else request.engine.gives
    return {result.path.suffix.lower() for result in job.results} >= set(gives)


def seed_of(job: Job) -> int | None:
    """Return the seed of a job's model: as requested, else from its file's name."""
    if not isinstance(job.request, ModelRequest):
        return None
    if job.request.seed is not None:
        return job.request.seed
    found = (_TOLD_SEED.search(result.asset) for result in job.results)
    return next((int(told[1]) for told in found if told is not None), None)


def is_first_step(job: Job) -> bool:
    """Return whether a job only converts a model that the next job textures."""
    return isinstance(job.request, TextureRequest) and job.request.is_first_step


def ends_well(job: Job) -> str:
    """Return what a finished model lacks; empty if nothing."""
    model = model_of(job)
    if model is not None and not model.fit_note:
        return ""
    told = next((result.fit_note for result in job.results if result.fit_note), "")
    return joined(phrase("Blender can't read any of its files as a model. All files are kept."), told)


def unpack_archives(desk: Desk, follow: Follow, job: Job) -> None:
    """Unpack each archive that was downloaded. The archive itself stays. Worker thread.

    An archive that failed is tried again, because the disk may have been full.

    Raises:
        Left, LedgerError
    """
    for result in job.results:
        if result.path.suffix.lower() != ARCHIVE or result.fitted:
            continue
        follow.check()
        desk.tell(follow, phrase("Unpacking"))
        try:
            model = _unpacked(desk, follow, result.path, desk.library.unpacked_folder(job.id, result.index))
        except (ImagingError, OSError) as error:
            logger.warning("job %s: archive %d stays packed: %s", job.id, result.index, error)
            reason = (
                str(error) if isinstance(error, ImagingError) else phrase("{reason}.", reason=error.strerror)
            )
            kept = phrase("The file is kept unchanged: {path}.", path=result.path.name)
            unpacked = dataclasses.replace(result, fit_note=joined(reason, kept))
        else:
            unpacked = dataclasses.replace(result, fitted=model, fit_note="")
        follow.check()
        desk.insist(follow, lambda unpacked=unpacked: desk.ledger.save_result(job.id, unpacked))


def _unpacked(desk: Desk, follow: Follow, archive: Path, folder: Path) -> Path:
    """Unpack an archive. On a full disk, wait until the artist frees space, as for downloads.

    Raises:
        Left, ImagingError
        OSError: it can't be written, or the disk was full for as long as a task is followed.
    """
    from ..imaging.model_files import unpack

    give_up_at = time.monotonic() + desk.schedule.deadline_s
    while True:
        try:
            return unpack(archive, folder)
        except OSError as error:
            if not is_for_want_of_space(error) or time.monotonic() > give_up_at:
                raise
            text = phrase(
                "The disk is full: {path} could not be written to {parent}.",
                path=archive.name,
                parent=folder.parent,
            )
            note = functools.partial(desk.ledger.note, message=text, remedy=Remedy.FREE_SPACE.name)
            desk.insist(follow, functools.partial(note, follow.job_id))
        desk.tell(follow, phrase("Unpacking"))
        follow.pause(desk.schedule.disk_retry_s)


def put_in_model_form(
    desk: Desk, follow: Follow, request: ModelRequest | TextureRequest, made: Preparation
) -> Preparation:
    """Write each picture in the form that the engine needs; a model stays unchanged. Worker thread.

    Raises:
        ImagingError, OSError: nothing was sent.
    """
    from ..imaging.model_input import InputRule, make_model_input

    engine, limits = request.engine, desk.upload_rule
    rule = InputRule(
        cuts=engine.backdrop is Backdrop.CUT,
        max_side=min(engine.max_side, limits.max_side),
        max_bytes=min(engine.max_bytes, limits.max_bytes),
    )
    folder = desk.library.sources_folder(follow.job_id)
    for index, upload in enumerate(made.uploads):
        follow.check()
        if upload.path and upload.media_type != GLB_TYPE:
            form = make_model_input(Path(upload.path), folder, f"sent-{index + 1}", rule)
            made = made.with_upload(index, form.path, form.format.media_type)
    return made
