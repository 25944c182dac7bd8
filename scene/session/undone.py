# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep images that were placed automatically in the file after any undo, as if they had always been there.

Blender's undo restores the file of a step, without later images. Handlers note the images before an undo and
those missing after it. The pump restores the missing ones from files that a thread has read. Images that the
artist has deleted are missing before the undo, so they stay deleted. Images from a click are not remembered
here: the undo of that click removes them.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy

from ...jobs.targets import PlacementKind
from ...texts.phrases import phrase
from ...threads.task import Task
from .. import live
from ..placement.records import ImageKey, ImageRecord, find_by_key, key_of
from ..windows import interface, reports
from ..windows.editors import all_image_editors
from . import mirror

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ..placement.assembly import Assembly

_READ_AHEAD: Final = 3
"""Files in memory at a time: a 4K file has tens of megabytes."""
_MOST_STEPS: Final = 512
"""More than Blender can undo."""
SAVE_WAITS_S: Final = 10.0
"""How long saving waits for files of the library."""
UNDONE: Final = phrase("Its placing was undone: the image is in this file, but nothing shows it")

logger = logging.getLogger(__name__)


class _Reading:
    """Reads the bytes to pack, on a thread."""

    def __init__(self, path: Path) -> None:
        self.content = b""
        self.failure = ""
        self._path = path
        self.task = Task("undone", lambda _stop: self._read())

    def _read(self) -> None:
        try:
            self.content = self._path.read_bytes()
        except MemoryError:
            self.failure = phrase("There is not enough memory")
        except OSError as error:
            self.failure = _reason(error)


@dataclass(kw_only=True)
class _Undone:
    records: dict[ImageKey, ImageRecord] = field(default_factory=dict)
    """Images that were placed automatically, in order."""
    gone: frozenset[ImageKey] = frozenset()
    """Those that the artist has deleted, as far as is known."""
    left: list[frozenset[ImageKey]] = field(default_factory=list)
    """The deleted images (`gone`) of states that redo returns to, the next one last."""
    waiting: dict[ImageKey, _Reading | None] = field(default_factory=dict)
    """Images to restore, in the order of `records`: an edit after its original."""
    shown: dict[str, ImageKey] = field(default_factory=dict)
    """Images that Image Editors showed, by editor: undo empties these."""

    made: set[int] = field(default_factory=set)
    """`session_uid` of the restored images: Blender's redo brings the earlier ones."""
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By ids of jobs whose placing was undone: the earlier text, and how it was placed."""

    def present(self) -> set[ImageKey]:
        """Return the remembered images that are in the file."""
        if not self.records:
            return set()
        keys = map(key_of, bpy.data.images)
        return {key for key in keys if key is not None and key in self.records}


def _undone() -> _Undone:
    return live.part(_Undone)


def uids() -> frozenset[int]:
    """Return `session_uid` of all images, to recognise new ones later."""
    return frozenset(image.session_uid for image in bpy.data.images)


def remember(before: frozenset[int], jobs: Sequence[Job], assembled: dict[str, Assembly]) -> None:
    """Remember the images that jobs have just added.

    Args:
        before: the earlier `uids`.
        assembled: how tiled images were made, by name.
    """
    files = {(job.id, result.index): result.path for job in jobs for result in job.results_to_place}
    state = _undone()
    for image in _new(before):
        key = key_of(image)
        file = files.get((key.job_id, key.index)) if key is not None else None
        record = ImageRecord.of(image, file=file, tiles=assembled.get(image.name))
        if record is not None:
            state.records[record.key] = record
            state.waiting.pop(record.key, None)


def forget(before: frozenset[int]) -> None:
    """Forget the images that a click has just added: its undo removes them. Copies of older ones are kept."""
    others = {key_of(image) for image in bpy.data.images if image.session_uid in before}
    for image in _new(before):
        key = key_of(image)
        if key is not None and key not in others:
            _undone().records.pop(key, None)
            _undone().waiting.pop(key, None)


def is_waiting() -> bool:
    """Return whether images have to be restored."""
    state = _undone()
    return bool(state.waiting or state.shown)


# -- handlers ----------------------------------------------------------------------------------------


def before_undo() -> None:
    """Note what is in the file. Cheap: names only."""
    _look_before()
    state = _undone()
    state.left = [*state.left[1 - _MOST_STEPS :], state.gone]


def before_redo() -> None:
    """Note what is in the file. Cheap: names only."""
    _look_before()


def after_undo() -> bool:
    """Note the images to restore. True if there are any."""
    return _look_after()


def after_redo() -> bool:
    """Note the images to restore, without those deleted in the state that redo restores. As `after_undo`."""
    state = _undone()
    if state.left:
        state.gone = state.left.pop()
    return _look_after()


def before_save(timeout_s: float = SAVE_WAITS_S) -> None:
    """Restore missing images at once, or the saved file would lack them. Saving waits for the disk anyway.

    It does not wait for a disk that does not answer: unread images are reported and restored later.
    """
    state, ends_at = _undone(), time.monotonic() + timeout_s
    while state.waiting:
        _read_ahead()
        if not _put_back_first(ends_at=ends_at):
            _tell_unsaved([state.records[key].name for key in state.waiting])
            return


def file_loaded() -> None:
    """Forget everything, because another file is open."""
    live.forget(_Undone)


def _look_before() -> None:
    state = _undone()
    state.gone = frozenset(state.records.keys() - state.present() - state.waiting.keys())
    for place, space in all_image_editors() if state.records else ():
        key = key_of(space.image) if space.image is not None else None
        if key in state.records:
            state.shown[place] = key


def _look_after() -> bool:
    state = _undone()
    present = state.present()
    state.gone -= present
    missing = (key for key in state.records if key not in present and key not in state.gone)
    state.waiting = {key: state.waiting.get(key) for key in missing}
    for image in bpy.data.images if state.told else ():
        key = key_of(image)
        if key in state.records and key.job_id in state.told and image.session_uid not in state.made:
            text, placed_as = state.told.pop(key.job_id)
            mirror.tell_placement(key.job_id, text, placed_as=placed_as)
    return is_waiting()


# -- the pump's turn ---------------------------------------------------------------------------------


def put_back(deadline: float, *, patient: bool) -> bool:
    """Restore images that undo has removed and that are read, until a monotonic time; one at least.

    It waits for renders, which read the same data, and for operators of the artist. The next files are read
    between turns: packing and reading both mostly wait for fresh memory, so they would slow each other.

    Returns:
        True if something was done.
    """
    state = _undone()
    if not is_waiting() or bpy.app.is_job_running("RENDER"):
        return False
    if patient and interface.is_artist_in_operator(of_blender_only=True):
        return False
    changed = False
    while state.waiting and _put_back_first():
        changed = True
        if time.monotonic() > deadline:
            break
    _read_ahead()
    return _show_again() or changed


def give_up() -> None:
    """Restore nothing, because of an unforeseen error."""
    state = _undone()
    for key in state.waiting:
        del state.records[key]
    state.waiting, state.shown = {}, {}


def _put_back_first(*, ends_at: float = 0.0) -> bool:
    """Restore the first image. False if it is not read yet.

    Args:
        ends_at: when to stop blocking (`time.monotonic`).
    """
    state = _undone()
    key, reading = next(iter(state.waiting.items()))
    if reading is None and state.records[key].packed_from is not None:
        return False
    if reading is not None and not reading.task.wait_until(ends_at):
        return False
    del state.waiting[key]
    failure = reading.failure if reading is not None else ""
    if not failure and find_by_key(key) is None:  # a script may have added it meanwhile
        try:
            image = state.records[key].make(reading.content if reading is not None else b"")
            state.made.add(image.session_uid)
            _tell_undone(key.job_id)
        except (OSError, RuntimeError) as error:
            failure = _reason(error)
    if failure:
        name = state.records.pop(key).name
        logger.warning("Image %r can't be put back: %s", name, failure)
        text = phrase("{image} could not be restored after an undo: {reason}", image=name, reason=failure)
        reports.add("WARNING", text)
    return True


def _reason(error: OSError | RuntimeError) -> str:
    return getattr(error, "strerror", "") or str(error) or type(error).__name__


def _tell_unsaved(images: Sequence[str]) -> None:
    logger.warning("The file is saved without %d of the images that an undo took", len(images))
    text = (
        phrase(
            "{image} is not in the saved file: its file in the library does "
            "not respond. Save again when it does",
            image=images[0],
        )
        if len(images) == 1
        else phrase(
            (
                "{count} images are not in the saved file: their files in the library do not respond. "
                "Save again when they do"
            ),
            count=len(images),
        )
    )
    reports.add("WARNING", text)


def _tell_undone(job_id: str) -> None:
    """Show at a job that its placing was undone."""
    row = mirror.mirror().jobs.get(job_id)
    if row is None or row.placed_as in ("", PlacementKind.IMAGE.value):
        return
    _undone().told[job_id] = mirror.placement_text(job_id), row.placed_as
    mirror.tell_placement(job_id, UNDONE, placed_as=PlacementKind.IMAGE.value)


def _read_ahead() -> None:
    state = _undone()
    for key in itertools.islice(state.waiting, _READ_AHEAD):
        file = state.records[key].packed_from
        if file is not None and state.waiting[key] is None:
            state.waiting[key] = _Reading(file)


def _show_again() -> bool:
    """Show restored images again in the Image Editors that undo has emptied."""
    state = _undone()
    changed = False
    for place, space in all_image_editors() if state.shown else ():
        key = state.shown.get(place)
        if key is None or key in state.waiting:
            continue
        del state.shown[place]
        image = find_by_key(key)
        if space.image is None and image is not None:
            space.image = image
            changed = True
    if not state.waiting:
        state.shown = {}
    return changed


def _new(before: frozenset[int]) -> list[bpy.types.Image]:
    return [image for image in bpy.data.images if image.session_uid not in before]
