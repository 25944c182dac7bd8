# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a 3D model, of which one task gives several: which is placed, and archives."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

from ..client.engines import Backdrop
from ..client.model_requests import ModelRequest
from ..imaging.errors import ImagingError
from ..imaging.model_files import ARCHIVE, MODEL_SUFFIXES, NO_IMAGES
from ..texts.phrases import joined, phrase
from .desk import Desk, Follow
from .job import Job, Result
from .preparation import Preparation

logger = logging.getLogger(__name__)

QUIET_S = 2.0
"""How long a list that has every kind of file must have nothing new, before it is taken for whole."""


def is_file_of_model(result: Result) -> bool:
    """Tell whether a result is a model, or an archive of one, rather than a picture of it."""
    return result.path.suffix.lower() in NO_IMAGES


def model_of(job: Job) -> Result | None:
    """Choose the result that is placed: the best kind of file; None where there is no model.

    Of an archive that was taken apart, its model counts (`Result.fitted`).
    """
    found: list[tuple[int, int, Result]] = []
    for result in job.results:
        path = result.fitted or result.path
        if path.suffix.lower() in MODEL_SUFFIXES:
            found.append((MODEL_SUFFIXES.index(path.suffix.lower()), result.index, result))
    return min(found, key=lambda each: each[:2])[2] if found else None


def has_all_kinds(job: Job) -> bool:
    """Whether every kind of file that the engine gives is here: what else may come, nobody promised."""
    request = job.request
    if not isinstance(request, ModelRequest):
        return False
    return {result.path.suffix.lower() for result in job.results} >= set(request.engine.gives)


def ends_well(job: Job) -> str:
    """Say what a finished model lacks; empty where nothing."""
    if model_of(job) is not None:
        return ""
    told = next((result.fit_note for result in job.results if result.fit_note), "")
    return joined(phrase("No file of it is a model that Blender can read. All are kept."), told)


def unpack_archives(desk: Desk, follow: Follow, job: Job) -> None:
    """Take apart each archive that came, beside the file itself, which stays. Worker thread.

    Raises:
        Left, LedgerError
    """
    from ..imaging.model_files import unpack

    for result in job.results:
        if result.path.suffix.lower() != ARCHIVE or result.fitted or result.fit_note:
            continue
        follow.check()
        desk.tell(follow, phrase("Unpacking"))
        try:
            model = unpack(result.path, desk.library.unpacked_folder(job.id, result.index))
        except (ImagingError, OSError) as error:
            logger.warning("job %s: archive %d stays packed: %s", job.id, result.index, error)
            reason = (
                str(error) if isinstance(error, ImagingError) else phrase("{reason}.", reason=error.strerror)
            )
            kept = phrase("It is kept as it came: {path}.", path=result.path.name)
            unpacked = dataclasses.replace(result, fit_note=joined(reason, kept))
        else:
            unpacked = dataclasses.replace(result, fitted=model)
        follow.check()
        desk.insist(follow, lambda unpacked=unpacked: desk.ledger.save_result(job.id, unpacked))


def put_in_model_form(desk: Desk, follow: Follow, request: ModelRequest, made: Preparation) -> Preparation:
    """Write each picture as the engine wants it. Worker thread.

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
        if upload.path:
            form = make_model_input(Path(upload.path), folder, f"sent-{index + 1}", rule)
            made = made.with_upload(index, form.path, form.format.media_type)
    return made
