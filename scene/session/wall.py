# SPDX-License-Identifier: GPL-3.0-or-later
"""The visible part of the library: a page of search results, their thumbnails, and the selection.

The pump searches while somebody looks, off the main thread; panels draw what is here. An image that is chosen
is the one that the panel Result is about, whatever job of whatever year it came of.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...jobs.image_rows import Order, Search
from ...jobs.image_words import fold
from .. import live
from ..listing import result_thumbnails
from ..project import blender_project, file_name
from . import mirror, session

if TYPE_CHECKING:
    from ...jobs.events import ImagesFound, JobBrought
    from ...jobs.image_rows import ImageRow
    from ...jobs.job import Job

WATCHED_S: Final = 5.0
"""How long after a draw somebody is taken to be looking at the library."""
RETRY_S: Final = 5.0
"""Until a library is searched again, while it is looked at, that could not be (another program may hold it),
or of which the index lacks some."""
OTHERS_S: Final = 20.0
"""The same for one of which all was found: of what another Blender stars and deletes nothing tells."""
DOUBLE_S: Final = 0.4
"""Between the two clicks of a double-click."""


_DRAW_S: Final = 0.5
"""In which all panels of a sidebar are drawn."""


class Scope(Enum):
    """Which images are shown."""

    ALL = auto()
    THIS_FILE = auto()
    THIS_PROJECT = auto()
    """The images of Blender's own project (from 5.3 on)."""
    NOT_PLACED = auto()
    EDITS = auto()
    BIN = auto()
    """Those that were deleted."""


PAGES: Final = {"SMALL": 60, "MEDIUM": 24, "LARGE": 8}
"""How many images a page has, by the size of its thumbnails."""


@dataclass
class _Wall:
    asked: Search | None = None
    """What was searched for last."""
    found: Search | None = None
    """That of which the rows are; the same object, where they have come."""
    is_stale: bool = False
    """Images have come or gone since."""
    rows: tuple[ImageRow, ...] = ()
    total: int = 0
    message: str = ""
    """Why there is nothing to see, if something is wrong."""
    again_at: float = 0.0
    """When it is searched again whatever happens, monotonic; 0 while that is under way."""
    chosen: dict[int, None] = field(default_factory=dict[int, None])
    """Ids of rows, in the order of the clicks."""
    anchor: int = 0
    """Id of the row from which Shift chooses."""
    focus: int = 0
    """Id of the row that was chosen last: from there the arrow keys go on."""
    columns: int = 1
    """How many images are in a row of the panel that was drawn last."""
    comes_from: int = 0
    """The arrow keys have turned the page: on 1 its first image is to be chosen, on -1 its last."""
    clicked: tuple[int, float] = (0, 0.0)
    """Id of the row that was clicked last, and when (monotonic)."""
    awaited: tuple[str, int] = ("", 0)
    """The job and the number of its image that are to be selected when the job is known."""
    brought: set[str] = field(default_factory=set[str])
    """Ids of jobs that were asked for because an image of theirs was chosen, and have not come yet."""
    drawn_at: float = 0.0


def _wall() -> _Wall:
    return live.part(_Wall)


def note_drawn(columns: int = 0) -> None:
    """The library is being drawn: somebody looks.

    Args:
        columns: how many images are in a row; 0: none are drawn.
    """
    state = _wall()
    state.drawn_at, state.columns = time.monotonic(), columns or state.columns
    session.note_drawn()


def is_watched() -> bool:
    """True while the library is being drawn now and then."""
    return _wall().drawn_at > 0 and time.monotonic() - _wall().drawn_at < WATCHED_S


def is_seen() -> bool:
    """True if the library was drawn with the panels that were drawn last, however long ago."""
    return 0 < session.drawn_at() - _DRAW_S < _wall().drawn_at


def is_expecting() -> bool:
    """True while a search, or the job of an image, is on its way that somebody waits for."""
    state = _wall()
    return is_watched() and (_needs_search() or state.found is not state.asked or bool(state.awaited[0]))


def rows() -> tuple[ImageRow, ...]:
    """The images of the page, in their order."""
    return _wall().rows


def total() -> int:
    """How many images the search has found on all pages."""
    return _wall().total


def message() -> str:
    """Say why there is nothing to see, if something is wrong."""
    return _wall().message


def is_chosen(row_id: int) -> bool:
    """Whether an image is among those that the artist has chosen."""
    return row_id in _wall().chosen


def chosen() -> list[ImageRow]:
    """The chosen images of the page, in the order of the clicks."""
    by_id = {row.id: row for row in _wall().rows}
    return [by_id[row_id] for row_id in _wall().chosen if row_id in by_id]


def are_starred() -> bool:
    """Whether all that is chosen is starred."""
    return all(row.is_starred for row in chosen())


def common_rating() -> int:
    """The rating that all chosen images have; 0 where they differ, or have none."""
    ratings = {row.rating for row in chosen()}
    return ratings.pop() if len(ratings) == 1 else 0


def common_tags() -> list[str]:
    """The tags that all chosen images have, as the first of them has them."""
    rows_chosen = chosen()
    shared = [{fold(tag) for tag in row.tags} for row in rows_chosen]
    return [tag for tag in rows_chosen[0].tags if all(fold(tag) in tags for tags in shared)] if shared else []


def tag_chosen(text: str) -> None:
    """Tag the chosen images as the artist has typed it: tags with commas, instead of those that all have."""
    before, ids = common_tags(), [row.id for row in chosen()]
    wanted = split_tags(text)
    added = [tag for tag in wanted if fold(tag) not in map(fold, before)]
    taken = [tag for tag in before if fold(tag) not in map(fold, wanted)]
    if ids and (added or taken):
        session.engine().gallery.retag(ids, added, taken)


def split_tags(text: str) -> list[str]:
    """The tags of a text with commas; those of Chinese and Japanese are commas too."""
    parts = re.split(r"[,;\uff0c\u3001]", text)
    return [tag for tag in (" ".join(part.split()) for part in parts) if fold(tag)]


def is_narrowed() -> bool:
    """Whether something is filtered that is out of sight: rating, tags, model, mask, edits of one image."""
    asked = properties()
    return bool(
        asked.rating or split_tags(asked.tags) or asked.model != "ANY" or asked.has_mask or asked.edits_of
    )


def begin_search() -> None:
    """The artist looks for something else: from its first page."""
    properties().page = 0


def turn_page(step: int) -> None:
    """Go some pages on, or back."""
    properties().page = min(max(properties().page + step, 0), _last_page(_wall().total))


def _last_page(total: int) -> int:
    return max(total - 1, 0) // PAGES[properties().size]


def touch() -> None:
    """Images have come or gone: they are searched again when somebody looks."""
    _wall().is_stale = True


def properties() -> Any:
    """What the artist asks for."""
    return mirror.mirror().gallery


def show() -> None:
    """Search where that is needed and somebody looks. For the pump: what is found comes as an event."""
    engine = session.find_engine()
    if engine is None or not is_watched():
        return
    state = _wall()
    if _needs_search():
        state.asked, state.is_stale, state.again_at = _wanted(), False, 0.0
        engine.gallery.search(state.asked)
    missing = result_thumbnails.keep((row.job_id, row.index + 1) for row in state.rows)
    for row in state.rows:
        if (row.job_id, row.index + 1) in missing:  # only of these are paths made
            result_thumbnails.want(row.job_id, {row.index + 1: _files_of(row)})


def take_found(found: ImagesFound) -> bool:
    """Show what a search has found, unless the artist looks for something else by now."""
    state = _wall()
    if found.wanted is not state.asked:
        return False
    if not found.rows and found.total and properties().page > _last_page(found.total):
        properties().page = _last_page(found.total)  # that page is no more: the last one is searched for
        return False
    state.found = found.wanted
    state.rows, state.total, state.message = found.rows, found.total, found.message
    is_whole = not (found.message or found.is_partial)
    state.again_at = time.monotonic() + (OTHERS_S if is_whole else RETRY_S)
    here = {row.id for row in found.rows}
    state.chosen = {row_id: None for row_id in state.chosen if row_id in here}
    if state.comes_from and found.rows:
        choose(found.rows[0 if state.comes_from > 0 else -1].id)
    state.comes_from = 0
    return True


def take_brought(brought: JobBrought) -> bool:
    """Select a job's image that was chosen before the job was known here, unless another one was since."""
    _wall().brought.discard(brought.job_id)
    job_id, number = _wall().awaited
    if brought.job_id != job_id:
        return False
    _wall().awaited = ("", 0)
    if brought.job is None:
        return False
    mirror.bring(brought.job)
    mirror.choose_picture(job_id, number)
    return True


def choose(row_id: int, *, adds: bool = False, extends: bool = False) -> bool:
    """Choose an image as a click does. True if it was the second click of two, and its job is known here.

    Args:
        adds: to what is chosen, or take it out of that (Ctrl).
        extends: choose all from the last one that was clicked to this (Shift).
    """
    state, now = _wall(), time.monotonic()
    by_id = {row.id: row for row in state.rows}
    if row_id not in by_id:
        return False
    is_plain = not (adds or extends)
    is_double = is_plain and state.clicked[0] == row_id and now - state.clicked[1] < DOUBLE_S
    is_double = is_double and mirror.find(by_id[row_id].job_id) is not None  # else another one would be shown
    state.clicked = (row_id, now) if is_plain and not is_double else (0, 0.0)
    if extends and state.anchor in by_id:
        ids = list(by_id)
        first, last = sorted((ids.index(state.anchor), ids.index(row_id)))
        state.chosen = dict.fromkeys(ids[first : last + 1])
    elif adds and row_id in state.chosen:
        del state.chosen[row_id]
        return False
    else:
        state.chosen = {**(state.chosen if adds else {}), row_id: None}
        state.anchor = row_id
    state.focus = row_id
    select(by_id[row_id])
    bring_chosen()
    return is_double


def move_choice(across: int, down: int, *, extends: bool = False) -> None:
    """Choose the image so many places to the right and below of the one that was chosen last, as keys do.

    Beyond the page it turns that, and chooses the first image of the next, or the last of the one before.
    """
    state = _wall()
    ids = [row.id for row in state.rows]
    if state.focus not in ids:
        return
    at = ids.index(state.focus) + across + down * state.columns
    if 0 <= at < len(ids):
        choose(ids[at], extends=extends)
        state.clicked = (0, 0.0)  # a click that follows is no second one
    elif not extends:
        page = properties().page
        turn_page(1 if at > 0 else -1)
        if properties().page != page:
            state.comes_from = 1 if at > 0 else -1


def bring_chosen(*, again: bool = False) -> None:
    """Have the jobs known of all that is chosen: whoever places them by a click won't wait for the ledger.

    Args:
        again: ask once more for those that were asked for: an engine that has ended since answers nothing.
    """
    state, engine = _wall(), session.engine()
    for row in chosen():
        if (again or row.job_id not in state.brought) and job_of(row) is None:
            state.brought.add(row.job_id)
            engine.gallery.bring(row.job_id)


def job_of(row: ImageRow) -> Job | None:
    """The job of an image; None until it is known here."""
    try:
        return session.engine().job(row.job_id)
    except KeyError:
        return None


def select(row: ImageRow) -> None:
    """Make the panel Result be about an image; its job is read of the ledger where it is not known here."""
    show_job(row.job_id, row.index + 1)


def show_job(job_id: str, number: int = 1) -> None:
    """Make the panel Result be about a job and one of its images; read of the ledger where it is unknown."""
    _wall().awaited = ("", 0)
    if mirror.find(job_id) is not None:
        mirror.select(job_id)
        mirror.choose_picture(job_id, number)
        return
    _wall().awaited = (job_id, number)
    session.engine().gallery.bring(job_id)


def _needs_search() -> bool:
    state = _wall()
    is_due = 0 < state.again_at <= time.monotonic()
    return state.is_stale or is_due or state.asked != _wanted()


def _wanted() -> Search:
    asked = properties()
    length = PAGES[asked.size]
    scope = Scope[asked.scope]
    return Search(
        text=asked.search,
        is_starred=asked.is_starred,
        project=_project_of(scope),
        is_placed=False if scope is Scope.NOT_PLACED else None,
        is_edit=True if scope is Scope.EDITS else None,
        in_bin=scope is Scope.BIN,
        rating=asked.rating,
        tags=tuple(split_tags(asked.tags)),
        model="" if asked.model == "ANY" else asked.model,
        has_mask=True if asked.has_mask else None,
        edits_of=asked.edits_of,
        order=Order[asked.order],
        limit=length,
        offset=asked.page * length,
    )


def _project_of(scope: Scope) -> str | None:
    """Name the file or project whose images are wanted; None if those of all are."""
    if scope is Scope.THIS_FILE:
        return file_name()
    return (blender_project() or file_name()) if scope is Scope.THIS_PROJECT else None


def _files_of(row: ImageRow) -> tuple[Path, ...]:
    """Where a thumbnail is to be read: as the worker has made it, else of the image."""
    return (row.thumbnail, row.path) if row.width else (row.thumbnail,)


def facts() -> str:
    """Say which of all that was found is seen: "25–48 / 312"."""
    state = _wall()
    if not state.total:
        return ""
    first = (state.found.offset if state.found is not None else 0) + 1
    return f"{first:,}–{first + len(state.rows) - 1:,} / {state.total:,}"
