# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel jobs`: the list of jobs, and actions on them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..jobs.job import JobState
from ..jobs.ledger import Ledger
from ..jobs.library import Library
from ..scene import settings
from ..scene.language import say
from ..scene.session import followed, mirror
from ..terminal.exits import Exit, worst
from ..terminal.told import job_line, job_notes, job_record
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from .call import Call, operate
from .waiting import is_handed_over, ready_engine, see_through, tell_ends

if TYPE_CHECKING:
    from ..jobs.engine import Engine
    from ..jobs.job import Job

_MOST: Final = 1_000_000
_WRITTEN_S: Final = 60.0
"""How long to wait for an action that only stores something."""


def jobs(call: Call) -> int:
    """List jobs, or act on some."""
    asked = call.arguments
    verbs = [name for name in _VERBS if getattr(asked, name)]
    if not verbs:
        return _list(call)
    engine = ready_engine()
    return worst(Exit(_VERBS[name](call, engine, getattr(asked, name))) for name in verbs)


def _list(call: Call) -> int:
    """List them from the ledger alone: the service is not asked, and no job changes its owner."""
    asked, now = call.arguments, time.time()
    path = Library(settings.library_folder()).ledger_path
    if not path.is_file():
        raise Refusal(f"There is no library in {path.parent}.")
    with contextlib.closing(Ledger(path)) as ledger:
        if asked.hidden:
            known = [job for _id, job in ledger.all_jobs() if job is not None]
            found = sorted(known, key=lambda job: -job.created_at)
        else:
            found = ledger.jobs(_MOST if asked.state else asked.limit)
    found = [job for job in found if not asked.state or job.state.value in asked.state][: asked.limit]
    if not call.output.is_json:
        call.output.table([job_line(job, now) for job in found])
    for job in found:
        notes = [say(note) for note in job_notes(job, now)]
        record = job_record(job, now) | {"notes": notes}
        call.output.record("job", record, *(f"{job.id[:8]}  {note}" for note in notes))
    return Exit.DONE


def _meant(engine: Engine, texts: list[str]) -> list[Job]:
    """Find jobs by their ids or the first letters of those, each once. Raises Refusal."""
    meant: list[Job] = []
    known = engine.jobs(_MOST)
    for text in texts:
        found = [job for job in known if job.id.startswith(text.lower()) or (text and job.task_id == text)]
        if len(found) != 1 or len(text) < 4:
            raise Refusal(f"{text!r} names {len(found)} jobs of the list: say more of the id.")
        if mirror.find(found[0].id) is None:
            mirror.bring(found[0])
        if found[0] not in meant:
            meant.append(found[0])
    return meant


def _write(name: str, becomes: Callable[[Job], bool]) -> Callable[[Call, Engine, list[str]], int]:
    """Do something that does not ask the service; `becomes`: whether it is stored."""

    def verb(call: Call, engine: Engine, texts: list[str]) -> int:
        ids = [job.id for job in _meant(engine, texts)]
        for job_id in ids:
            operate(name, job_id=job_id)
        ends_at = time.monotonic() + _WRITTEN_S
        see_through(call, ids, ends_at, lambda job_id: becomes(engine.job(job_id)))
        now = time.time()
        for job_id in ids:
            job = engine.job(job_id)
            call.output.record("job", job_record(job, now), "  ".join(job_line(job, now)))
        return Exit.DONE if all(becomes(engine.job(job_id)) for job_id in ids) else Exit.REFUSED

    return verb


def _look_again(call: Call, engine: Engine, texts: list[str]) -> int:
    ids = [job.id for job in _meant(engine, texts)]
    for job_id in ids:
        operate("look_again", job_id=job_id)
    see_through(call, ids, call.ends_at)
    return tell_ends(call, ids)


def _send(call: Call, engine: Engine, texts: list[str], *, again: bool = False) -> int:
    """Send stored jobs. All are priced before any is sent."""
    asked = call.arguments
    meant = _meant(engine, texts)
    price = sum(job.request.price for job in meant)
    if asked.max_credits is not None and price > asked.max_credits:
        allowed = credits_text(asked.max_credits)
        raise Refusal(f"This costs {credits_text(price)}, and {allowed} are allowed. Nothing was sent.")
    if asked.dry_run:
        call.output.record("price", {"credits": price}, f"{credits_text(price)}. Nothing was sent.")
        return Exit.DONE
    ids: list[str] = []
    refusal: Refusal | None = None
    for job in meant:
        before = set(followed.ids())
        try:
            operate("send_again" if again else "resume", job_id=job.id)
        except Refusal as error:
            refusal = error
            break
        ids += sorted(followed.ids() - before) if again else [job.id]
    if refusal is not None and not ids:
        raise refusal
    see_through(call, ids, call.ends_at, is_handed_over if asked.no_wait else None)
    code = tell_ends(call, ids)
    if refusal is not None:  # what was sent before it costs all the same
        call.output.problem(say(str(refusal)))
        return worst((code, Exit.REFUSED))
    return code


def _send_again(call: Call, engine: Engine, texts: list[str]) -> int:
    return _send(call, engine, texts, again=True)


_VERBS: Final[dict[str, Callable[[Call, Engine, list[str]], int]]] = {
    "cancel": _write("cancel", lambda job: job.state is JobState.CANCELLED),
    "send": _send,
    "send_again": _send_again,
    "look_again": _look_again,
    "stop_watching": _write("stop_watching", lambda job: job.parked or job.state.is_final),
    "hide": _write("hide", lambda job: job.hidden),
}
