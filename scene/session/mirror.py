# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what panels show: the mirror of jobs, balance and obstacles on the window manager. The pump's hand.

Nothing is written that has not changed, so that an idle tick costs nothing. The mirror is made anew after
another file is loaded and when Blender speaks another language. All that it shows is known elsewhere, but for
what was done with a job's images, which is kept here.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...client.key import VARIABLE, KeyOrigin
from ...client.models import MODELS, side_of
from ...client.requests import EditRequest
from ...texts.clock import EPOCH
from ...texts.phrases import phrase
from .. import live, settings
from ..language import say
from ..listing import source_rows
from ..placement.view_edit import target_of
from ..windows.editors import editor_images
from . import session

if TYPE_CHECKING:
    from ...jobs.events import WalletRead
    from ...jobs.job import Job
    from ..placement.way import Foreseen

A_TURN: Final = 16
"""How many rows are made in one turn, of what the ledger has: each takes up to a fifth of a millisecond."""
MAX_JOBS = 200
"""How many jobs the list shows, aside from open ones, which are all there."""


@dataclass(frozen=True)
class _Placing:
    text: str
    """A phrase, so that it can be said in another language."""
    placed_as: str = ""
    """The PlacementKind; empty where nothing was placed."""


class _Placings(dict[str, _Placing]):
    """What was done with a job's images, or why nothing was. By ids of jobs that have a row."""


def _placings() -> _Placings:
    return live.part(_Placings)


@dataclass
class _Filling:
    """The list, while it is made anew: a few rows a turn."""

    jobs: dict[str, Job] = field(default_factory=dict[str, "Job"])
    """Those that are to get a row, newest first, by their ids."""
    followed: Container[str] = ()
    selected: str = ""
    """Id of the job that is to be selected when it has its row."""


class _Choices(dict[str, int]):
    """Numbers of the images that the artist has chosen, by their jobs' ids."""


def _choices() -> _Choices:
    return live.part(_Choices)


def _filling() -> _Filling:
    return live.part(_Filling)


def mirror() -> Any:
    """Return the mirror; there is one window manager, and it outlives files."""
    return bpy.data.window_managers[0].easel


def show(job: Job, *, phase: str = "", due_at: float = 0.0, followed: bool = True) -> bool:
    """Bring a job's row up to date, made at the top if it is new. True where anything changed."""
    row = mirror().jobs.get(job.id)
    is_new = row is None
    if is_new:
        row = _add(job)
    values = _values(job) | {"phase": phase, "due": _since_epoch(due_at), "is_followed": followed}
    return _assign(row, values) or is_new


def rebuild(jobs: Iterable[Job], followed: Container[str] = ()) -> None:
    """Begin the list anew from the ledger, newest first. `followed` has ids of jobs that are worked on.

    The first rows are there at once, the others come with `fill`. The artist's selection keeps its job, where
    that is still in the list.
    """
    target = mirror()
    if target.selected_job is not None and (target.active_job or not _filling().selected):
        _filling().selected = target.selected_job.name
    _filling().followed = followed
    chosen = [job for index, job in enumerate(jobs) if index < MAX_JOBS or not job.state.is_final]
    _filling().jobs = {job.id: job for job in chosen}
    target.jobs.clear()
    target.active_job = 0
    for job_id in _placings().keys() - _filling().jobs.keys():
        del _placings()[job_id]
    fill()


def fill() -> bool:
    """Give the next jobs of the list their rows. True where there were any. For the pump, once a turn."""
    jobs = list(itertools.islice(_filling().jobs.values(), A_TURN))
    for job in jobs:
        show(job, followed=job.id in _filling().followed)
    if not _filling().jobs:
        _filling().selected = ""
    return bool(jobs)


def is_filling() -> bool:
    """True while jobs of the list have no row yet."""
    return bool(_filling().jobs)


def find(job_id: str) -> Any:
    """Return a job's row, made now if it would come later; None where it is not in the list."""
    if job_id in _filling().jobs:
        show(_filling().jobs[job_id], followed=job_id in _filling().followed)
    return mirror().jobs.get(job_id)


def select(job_id: str) -> None:
    """Make a job the active one of the list."""
    target = mirror()
    _filling().selected = ""
    target.active_job = max(0, target.jobs.find(job_id))


def choose_picture(job_id: str, number: int) -> None:
    """Make one of a job's images the one that verbs act on. It stays that when the list is made anew."""
    _choices()[job_id] = number
    row = mirror().jobs.get(job_id)
    if row is not None:
        row.chosen = number


def remove(job_id: str) -> None:
    """Take a job off the list. The artist's selection keeps its job, or goes to the next."""
    target = mirror()
    index, selected = target.jobs.find(job_id), target.active_job
    _placings().pop(job_id, None)
    _filling().jobs.pop(job_id, None)
    if index >= 0:
        target.jobs.remove(index)
        target.active_job = max(0, min(selected - (index < selected), len(target.jobs) - 1))


def tell_placement(job_id: str, text: str, *, placed_as: str = "") -> None:
    """Say at a job what was done with its images, or why nothing was. `placed_as`: the PlacementKind."""
    if job_id in mirror().jobs or job_id in _filling().jobs:
        _placings()[job_id] = _Placing(text, placed_as)
        _show_placing(job_id)


def placement_text(job_id: str) -> str:
    """Return what was said about a job's images, as it was given: `say` says it."""
    return _placings()[job_id].text if job_id in _placings() else ""


def review_placements(here: Container[str], waiting: Iterable[str], elsewhere: str) -> None:
    """Keep what is true in another file of what was said about jobs' images; `rebuild` shows it.

    Args:
        here: ids of the jobs whose images are in this file; of others it is not true that they are placed.
        waiting: ids of the jobs whose images were about to be placed in the file before.
        elsewhere: why images are not placed that were not placed in the file before.
    """
    for job_id, placing in list(_placings().items()):
        if not placing.placed_as:
            _placings()[job_id] = _Placing(elsewhere)
        elif job_id not in here:
            del _placings()[job_id]
    _placings().update((job_id, _Placing(elsewhere)) for job_id in waiting)


def tell_trouble(text: str) -> None:
    """Say what is wrong in general."""
    _assign(mirror(), {"trouble": text})


def show_wallet(wallet: WalletRead) -> bool:
    """Show a fresh balance."""
    return _assign(
        mirror(),
        {
            "has_balance": True,
            "balance": wallet.balance,
            "balance_read": _since_epoch(wallet.read_at),
            "wallet_message": "",
            "wallet_remedy": "",
        },
    )


def show_wallet_failure(message: str, remedy: str) -> bool:
    """Say why there is no fresh balance; the old one stays, with its age."""
    return _assign(mirror(), {"wallet_message": message, "wallet_remedy": remedy})


def forget_wallet() -> None:
    """The balance of another account or server is none of this one's."""
    _assign(mirror(), {"has_balance": False, "wallet_message": "", "wallet_remedy": ""})


def show_library(text: str) -> bool:
    """Show how much the library holds."""
    return _assign(mirror(), {"library_text": text})


def show_foreseen(foreseen: Foreseen) -> bool:
    """Show what the form's way to place would do, or what stands in its way."""
    told = {"foreseen": say(foreseen.text), "foreseen_obstacle": say(foreseen.obstacle)}
    return _assign(mirror(), told)


def show_whereabouts(text: str) -> bool:
    """Show where the selected job's images are in this file."""
    return _assign(mirror(), {"whereabouts": text})


def show_facts(text: str) -> bool:
    """Show what is known of the selected job's chosen image."""
    return _assign(mirror(), {"picture_facts": text})


def show_sources(form: Any) -> bool:
    """Show what is known of the form's sources and of what other editors are about."""
    return source_rows.refresh(mirror().sources, form, editor_images())


def show_status() -> bool:
    """Show which service it is, with which key, and what stands in the way. Looks at no disk."""
    wanted = settings.read()
    return _assign(
        mirror(),
        {
            "is_simulator": wanted.is_simulator,
            "server": wanted.server.name,
            "obstacle": session.obstacle().name,
            "key_text": _key_text(),
        },
    )


def _key_text() -> str:
    key = session.known_key()
    if key is None:
        return ""
    return (
        phrase("{key} (from {variable})", key=key, variable=VARIABLE)
        if key.origin is KeyOrigin.ENVIRONMENT
        else phrase("{key} (from its file)", key=key)
    )


def _add(job: Job) -> Any:
    """Add a row at its age's place, newest first; the list keeps its length, and the selection its job."""
    target = mirror()
    jobs = target.jobs
    is_old = _filling().jobs.pop(job.id, None) is not None
    created = _since_epoch(job.created_at)
    index = len(jobs)
    while index > 0 and jobs[index - 1].created < created + (not is_old):  # a new one comes before its equals
        index -= 1
    row = jobs.add()
    row.name, row.created, row.chosen = job.id, created, _choices().get(job.id, 0)
    jobs.move(len(jobs) - 1, index)
    if index <= target.active_job and target.active_job > 0:
        target.active_job += 1
    if job.id == _filling().selected:
        _filling().selected = ""
        if not target.active_job:  # the artist has not chosen another one meanwhile
            target.active_job = index
    if len(jobs) > MAX_JOBS and jobs[-1].job_state.is_final:
        _placings().pop(jobs[-1].name, None)
        jobs.remove(len(jobs) - 1)
    _show_placing(job.id)
    return jobs[index]


def _show_placing(job_id: str) -> None:
    """Bring what a job's row says of its images up to date."""
    row = mirror().jobs.get(job_id)
    if row is not None:
        placing = _placings().get(job_id, _Placing(""))
        _assign(row, {"placement_text": placing.text, "placed_as": placing.placed_as})


def _values(job: Job) -> dict[str, object]:
    target = target_of(job, session.session_id())
    model, larger = MODELS[job.request.model], _larger_resolution(job)
    return {
        "state": job.state.value,
        "prompt": job.request.prompt,
        "verb": job.request.verb,
        "model": model.label,
        "price": job.price,
        "price_now": job.request.price,
        "price_each": replace(job.request, count=1).price,
        "finish_resolution": larger,
        "finish_price": model.price(count=1, resolution=larger),
        "server": job.server,
        "is_simulated": job.server == settings.SIMULATOR_NAME,
        "count": job.request.count,
        "image_count": len(job.results),
        "picture_numbers": ",".join(str(result.index + 1) for result in job.results),
        "progress": job.progress / 100.0,
        "created": _since_epoch(job.created_at),
        "submitted": _since_epoch(job.submitted_at),
        "finished": _since_epoch(job.finished_at),
        "expires": _since_epoch(job.expires_at),
        "typical_s": round(job.request.typical_seconds),
        "message": job.message,
        "remedy": job.remedy,
        "task_id": job.task_id,
        "is_parked": job.parked,
        "is_half_here": job.is_half_here,
        "is_fitted": any(result.fitted for result in job.results) or bool(job.mask_loss),
        "is_placed": job.placed_at > 0,
        "view_object": target.name if target is not None else "",
        "view_uid": target.session_uid if target is not None else 0,
    }


def _larger_resolution(job: Job) -> str:
    """Return the largest resolution of a job's model, where its images were made in a smaller one."""
    request, model = job.request, MODELS[job.request.model]
    is_masked = isinstance(request, EditRequest) and request.mask.is_set
    if is_masked or not model.resolutions or not request.count:  # it is not known, or would not be kept
        return ""
    largest = max(model.resolutions, key=side_of)
    return largest if side_of(request.resolution or model.default_resolution) < side_of(largest) else ""


def _since_epoch(time_s: float) -> int:
    return round(time_s) - EPOCH if time_s else 0


def _assign(target: Any, values: Mapping[str, object]) -> bool:
    changed = False
    for name, given in values.items():
        value = say(given) if isinstance(given, str) else given
        old = getattr(target, name)
        if old != value and not (isinstance(value, float) and abs(old - value) < 1e-6 * max(1.0, abs(value))):
            setattr(target, name, value)
            changed = True
    return changed
