# SPDX-License-Identifier: GPL-3.0-or-later
"""The visible part of the library: a page of search results, their thumbnails, and the selection.

The pump starts searches on another thread while somebody looks; panels draw these results. A chosen image is
shown in the panel Result, even if its job is very old.
"""

from __future__ import annotations

import itertools
import math
import re
import time
from dataclasses import dataclass, field
from enum import Enum, auto
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
"""For this long after a draw, somebody is assumed to look at the library."""
RETRY_S: Final = 5.0
"""The pause before the next search while somebody looks, if the last one failed (another program may hold the
library) or the index lacks some images."""
OTHERS_S: Final = 20.0
"""The same after a complete search: nothing reports what another Blender stars and deletes."""
A_TURN: Final = 15
"""How many thumbnails are requested in one turn: they are read faster than the next turn comes."""
A_LATE_TURN: Final = 4
"""Likewise, in a turn that is late already."""
DOUBLE_S: Final = 0.4
"""The longest pause between the clicks of a double-click."""


class Scope(Enum):
    """The images to show."""

    ALL = auto()
    THIS_FILE = auto()
    THIS_PROJECT = auto()
    """The images of Blender's own project (from 5.3 on)."""
    NOT_PLACED = auto()
    EDITS = auto()
    BIN = auto()
    """Deleted images."""


PAGES: Final = {"SMALL": 60, "MEDIUM": 24, "LARGE": 8}
"""Images per page, by the size of thumbnails."""


@dataclass(kw_only=True)
class _Wall:
    asked: Search | None = None
    """The last requested search."""
    found: Search | None = None
    """The search of the current rows: the same object as `asked` once they have arrived."""
    is_stale: bool = False
    """Images were added or removed since."""
    rows: tuple[ImageRow, ...] = ()
    total: int = 0
    message: str = ""
    """Why the search failed, if it did."""
    again_at: float = 0.0
    """When to search again in any case, monotonic; 0 during a search."""
    chosen: dict[int, None] = field(default_factory=dict[int, None])
    """Ids of rows, in the order of the clicks."""
    anchor: int = 0
    """Id of the row from which Shift extends the choice."""
    focus: int = 0
    """Id of the row that was chosen last: arrow keys continue there."""
    columns: dict[int, int] = field(default_factory=dict[int, int])
    """Images per row of each open panel, by the address of its region."""
    side: float = 0.0
    """Pixels of the thumbnails' sides on the screen, in the panel that was drawn last."""
    comes_from: int = 0
    """The arrow keys have turned the page: 1: choose its first image; -1: its last."""
    clicked: tuple[int, float] = (0, 0.0)
    """Id of the row that was clicked last, and when (monotonic)."""
    awaited: tuple[str, int] = ("", 0)
    """The job and image number to select once the job is known."""
    brought: set[str] = field(default_factory=set[str])
    """Ids of requested jobs of chosen images that have not arrived yet."""
    drawn_at: float = 0.0


def _wall() -> _Wall:
    return live.part(_Wall)


def note_drawn() -> None:
    """Note that the library is being drawn."""
    _wall().drawn_at = time.monotonic()
    session.note_drawn()


def note_grid(region: int, columns: int, side: float) -> None:
    """Note that images are being drawn.

    Args:
        region: address of the sidebar.
        columns: images per row.
        side: pixels of the thumbnails' sides on the screen.
    """
    _wall().columns[region] = columns
    _wall().side = side


def note_title(region: int) -> None:
    """Note that the title of the library is being drawn in a sidebar: closed panels have one too.

    Blender draws it before the images.
    """
    _wall().columns.pop(region, None)


def is_watched() -> bool:
    """Return whether the library was drawn recently."""
    return _wall().drawn_at > 0 and time.monotonic() - _wall().drawn_at < WATCHED_S


def is_seen(region: int) -> bool:
    """Return whether a sidebar shows images of the library, however long ago it was drawn."""
    return region in _wall().columns


def is_expecting() -> bool:
    """Return whether somebody waits for a search or an image's job."""
    state = _wall()
    return is_watched() and (_needs_search() or state.found is not state.asked or bool(state.awaited[0]))


def rows() -> tuple[ImageRow, ...]:
    """Return the images of the page in order."""
    return _wall().rows


def total() -> int:
    """Return the number of found images on all pages."""
    return _wall().total


def message() -> str:
    """Say why there is nothing to see, if something is wrong."""
    return _wall().message


def is_chosen(row_id: int) -> bool:
    """Return whether the artist has chosen an image."""
    return row_id in _wall().chosen


def chosen() -> list[ImageRow]:
    """Return the chosen images of the page, in the order of the clicks."""
    by_id = {row.id: row for row in _wall().rows}
    return [by_id[row_id] for row_id in _wall().chosen if row_id in by_id]


def are_starred() -> bool:
    """Return whether all chosen images are starred."""
    return all(row.is_starred for row in chosen())


def common_rating() -> int:
    """Return the common rating of the chosen images; 0 if they differ or have none."""
    ratings = {row.rating for row in chosen()}
    return ratings.pop() if len(ratings) == 1 else 0


def common_tags() -> list[str]:
    """Return the tags that all chosen images have, as the first image writes them."""
    rows_chosen = chosen()
    shared = [{fold(tag) for tag in row.tags} for row in rows_chosen]
    return [tag for tag in rows_chosen[0].tags if all(fold(tag) in tags for tags in shared)] if shared else []


def tag_chosen(text: str) -> None:
    """Replace the common tags of the chosen images by those of a text with commas."""
    before, ids = common_tags(), [row.id for row in chosen()]
    wanted = split_tags(text)
    added = [tag for tag in wanted if fold(tag) not in map(fold, before)]
    taken = [tag for tag in before if fold(tag) not in map(fold, wanted)]
    if ids and (added or taken):
        session.engine().gallery.retag(ids, added, taken)


def split_tags(text: str) -> list[str]:
    """Return the tags of a text with commas, semicolons, or Chinese or Japanese commas."""
    parts = re.split(r"[,;\uff0c\u3001]", text)
    return [tag for tag in (" ".join(part.split()) for part in parts) if fold(tag)]


def is_narrowed() -> bool:
    """Return whether a filter is set that may be hidden: rating, tags, model, mask, edits of one image."""
    asked = properties()
    return bool(
        asked.rating or split_tags(asked.tags) or asked.model != "ANY" or asked.has_mask or asked.edits_of
    )


def begin_search() -> None:
    """Start another search of the artist at its first page."""
    properties().page = 0


def turn_page(step: int) -> None:
    """Turn some pages forwards or back."""
    properties().page = min(max(properties().page + step, 0), _last_page(_wall().total))


def _last_page(total: int) -> int:
    return max(total - 1, 0) // PAGES[properties().size]


def touch() -> None:
    """Search again when somebody looks, because images were added or removed."""
    _wall().is_stale = True


def properties() -> Any:
    """Return the artist's filters."""
    return mirror.mirror().gallery


def show(late_at: float = math.inf) -> None:
    """Search if needed while somebody looks. For the pump; the result comes as an event.

    Args:
        late_at: from then on (monotonic), only few thumbnails are requested.
    """
    engine = session.find_engine()
    if engine is None or not is_watched():
        return
    state = _wall()
    if _needs_search():
        state.asked, state.is_stale, state.again_at = _wanted(), False, 0.0
        engine.gallery.search(state.asked)
    side = result_thumbnails.side_for(state.side)
    fitted = {(row.job_id, row.index + 1) for row in state.rows if row.fitted_file}
    pictures = ((row.job_id, row.index + 1) for row in state.rows)
    missing = result_thumbnails.keep(pictures, side, fitted=fitted)
    next_rows = (row for row in state.rows if (row.job_id, row.index + 1) in missing)
    for number, row in enumerate(itertools.islice(next_rows, A_TURN)):
        if number >= A_LATE_TURN and time.monotonic() > late_at:
            return
        shown = {row.index + 1} if row.fitted_file else ()
        result_thumbnails.want(row.job_id, {row.index + 1: row.thumbnail_files}, side, fitted=shown)


def take_found(found: ImagesFound) -> bool:
    """Show the result of a search, unless another one is wanted meanwhile."""
    state = _wall()
    if found.wanted is not state.asked:
        return False
    if not found.rows and found.total and properties().page > _last_page(found.total):
        properties().page = _last_page(found.total)  # that page is gone: search for the last one
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
    """Select the chosen image of a job that is now known, unless another image was chosen meanwhile."""
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
    """Choose an image like a click. True after a double-click, if its job is known here.

    Args:
        adds: add it to the chosen ones, or remove it from them (Ctrl).
        extends: choose all from the last clicked one to this (Shift).
    """
    state, now = _wall(), time.monotonic()
    by_id = {row.id: row for row in state.rows}
    if row_id not in by_id:
        return False
    is_plain = not (adds or extends)
    is_double = is_plain and state.clicked[0] == row_id and now - state.clicked[1] < DOUBLE_S
    is_double = is_double and mirror.find(by_id[row_id].job_id) is not None  # else another job would be shown
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


def move_choice(across: int, down: int, *, extends: bool = False, region: int = 0) -> None:
    """Move the choice to the right and down, like the arrow keys in a sidebar (its address).

    Beyond the page it turns the page, and chooses the first image of the next or the last of the previous
    one.
    """
    state = _wall()
    ids = [row.id for row in state.rows]
    if state.focus not in ids:
        return
    at = ids.index(state.focus) + across + down * state.columns.get(region, 1)
    if 0 <= at < len(ids):
        choose(ids[at], extends=extends)
        state.clicked = (0, 0.0)  # the next click is no double-click
    elif not extends:
        page = properties().page
        turn_page(1 if at > 0 else -1)
        if properties().page != page:
            state.comes_from = 1 if at > 0 else -1


def bring_chosen(*, again: bool = False) -> None:
    """Request the jobs of all chosen images, so that placing them by a click need not wait for the ledger.

    Args:
        again: repeat requests that may have gone to an engine that has ended.
    """
    state, engine = _wall(), session.engine()
    for row in chosen():
        if (again or row.job_id not in state.brought) and job_of(row) is None:
            state.brought.add(row.job_id)
            engine.gallery.bring(row.job_id)


def job_of(row: ImageRow) -> Job | None:
    """Return the job of an image; None until it is known here."""
    try:
        return session.engine().job(row.job_id)
    except KeyError:
        return None


def select(row: ImageRow) -> None:
    """Show an image in the panel Result; an unknown job is read from the ledger."""
    show_job(row.job_id, row.index + 1)


def show_job(job_id: str, number: int = 1) -> None:
    """Show a job and one of its images in the panel Result; an unknown job is read from the ledger."""
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
    """Return the file or project whose images are wanted; None: all."""
    if scope is Scope.THIS_FILE:
        return file_name()
    return (blender_project() or file_name()) if scope is Scope.THIS_PROJECT else None


def facts() -> str:
    """Return the visible part of all found images, such as "25–48 / 312"."""
    state = _wall()
    if not state.total:
        return ""
    first = (state.found.offset if state.found is not None else 0) + 1
    return f"{first:,}–{first + len(state.rows) - 1:,} / {state.total:,}"
