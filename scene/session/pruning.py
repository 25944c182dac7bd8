# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview what pruning the library would remove, while the artist looks. Another thread computes it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...jobs.pruning import Rule
from .. import live
from ..history.image_users import in_parts
from ..listing import result_thumbnails
from ..notes import number_note, text_note
from ..placement.reused import INDEX_KEY, JOB_KEY
from ..placement.reused_tiles import pictures_in
from . import mirror, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...jobs.events import PrunePlanned
    from ...jobs.pruning import Here, Plan

WATCHED_S: Final = 5.0
"""For this long after a draw, somebody is assumed to look."""
LIFE_S: Final = 10.0
"""The age at which a plan is made again."""


@dataclass(kw_only=True)
class _Pruning:
    drawn_at: float = 0.0  # monotonic; 0 = never
    walk: Iterator[None] | None = None
    """The search of the open file."""
    here: set[tuple[str, int]] | None = None
    asked: Rule | None = None
    """The rule of the requested plan; None: no request."""
    planned_at: float = 0.0
    """Monotonic; 0: make a new plan."""
    plan: Plan | None = None
    message: str = ""


def _state() -> _Pruning:
    return live.part(_Pruning)


def note_drawn() -> None:
    """Note that the plan is being drawn."""
    _state().drawn_at = time.monotonic()


def plan() -> Plan | None:
    """Return what the artist's rule would remove; None until that is known."""
    found = _state().plan
    return found if found is not None and found.rule == rule() else None


def message() -> str:
    """Return why there is no plan; empty if nothing failed."""
    return _state().message


def rule() -> Rule:
    """Return the artist's rule."""
    asked: Any = mirror.mirror().gallery
    return Rule(days=asked.prune_days, most_bytes=round(asked.prune_size * 1e9))


def touch() -> None:
    """Make another plan, because images were added or removed."""
    _state().planned_at = 0.0


def is_expecting() -> bool:
    """Return whether somebody waits for a plan."""
    return _is_watched() and (_state().walk is not None or _state().asked is not None)


def here_now() -> Here:
    """Search the open file at once, for clicks that remove something. Returns jobs and image indices."""
    here: set[tuple[str, int]] = set()
    for _ in _look(here):
        pass
    return frozenset(here)


def show(deadline: float) -> None:
    """Request a plan while somebody looks. For the pump; the plan comes as an event."""
    state, engine = _state(), session.find_engine()
    if engine is None or not _is_watched():
        state.walk = None
        return
    for image in state.plan.oldest if state.plan is not None else ():
        fitted = {image.number} if image.is_fitted else ()
        result_thumbnails.want(image.job_id, {image.number: image.thumbnail_files}, fitted=fitted)
    known = state.plan.rule if state.plan is not None else None
    is_fresh = bool(state.planned_at) and time.monotonic() - state.planned_at < LIFE_S
    if state.asked == rule() or (known == rule() and is_fresh):
        return
    if state.walk is None:
        state.here = set()
        state.walk = _look(state.here)
    for _ in state.walk:
        if time.monotonic() > deadline:
            return
    state.walk, state.asked, state.planned_at = None, rule(), time.monotonic()
    engine.gallery.plan_pruning(state.asked, frozenset(state.here or ()))


def take(planned: PrunePlanned) -> bool:
    """Show a plan. True: the panel must be drawn again."""
    state = _state()
    if planned.rule == state.asked:
        state.asked = None
    state.plan, state.message = planned.plan, planned.message
    return True


def _is_watched() -> bool:
    return _state().drawn_at > 0 and time.monotonic() - _state().drawn_at < WATCHED_S


def _look(here: set[tuple[str, int]]) -> Iterator[None]:
    for image in in_parts("images"):
        if image is None:
            yield
            continue
        if job := text_note(image, JOB_KEY):
            here.add((job, number_note(image, INDEX_KEY)))
        if image.source == "TILED":
            here |= {(picture.rpartition("/")[0], -1) for picture in pictures_in(image).values()}
