# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a finished 3D model into the open file: its best file becomes an object. Main thread.

A texturing of the artist's object goes back to that object (`texturings`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy

from ...client.engines import engine_of_file
from ...client.model_requests import ModelRequest
from ...client.texture_requests import TextureRequest
from ...imaging.errors import ImagingError
from ...jobs.models import seed_of
from ...jobs.placement import ModelPose
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..models.bring import Making, bring_model, importing_text
from ..placement.images import short_name
from ..placement.poses import find_scene
from ..refs import find
from . import model_files, texturings
from .texturings import TOO_LATE

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ..models.bring import BroughtModel
    from .model_files import ReadFile


def place_model(job: Job, *, pack: bool, ends_at: float = math.inf) -> tuple[str, str]:
    """Bring a job's model into the file, at its placement; the caller is the one undo step.

    Blocks until threads have read its files, and compared it with its original object. If its best file can't
    be placed, the next is tried: the same model in another format.

    Args:
        ends_at: when to stop blocking (`time.monotonic`).

    Returns:
        the object's name, and a text about what was done.

    Raises:
        PlacementImpossible: nothing was changed.
    """
    read = model_files.of_job(job)
    if not read.task.wait_until(ends_at):
        raise PlacementImpossible(TOO_LATE)
    try:
        return _place_first(job, read.files, pack=pack, ends_at=ends_at)
    finally:
        model_files.drop(read)


def is_ready(job: Job) -> bool:
    """Return whether a job's model can be placed now. If not, threads read its files: call again later."""
    read = model_files.of_job(job)
    if not read.task.is_over:
        return False
    paths = [file.path for file in read.files if file.contents is not None]
    return job.placement.textured is None or not paths or texturings.is_ready(job, paths)


def _place_first(job: Job, files: Sequence[ReadFile], *, pack: bool, ends_at: float) -> tuple[str, str]:
    """Place the first file that can be placed. If none can, raises the first file's error."""
    first: PlacementImpossible | None = None
    for file in files:
        try:
            return _place_file(job, file, files, pack=pack, ends_at=ends_at)
        except PlacementImpossible as error:
            first = first or error
    raise first or PlacementImpossible(job.message or phrase("This job has no 3D model on disk."))


def _place_file(
    job: Job, file: ReadFile, files: Sequence[ReadFile], *, pack: bool, ends_at: float
) -> tuple[str, str]:
    request = job.request
    making = Making(
        job_id=job.id,
        engine=request.engine.label if isinstance(request, ModelRequest | TextureRequest) else "",
        seed=seed_of(job),
        picture=job.placement.made_from,
    )
    try:
        if file.error is not None:
            raise file.error
        if job.placement.textured is not None:
            paths = [each.path for each in files if each.contents is not None]
            brought = texturings.place(job, file, paths, pack=pack, making=making, ends_at=ends_at)
        else:
            brought = _bring(job, file, pack=pack, making=making)
    except ImagingError as error:
        raise PlacementImpossible(str(error)) from error
    except OSError as error:
        raise PlacementImpossible(
            phrase("The file is gone from the library: {path}.", path=file.path)
        ) from error
    return brought.object, brought.text


def _bring(job: Job, file: ReadFile, *, pack: bool, making: Making) -> BroughtModel:
    pose = job.placement.model or ModelPose(location=(0.0, 0.0, 0.0), height=1.0)
    replaced = None
    if pose.replaces is not None:
        replaced = find(pose.replaces, bpy.data.objects)
        if replaced is None:
            text = phrase("{object} is gone", object=pose.replaces.name)
            raise PlacementImpossible(phrase("{text}. Place the model manually.", text=text))
    generator = file.contents.generator if file.contents is not None else ""
    # A rescued task's engine is only known from its file.
    engine = job.request.engine if isinstance(job.request, ModelRequest) else engine_of_file(generator)
    return bring_model(
        file.path,
        scene=find_scene(job),
        name=short_name(job.request.title),
        height=pose.height,
        location=pose.location,
        turn=engine.turn if engine is not None else 0.0,
        pack=pack,
        making=making,
        replaces=replaced,
        contents=file.contents,
    )


def waiting_text(job: Job) -> str:
    """Return a text about a long import of a job's model; empty if it is short.

    The model must be ready (`is_ready`); this reads no disk.
    """
    files = model_files.of_job(job).files
    return importing_text(files[0].contents, files[0].byte_count) if files else ""
