# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs on their way into the open file: one a turn, when it disturbs nobody, one undo step each."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs.placement import ImageLook, PlacementKind
from ...texts.phrases import joined, phrase
from ...texts.wrapping import first_line
from .. import settings
from ..errors import PlacementImpossible
from ..placement import assembly, copies, tile_batches, view_edit
from ..placement.images import Keeper, file_name, find_result
from ..placement.place import PlacementSettings, place
from ..placement.ways import WAYS
from ..windows import interface, reports
from . import mirror, session
from .whereabouts import jobs_here

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.job import Job
    from ...jobs.placement import Placement

PATIENCE_S = 30.0
"""How long a finished image waits for an add-on's modal operator to end. Some never do (screencast keys);
Blender's own are always waited for."""
PATIENCE_AT_END_S = 0.5
"""How long quitting waits for threads to give up what they are copying, and what they are writing."""
MADE_ELSEWHERE: Final = phrase("Made in another file or session")
"""Why a job's images are not placed by themselves."""

FAILED: Final = phrase("Placing it failed by a fault of Easel's: place it by hand")
TILES_IN_WORK: Final = phrase("The tiles are being put together, and placed in a moment")

logger = logging.getLogger(__name__)
_waiting: dict[str, float] = {}
"""Ids of jobs, with the monotonic time since when they wait."""
_by_hand: dict[str, Sequence[Job]] = {}
"""Of those that wait: what the artist has said is to be placed with them, while their tiles are written."""


def expect(job: Job) -> None:
    """Take a job that has just ended. One made in another file waits in the list for the artist."""
    tile_batches.note_end(job)
    if not job.state.has_images or job.placed_at:
        return
    if job.placement.session == session.session_id():
        _waiting[job.id] = time.monotonic()
    else:
        mirror.tell_placement(job.id, MADE_ELSEWHERE)


def is_waiting(job_id: str = "") -> bool:
    """True while a job, or any, waits to be placed."""
    return job_id in _waiting if job_id else bool(_waiting)


def file_loaded() -> None:
    """Another file is open: what was to be placed waits in the list, which says so."""
    waiting = tuple(_waiting)
    _forget()  # first of all: whatever becomes of the rest, nothing is placed in the wrong file
    mirror.review_placements(jobs_here(), waiting, MADE_ELSEWHERE)


def _forget() -> None:
    _waiting.clear()
    _by_hand.clear()
    copies.forget()
    tile_batches.forget()


def stop() -> None:
    """Forget everything: Easel is going away, and leaves no half files if it can help it."""
    _forget()
    copies.finish(PATIENCE_AT_END_S)
    assembly.finish(PATIENCE_AT_END_S)


def place_next(engine: Engine, *, patient: bool) -> bool:
    """Place the images of the job that has waited longest. True where something was done.

    What the artist has placed by hand comes first, as soon as its files are there. Others of its click wait
    for it: else they would take it along as they are.

    Args:
        patient: wait for other modal operators. A render is always waited for: it reads the same data.
    """
    if not _waiting or bpy.app.is_job_running("RENDER"):
        return False
    job_id = next((it for it, jobs in _by_hand.items() if _are_files_ready(jobs)), None)
    if job_id is None:
        meant = {job.id for jobs in _by_hand.values() for job in jobs}
        free = (it for it in _waiting if it not in meant and not tile_batches.is_held_up(it))
        job_id = next(free, None)
    if job_id is None:
        return False
    is_patient = time.monotonic() - _waiting[job_id] < PATIENCE_S
    if patient and interface.is_artist_in_operator(of_blender_only=not is_patient):
        return False
    together = _by_hand.get(job_id) or _of_one_click(engine, engine.job(job_id))
    job = together[0]
    if not _are_files_ready(together):
        return False
    title = first_line(job.request.prompt, 40)
    for other in together:  # by hand, others come with it that did not wait
        _waiting.setdefault(other.id, _waiting[job_id])
    try:
        _place(engine, together)
    except PlacementImpossible as error:
        _give_up(together, title, str(error))
        reports.add("WARNING", joined(title, str(error), by=": "))
    except Exception:
        logger.exception("Placing job %s failed", job_id)
        _give_up(together, title, FAILED)
        reports.add("WARNING", joined(title, FAILED, by=": "))
    else:
        interface.push_undo(f"Easel: {title}")
        if job.placement.kind is PlacementKind.VIEW:
            _project_by_itself(job)
        reports.add("INFO", joined(title, mirror.placement_text(job_id), by=": "))
    return True


def give_up() -> None:
    """Leave all that waits in the list for the artist: something went wrong that nobody foresaw."""
    waiting = tuple(_waiting)
    _waiting.clear()
    _by_hand.clear()
    for job_id in waiting:
        mirror.tell_placement(job_id, FAILED)


def _give_up(jobs: Sequence[Job], title: str, text: str) -> None:
    """Leave those of the jobs that are not placed in the list for the artist, and say why."""
    left = [job.id for job in jobs if job.id in _waiting]
    if len(left) < len(jobs):
        interface.push_undo(f"Easel: {title}")
    for job_id in left:
        _drop(job_id)
        mirror.tell_placement(job_id, text)


def _drop(job_id: str) -> None:
    _waiting.pop(job_id, None)
    if _by_hand.pop(job_id, None) is not None:
        mirror.tell_placement(job_id, "")  # its tiles are not in work any more


def place_now(
    engine: Engine, job_id: str, plan: Placement, *, later: Placement | None = None
) -> tuple[str, ...]:
    """Place a job's images as the artist says now; the operator that calls it is the undo step.

    A tile is placed with the others of its click, whatever session that was in. Returns the images' names.

    Args:
        later: how the pump is to place tiles as soon as their files are written, if they are not: then
            nothing is changed now, and there are no names. None: stand still until they are.

    Raises:
        PlacementImpossible: nothing was changed, aside from jobs that are marked as placed.
    """
    _drop(job_id)
    jobs = _planned_together(engine, job_id, plan)
    if later is None or jobs[0].placement.tile is None or _are_files_ready(jobs):
        return _place(engine, jobs)
    for other in jobs:
        if other.id in _by_hand:  # the last word counts, for all tiles of the click
            _drop(other.id)
    _waiting[job_id] = time.monotonic()
    _by_hand[job_id] = _planned_together(engine, job_id, later)
    mirror.tell_placement(job_id, TILES_IN_WORK)
    return ()


def _planned_together(engine: Engine, job_id: str, plan: Placement) -> list[Job]:
    """Return a job with those that come with it when it is placed by hand, as the artist says now."""
    job = _planned_anew(engine.job(job_id), plan)
    others: Sequence[Job] = ()
    if job.placement.tile is not None:
        others = tile_batches.placeable_with(job, engine.jobs_of_click(job.placement.tile.batch))
    return [job, *(_planned_anew(other, plan) for other in others)]


def _planned_anew(job: Job, plan: Placement) -> Job:
    """Return a job with what the artist says now; what its edit was made of stays."""
    kept = job.placement.in_session(plan.session)
    way = WAYS[plan.kind]
    look = kept.look
    if way.is_picture:
        is_multiplied = kept.is_premultiplied and not plan.as_it_came
        look = ImageLook(colour_space="", alpha_mode="PREMUL") if is_multiplied else None
    # As it came, it is as large as the model made it: it fits no tile.
    tile = tile_batches.find_tile(kept) if way.fits_tiles and not plan.as_it_came else None
    return replace(job, placement=replace(plan, made_from=kept.made_from, look=look, tile=tile))


def project_now(engine: Engine, job_id: str, index: int) -> str:
    """Project one of a job's images as the artist says now; add it first where it is not in the file.

    Pushes its undo steps by itself. Returns what was done.

    Raises:
        PlacementImpossible: nothing was painted.
    """
    job = engine.job(job_id)
    _drop(job_id)
    target = view_edit.target_of(job, session.session_id())
    if target is None:
        raise PlacementImpossible(phrase("No view was edited"))
    obstacle = view_edit.obstacle_to_projection(target)
    if obstacle:
        raise PlacementImpossible(obstacle)
    if find_result(job_id, index) is None:
        _place(engine, [replace(job, placement=replace(job.placement, kind=PlacementKind.VIEW))])
        interface.push_undo(f"Easel: {first_line(job.request.prompt, 40)}")
    text = view_edit.project(job, index, target)
    mirror.tell_placement(job_id, text, placed_as=PlacementKind.VIEW.value)
    return text


def _project_by_itself(job: Job) -> None:
    """Project a job's only image, where the artist is painting the object; of several, the artist chooses.

    The image is in the file by then, and stays there if this can't be done.
    """
    target = view_edit.target_of(job, session.session_id())
    if target is None:
        return
    count = len(job.results)
    if count > 1:
        text = view_edit.not_projected_text(count, phrase("Choose which one to project"))
    else:
        try:
            text = view_edit.project(job, job.results[0].index, target)
        except PlacementImpossible as error:
            text = view_edit.not_projected_text(count, str(error))
    mirror.tell_placement(job.id, text, placed_as=PlacementKind.VIEW.value)


def _of_one_click(engine: Engine, job: Job) -> list[Job]:
    """Return a job with those that wait and are to be placed together with it."""
    if job.placement.tile is None:
        return [job]
    return [job, *(engine.job(other) for other in tile_batches.siblings(job.id, _waiting))]


def _are_files_ready(jobs: Sequence[Job]) -> bool:
    """Have the files written that are to lie beside the .blend. False while that takes time."""
    job = jobs[0]
    if job.placement.tile is not None:
        return tile_batches.is_ready(jobs, pack=_are_packed())
    names = {result.path: file_name(job, result) for result in job.results_to_place}
    return copies.is_ready(job.id, _folder(), names)


def _folder() -> Path | None:
    return Keeper.for_open_file(pack=_are_packed()).folder


def _are_packed() -> bool:
    return settings.preferences().file_policy == "PACKED"


def _place(engine: Engine, jobs: Sequence[Job]) -> tuple[str, ...]:
    """Place a job, or the jobs of one click on tiles, and mark each as soon as it is placed.

    Returns the images' names.
    """
    job = jobs[0]

    def note(placed: Job, text: str) -> None:
        _drop(placed.id)
        engine.mark_placed(placed.id)
        mirror.show(replace(placed, placed_at=time.time()), followed=False)
        mirror.tell_placement(placed.id, text, placed_as=job.placement.kind.value)

    wanted = PlacementSettings(pack=_are_packed(), copies=copies.take(job.id, _folder()))
    if job.placement.tile is not None:
        return tile_batches.place_together(jobs, wanted, note)
    placed = place(job, wanted)
    note(job, placed.text)
    return placed.images
