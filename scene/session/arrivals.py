# SPDX-License-Identifier: GPL-3.0-or-later
"""Place finished jobs in the open file: one click a turn, when it disturbs nobody.

Changes of the scene are one undo step for each click; images that are only added are no step. They stay in
the file whatever is undone (`undone`).
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs import models
from ...jobs.placement import WORKED_ON_FIRST
from ...jobs.targets import PlacementKind
from ...texts.phrases import joined, phrase
from ...texts.wrapping import first_line
from .. import live, settings
from ..errors import PlacementImpossible
from ..language import say
from ..placement import view_edit
from ..placement.delivery import Delivery, folder_beside as delivery_folder
from ..placement.images import find_result
from ..placement.ways import WAYS
from ..windows import interface, reports
from . import mirror, model_arrivals, session, undone
from .planning import planned_together
from .whereabouts import jobs_here

if TYPE_CHECKING:
    from pathlib import Path

    from ...jobs.engine import Engine
    from ...jobs.job import Job
    from ...jobs.placement import Placement
    from ...threads.task import Task
    from ..placement.kept_files import Ready

PATIENCE_S = 30.0
"""How long a finished image waits for an add-on's modal operator to end. Some never end (screencast keys);
Blender's own are always waited for."""
PATIENCE_AT_END_S = 0.5
"""How long quitting waits for threads to stop copying and writing."""
MADE_ELSEWHERE: Final = phrase("Made in another file or session")
"""Why a job's images are not placed by themselves."""

FAILED: Final = phrase("An error in Easel stopped the placing: place it manually")
IN_WORK: Final = phrase("Its files are being prepared: it appears in a moment")
TILES_IN_WORK: Final = phrase("The tiles are being put together and appear in a moment")

logger = logging.getLogger(__name__)


class _Deliveries(dict[str, Delivery]):
    """The results on their way into the file, by their clicks."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[str] = set()
        """Ids of jobs for which a pause of Blender was announced."""
        self.given_up: list[Task] = []
        """Tasks that still work on files which nobody needs any more."""
        self.held: set[str] = set()
        """Ids of batches whose results are placed together, when all are here."""
        self.of_batch: dict[str, str] = {}
        """The batch of each waiting job."""
        self.begun: set[str] = set()
        """Batches with some placed results whose undo step is not pushed yet."""

    @contextlib.contextmanager
    def of(self, job: Job) -> Iterator[Delivery]:
        """Provide the delivery of a job's click, created if missing. It is kept until it is over."""
        click = _click_of(job)
        delivery = self.get(click) or Delivery(given_up=self.given_up)
        try:
            yield delivery
        finally:
            self.keep(click, delivery)

    def keep(self, click: str, delivery: Delivery) -> None:
        """Keep a delivery while it is not over."""
        if delivery.is_over:
            delivery.give_up_files()
            self.pop(click, None)
        else:
            self[click] = delivery

    def drop_all(self) -> list[str]:
        """Forget everything, and return the ids of the waiting jobs. Returns at once."""
        waiting = [job_id for delivery in self.values() for job_id in delivery.waiting]
        for delivery in self.values():
            delivery.give_up_files()
        self.clear()
        self.of_batch.clear()
        return waiting


def _deliveries() -> _Deliveries:
    return live.part(_Deliveries)


def _click_of(job: Job) -> str:
    return job.placement.tile.batch if job.placement.tile is not None else job.id


def announce(job_ids: Iterable[str], click: str) -> None:
    """Announce that jobs belong to one click on several tiles: they are placed together."""
    _deliveries()[click] = Delivery(given_up=_deliveries().given_up, awaited=set(job_ids))


def expect_no_more(job_id: str) -> None:
    """Place the others of a job's click without it: it was given up before it was a job."""
    known = _deliveries()
    for click, delivery in list(known.items()):
        if job_id in delivery.awaited:
            delivery.awaited.discard(job_id)
            known.keep(click, delivery)


def hold(batch: str) -> None:
    """Keep the results of a batch that is one undo step, until `let_go`."""
    _deliveries().held.add(batch)


def let_go(batch: str) -> None:
    """Place the results of a batch that are here."""
    _deliveries().held.discard(batch)


def place_later(job: Job) -> None:
    """Place a job in a later turn, with the artist's current placement."""
    with _deliveries().of(job) as delivery:
        _drop(delivery, job.id)
        delivery.waiting[job.id] = time.monotonic()
        delivery.asked, delivery.by_hand = job.id, [job]
        _note_batch(job)


def _note_batch(job: Job) -> None:
    if (batch := job.placement.batch) is not None and batch.one_step:
        _deliveries().of_batch[job.id] = batch.id


def _is_held(delivery: Delivery) -> bool:
    known = _deliveries()
    return any(known.of_batch.get(job_id, "") in known.held for job_id in delivery.waiting)


def _push_step(job: Job, title: str, *, is_step: bool) -> None:
    """Push the undo step of a job. A batch that is one step gets it with its last job.

    Args:
        is_step: the change can be undone.
    """
    known = _deliveries()
    if batch := known.of_batch.pop(job.id, ""):
        if is_step:
            known.begun.add(batch)
        if any(known.of_batch.get(job_id) == batch for job_id in waiting()):
            return
        is_step = batch in known.begun
        known.begun.discard(batch)
    if is_step:
        interface.push_undo(f"Easel: {title}")


def expect(job: Job) -> None:
    """Take a job that has just ended. A job made in another file waits in the list for the artist."""
    with _deliveries().of(job) as delivery:
        delivery.awaited.discard(job.id)
        if not job.state.has_images or job.placed_at:
            return
        is_for_later = job.placement.kind in WORKED_ON_FIRST or models.is_first_step(job)
        if is_for_later and job.placement.session == session.session_id():
            # `sheets`, `repairs`, `model_maps` and `painting` work on it first.
            return
        if job.placement.session == session.session_id():
            delivery.waiting[job.id] = time.monotonic()
            _note_batch(job)
        else:
            mirror.tell_placement(job.id, MADE_ELSEWHERE)


def is_waiting(job_id: str = "") -> bool:
    """Return whether a job, or any, waits to be placed."""
    return any(job_id in it.waiting if job_id else it.waiting for it in _deliveries().values())


def waiting() -> set[str]:
    """Return ids of the jobs that wait to be placed."""
    return {job_id for delivery in _deliveries().values() for job_id in delivery.waiting}


def file_loaded() -> None:
    """React to another file: jobs to place now wait in the list, which says so."""
    waiting = (
        _deliveries().drop_all()
    )  # first: whatever happens to the rest, nothing is placed in the wrong file
    mirror.review_placements(jobs_here(), waiting, MADE_ELSEWHERE)


def stop() -> None:
    """Forget everything, because Easel is being disabled, and leave no partial files if possible."""
    _deliveries().drop_all()
    finish(PATIENCE_AT_END_S)


def finish(timeout_s: float) -> None:
    """Block until cancelled tasks have left no partial files, but no longer than the limit."""
    deadline = time.monotonic() + timeout_s
    for task in _deliveries().given_up:
        task.wait(max(deadline - time.monotonic(), 0.0))


def place_next(engine: Engine, *, patient: bool, has_window: bool = False) -> bool:
    """Place the images of the click that has waited longest. True if something was done.

    Manually placed jobs come first, as soon as their files are written. Other jobs of the same click wait for
    them, because they would otherwise take them along with their old placement.

    Args:
        patient: wait for other modal operators. Rendering is always waited for, because it reads the same
            data.
        has_window: this is an event of a window. A patient turn places a model in such an event, because
            there Blender's importers need no override of the window (`own_scene`).
    """
    if not is_waiting() or bpy.app.is_job_running("RENDER"):
        return False
    pack, known = _are_packed(), _deliveries().values()
    ready = (it for it in known if it.by_hand and it.are_files_ready(it.by_hand, pack=pack))
    free = sorted((it for it in known if it.is_free and not _is_held(it)), key=lambda it: it.since)
    delivery = next(ready, None) or next(iter(free), None)
    if delivery is None:
        return False
    since = delivery.waiting.get(delivery.asked, delivery.since)
    is_patient = time.monotonic() - since < PATIENCE_S
    if patient and interface.is_artist_in_operator(of_blender_only=not is_patient):
        return False
    together = list(delivery.by_hand) or [_as_it_came(engine.job(job_id)) for job_id in delivery.waiting]
    if not delivery.are_files_ready(together, pack=pack) or not _is_model_ready(together[0]):
        return False
    for job in together:  # placed manually, it brings others that did not wait
        delivery.waiting.setdefault(job.id, since)
    if patient and not has_window and _needs_window(together[0]):
        interface.start_placing()
        return False
    if _is_told_first(together[0]):
        return True
    _place_by_itself(engine, together)
    return True


def _as_it_came(job: Job) -> Job:
    """Return a job with its real kind: a task that was added by its id may have made a 3D model, no image."""
    if job.placement.kind is PlacementKind.MODEL or models.model_of(job) is None:
        return job
    return replace(job, placement=replace(job.placement, kind=PlacementKind.MODEL))


def _is_model_ready(job: Job) -> bool:
    """Return whether a model can be placed: a textured one is compared with its object first."""
    return job.placement.kind is not PlacementKind.MODEL or model_arrivals.is_ready(job)


def _needs_window(job: Job) -> bool:
    """Return whether a job should be placed in an event of a window, and there is one."""
    has_events = not bpy.app.background and bool(bpy.data.window_managers[0].windows)
    return has_events and job.placement.kind is PlacementKind.MODEL


def _is_told_first(job: Job) -> bool:
    """Announce a long pause of Blender one turn ahead. False if it was announced, or there is none."""
    told = _deliveries().told
    if job.placement.kind is not PlacementKind.MODEL or bpy.app.background or job.id in told:
        told.discard(job.id)
        return False
    text = model_arrivals.waiting_text(job)
    if not text:
        return False
    told.add(job.id)
    interface.show_status(say(text))
    return True


def _place_by_itself(engine: Engine, jobs: Sequence[Job]) -> None:
    """Place the jobs of a click, as one undo step at most; report what was done, or why nothing was.

    A manual placement is always a step, like each click of the artist, and is undone with it.
    """
    title = first_line(jobs[0].request.prompt, 40)
    with _deliveries().of(jobs[0]) as delivery:
        by_hand = bool(delivery.by_hand)
        is_step = by_hand or WAYS[jobs[0].placement.kind].changes_scene
        try:
            _place(engine, delivery, jobs, stays=not by_hand)
        except PlacementImpossible as error:
            _give_up(delivery, jobs, str(error), title if is_step else "")
            _push_step(jobs[0], title, is_step=False)
            reports.add("WARNING", joined(title, str(error), by=": "))
        except Exception:
            logger.exception("Placing job %s failed", jobs[0].id)
            _give_up(delivery, jobs, FAILED, title if is_step else "")
            _push_step(jobs[0], title, is_step=False)
            reports.add("WARNING", joined(title, FAILED, by=": "))
        else:
            _push_step(jobs[0], title, is_step=is_step)
            if jobs[0].placement.kind is PlacementKind.VIEW:
                _project_by_itself(jobs[0])
            reports.add("INFO", joined(title, mirror.placement_text(jobs[0].id), by=": "))


def give_up() -> None:
    """Leave all waiting jobs in the list for the artist, because of an unforeseen error."""
    for job_id in _deliveries().drop_all():
        mirror.tell_placement(job_id, FAILED)


def _give_up(delivery: Delivery, jobs: Sequence[Job], text: str, step: str) -> None:
    """Leave the unplaced ones of the jobs in the list for the artist, with the reason.

    Args:
        step: title of the undo step for the placed ones; empty if there is none.
    """
    left = [job.id for job in jobs if job.id in delivery.waiting]
    if step and len(left) < len(jobs):
        interface.push_undo(f"Easel: {step}")
    for job_id in left:
        _drop(delivery, job_id)
        mirror.tell_placement(job_id, text)


def _drop(delivery: Delivery, job_id: str) -> None:
    if delivery.drop(job_id):
        mirror.tell_placement(job_id, "")  # its tiles are no longer being written


def place_now(
    engine: Engine,
    job_id: str,
    plan: Placement,
    *,
    number: int = 0,
    later: Placement | None = None,
    stays: bool = False,
    ends_at: float = math.inf,
    ready: Ready | None = None,
) -> tuple[str, ...]:
    """Place a job's images with the artist's current placement; the calling operator is the undo step.

    A tile is placed with the others of its click, whatever session that was in. Returns the images' names.

    Args:
        number: of the only image to place, from 1; 0 for all.
        later: how the pump is to place what takes time before it can be placed: tiles whose files are not
            written yet, and 3D models. Then nothing is changed now, and there are no names. None: stand still
            until it can be.
        stays: the operator is no undo step, and what it adds stays whatever is undone.
        ends_at: when to stop blocking (`time.monotonic`).
        ready: its files, if a thread has prepared them.

    Raises:
        PlacementImpossible: nothing was changed, aside from jobs that are marked as placed. Or there is no
            image of that number.
    """
    with _deliveries().of(engine.job(job_id)) as delivery:
        _drop(delivery, job_id)
        jobs = planned_together(engine, job_id, plan, number)
        if later is None or not (text := _work_before(delivery, jobs)):
            return _place(engine, delivery, jobs, stays=stays, ends_at=ends_at, ready=ready)
        if delivery.asked:  # the last choice counts, for all tiles of the click
            _drop(delivery, delivery.asked)
        delivery.waiting[job_id] = time.monotonic()
        delivery.asked, delivery.by_hand = job_id, planned_together(engine, job_id, later, number)
        mirror.tell_placement(job_id, text)
        return ()


def _work_before(delivery: Delivery, jobs: Sequence[Job]) -> str:
    """Return the slow work that is needed first; empty if jobs can be placed at once."""
    if jobs[0].placement.kind is PlacementKind.MODEL:  # its import is announced a turn before, too
        return IN_WORK
    is_tile = jobs[0].placement.tile is not None
    return TILES_IN_WORK if is_tile and not delivery.are_files_ready(jobs, pack=_are_packed()) else ""


def folder_beside() -> Path | None:
    """Return the folder for new images of the open file; None if they are packed."""
    return delivery_folder(pack=_are_packed())


def project_now(engine: Engine, job_id: str, index: int) -> str:
    """Project one of a job's images with the current choices; add it first if it is not in the file.

    Blender pushes the one undo step, that of projecting. Returns what was done.

    Raises:
        PlacementImpossible: nothing was painted.
    """
    job = engine.job(job_id)
    with _deliveries().of(job) as delivery:
        _drop(delivery, job_id)
        target = view_edit.target_of(job, session.session_id())
        if target is None:
            raise PlacementImpossible(phrase("No view was edited"))
        obstacle = view_edit.obstacle_to_projection(target)
        if obstacle:
            raise PlacementImpossible(obstacle)
        if find_result(job_id, index) is None:
            as_view = replace(job, placement=replace(job.placement, kind=PlacementKind.VIEW))
            _place(engine, delivery, [as_view], stays=True)
    text = view_edit.project(job, index, target)
    mirror.tell_placement(job_id, text, placed_as=PlacementKind.VIEW.value)
    return text


def _project_by_itself(job: Job) -> None:
    """Project a job's only image if the artist is painting the object; among several, the artist chooses.

    The image is in the file by then, and stays there if this is impossible.
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


def _are_packed() -> bool:
    return settings.preferences().file_policy == "PACKED"


def _place(
    engine: Engine,
    delivery: Delivery,
    jobs: Sequence[Job],
    *,
    stays: bool,
    ends_at: float = math.inf,
    ready: Ready | None = None,
) -> tuple[str, ...]:
    """Place a job, or the jobs of one click on tiles, and mark each one immediately.

    Args:
        stays: the images stay in the file whatever is undone; else they go with the undo step of the caller.

    Returns:
        the images' names.
    """

    def note(placed: Job, text: str) -> None:
        _drop(delivery, placed.id)
        engine.mark_placed(placed.id)
        mirror.show(engine.job(placed.id), followed=False)  # with all its images
        mirror.tell_placement(placed.id, text, placed_as=jobs[0].placement.kind.value)

    before = undone.uids()
    try:
        if jobs[0].placement.kind is PlacementKind.MODEL:
            stays = False  # it is an object: undone with its undo step, and placed again by a click
            name, text = model_arrivals.place_model(jobs[0], pack=_are_packed(), ends_at=ends_at)
            note(jobs[0], text)
            return (name,)
        return delivery.place(jobs, pack=_are_packed(), note=note, ends_at=ends_at, ready=ready)
    finally:
        if stays:
            undone.remember(before, jobs, delivery.assembled)
        else:
            undone.forget(before)
