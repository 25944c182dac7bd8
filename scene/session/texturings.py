# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring textured models back to their object: a thread compares both meshes, then the textures are placed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...client.requests import validate
from ...client.texture_requests import TextureRequest
from ...imaging.snapshot import FileSnapshot
from ...imaging.surface.matches import Kind, Match
from ...jobs import models
from ...jobs.job import JobState
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live
from ..errors import PlacementImpossible
from ..models import retexturing, surfaces
from ..models.bring import Making, layer_of
from ..placement.images import short_name
from ..placement.poses import find_scene
from ..refs import find
from ..sources import never_upload
from ..windows import reports
from . import mirror, session, spend

if TYPE_CHECKING:
    from ...imaging.surface.glb_mesh import OwnMesh
    from ...jobs.job import Job
    from ...jobs.placement import TexturedObject
    from ..models.bring import BroughtModel
    from .model_files import ReadFile

logger = logging.getLogger(__name__)

_Key = tuple[str, tuple[Path, ...], int, int, int, int]

TOO_LATE: Final = phrase(
    "The waiting time is over, but the model is still being looked at. Nothing was placed: try again."
)


class Comparison:
    """The comparison of a job's files with the object's current mesh."""

    def __init__(self, key: _Key, own: OwnMesh, paths: Sequence[Path]) -> None:
        self.key = key
        self.matches: dict[Path, Match] = {}
        """Filled once the task is over. A file that can't be compared counts as another mesh."""
        self._own = own
        self._paths = paths
        self.task = Task("compare", self._run)

    def _run(self, stop: threading.Event) -> None:
        from ...imaging.surface.glb_mesh import NotComparable, read_glb_mesh  # here, because they need numpy
        from ...imaging.surface.matching import compare

        for path in self._paths:
            if stop.is_set():
                return
            try:
                self.matches[path] = compare(self._own, read_glb_mesh(path))
            except (NotComparable, OSError) as error:
                logger.info("%s can't be compared: %s", path.name, error)
            except Exception:
                logger.exception("comparing meshes")


@dataclass(kw_only=True)
class _State:
    current: list[Comparison] = field(default_factory=list)
    """At most one: the latest."""


def go_on_next(job: Job) -> str:
    """Send the texturing of a model that was just converted; the artist has consented to it at the click.

    It reports errors. Returns the new job's id, or empty.
    """
    if not models.is_first_step(job) or not job.state.has_images or job.placed_at:
        return ""
    if job.placement.session != session.session_id():
        mirror.tell_placement(
            job.id, phrase("It is converted. Texture Object goes on with it, at the price on its button")
        )
        return ""
    try:
        return go_on(job)
    except Refusal as refusal:
        mirror.tell_placement(job.id, str(refusal))
        reports.add("WARNING", str(refusal))
        return ""


def go_on(job: Job) -> str:
    """Send the second step of texturing a model. Returns its job's id.

    Raises:
        Refusal: nothing was sent.
    """
    request, engine = job.request, session.engine()
    if not isinstance(request, TextureRequest) or not request.is_first_step or not job.task_id:
        raise Refusal(phrase("This job did not convert a model."))
    if (before := _next_job(job)) is not None and before.state is not JobState.FAILED:
        raise Refusal(phrase("It was sent already: see the list of jobs."))
    placement = job.placement.in_session(session.session_id())
    if problem := never_upload.refusal_of_job([source.name for source in request.sources], placement):
        raise Refusal(problem)
    following = request.next_step(job.task_id)
    validate(following)
    spend.check(following.price)
    uploads = job.preparation.uploads if job.preparation is not None else ()
    pictures = [Path(upload.path) for upload in uploads[1:]]
    if len(pictures) < len(following.sources) or not all(path.is_file() for path in pictures):
        raise Refusal(phrase("The picture is no longer kept. Texture the object again."))
    taken = {index: FileSnapshot(path=path) for index, path in enumerate(pictures)}
    (job_id,) = engine.submit_click([(following, placement, taken)])
    engine.mark_placed(job.id)
    mirror.show(engine.job(job.id), followed=False)
    mirror.tell_placement(job.id, phrase("Converted. Its textures are being made"))
    return job_id


def next_of(job_id: str) -> str:
    """Return the id of the job that followed a first step, or empty."""
    found = _next_job(session.engine().job(job_id))
    return found.id if found is not None else ""


def _next_job(job: Job) -> Job | None:
    if not job.task_id or not models.is_first_step(job):
        return None
    for other in session.engine().jobs():
        if isinstance(other.request, TextureRequest) and other.request.of_task == job.task_id:
            return other
    return None


def is_ready(job: Job, paths: Sequence[Path]) -> bool:
    """Begin to compare a job's files with its object, if needed. True once it is done."""
    try:
        return _comparison(job, paths).task.is_over
    except PlacementImpossible:
        return True  # `place` raises it


def place(
    job: Job, file: ReadFile, paths: Sequence[Path], *, pack: bool, making: Making, ends_at: float
) -> BroughtModel:
    """Give a job's object the textures of one of its files. Blocks until the meshes are compared.

    Args:
        paths: all files to compare, as for `is_ready`.
        ends_at: when to stop blocking (`time.monotonic`).

    Raises:
        PlacementImpossible: nothing was changed.
        ImagingError, OSError: nothing was changed either.
    """
    obj, sent = _object_of(job)
    comparison = _comparison(job, paths)
    if not comparison.task.wait_until(ends_at):
        raise PlacementImpossible(TOO_LATE)
    match = comparison.matches.get(file.path, Match(kind=Kind.NOTHING, turn=0))
    brought = retexturing.take_in(
        obj,
        file.path,
        match,
        scene=find_scene(job),
        name=short_name(f"{obj.name} {job.request.title}"),
        uv_map=sent.uv_map,
        pack=pack,
        making=making,
        contents=file.contents,
    )
    drop_all()
    return brought


def tell_size(window: bpy.types.Window) -> bool:
    """Count the triangles of a window's active object. True if panels look different. Main thread."""
    layer = window.view_layer
    obj = layer.objects.active
    if obj is None or obj.type != "MESH" or layer.depsgraph is None:
        return mirror.show_texture_size("", 0)
    return mirror.show_texture_size(
        obj.name, surfaces.size_of(obj, layer.depsgraph, has_modifiers=True).faces
    )


def drop_all() -> None:
    """Forget all comparisons. Returns at once."""
    state = live.part(_State)
    for comparison in state.current:
        comparison.task.stop.set()
    state.current.clear()


def _comparison(job: Job, paths: Sequence[Path]) -> Comparison:
    """Return the comparison of a job's files. It begins now if needed, or if the mesh has changed."""
    obj, sent = _object_of(job)
    mesh, current = obj.data, live.part(_State).current
    counts = (len(mesh.vertices), len(mesh.loops), len(mesh.polygons))
    key: _Key = (job.id, tuple(paths), obj.session_uid, *counts)
    if current and current[0].key == key:
        return current[0]
    drop_all()
    layer = layer_of(find_scene(job))
    if layer.depsgraph is None:
        layer.update()
    own = surfaces.read_own(
        obj, layer.depsgraph, matrix=sent.matrix, has_modifiers=sent.has_modifiers, uv_map=sent.uv_map
    )
    current.append(Comparison(key, own, paths))
    return current[0]


def _object_of(job: Job) -> tuple[Any, TexturedObject]:
    sent = job.placement.textured
    if sent is None:
        raise PlacementImpossible(phrase("This job did not texture an object."))
    obj: Any = find(sent.object, bpy.data.objects)
    if obj is None or obj.type != "MESH":
        text = phrase("{object} is gone", object=sent.object.name)
        raise PlacementImpossible(phrase("{text}. Place the model manually.", text=text))
    if obj.mode == "EDIT":
        raise PlacementImpossible(phrase("Leave the mode that “{name}” is in first.", name=obj.name))
    return obj, sent
