# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished 3D model on its way into the open file: its best file becomes an object. Main thread.

One that was made of an object of the artist's goes back to that (`texturings`).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import bpy

from ...client.engines import engine_of_file
from ...client.model_requests import ModelRequest
from ...client.texture_requests import TextureRequest
from ...imaging.errors import ImagingError
from ...imaging.model_contents import read_contents
from ...jobs import models
from ...jobs.placement import ModelPose
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..models.bring import Making, bring_model, importing_text
from ..placement.images import short_name
from ..placement.poses import find_scene
from ..refs import find
from . import model_files, texturings

if TYPE_CHECKING:
    from pathlib import Path

    from ...imaging.model_contents import ModelContents
    from ...jobs.job import Job, Result
    from ..models.bring import BroughtModel


def place_model(job: Job, *, pack: bool) -> tuple[str, str]:
    """Bring a job's model into the file, where its placement says; the caller is the one undo step.

    Returns:
        the object's name, and what was done.

    Raises:
        PlacementImpossible: nothing was changed.
    """
    found = models.models_of(job)
    if not found:
        raise PlacementImpossible(job.message or phrase("This job has no 3D model on disk."))
    try:
        return _place_result(job, found[0], pack=pack)
    except PlacementImpossible:
        for result in found[1:]:  # the same model in another kind of file, which this Blender may read
            with contextlib.suppress(PlacementImpossible):
                return _place_result(job, result, pack=pack)
        raise


def is_ready(job: Job) -> bool:
    """Whether a job's model can be placed now; what must be known before, a thread finds out."""
    model = models.model_of(job)
    if model is None:
        return True
    file = model_files.of_result(job, model)
    if not file.task.is_over:
        return False
    return job.placement.textured is None or texturings.is_ready(job, file.path)


def _place_result(job: Job, result: Result, *, pack: bool) -> tuple[str, str]:
    file = model_files.of_result(job, result)
    file.task.wait()
    try:
        return _place_file(job, file.path, file.contents, pack=pack)
    finally:
        model_files.drop(file)


def _place_file(job: Job, path: Path, contents: ModelContents | None, *, pack: bool) -> tuple[str, str]:
    request = job.request
    making = Making(
        job_id=job.id,
        engine=request.engine.label if isinstance(request, ModelRequest | TextureRequest) else "",
        picture=job.placement.made_from,
    )
    try:
        if job.placement.textured is not None:
            brought = texturings.place(job, path, contents, pack=pack, making=making)
        else:
            brought = _bring(job, path, contents, pack=pack, making=making)
    except ImagingError as error:
        raise PlacementImpossible(str(error)) from error
    except OSError as error:
        raise PlacementImpossible(phrase("The file is gone from the library: {path}.", path=path)) from error
    return brought.object, brought.text


def _bring(
    job: Job, path: Path, contents: ModelContents | None, *, pack: bool, making: Making
) -> BroughtModel:
    pose = job.placement.model or ModelPose(location=(0.0, 0.0, 0.0), height=1.0)
    replaced = None
    if pose.replaces is not None:
        replaced = find(pose.replaces, bpy.data.objects)
        if replaced is None:
            text = phrase("{object} is gone", object=pose.replaces.name)
            raise PlacementImpossible(phrase("{text}. Place the model manually.", text=text))
    contents = contents or read_contents(path)  # which says what is wrong with it
    # Of a rescued task only its file tells the engine.
    engine = (
        job.request.engine if isinstance(job.request, ModelRequest) else engine_of_file(contents.generator)
    )
    return bring_model(
        path,
        scene=find_scene(job),
        name=short_name(job.request.title),
        height=pose.height,
        location=pose.location,
        turn=engine.turn if engine is not None else 0.0,
        pack=pack,
        making=making,
        replaces=replaced,
        contents=contents,
    )


def waiting_text(job: Job) -> str:
    """Say what Blender will be at, and for how long, while it imports a job's model; empty: not for long."""
    model = models.model_of(job)
    return importing_text(model.fitted or model.path) if model is not None else ""
