# SPDX-License-Identifier: GPL-3.0-or-later
"""The pump: what Easel does on the main thread while nobody clicks. An app timer, a few ms per turn.

It drains the engine's events into the mirror, reads at most one image's pixels and places at most one
job's images per turn. An app timer rather than a modal operator: it survives the loading of files, and
Blender goes on autosaving.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

import bpy

from ..client.errors import ClientError
from ..jobs.events import EngineTrouble, Event, JobChanged, JobEnded, WalletFailed, WalletRead
from ..phrases import joined, phrase
from ..wrapping import first_line
from . import (
    arrivals,
    clone_source,
    defaults,
    interface,
    library_size,
    mirror,
    pixels,
    prompt_text,
    reports,
    session,
    thumbnails,
    troubles,
)
from .troubles import Cause
from .whereabouts import whereabouts

if TYPE_CHECKING:
    from ..jobs.engine import Engine

BUDGET_S = 0.004
BUSY_INTERVAL_S = 0.1
IDLE_INTERVAL_S = 1.0
FIRST_INTERVAL_S = 0.5
CLOCK_S = 1.0
"""How often running times are redrawn."""
DEFECT_NEWS_S = 30.0
KEY_NEWS_S = 60.0
LIBRARY_PAUSE_S = 10.0
"""Between two tries to open a library that can't be opened."""
WALLET_LIFE_S = 60.0
"""How old a balance may get while somebody looks at it."""

logger = logging.getLogger(__name__)


class StillBusy(ClientError):
    """The settings can't take effect yet."""


@dataclass
class _State:
    engine: Engine | None = None
    """The engine whose jobs the mirror shows."""
    followed: set[str] = field(default_factory=set)
    looked_for_work: bool = False
    open_again_at: float = 0.0
    """Monotonic: not before that, since the library could not be opened."""
    wallet_asked_at: float = 0.0
    language: str = ""
    """What the mirror's texts are written in: Blender's name of it."""
    clock_at: float = 0.0


_state = _State()


def beat() -> float:
    """Be the timer: one turn, and the time to the next. Lives on whatever happens."""
    try:
        tick()
    except Exception:
        logger.exception("The pump stumbled")
        troubles.tell(
            Cause.DEFECT,
            phrase("Something unexpected happened in Easel: see the system console"),
            life_s=DEFECT_NEWS_S,
        )
    return BUSY_INTERVAL_S if is_busy() else IDLE_INTERVAL_S


def start() -> None:
    """Register the timer."""
    if not bpy.app.timers.is_registered(beat):
        bpy.app.timers.register(beat, first_interval=FIRST_INTERVAL_S, persistent=True)


def stop() -> None:
    """Unregister the timer and forget everything."""
    global _state
    if bpy.app.timers.is_registered(beat):
        bpy.app.timers.unregister(beat)
    library_size.stop()
    thumbnails.stop()
    _state = _State()
    arrivals.stop()
    reports.forget()
    troubles.settle_all()
    interface.clear_progress()


def wake() -> None:
    """Have the next turn soon: the artist has just done something."""
    if bpy.app.timers.is_registered(beat):
        bpy.app.timers.unregister(beat)
        bpy.app.timers.register(beat, first_interval=BUSY_INTERVAL_S, persistent=True)


def follow(job_id: str) -> None:
    """Take note of a job that was just handed to the engine."""
    adopt(session.engine())
    _state.followed.add(job_id)
    mirror.show(session.engine().job(job_id))
    mirror.select(job_id)
    interface.want_progress()
    wake()


def is_busy() -> bool:
    """True while jobs are open or wait to be placed."""
    return bool(_state.followed) or arrivals.is_waiting()


def is_settled(job_id: str) -> bool:
    """True once nothing more will happen to a job by itself."""
    return job_id not in _state.followed and not arrivals.is_waiting(job_id)


def run_until_settled(job_id: str) -> None:
    """Pump until a job has ended and its images are placed. For scripts: Blender stands still meanwhile."""
    while not is_settled(job_id):
        session.engine().wait(BUSY_INTERVAL_S)
        tick(patient=False)


def file_loaded() -> None:
    """Another file is open: what was to be placed waits in the list, which is shown anew."""
    arrivals.forget()
    _state.engine = None
    wake()


def engine_for_new_job() -> Engine:
    """The engine by the settings as they are at this moment.

    Raises:
        StillBusy: jobs run at the service that the settings have left; a new one must not go there.
        LedgerError, OSError: the library can't be opened.
    """
    if session.is_at_another_service():
        if is_busy():
            raise StillBusy(
                phrase("Jobs still run at the service you have left: wait for them, or stop watching them.")
            )
        _restart_engine()
    return session.engine()


def settings_changed() -> None:
    """The artist has chosen another service by a button: act on it now."""
    _restart_engine()
    _show_now()


def key_changed() -> None:
    """Another key means another balance."""
    troubles.settle(Cause.KEY)
    mirror.forget_wallet()
    _state.wallet_asked_at = 0.0
    _show_now()


def take_typed_key(text: str) -> None:
    """Keep a key from the password field, which has nobody to report an error to."""
    if not text:
        return
    try:
        session.save_key(text)
    except (ValueError, OSError) as error:
        troubles.tell(Cause.KEY, str(error), life_s=KEY_NEWS_S)
        _show_now()
    else:
        key_changed()


def ask_for_wallet() -> None:
    """Ask for the balance now, whoever looks."""
    if _open_engine() and (engine := session.find_engine()) is not None:
        _state.wallet_asked_at = time.monotonic()
        engine.refresh_wallet()
    wake()


def tick(budget_s: float = BUDGET_S, *, patient: bool = True) -> None:
    """Do one turn's work, of about `budget_s`. With `patient`, placing waits for other modal operators."""
    deadline = time.monotonic() + budget_s
    changed = _follow_language()
    changed |= _look_after_engine()
    engine = session.find_engine()
    if engine is not None:
        changed |= adopt(engine)
        for event in engine.drain():
            changed |= _handle(event)
            if time.monotonic() > deadline:
                break
        pixels.read_next()
        changed |= arrivals.place_next(engine, patient=patient)
        _ask_for_wallet(engine)
    changed |= _show_status()
    changed |= library_size.show()
    defaults.apply()
    changed |= troubles.expire()
    changed |= prompt_text.sync()
    clone_source.settle()
    changed |= _show_sources()
    _refresh_interface(changed=changed)


def adopt(engine: Engine) -> bool:
    """Show the jobs of an engine that the mirror does not show yet."""
    if engine is _state.engine:
        return False
    mirror.rebuild(engine.jobs(mirror.MAX_JOBS), _state.followed)
    _state.engine = engine
    return True


def _follow_language() -> bool:
    """Write the mirror's texts anew once the artist has chosen another language. True where that was now."""
    language = bpy.app.translations.locale
    if language == _state.language:
        return False
    _state.language = language
    _state.engine = None
    troubles.show()
    return True


# -- engine -----------------------------------------------------------------------------------------


def _look_after_engine() -> bool:
    """Start the engine when there is a reason to, restart it when its settings have changed."""
    session.follow_online_access()
    if session.settings_changed():
        if is_busy():
            # A restart would cut a request that is on its way, and leave running jobs behind.
            return troubles.tell(
                Cause.SETTINGS, phrase("The new settings take effect when the jobs are done")
            )
        return _restart_engine()
    changed = troubles.settle(Cause.SETTINGS)  # changed back, or never changed
    if session.find_engine() is not None or time.monotonic() < _state.open_again_at:
        return changed
    is_first = not _state.looked_for_work
    _state.looked_for_work = True
    if session.was_drawn() or is_first:
        changed |= _open_engine(only_for_work=not session.was_drawn())
    return changed


def _restart_engine() -> bool:
    session.stop()
    _state.followed.clear()
    _state.open_again_at = 0.0
    troubles.settle_all()
    mirror.forget_wallet()
    return _open_engine()


def _open_engine(*, only_for_work: bool = False) -> bool:
    """Start the engine; with `only_for_work`, only if an earlier session left some. True if it did."""
    from ..jobs.database import LedgerError

    try:
        if only_for_work and not session.has_unfinished_work():
            return False
        session.engine()
    except (LedgerError, OSError) as error:
        if troubles.tell(Cause.LIBRARY, phrase("The library can't be opened: {error}", error=error)):
            logger.exception("The library can't be opened")
        _state.open_again_at = time.monotonic() + LIBRARY_PAUSE_S
    else:
        troubles.settle(Cause.LIBRARY)
    return True


def _handle(event: Event) -> bool:
    """Bring one event into the mirror. True where panels look different now."""
    match event:
        case JobChanged(job=job, phase=phase, due_at=due_at):
            if job.is_watched:
                _state.followed.add(job.id)
            return mirror.show(job, phase=phase, due_at=due_at, followed=job.id in _state.followed)
        case JobEnded(job=job):
            _state.followed.discard(job.id)
            _state.wallet_asked_at = 0.0
            mirror.show(job, followed=False)
            arrivals.expect(job)
            if job.message and not job.state.has_images:
                reports.add("WARNING", joined(first_line(job.request.prompt, 40), job.message, by=": "))
            return True
        case WalletRead():
            return mirror.show_wallet(event)
        case WalletFailed(message=message, remedy=remedy):
            return mirror.show_wallet_failure(message, remedy)
        case EngineTrouble(message=message):
            return troubles.tell(Cause.LEDGER, message)
        case _:
            assert_never(event)


def _ask_for_wallet(engine: Engine) -> None:
    """Ask for the balance while somebody looks at it: after each job, else once a minute."""
    now = time.monotonic()
    if not session.is_watched() or session.obstacle() is not session.Obstacle.NONE:
        return
    if _state.wallet_asked_at and now - _state.wallet_asked_at < WALLET_LIFE_S:
        return
    _state.wallet_asked_at = now
    engine.refresh_wallet()


# -- interface --------------------------------------------------------------------------------------


def _show_sources() -> bool:
    """Describe the sources of the scene that somebody looks at."""
    windows = bpy.data.window_managers[0].windows
    return session.is_watched() and bool(windows) and mirror.show_sources(windows[0].scene.easel)


def _show_status() -> bool:
    """Show the state of things. What was said of the balance in another one is out of date."""
    shown = mirror.mirror()
    before = shown.obstacle
    changed = mirror.show_status()
    if shown.obstacle != before:
        mirror.show_wallet_failure("", "")
        _state.wallet_asked_at = 0.0
    if session.is_watched():
        job = shown.selected_job
        has_images = job is not None and job.can_place
        changed |= mirror.show_whereabouts(whereabouts(job.name) if has_images else "")
    return changed


def _show_now() -> None:
    _show_status()
    interface.redraw()
    wake()


def _refresh_interface(*, changed: bool) -> None:
    now = time.monotonic()
    if _state.followed and now - _state.clock_at >= CLOCK_S:
        changed = True
    if changed:
        _state.clock_at = now
        interface.redraw()
    reports.show()
    if _state.followed:
        interface.keep_progress_shown()
    else:
        interface.clear_progress()
