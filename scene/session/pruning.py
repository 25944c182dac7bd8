# SPDX-License-Identifier: GPL-3.0-or-later
"""Preview of pruning the library while the artist looks at it: computed off the main thread."""

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
"""How long after a draw somebody is taken to be looking."""
LIFE_S: Final = 10.0
"""How old a plan gets before another is made."""


@dataclass
class _Pruning:
    drawn_at: float = 0.0  # monotonic; 0 = never
    walk: Iterator[None] | None = None
    """Looks for what the open file has."""
    here: set[tuple[str, int]] | None = None
    asked: Rule | None = None
    """What was asked for last, and has not come."""
    planned_at: float = 0.0
    """Monotonic; 0: it is to be made again."""
    plan: Plan | None = None
    message: str = ""


def _state() -> _Pruning:
    return live.part(_Pruning)


def note_drawn() -> None:
    """The plan is being drawn: somebody looks."""
    _state().drawn_at = time.monotonic()


def plan() -> Plan | None:
    """What would go by what the artist has set; None until that is known."""
    found = _state().plan
    return found if found is not None and found.rule == rule() else None


def message() -> str:
    """Say why nothing is known, if something is wrong."""
    return _state().message


def rule() -> Rule:
    """What the artist has set."""
    asked: Any = mirror.mirror().gallery
    return Rule(days=asked.prune_days, most_bytes=round(asked.prune_size * 1e9))


def touch() -> None:
    """Images have come or gone: another plan is made."""
    _state().planned_at = 0.0


def is_expecting() -> bool:
    """True while a plan is on its way that somebody waits for."""
    return _is_watched() and (_state().walk is not None or _state().asked is not None)


def here_now() -> Here:
    """What the open file has, looked through at once: for clicks that take something away."""
    here: set[tuple[str, int]] = set()
    for _ in _look(here):
        pass
    return frozenset(here)


def show(deadline: float) -> None:
    """Have a plan made, while somebody looks. For the pump: it comes as an event."""
    state, engine = _state(), session.find_engine()
    if engine is None or not _is_watched():
        state.walk = None
        return
    for image in state.plan.oldest if state.plan is not None else ():
        result_thumbnails.want(image.job_id, {image.number: (image.thumbnail, image.path)})
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
    """Show a plan. True: the panel is to be drawn again."""
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
