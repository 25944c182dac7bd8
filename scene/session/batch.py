# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the session's batch, and show a window of its rows. Main thread, for the pump.

`batch_table` makes its rows, `batch_plan` predicts its course, `batch_state` holds its state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...batches.feed import Feeder, ahead_of
from ...batches.run import Run, read_run
from ...jobs.batch import RowState
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from .. import language
from ..windows import reports
from . import arrivals, batch_plan, batch_window, followed, mirror, session, spend
from .batch_requests import make_request
from .batch_state import find_job, hide_replaced, on_thread, state, take_made

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.events import BatchRead
    from ...jobs.job import Job

PER_TURN: Final = 4
"""Jobs that one turn hands out: each makes a plan and may refer to an image."""


# -- looking ----------------------------------------------------------------------------------------


def run() -> Run | None:
    """Return the current batch; None if there is none, or it is not read yet."""
    return state().run


def message() -> str:
    """Return why the last order failed; else why the batch has stopped."""
    it = state()
    return it.message or (it.run.note_text if it.run is not None else "")


def is_reading() -> bool:
    """Return whether rows are being made or read."""
    return state().waits


def is_busy() -> bool:
    """Return whether something must be handed out or taken soon."""
    it = state()
    return it.waits or bool(it.tasks) or is_going()


def is_going() -> bool:
    """Return whether the current batch sends, or waits for what was sent."""
    at_hand = run()
    return at_hand is not None and at_hand.is_going


# -- what the artist wants --------------------------------------------------------------------------


def start(scene: bpy.types.Scene) -> None:
    """Send the waiting rows: the artist has agreed to the price. Raises Refusal."""
    it = state()
    if it.run is None or it.feeder is None:
        raise Refusal(phrase("There is no batch"))
    it.scene, it.message = scene.name, ""
    if it.run.batch.one_step:
        arrivals.hold(it.run.batch.id)
    it.feeder.start()


def pause() -> None:
    """Send nothing more. Jobs that were handed out but not sent are cancelled, and their rows wait again."""
    it = state()
    if it.run is not None:
        it.run.pause()
        arrivals.let_go(it.run.batch.id)
        _engine().batches.release_rows(it.run.batch.id, _hand_back(it.run))


def cancel(numbers: list[int] | None) -> None:
    """Cancel unsent rows, which costs nothing. None: all."""
    feeder = state().feeder
    if feeder is not None:
        feeder.cancel(numbers)


def again(numbers: list[int] | None) -> int:
    """Set failed rows, or the named ones, to waiting again. Returns how many."""
    at_hand = run()
    if at_hand is None:
        return 0
    wanted = at_hand.again(numbers)
    state().waits = bool(wanted)
    if wanted:
        _engine().batches.retry(at_hand.batch.id, wanted)
        hide_replaced(at_hand, wanted)
    return len(wanted)


def move(number: int, by: int) -> None:
    """Move a row in the order of sending."""
    at_hand = run()
    if at_hand is not None and (numbers := at_hand.move(number, by)):
        _engine().batches.reorder(at_hand.batch.id, numbers)


def change(**values: Any) -> None:
    """Set fields of the current batch."""
    at_hand = run()
    if at_hand is not None and any(getattr(at_hand.batch, name) != value for name, value in values.items()):
        at_hand.batch = replace(at_hand.batch, **values)
        at_hand.revision += 1
        _engine().batches.change(at_hand.batch)


def put_away() -> None:
    """Stop showing the current batch."""
    it = state()
    it.problems, it.good, it.message = (), (), ""
    if it.run is not None:
        arrivals.let_go(it.run.batch.id)
        _engine().batches.put_away(it.run.batch.id)
        it.drop()


def place_rest() -> int:
    """Place results that are here but not placed, by the names of their targets. Returns how many jobs."""
    at_hand = run()
    engine = session.find_engine()
    if at_hand is None or engine is None:
        return 0
    count = 0
    for job_id in at_hand.jobs_of(RowState.DONE):
        job = find_job(engine, job_id)
        if job is not None and not job.placed_at and not arrivals.is_waiting(job_id):
            arrivals.place_later(replace(job, placement=job.placement.in_session(session.session_id())))
            count += 1
    return count


# -- what happens -----------------------------------------------------------------------------------


def file_loaded() -> None:
    """React to another file, with other targets: the artist decides when to go on."""
    if is_going() and (at_hand := run()) is not None:
        at_hand.pause(phrase("Another file was opened"))


def note(job: Job) -> None:
    """Update a job's state."""
    if job.placement.batch is None:
        return
    for told in state().news:
        told[job.id] = job
    if (at_hand := run()) is not None:
        at_hand.note(job)


def take_read(event: BatchRead) -> bool:
    """Take a batch as read from the ledger: a thread reads its rows."""
    it = state()
    engine = it.engine
    if event.text:
        reports.add("INFO", event.text)
    if event.batch is None or engine is None:
        it.waits = False
        it.message = event.message
        if not event.message:
            it.drop()
        return True
    batch = event.batch
    passed_over = it.run.passed_over if it.run is not None else frozenset[str]()
    told: dict[str, Job] = {}
    it.news.append(told)
    it.readings += 1
    reading = it.readings

    def make() -> Callable[[], None]:
        made = read_run(batch, event.rows, lambda job_id: find_job(engine, job_id), passed_over)
        return lambda: _take_run(engine, made, event.message, told, reading)

    on_thread(make)
    return False


def look() -> bool:
    """Take the results of threads, and hand out the next rows. True if panels look different now."""
    it = state()
    engine = session.find_engine()
    if engine is not it.engine:
        it.engine = engine
        it.drop()
        if engine is not None:
            engine.batches.read()
    changed = take_made()
    batch_plan.keep()
    if it.run is not None and it.feeder is not None:
        if it.run.is_running and (it.run.is_packed or it.run.is_over):
            for job_id in it.feeder.turn(PER_TURN):
                followed.add(job_id)
                mirror.show(it.feeder.engine.job(job_id))
                changed = True
        if it.run.is_over or not it.run.is_running:
            arrivals.let_go(it.run.batch.id)
    return show() or changed


def show() -> bool:
    """Update the window of rows. True if it has changed."""
    it = state()
    group = mirror.mirror().batch
    at_hand = it.run
    key = (
        at_hand.batch.id if at_hand is not None else "",
        at_hand.revision if at_hand is not None else 0,
        group.first,
        group.show,
        it.waits,
        len(it.problems),
        it.message,
        language.current(),
    )
    if key == it.shown:
        return False
    it.shown = key
    batch_window.show(group, at_hand)
    return True


# -- inside -----------------------------------------------------------------------------------------


def _engine() -> Engine:
    return state().engine or session.engine()


def _take_run(engine: Engine, made: Run, message: str, told: dict[str, Job], reading: int) -> None:
    """Take a thread's result about the ledger's rows.

    Args:
        told: jobs as reported meanwhile.
        reading: the number of the reading; readings older than the taken one are ignored.
    """
    it = state()
    it.news = [each for each in it.news if each is not told]
    if it.engine is not engine:
        return
    it.waits = False
    before = it.run if it.run is not None and it.run.batch.id == made.batch.id else None
    if before is not None and reading < it.taken:
        if message:
            before.pause(message)
        return
    it.taken = reading
    if before is not None:
        made.take_over(before, lambda job_id: find_job(engine, job_id))
    else:
        it.problems, it.good, it.plan = (), (), None
        mirror.mirror().batch.first = 0
    for job in told.values():
        made.note(job)
    if message:
        made.pause(message)
    it.run, it.message = made, ""
    it.feeder = Feeder(
        engine,
        made,
        make=lambda row, of, count: make_request(
            row,
            of,
            count,
            scene=bpy.data.scenes.get(it.scene) or bpy.data.scenes[0],
            session_id=session.session_id(),
        ),
        check=spend.check,
        ahead=lambda: ahead_of(engine.per_minute),
    )


def _hand_back(at_hand: Run) -> list[str]:
    """Return ids of the jobs that were handed out but not sent."""
    ids = at_hand.queued_ids()
    at_hand.let_go(ids)
    return sorted(ids)


def summary() -> str:
    """Return the batch's state in a few words."""
    at_hand = run()
    if at_hand is None:
        return ""
    counts = at_hand.counts
    bad = sum(counts[state] for state in batch_window.SHOWN["TROUBLE"])
    return joined(
        phrase("{done:,} of {total:,}", done=counts[RowState.DONE], total=len(at_hand.rows)),
        phrase("{count:,} with problems", count=bad) if bad else "",
        by=" · ",
    )
