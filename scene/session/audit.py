# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the images of the open file that were made with Easel, and where each is stored.

While the panel is drawn, the pump searches regularly, at a few datablocks a turn. Threads read folders,
because a disk may not answer. Nothing is decoded, and no datablock is held between turns.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import bpy

from ...jobs.file_report import HeldImage, Keeping
from ...threads.lookout import Lookout
from .. import live
from ..history.image_users import Users, in_parts, walk_users
from ..notes import is_noted, number_note, text_note
from ..pictures.packing import FOLDER
from ..placement.reused import INDEX_KEY, JOB_KEY, RAW_KEY
from ..placement.reused_tiles import pictures_in
from . import session

if TYPE_CHECKING:
    from ...jobs.events import JobFactsRead
    from ...jobs.ledger_facts import JobFacts

WATCHED_S: Final = 5.0
"""For this long after a draw, somebody is assumed to be looking."""
LIFE_S: Final = 4.0
"""After this time the shown result is updated."""
_JUDGED: Final = 200
"""The most images whose place one step determines."""
_JUDGED_WITH_USERS: Final = 10
MOST_SHOWN: Final = 6
"""The most images at risk that the panel names."""
_FOLDS_CASE: Final = sys.platform in ("win32", "darwin")


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of searching the file."""

    images: tuple[HeldImage, ...] = ()
    counts: Mapping[Keeping, int] = field(default_factory=dict[Keeping, int])
    at_risk: tuple[HeldImage, ...] = ()
    """Those that the panel names."""
    jobs: frozenset[str] = frozenset()
    """Ids of all jobs that made them."""


@dataclass(kw_only=True)
class _Audit:
    drawn_at: float = 0.0  # monotonic; 0 = never
    looked_at: float = 0.0
    """Monotonic: when the last search was complete; 0: search again."""
    walk: Iterator[bool] | None = None
    """The current search; yields whether it waits for a disk."""
    filling: list[HeldImage] = field(default_factory=list[HeldImage])
    found: Found = field(default_factory=Found)
    is_known: bool = False
    """The open file was searched."""
    facts: dict[str, JobFacts] = field(default_factory=dict)
    credits: int = 0
    asked: set[str] = field(default_factory=set[str])
    """Jobs whose facts were requested."""


def _audit() -> _Audit:
    return live.part(_Audit)


class _Folders(Lookout[Path, frozenset[str]]):
    """Names of files in folders."""

    def __init__(self) -> None:
        super().__init__("audit", _names_in)


def _names_in(folder: Path, _before: frozenset[str] | None) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(_folded(entry.name) for entry in entries)
    except (OSError, ValueError):  # missing, or not a valid path
        return frozenset()


def _folded(name: str) -> str:
    return name.casefold() if _FOLDS_CASE else name


def note_drawn() -> None:
    """Note that the panel is being drawn: somebody looks."""
    _audit().drawn_at = time.monotonic()


def found() -> Found:
    """Return the last result."""
    return _audit().found


def is_known() -> bool:
    """Return whether the open file was searched."""
    return _audit().is_known


def credits_spent() -> int:
    """Return the credits of the clicks that made the found images, as far as known."""
    return _audit().credits


def is_expecting() -> bool:
    """Return whether somebody waits for a current search."""
    return _is_watched() and _audit().walk is not None


def touch() -> None:
    """React to a change: search again, also in folders."""
    _audit().looked_at, _audit().walk = 0.0, None
    live.part(_Folders).forget()


def file_loaded() -> None:
    """React to another file."""
    state = _audit()
    state.walk, state.found, state.is_known, state.looked_at = None, Found(), False, 0.0


def show(deadline: float) -> bool:
    """Continue the search while somebody looks. True if the panel must be drawn again. For the pump."""
    state = _audit()
    if not _is_watched():
        state.walk = None
        return False
    if state.walk is None:
        if state.looked_at and time.monotonic() - state.looked_at < LIFE_S:
            return False
        state.filling = []
        state.walk = look(state.filling)
    for is_waiting in state.walk:
        if is_waiting or time.monotonic() > deadline:
            return False
    before = state.found.counts, state.found.at_risk, state.is_known
    state.walk, state.looked_at, state.is_known = None, time.monotonic(), True
    state.found = _found_in(state.filling)
    _ask_for_facts()
    _sum_up()
    return (state.found.counts, state.found.at_risk, True) != before


def take_facts(read: JobFactsRead) -> bool:
    """Take facts of jobs from the ledger. True if the panel must be drawn again."""
    _audit().facts.update(read.facts)
    _sum_up()
    return True


def stop() -> None:
    """Forget the folders. Returns at once, even if one hangs."""
    live.part(_Folders).forget()
    _audit().walk = None


def look(images: list[HeldImage], users: Users | None = None) -> Iterator[bool]:
    """Search the open file, step by step. Each step yields whether it waits for a disk.

    Args:
        images: filled in the last step.
        users: filled with the users of images, if given.
    """
    began_at = time.monotonic()
    found: list[HeldImage] = []
    wanted: dict[str, None] = {}
    for image in in_parts("images"):
        if image is None:
            yield False
        elif (held := _held(image)) is not None:
            found.append(held)
            if _is_by_path(held):
                wanted[os.path.dirname(held.path)] = None  # noqa: PTH120 - ten times as fast
    if users is not None:
        for _ in walk_users(users):
            yield False
    folders = live.part(_Folders)
    places: dict[str, _Place] = {}
    for name in wanted:
        folder = Path(name)
        # Names that were read before this search may be older than a file that was just written.
        while (seen := folders.recall(folder, time.monotonic() - began_at)) is None:
            if folders.hangs(folder):
                break
            folders.ask(folder)
            yield True
        places[name] = _Place(seen, _keeping_in(folder))
        yield False
    at_a_time = _JUDGED if users is None else _JUDGED_WITH_USERS
    for start in range(0, len(found), at_a_time):
        images += [_judged(image, places, users) for image in found[start : start + at_a_time]]
        yield False


def _is_watched() -> bool:
    return _audit().drawn_at > 0 and time.monotonic() - _audit().drawn_at < WATCHED_S


def _found_in(images: Sequence[HeldImage]) -> Found:
    order = list(Keeping)
    at_risk = sorted(
        (image for image in images if image.keeping.is_at_risk), key=lambda it: order.index(it.keeping)
    )
    return Found(
        images=tuple(images),
        counts=Counter(image.keeping for image in images),
        at_risk=tuple(at_risk[:MOST_SHOWN]),
        jobs=frozenset(job for image in images for job in image.jobs),
    )


def _sum_up() -> None:
    state = _audit()
    state.credits = sum(state.facts[job].credits for job in state.found.jobs if job in state.facts)


def _ask_for_facts() -> None:
    state, engine = _audit(), session.find_engine()
    jobs = state.found.jobs - state.asked
    if engine is not None and jobs:
        state.asked |= jobs
        engine.gallery.tell_facts(sorted(jobs))


def _held(image: bpy.types.Image) -> HeldImage | None:
    """Return what is known of an image without reading the disk; None if Easel did not make it.

    Decodes nothing.
    """
    job = text_note(image, JOB_KEY)
    tiles = pictures_in(image) if image.source == "TILED" else {}
    jobs = tuple(dict.fromkeys(picture.rpartition("/")[0] for picture in tiles.values()))
    if not job and not jobs:
        return None
    if image.library is not None:
        keeping = Keeping.LINKED
    elif image.is_dirty:
        keeping = Keeping.PAINTED
    elif not image.users:
        keeping = Keeping.UNUSED
    elif len(image.packed_files) or image.packed_file is not None:
        keeping = Keeping.PACKED
    else:
        keeping = Keeping.ELSEWHERE  # until its folder is read
    path = bpy.path.abspath(image.filepath_raw, library=image.library)
    return HeldImage(
        name=image.name,
        session_uid=image.session_uid,
        keeping=keeping,
        source=image.source,
        jobs=jobs or (job,),
        index=number_note(image, INDEX_KEY),
        is_as_it_came=is_noted(image, RAW_KEY),
        path=path,
        told_path=image.filepath_raw if image.filepath_raw.startswith("//") else Path(path).name,
    )


def _is_by_path(image: HeldImage) -> bool:
    return image.keeping is Keeping.ELSEWHERE


class _Place(NamedTuple):
    """A folder with images."""

    names: frozenset[str] | None
    """The names of its files; None if the disk does not answer."""
    keeping: Keeping
    """How images with existing files are stored."""


def _judged(image: HeldImage, places: Mapping[str, _Place], users: Users | None) -> HeldImage:
    if users is not None:
        by_kind = users.of(image.session_uid)
        image = replace(
            image,
            materials=by_kind.pop("MATERIAL", ()),
            objects=by_kind.pop("OBJECT", ()),
            others=tuple(name for each in by_kind.values() for name in each),
        )
    if not _is_by_path(image):
        return image
    folder, name = os.path.split(image.path)
    place = places[folder]
    if place.names is None:
        keeping = Keeping.SILENT
    else:
        keeping = place.keeping if _is_among(name, place.names) else Keeping.MISSING
    return image if keeping is image.keeping else replace(image, keeping=keeping)


def _is_among(name: str, there: frozenset[str]) -> bool:
    if "<UDIM>" not in name:
        return _folded(name) in there
    begin, _, end = name.partition("<UDIM>")
    begin, end = _folded(begin), _folded(end)
    return any(each.startswith(begin) and each.endswith(end) for each in there)


def _keeping_in(folder: Path) -> Keeping:
    """Return how images in a folder are stored."""
    engine = session.find_engine()
    if engine is not None and folder.is_relative_to(engine.library.root):
        return Keeping.LIBRARY
    blend = bpy.data.filepath
    return Keeping.BESIDE if blend and folder.is_relative_to(Path(blend).parent) else Keeping.ELSEWHERE


def folder_beside() -> Path | None:
    """Return the folder for images beside the open file; None if that was never saved."""
    return Path(bpy.data.filepath).parent / FOLDER if bpy.data.filepath else None
