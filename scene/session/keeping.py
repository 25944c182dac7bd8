# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack all images of the open file, save them beside it, or link them to their files again.

A thread reads, copies and searches files, at most three ahead. Each turn of the pump changes one datablock at
least, and more until its time is over. Blender only encodes painted, unsaved images there. The artist sees
the progress and can stop the work; finished images stay changed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path, PurePath
from typing import Final

import bpy

from ...imaging.files import allowed_name, slug
from ...imaging.formats import picture_suffix
from ...jobs.file_report import HeldImage, Keeping
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from ...threads.ahead import Ahead
from .. import live
from ..language import say
from ..pictures.packing import from_blend, name_packed, pack_painted
from ..placement.kept_files import Made, Wish, make
from ..refs import image_by_uid
from ..windows import interface
from . import audit, session

_AHEAD: Final = 3
_AT_A_TIME: Final = 25
"""The images that a thread gets at a time."""
_NAMED: Final = 3
"""The most failed images that are named."""

_MOST_BYTES: Final = 100_000_000
"""The most bytes of packed images that are in memory twice."""
_GONE: Final = phrase("it is gone")

logger = logging.getLogger(__name__)


class Kind(Enum):
    """The change to all images."""

    PACK = auto()
    SAVE = auto()
    """Beside the .blend."""
    REPAIR = auto()
    """Find missing files and link them."""


TITLES: Final = {
    Kind.PACK: phrase("Packing images"),
    Kind.SAVE: phrase("Saving images"),
    Kind.REPAIR: phrase("Looking for missing files"),
}
_DONE: Final = {
    Kind.PACK: (phrase("1 image was packed."), lambda n: phrase("{count:,} images were packed.", count=n)),
    Kind.SAVE: (phrase("1 image was saved."), lambda n: phrase("{count:,} images were saved.", count=n)),
    Kind.REPAIR: (phrase("1 file was found."), lambda n: phrase("{count:,} files were found.", count=n)),
}


@dataclass(kw_only=True)
class Work:
    """All images of one click."""

    kind: Kind
    tells: bool = True
    """The pump reports the outcome; else the caller, who waits for it, does."""
    total: int = 0
    look: Iterator[bool] | None = None
    """The search of the file for images."""
    images: list[HeldImage] = field(default_factory=list[HeldImage])
    """The images that it has found."""
    painted: list[HeldImage] = field(default_factory=list[HeldImage])
    """Images to encode first, one a turn."""
    plain: list[HeldImage] = field(default_factory=list[HeldImage])
    packed: list[HeldImage] = field(default_factory=list[HeldImage])
    """Images to write into files."""
    ahead: Ahead[Wish, Made] | None = None
    done: int = 0
    failed: list[str] = field(default_factory=list[str])
    """Names and reasons."""
    is_over: bool = False
    is_stopped: bool = False
    text: str = ""
    """The outcome, once it is over."""
    is_whole: bool = True
    """All was done."""

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    @property
    def at(self) -> tuple[int, int]:
        """How many are done, and of how many."""
        return self.done + len(self.failed), self.total

    def stop(self) -> None:
        """End it at its next step."""
        self.is_stopped = True
        if self.ahead is not None:
            self.ahead.stop()


@dataclass(kw_only=True)
class _State:
    work: Work | None = None


def _state() -> _State:
    return live.part(_State)


def begin(kind: Kind, *, tells: bool) -> Work:
    """Begin once the file has been searched again. Raises Refusal if other work is under way."""
    if _state().work is not None:
        raise Refusal(phrase("Wait until the previous images are done, or stop them."))
    if kind is Kind.SAVE and audit.folder_beside() is None:
        raise Refusal(phrase("Save the .blend first: images lie beside it"))
    _state().work = work = Work(kind=kind, tells=tells)
    return work


def current() -> Work | None:
    """Return the current work."""
    return _state().work


def _is_for(kind: Kind, image: HeldImage) -> bool:
    if image.source != "FILE":
        return False  # a tiled image is beside the .blend or packed from the beginning
    keeping = image.keeping
    if kind is Kind.REPAIR:
        return keeping is Keeping.MISSING
    if keeping in (Keeping.MISSING, Keeping.SILENT, Keeping.LINKED):
        return False
    return keeping is not (Keeping.PACKED if kind is Kind.PACK else Keeping.BESIDE)


def _nothing(kind: Kind, images: Sequence[HeldImage]) -> str:
    if kind is Kind.REPAIR:
        return phrase("No file of these images is missing")
    if any(image.keeping in (Keeping.MISSING, Keeping.SILENT) for image in images):
        return phrase("The files of these images are missing: repair the links first")
    if kind is Kind.PACK:
        return phrase("All images are packed already")
    return phrase("All images are beside the file already")


def go_on(deadline: float) -> bool:
    """Change the next images. True if panels look different now. For the pump.

    Args:
        deadline: monotonic.
    """
    work = _state().work
    if work is None:
        return False
    before = work.at
    if not work.total and not _is_looked_through(work, deadline):
        return work.is_over
    if work.painted and not work.is_stopped:
        _try(work, work.painted[0], lambda image: _encode(work, image))
        work.painted.pop(0)
        return True
    if work.ahead is None or (work.ahead.is_over and not work.is_stopped):
        wishes = _next_wishes(work)
        if not wishes:
            _end(work)
            return True
        finder = session.engine().gallery.finder() if work.kind is Kind.REPAIR else None
        work.ahead = Ahead("keeping", wishes, lambda wish: make(wish, finder), most=_AHEAD)
    while (taken := work.ahead.take()) is not None:
        wish, made = taken
        if made.failure:
            work.failed.append(joined(wish.image.name, made.failure, by=": "))
        else:
            _try(work, wish.image, lambda image, made=made, wish=wish: _apply(work, wish, made, image))
        if time.monotonic() > deadline:
            break
    if work.is_stopped:
        _end(work)
        return True
    return work.at != before


def _is_looked_through(work: Work, deadline: float) -> bool:
    """Continue the search. False if it is not finished, or there is nothing to do, which ends the work."""
    if work.look is None:
        work.look = audit.look(work.images)
    if work.is_stopped:
        _end(work)
        return False
    for is_waiting in work.look:
        if is_waiting or time.monotonic() > deadline:
            return False
    wanted = [image for image in work.images if _is_for(work.kind, image)]
    work.painted = [image for image in wanted if image.keeping is Keeping.PAINTED]
    work.plain = [image for image in wanted if image.keeping is not Keeping.PAINTED]
    work.total = len(wanted)
    if not wanted:
        _end(work)
        work.text, work.is_whole = _nothing(work.kind, work.images), work.kind is Kind.REPAIR
    return bool(wanted)


def give_up() -> None:
    """End the work, because a step has raised."""
    work = _state().work
    if work is not None:
        work.stop()
        _end(work)


def file_loaded() -> None:
    """End the work, because another file is open."""
    give_up()


def _end(work: Work) -> None:
    _state().work = None
    work.is_over = True
    if work.done:
        interface.push_undo(f"Easel: {say(_UNDO[work.kind])}")
    one, many = _DONE[work.kind]
    text = (one if work.done == 1 else many(work.done)) if work.done or not work.failed else ""
    names = joined(*work.failed[:_NAMED], by=", ")
    more = len(work.failed) - _NAMED
    failed = ""
    if work.failed:
        failed = (
            phrase("Not done: {names} and {count:,} more", names=names, count=more)
            if more > 0
            else phrase("Not done: {names}", names=names)
        )
    stopped = phrase("It was stopped.") if work.is_stopped else ""
    work.text, work.is_whole = joined(text, stopped, failed), not (failed or stopped)
    audit.touch()


_UNDO: Final = {
    Kind.PACK: phrase("Pack All"),
    Kind.SAVE: phrase("Save All Beside the File"),
    Kind.REPAIR: phrase("Repair Links"),
}


def _try(work: Work, held: HeldImage, act: Callable[[bpy.types.Image], None]) -> None:
    image = _find(held)
    if image is None:  # deleted meanwhile
        work.failed.append(joined(held.name, _GONE, by=": "))
        return
    try:
        act(image)
    except (RuntimeError, OSError) as error:
        logger.warning("%s: %s", held.name, error)
        work.failed.append(joined(held.name, str(error).strip(), by=": "))


def _find(held: HeldImage) -> bpy.types.Image | None:
    """Find a datablock, first by its name, which is faster among thousands."""
    named = bpy.data.images.get(held.name)
    is_it = named is not None and named.session_uid == held.session_uid
    return named if is_it else image_by_uid(held.session_uid)


def _encode(work: Work, image: bpy.types.Image) -> None:
    """Pack a painted image; saving continues with the packed file."""
    pack_painted(image)
    if work.kind is Kind.PACK:
        name_packed(image, _name_of(image))
        work.done += 1
    else:
        work.plain.append(work.painted[0])


def _next_wishes(work: Work) -> list[Wish]:
    """Return the thread's next tasks: images in files first, then as many packed ones as fit into memory."""
    wishes: list[Wish] = []
    while work.plain and not wishes:
        part, work.plain = work.plain[:_AT_A_TIME], work.plain[_AT_A_TIME:]
        wishes = [wish for held in part if (wish := _wish(work, held)) is not None]
    if wishes:
        return wishes
    folder, byte_count = audit.folder_beside(), 0
    while work.packed and folder is not None and byte_count < _MOST_BYTES:
        held = work.packed.pop(0)
        image = _find(held)
        packed = image.packed_file if image is not None else None
        if image is None or packed is None:
            work.failed.append(joined(held.name, _GONE, by=": "))
            continue
        byte_count += packed.size
        wishes.append(Wish(image=held, content=bytes(packed.data), target=folder / _name_of(image)))
    return wishes


def _wish(work: Work, held: HeldImage) -> Wish | None:
    """Return the task for an image; None if it is packed and comes later, or is gone."""
    image, path = _find(held), Path(held.path)
    if image is None:
        work.failed.append(joined(held.name, _GONE, by=": "))
        return None
    match work.kind:
        case Kind.REPAIR:
            is_beside = image.filepath_raw.startswith("//")
            return Wish(image=held, target=path if is_beside else None)
        case Kind.PACK:
            return Wish(image=held, source=path if image.packed_file is None else None)
        case Kind.SAVE if image.packed_file is not None:
            work.packed.append(held)
            return None
        case Kind.SAVE:
            folder = audit.folder_beside()
            return Wish(image=held, source=path, target=folder / path.name if folder is not None else None)


def _name_of(image: bpy.types.Image) -> str:
    """Return the file name of a packed image. Its suffix fits the content; painting may have changed that."""
    name = allowed_name(PurePath(image.filepath_raw.replace("\\", "/")).name) or f"{slug(image.name)}.png"
    packed = image.packed_file
    suffix = picture_suffix(bytes(packed.data[:16])) if packed is not None else ""
    return str(PurePath(name).with_suffix(suffix)) if suffix else name


def _apply(work: Work, wish: Wish, made: Made, image: bpy.types.Image) -> None:
    """Change the datablock, now that its file exists."""
    match work.kind:
        case Kind.PACK:
            if image.is_dirty:  # painted meanwhile
                pack_painted(image)
            elif made.content:
                image.pack(data=made.content, data_len=len(made.content))
            name_packed(image, _name_of(image))
        case Kind.SAVE if made.path is not None:
            path = from_blend(str(made.path))
            image.filepath_raw = path  # this does not reload its pixels
            if image.packed_file is not None and not image.is_dirty:
                for packed in image.packed_files:
                    packed.filepath = path
                image.unpack(method="REMOVE")
        case Kind.REPAIR if made.path is not None:
            image.filepath = from_blend(str(made.path))  # Blender reads it when it is shown
        case _:
            pass
    if wish.image.keeping is Keeping.UNUSED:
        image.use_fake_user = True
    work.done += 1
