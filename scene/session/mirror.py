# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the data of panels: the mirror of jobs, balance and obstacles on the window manager, for the pump.

Only changes are written, so that an idle tick costs nothing. The mirror is made again when another file is
loaded or Blender's language changes. All its data are known elsewhere, except what was done with a job's
images, which is kept here.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...client.key import VARIABLE, KeyOrigin
from ...jobs.overview import START
from ...texts.clock import EPOCH
from ...texts.names import is_found
from ...texts.phrases import phrase
from .. import live, settings
from ..language import say
from ..listing import source_rows
from ..windows.editors import editor_images
from . import binned, listed, rows, session
from .rows import since_epoch

if TYPE_CHECKING:
    from ...jobs.events import BinRead, PageRead, WalletRead
    from ...jobs.job import Job
    from ..placement.way import Foreseen

A_TURN: Final = 16
"""How many rows one turn makes from the ledger: each takes up to a fifth of a millisecond."""
MAX_JOBS = 200
"""How many jobs the list shows at first, besides open ones, which are all shown."""
_ANY_ID: Final = "~"
"""Sorts after all ids: of jobs made at the same time, a page of the ledger begins with the first."""


@dataclass(frozen=True)
class _Placing:
    text: str
    """A phrase, so that it can be shown in another language."""
    placed_as: str = ""
    """The PlacementKind; empty if nothing was placed."""


class _Placings(dict[str, _Placing]):
    """What was done with jobs' images, or why nothing was, by the ids of jobs with a row."""


def _placings() -> _Placings:
    return live.part(_Placings)


@dataclass(kw_only=True)
class _Filling:
    """The list while it is being made again: a few rows a turn."""

    jobs: dict[str, Job] = field(default_factory=dict[str, "Job"])
    """The jobs that will get a row, in the order of the list, by their ids."""
    followed: Container[str] = ()
    selected: str = ""
    """Id of the job to select when it has its row."""


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
    """Update a job's row; a new one is made at its place. True if anything changed."""
    place = listed.note(job, followed=followed)
    jobs = mirror().jobs
    if job.hidden is not listed.state().hidden and job.id != listed.state().brought:  # of the other list
        _filling().jobs.pop(job.id, None)
        return _remove_row(job.id)
    index = jobs.find(job.id)
    is_new = index < 0
    if is_new:
        index = _add(job, place)
    elif not rows.is_at(jobs, index, place):
        index = rows.move(mirror(), index, rows.index_for(jobs, place, skipped=index))
    values = rows.values_of(job) | {"phase": phase, "due": since_epoch(due_at), "is_followed": followed}
    changed = _assign(jobs[index], values)
    _trim()
    return changed or is_new


def rebuild(jobs: Iterable[Job], followed: Container[str] = ()) -> None:
    """Rebuild the list from the ledger. `followed` contains ids of jobs that are worked on.

    The first rows are made at once, the others by `fill`. The artist's selection keeps its job, if that is
    still in the list.
    """
    target, filling = mirror(), _filling()
    if target.selected_job is not None and (target.active_job or not filling.selected):
        filling.selected = target.selected_job.name
    _begin(hidden=False, followed=followed)
    newest = sorted(jobs, key=lambda job: -job.created_at)
    chosen = [job for index, job in enumerate(newest) if index < MAX_JOBS or not job.state.is_final]
    brought = _known(listed.state().brought)
    if brought is not None and all(job.id != brought.id for job in chosen):
        chosen.append(brought)
    if len(newest) >= MAX_JOBS:
        listed.state().cursor = (newest[MAX_JOBS - 1].created_at, _ANY_ID)
    for job in chosen:
        listed.note(job, followed=job.id in followed)
    _wait_for(chosen)
    for job_id in _placings().keys() - filling.jobs.keys():
        del _placings()[job_id]
    fill()


def show_hidden(is_shown: bool) -> None:
    """Show the hidden jobs instead of the others, or the reverse. This reads the ledger."""
    engine = session.find_engine()
    if is_shown is listed.state().hidden or engine is None:
        return
    if is_shown:
        _begin(hidden=True, followed=_filling().followed)
        read_more()
    else:
        rebuild(engine.jobs(MAX_JOBS), _filling().followed)


def read_more() -> None:
    """Have the next older jobs of the list read; `add_page` takes them."""
    engine, state = session.find_engine(), listed.state()
    after = state.cursor or (START if state.hidden else None)
    if engine is not None and after is not None and not state.is_reading:
        state.is_reading = True
        engine.read_page(after, hidden=state.hidden)


def add_page(page: PageRead) -> bool:
    """Make rows for the jobs of a page, a few a turn. True if the page is for this list."""
    state = listed.state()
    if page.hidden is not state.hidden or not state.is_reading:
        return False
    state.is_reading = False
    state.cursor = page.end
    state.more += len(page.jobs)
    known = mirror().jobs.keys()
    fresh = [job for job in page.jobs if job.id not in known]
    for job in fresh:
        listed.note(job, followed=job.id in _filling().followed)
    _wait_for(fresh)
    fill()
    return True


def fill() -> bool:
    """Make the next rows of the list. True if there were any. For the pump, once a turn."""
    jobs = list(itertools.islice(_filling().jobs.values(), A_TURN))
    for job in jobs:
        show(job, followed=job.id in _filling().followed)
    if not _filling().jobs:
        _filling().selected = ""
    return bool(jobs)


def is_filling() -> bool:
    """Return whether jobs of the list have no row yet."""
    return bool(_filling().jobs)


def keep_order(line: Sequence[str]) -> bool:
    """Sort the waiting rows by the order in which they will be sent. True if that has changed."""
    if not listed.see(line):
        return False
    jobs = mirror().jobs
    names: list[str] = []
    for row in jobs:
        if listed.group_of(row.name) > listed.Group.UNSENT:
            break
        names.append(row.name)
    for index, name in enumerate(sorted(names, key=listed.place_of)):
        if names[index] != name:
            old = names.index(name, index)
            rows.move(mirror(), old, index)
            names.insert(index, names.pop(old))
    return True


def find(job_id: str) -> Any:
    """Return a job's row, made now if needed; None if it is not in the list."""
    if job_id in _filling().jobs:
        show(_filling().jobs[job_id], followed=job_id in _filling().followed)
    return mirror().jobs.get(job_id)


def select(job_id: str) -> None:
    """Make a job the active one of the list. This ends a search that hides it."""
    target = mirror()
    if target.shows_hidden and job_id not in target.jobs:
        target.shows_hidden = False
    _filling().selected = ""
    row = find(job_id)
    if row is not None and not is_found(row.prompt, target.search):
        target.search = ""
    target.active_job = max(0, target.jobs.find(job_id))


def bring(job: Job) -> None:
    """Select a job. If the list lacks it, it is added until another one is brought."""
    if find(job.id) is None:
        before = listed.state().brought
        listed.state().brought = job.id
        if before in mirror().jobs and (known := _known(before)) is not None:
            show(known, followed=before in _filling().followed)
        show(_known(job.id) or job, followed=job.id in _filling().followed)
    select(job.id)


def send_back(job_id: str = "") -> None:
    """Remove the brought job from the list made again: this job, or any."""
    if job_id in ("", listed.state().brought):
        listed.state().brought = ""


def choose_picture(job_id: str, number: int) -> None:
    """Choose the image of a job that verbs act on. The choice is kept when the list is made again."""
    _choices()[job_id] = number
    row = mirror().jobs.get(job_id)
    if row is not None:
        row.chosen = number


def take_bin(read: BinRead) -> bool:
    """Hide images that were deleted, and show restored ones. True if any differ."""
    is_changed = False
    for job_id, deleted in binned.take(read).items():
        row = mirror().jobs.get(job_id)
        if row is not None:
            row.binned_numbers = binned.numbers_of(job_id)
            is_changed = True
        if row is not None and row.chosen in deleted and row.kept_pictures:
            choose_picture(job_id, 0)
    return is_changed


def search_changed() -> None:
    """Select no job that the search hides, but the first that it finds, or none."""
    target = mirror()
    if target.selected_job is None:
        found = (index for index, row in enumerate(target.jobs) if is_found(row.prompt, target.search))
        target.active_job = next(found, -1)


def remove(job_id: str) -> None:
    """Remove a job from the list. The artist's selection keeps its job, or moves to the next visible one."""
    send_back(job_id)
    _placings().pop(job_id, None)
    _filling().jobs.pop(job_id, None)
    listed.forget(job_id)
    _remove_row(job_id)


def tell_placement(job_id: str, text: str, *, placed_as: str = "") -> None:
    """Show at a job what was done with its images, or why nothing was. `placed_as`: the PlacementKind."""
    if job_id in mirror().jobs or job_id in _filling().jobs:
        _placings()[job_id] = _Placing(text, placed_as)
        _show_placing(job_id)


def placement_text(job_id: str) -> str:
    """Return what was said about a job's images, as a phrase for `say`."""
    return _placings()[job_id].text if job_id in _placings() else ""


def review_placements(here: Container[str], waiting: Iterable[str], elsewhere: str) -> None:
    """Keep only what is true in another file about jobs' images; `rebuild` shows it.

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
    """Show a general trouble."""
    _assign(mirror(), {"trouble": text})


def show_wallet(wallet: WalletRead) -> bool:
    """Show a fresh balance."""
    return _assign(
        mirror(),
        {
            "has_balance": True,
            "balance": wallet.balance,
            "balance_read": since_epoch(wallet.read_at),
            "wallet_message": "",
            "wallet_remedy": "",
        },
    )


def show_wallet_failure(message: str, remedy: str) -> bool:
    """Show why there is no fresh balance; the old one stays, with its age."""
    return _assign(mirror(), {"wallet_message": message, "wallet_remedy": remedy})


def forget_wallet() -> None:
    """Forget the balance, which is of another account or server."""
    _assign(mirror(), {"has_balance": False, "wallet_message": "", "wallet_remedy": ""})


def show_queue(numbers: Mapping[str, object]) -> bool:
    """Show how many jobs run, wait and so on."""
    return _assign(mirror(), numbers)


def count() -> int:
    """How many jobs the list has, with those that have no row yet."""
    return len(mirror().jobs) + len(_filling().jobs)


def show_library(text: str) -> bool:
    """Show how much the library holds."""
    return _assign(mirror(), {"library_text": text})


def show_foreseen(foreseen: Foreseen) -> bool:
    """Show the predicted effect of the form's way to place, or its obstacle."""
    told = {"foreseen": say(foreseen.text), "foreseen_obstacle": say(foreseen.obstacle)}
    return _assign(mirror(), told)


def show_model_advice(text: str) -> bool:
    """Show what may spoil the model of the chosen picture."""
    return _assign(mirror(), {"model_advice": text})


def show_texture_size(name: str, faces: int) -> bool:
    """Show how many triangles of an object would be sent."""
    return _assign(mirror(), {"texture_object": name, "texture_faces": faces})


def show_whereabouts(text: str) -> bool:
    """Show where the selected job's images are in this file."""
    return _assign(mirror(), {"whereabouts": text})


def show_facts(text: str, *, is_gone: bool, painted: str = "") -> bool:
    """Show what is known of the selected job's chosen image.

    Args:
        is_gone: its file is.
        painted: what it has in place of the transparency that was asked for.
    """
    facts = {"picture_facts": text, "is_picture_gone": is_gone, "painted_backdrop": painted}
    return _assign(mirror(), facts)


def show_sources(form: Any) -> bool:
    """Show what is known of the form's sources and of what other editors are about."""
    return source_rows.refresh(mirror().sources, form, editor_images())


def show_status() -> bool:
    """Show the service, its key, and the obstacle to sending. Reads no disk."""
    wanted = settings.read()
    return _assign(
        mirror(),
        {
            "is_simulator": wanted.is_simulator,
            "server": wanted.server.name,
            "obstacle": session.obstacle(wanted).name,
            "key_text": _key_text(),
        },
    )


def _known(job_id: str) -> Job | None:
    engine = session.find_engine()
    try:
        return engine.job(job_id) if engine is not None else None
    except KeyError:
        return None


def _key_text() -> str:
    key = session.known_key()
    if key is None:
        return ""
    return (
        phrase("{key} (from {variable})", key=key, variable=VARIABLE)
        if key.origin is KeyOrigin.ENVIRONMENT
        else phrase("{key} (from its file)", key=key)
    )


def _begin(*, hidden: bool, followed: Container[str]) -> None:
    """Empty the list."""
    target = mirror()
    listed.begin(hidden=hidden)
    if target.shows_hidden is not hidden:
        target.shows_hidden = hidden
    _filling().jobs, _filling().followed = {}, followed
    target.jobs.clear()
    target.active_job = 0


def _wait_for(jobs: Iterable[Job]) -> None:
    """Make rows for jobs in the coming turns, from the top of the list."""
    in_order = sorted(jobs, key=lambda job: listed.place_of(job.id))
    _filling().jobs |= {job.id: job for job in in_order}


def _add(job: Job, place: listed.Place) -> int:
    """Add a row at its place.

    The list keeps its length, and the selection its job. Returns the row's index.
    """
    target = mirror()
    jobs = target.jobs
    is_old = _filling().jobs.pop(job.id, None) is not None
    index = rows.index_for(jobs, place, is_old=is_old)
    row = jobs.add()
    row.name, row.created, row.chosen = job.id, since_epoch(job.created_at), _choices().get(job.id, 0)
    jobs.move(len(jobs) - 1, index)
    listed.touch()
    if index <= target.active_job and target.active_job > 0:
        target.active_job += 1
    if job.id == _filling().selected:
        _filling().selected = ""
        if not target.active_job:  # the artist has not chosen another one meanwhile
            target.active_job = index
    _show_placing(job.id)
    return index


def _remove_row(job_id: str) -> bool:
    """Remove a job's row, and select no job that the search hides. False if it has none."""
    has_gone = rows.remove(mirror(), mirror().jobs.find(job_id))
    if has_gone:
        search_changed()
    return has_gone


def _trim() -> None:
    """Keep the list from growing: the oldest finished job is removed, and can be read again."""
    jobs, state = mirror().jobs, listed.state()
    if len(jobs) - len(state.open) > MAX_JOBS + state.more and jobs[-1].name not in state.open:
        _placings().pop(jobs[-1].name, None)
        listed.forget(jobs[-1].name)
        _remove_row(jobs[-1].name)
        state.cursor = (jobs[-1].created + EPOCH + 1.0, _ANY_ID)  # behind the last that is left


def _show_placing(job_id: str) -> None:
    """Update what a job's row says of its images."""
    row = mirror().jobs.get(job_id)
    if row is not None:
        placing = _placings().get(job_id, _Placing(""))
        _assign(row, {"placement_text": placing.text, "placed_as": placing.placed_as})


def _assign(target: Any, values: Mapping[str, object]) -> bool:
    changed = False
    for name, given in values.items():
        value = say(given) if isinstance(given, str) else given
        old = getattr(target, name)
        if old != value and not (isinstance(value, float) and abs(old - value) < 1e-6 * max(1.0, abs(value))):
            setattr(target, name, value)
            changed = True
    return changed
