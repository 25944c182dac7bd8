# SPDX-License-Identifier: GPL-3.0-or-later
"""The pump: what Easel does on the main thread while nobody clicks. An app timer, a few ms per turn.

It drains the engine's events into the mirror, reads at most one image's pixels and places at most one
job's images per turn. It is an app timer and not a modal operator, because it survives the loading of files,
and Blender goes on autosaving.

It is the top of the room: it calls the other modules, and none of them calls it. Operators and properties
that change what it shows call `wake`, or `show_now` if that can't wait.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bpy

from ... import languages
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import language, live, settings
from ..listing import result_thumbnails, tile_rounds
from ..painting import clone_source
from ..prompts import prompt_text
from ..sources import file_facts, pixels
from ..windows import interface, reports
from . import (
    account,
    arrivals,
    assets,
    audit,
    backdrops,
    batch,
    chores,
    comparing,
    coverage,
    defaults,
    engine_life,
    file_report,
    followed,
    keeping,
    library_size,
    mirror,
    news,
    painting,
    placing,
    previews,
    pruning,
    queue,
    redrawing,
    repairs,
    result,
    seams,
    session,
    spend,
    splits,
    strip,
    texturings,
    troubles,
    undone,
    wall,
    worked_first,
    works,
)
from .shown import adopt, forget
from .turns import Course, Step, Turn

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...jobs.workshop import Work

BUDGET_S = 0.004
BUSY_INTERVAL_S = 0.1
MOVING_INTERVAL_S = 0.02
IDLE_INTERVAL_S = 1.0
FIRST_INTERVAL_S = 0.5
WORK_S = 0.02
"""How often a script that waits for this computer's work checks it."""

_WARMING_S = 1.0
"""Blender's exit waits so long for an import, which must not run while Python ends."""

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _State:
    language: str = ""
    """The language of the mirror's texts, by Blender's name."""
    is_turning: bool = False
    """The timer is running: it must not be registered again."""
    left_out: Sequence[Step] = ()
    """What the last turn had no time for."""
    warming: Task | None = None
    """Imports what clicks need, and enabling does not."""


def _state() -> _State:
    return live.part(_State)


def beat() -> float:
    """Be the timer: do one turn, and return the time to the next. It survives any error."""
    state = _state()
    state.is_turning = True
    state.warming = state.warming or Task("warming", _warm)
    try:
        tick()
    except Exception:
        logger.exception("The pump stumbled, and could not tell")
    finally:
        state.is_turning = False
    is_filling = result_thumbnails.has_ready() and session.is_watched()
    if is_filling or previews.is_busy() or placing.current() is not None:  # or a slider is being moved
        return MOVING_INTERVAL_S
    return BUSY_INTERVAL_S if _is_busy() else IDLE_INTERVAL_S


def _warm(_stop: threading.Event) -> None:
    """Import numpy: 0.1 to 0.5 s that no click has to wait for."""
    import numpy  # noqa: F401


def _is_busy() -> bool:
    """Return whether something visible will change soon.

    Changes for panels only count while they are watched.
    """
    is_expecting = (
        file_facts.is_expecting()
        or result_thumbnails.is_expecting()
        or backdrops.is_looking()
        or wall.is_expecting()
        or audit.is_expecting()
        or pruning.is_expecting()
    )
    return (
        followed.is_busy()
        or comparing.is_expecting()
        or (is_expecting and session.is_watched())
        or mirror.is_filling()
        or tile_rounds.is_under_way()
        or undone.is_waiting()
        or batch.is_busy()
        or splits.is_waiting()
        or bool(chores.under_way())
        or works.is_busy()
        or seams.is_busy()
        or coverage.is_busy()
        or previews.is_busy()
    )


def start() -> None:
    """Register the timer."""
    if not bpy.app.timers.is_registered(beat):
        bpy.app.timers.register(beat, first_interval=FIRST_INTERVAL_S, persistent=True)


def stop() -> None:
    """Unregister the timer, and stop what runs for it."""
    if bpy.app.timers.is_registered(beat):
        bpy.app.timers.unregister(beat)
    if warming := _state().warming:
        warming.wait(_WARMING_S)
    library_size.stop()
    file_facts.stop()
    audit.stop()
    assets.give_up()
    file_report.give_up()
    keeping.give_up()
    placing.give_up()
    arrivals.stop()
    splits.drop_all()
    texturings.drop_all()
    troubles.settle_all()
    interface.clear_progress()


def wake() -> None:
    """Have the next turn soon, because the artist has just done something. No effect inside a turn."""
    if _state().is_turning:
        return
    if bpy.app.timers.is_registered(beat):
        bpy.app.timers.unregister(beat)
        bpy.app.timers.register(beat, first_interval=BUSY_INTERVAL_S, persistent=True)


def follow(job_id: str) -> None:
    """Take note of a job that was just passed to the engine."""
    adopt(session.engine())
    followed.add(job_id)
    mirror.show(session.engine().job(job_id))
    mirror.select(job_id)
    interface.want_progress()
    wake()


def run_until_settled(job_id: str, ends_at: float = math.inf) -> None:
    """Pump until a job has ended and its images are placed. For scripts: Blender is blocked meanwhile.

    Args:
        ends_at: when to give up (`time.monotonic`).

    Raises:
        Refusal: it took too long, or the engine was stopped, as the text says. The job stays.
    """
    engine = session.engine()
    while not followed.is_settled(job_id):
        if session.find_engine() is not engine:
            raise Refusal(phrase("Easel stopped before the job was done. The next start lists it."))
        if time.monotonic() > ends_at:
            reason = engine.job(job_id).message or mirror.mirror().trouble
            text = phrase("The waiting time is over. The job goes on and is in the list.")
            raise Refusal(joined(reason, text))
        engine.wait(BUSY_INTERVAL_S)
        tick(patient=False)


def run_until(is_over: Callable[[], bool], ends_at: float = math.inf) -> bool:
    """Pump until something is over; False if `time.monotonic()` reaches `ends_at` first. For scripts."""
    while not is_over():
        if time.monotonic() > ends_at:
            return False
        tick(patient=False)
        time.sleep(0.001)
    return True


def run_until_made(work: Work, ends_at: float = math.inf) -> None:
    """Pump until this computer's work is done and placed. For scripts: Blender is blocked meanwhile.

    Raises:
        Refusal: it failed, or takes longer; then it goes on.
    """
    while not work.chore.is_over:
        if time.monotonic() > ends_at:
            raise Refusal(phrase("The waiting time is over. The work goes on."))
        tick(patient=False)
        work.chore.wait(WORK_S)
    if work.chore.outcome is None:
        tick(patient=False)
        raise Refusal(work.chore.refusal or phrase("It was stopped."))
    run_until_settled(work.job_id, ends_at)


def file_loaded() -> None:
    """React to another file: jobs to place now wait in the list, which is rebuilt."""
    forget()
    wake()
    comparing.end()
    undone.file_loaded()
    audit.file_loaded()
    assets.give_up()
    file_report.give_up()
    keeping.file_loaded()
    placing.file_loaded()
    arrivals.file_loaded()
    batch.file_loaded()
    splits.drop_all()
    texturings.drop_all()
    seams.file_loaded()
    painting.file_loaded()
    coverage.file_loaded()
    previews.file_loaded()


def show_now() -> None:
    """Show the current state at once, because the artist has just changed it with a button."""
    redrawing.show_status()
    interface.redraw()
    wake()


def tick(budget_s: float = BUDGET_S, *, patient: bool = True, course: Course | None = None) -> None:
    """Do one turn's work, for about `budget_s`. An error of one step is reported, and the others still run.

    Args:
        patient: placing waits for other modal operators.
        course: a replacement, only in tests.
    """
    state, now = _state(), time.monotonic()
    turn = Turn(
        began_at=now,
        deadline=now + budget_s,
        patient=patient,
        course=course or COURSE,
        left_out_before=state.left_out,
    )
    with settings.held():
        turn.run()
    state.left_out = turn.left_out


def place_in_window() -> None:
    """Place what waits for an event of a window (`arrivals.place_next`), and show that. For its operator."""
    turn = Turn(deadline=time.monotonic() + BUDGET_S, patient=True, course=COURSE)
    turn.do(Step(run=_place_in_window, give_up=arrivals.give_up))
    if turn.has_changed:
        interface.redraw()
    wake()


# -- the steps of a turn ----------------------------------------------------------------------------


def _follow_language(_turn: Turn) -> bool:
    """Learn our words in another language that the artist has chosen, and write the mirror's texts again.

    True if so.
    """
    spoken = language.current()
    if spoken == _state().language:
        return False
    _state().language = spoken
    languages.register()
    forget()
    troubles.show()
    return True


def _show_jobs(_turn: Turn) -> bool:
    engine = session.find_engine()
    return engine is not None and (adopt(engine) or mirror.fill())


def _take_events(turn: Turn) -> None:
    engine = session.find_engine()
    for event in engine.drain() if engine is not None else ():
        turn.do(Step(run=lambda event=event: news.take(event, turn)))
        if time.monotonic() > turn.deadline:
            return


def _read_pixels(_turn: Turn) -> None:
    pixels.read_next()


def _put_back(turn: Turn) -> bool:
    return undone.put_back(turn.deadline, patient=turn.patient)


def _go_on_texturing(job: Job) -> bool:
    """Send the follow-up of a model that was converted for texturing."""
    next_id = texturings.go_on_next(job)
    if next_id:
        follow(next_id)
    return bool(next_id)


def _place_next(turn: Turn) -> bool:
    engine = session.find_engine()
    return engine is not None and arrivals.place_next(engine, patient=turn.patient)


def _place_in_window() -> bool:
    engine = session.find_engine()
    return engine is not None and arrivals.place_next(engine, patient=True, has_window=True)


def _go_on_repairing() -> bool:
    """Send another round of a repair that the artist has consented to, if needed."""
    if job_id := repairs.send_next():
        follow(job_id)
    return bool(job_id)


def _keep_images(turn: Turn) -> bool:
    if turn.patient and interface.is_artist_in_operator():
        return False
    work = keeping.current()
    changed = keeping.go_on(turn.deadline)
    if work is not None and work.is_over and work.tells:
        reports.add("INFO" if work.is_whole else "WARNING", work.text)
    return changed


def _place_chosen(turn: Turn) -> bool:
    if bpy.app.is_job_running("RENDER") or (turn.patient and interface.is_artist_in_operator()):
        return False
    work = placing.current()
    changed = placing.go_on(turn.deadline)
    if work is not None and work.is_over and work.is_step:
        reports.add("INFO" if work.is_whole else "WARNING", work.text)
    return changed


def _make_asset(turn: Turn) -> bool:
    if turn.patient and interface.is_artist_in_operator():
        return False
    work = assets.current()
    changed = assets.go_on()
    if work is not None and work.is_over and work.tells:
        reports.add("INFO" if work.is_whole else "WARNING", work.text)
    return changed


def _show_queue(turn: Turn) -> bool:
    engine = session.find_engine()
    return engine is not None and queue.show(engine, has_news=turn.has_changed)


def _show_spend(turn: Turn) -> None:
    engine = session.find_engine()
    if engine is not None:
        spend.show(engine, has_news=turn.has_changed)


def _keep_balance_fresh(_turn: Turn) -> None:
    engine = session.find_engine()
    if engine is not None:
        account.keep_balance_fresh(engine)


COURSE: Final = Course(
    of_a_turn=(
        Step(run=_follow_language),
        Step(run=lambda _turn: engine_life.look_after()),
        Step(run=_show_jobs),
        Step(run=_take_events),
        Step(run=_read_pixels, give_up=pixels.give_up),
        Step(run=_put_back, give_up=undone.give_up),
        Step(run=_place_next, give_up=arrivals.give_up),
        Step(run=lambda _turn: splits.show(), give_up=splits.drop_all),
        Step(run=lambda _turn: batch.look()),
        Step(run=_show_queue),
        Step(run=_show_spend),
        Step(run=_keep_balance_fresh, can_wait=True),
        Step(run=lambda _turn: redrawing.show_status()),
        Step(run=lambda turn: result.show(turn.half_at)),
        Step(run=lambda _turn: strip.show()),
        Step(run=lambda turn: wall.show(turn.half_at)),
        Step(run=lambda turn: comparing.show(turn.deadline), give_up=comparing.end),
        Step(run=lambda turn: pruning.show(turn.deadline)),
        Step(run=lambda turn: audit.show(turn.deadline), give_up=audit.stop),
        Step(run=_place_chosen, give_up=placing.give_up),
        Step(run=_keep_images, give_up=keeping.give_up),
        Step(run=_make_asset, give_up=assets.give_up),
        Step(run=lambda turn: file_report.go_on(turn.deadline), give_up=file_report.give_up),
        Step(run=lambda _turn: chores.has_moved()),
        Step(run=lambda _turn: works.take_ended()),
        Step(run=lambda _turn: _go_on_repairing(), give_up=repairs.give_up),
        Step(run=lambda _turn: seams.look(), can_wait=True),
        Step(run=lambda _turn: coverage.look(), give_up=coverage.file_loaded, can_wait=True),
        Step(run=lambda _turn: previews.show(), give_up=previews.file_loaded),
        Step(run=lambda _turn: library_size.show(), can_wait=True),
        Step(run=lambda _turn: defaults.apply()),
        Step(run=lambda _turn: troubles.expire()),
        Step(run=lambda _turn: prompt_text.sync()),
        Step(run=lambda _turn: clone_source.settle()),
        Step(run=lambda _turn: redrawing.show_sources()),
        Step(run=redrawing.refresh),
    ),
    of_an_end=(
        Step(run=arrivals.expect),
        Step(run=worked_first.begin_next),
        Step(run=_go_on_texturing),
        Step(run=lambda job: None if job.is_local else account.expire_balance()),
        Step(run=lambda job: mirror.show(job, followed=False)),
        Step(run=news.report_failure),
    ),
)
