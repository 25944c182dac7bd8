# SPDX-License-Identifier: GPL-3.0-or-later
"""Pass the engine's events to the mirror and to everyone they concern. Main thread, for the pump."""

from __future__ import annotations

from typing import Final, assert_never

from ...jobs.events import (
    WRITING,
    BatchRead,
    BinRead,
    ChoreOver,
    EngineTrouble,
    Event,
    ImagesFound,
    ImagesMarked,
    JobBrought,
    JobChanged,
    JobEnded,
    JobFactsRead,
    JobHasTwin,
    JobOrdered,
    JobRefused,
    JobSeen,
    JobsRead,
    LedgerMended,
    LibraryIsElsewhere,
    PageRead,
    PrunePlanned,
    RowsRead,
    SpendRead,
    WalletFailed,
    WalletRead,
)
from ...jobs.job import Job
from ...texts.phrases import joined
from ...texts.wrapping import first_line
from .. import settings
from ..windows import reports
from . import arrivals, audit, batch, comparing, followed, mirror, pruning, session, spend, troubles, wall
from .shown import adopt, forget
from .troubles import Cause
from .turns import DEFECT_NEWS_S, Turn

MENDED_NEWS_S: Final = 600.0


def take(event: Event, turn: Turn) -> bool:
    """Handle one event. True if panels look different now."""
    if isinstance(event, JobEnded | JobSeen | JobsRead | LedgerMended | ImagesMarked | ChoreOver):
        wall.touch()
        pruning.touch()
    if isinstance(event, JobChanged | JobEnded | JobSeen):
        batch.note(event.job)
    match event:
        case JobChanged(job=job, phase=phase, due_at=due_at):
            if job.is_watched:
                followed.add(job.id)
            return mirror.show(job, phase=phase, due_at=due_at, followed=job.id in followed.ids())
        case JobEnded(job=job):
            followed.drop(job.id)
            for step in turn.course.of_an_end:
                turn.do(step, job)
            return True
        case JobBrought(message=message):
            return wall.take_brought(event) or _tell_undone(message)
        case ImagesMarked(message=message, text=text):
            wall.touch()
            comparing.look_again()
            _read_bin()
            _tell_undone(message)
            if text:
                reports.add("INFO", text)
            return True
        case ChoreOver(text=text, is_whole=is_whole):
            if text:
                reports.add("INFO" if is_whole else "WARNING", text)
            wall.touch()
            _read_bin()
            return True
        case BatchRead():
            return batch.take_read(event)
        case BinRead():
            return mirror.take_bin(event)
        case RowsRead(message=message):
            return comparing.take_read(event) or _tell_undone(message)
        case LibraryIsElsewhere(old=old, new=new):
            settings.note_moved(old, new)
            return True
        case PrunePlanned():
            return pruning.take(event)
        case JobFactsRead():
            return audit.take_facts(event)
        case ImagesFound():
            return wall.take_found(event)
        case JobHasTwin(job_id=job_id, twin=twin):
            mirror.remove(job_id)
            mirror.bring(twin)
            return True
        case JobOrdered(job=job):
            return mirror.show(job, phase=WRITING)
        case JobRefused(job=job, message=message, is_followed=is_followed):
            if not is_followed:
                followed.drop(job.id)
            _report_end(job, message)
            mirror.show(job, followed=is_followed)
            return True
        case JobsRead():
            forget()
            _read_bin()
            return adopt(session.engine())
        case JobSeen(job=job):
            return _show_seen(job)
        case LedgerMended(message=message):
            reports.add("WARNING", message)
            return troubles.tell(Cause.MENDED, message, life_s=MENDED_NEWS_S)
        case PageRead():
            return mirror.add_page(event)
        case SpendRead():
            return spend.take(event)
        case WalletRead():
            return mirror.show_wallet(event)
        case WalletFailed(message=message, remedy=remedy):
            return mirror.show_wallet_failure(message, remedy)
        case EngineTrouble(message=message):
            return troubles.tell(Cause.LEDGER, message)
        case _:
            assert_never(event)


def _show_seen(job: Job) -> bool:
    """Update a row that another Blender has changed; its images may be for this file."""
    row = mirror.mirror().jobs.get(job.id)
    if row is None or job.id in followed.ids():
        return False
    has_arrived = job.state.has_images and not row.job_state.has_images
    changed = mirror.show(job, followed=False)
    if has_arrived:
        arrivals.expect(job)
    return changed


def _tell_undone(message: str) -> bool:
    """Show for a while why a task in the library failed. Empty: it did not fail."""
    return bool(message) and troubles.tell(Cause.LIBRARY, message, life_s=DEFECT_NEWS_S)


def _report_end(job: Job, message: str) -> None:
    reports.add("WARNING", joined(first_line(job.request.prompt, 40), message, by=": "))


def report_failure(job: Job) -> None:
    if job.message and not job.state.has_images:
        _report_end(job, job.message)


def _read_bin() -> None:
    engine = session.find_engine()
    if engine is not None:
        engine.gallery.read_bin()
