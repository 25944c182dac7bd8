# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of sources, made in the background: Blender's own icon of an image decodes it whole to draw it.

They are Easel's own previews: the previews of the artist's datablocks stay as they are.
"""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy.utils.previews

from ...imaging.errors import ImagingError
from ...threads.pool import Pool
from .. import live

if TYPE_CHECKING:
    from ...imaging.forecast import Look
    from ...imaging.thumbnails import Thumbnail

_MOST: Final = 256
"""How many are kept. Beyond it all are made again, which costs some milliseconds each, in the background."""

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _State:
    previews: Any = None  # a bpy.utils.previews.ImagePreviewCollection
    pool: Pool[tuple[str, Path | bytes, bool]] | None = None
    asked: set[str] = field(default_factory=set)
    looks: dict[str, Look] = field(default_factory=dict)
    made: queue.SimpleQueue[tuple[str, Thumbnail | None]] = field(default_factory=queue.SimpleQueue)


def _state() -> _State:
    return live.part(_State)


_has_pillow = threading.Event()
_is_asked_for_pillow = threading.Event()


def is_ready() -> bool:
    """True once Pillow is imported, which takes the time of several frames and so is a thread's work."""
    if not _is_asked_for_pillow.is_set():
        _is_asked_for_pillow.set()
        threading.Thread(target=_import_pillow, name="easel-pillow", daemon=True).start()
    return _has_pillow.is_set()


def icon_of(key: str) -> int:
    """Return the icon of a thumbnail; 0 while there is none, and always without a window."""
    previews = _state().previews
    return previews[key].icon_id if previews is not None and key in previews else 0


def look_of(key: str) -> Look | None:
    """Return what was learnt of a picture with its thumbnail; None before that."""
    return _state().looks.get(key)


def is_asked(key: str) -> bool:
    """True if nothing need be asked any more: it is there, on its way, or can't be made."""
    return key in _state().asked


def ask(key: str, source: Path | bytes, *, as_viewed: bool = False) -> None:
    """Have a thumbnail made in the background, once. Main thread; nothing is read here.

    Args:
        key: changes with what the source shows.
        as_viewed: as viewers show the file, not as Blender does.
    """
    if key in _state().asked:
        return
    if len(_state().asked) >= _MOST:
        stop()
    if _state().pool is None:
        made = _state().made
        _state().pool = Pool(
            "thumbnails", 1, lambda item: made.put((item[0], _read(*item[1:]))), patience_s=5.0, most=8
        )
    _state().asked.add(key)
    _state().pool.put((key, source, as_viewed))


def take_next() -> bool:
    """Make an icon of one thumbnail that is ready. True if there was one."""
    try:
        key, thumbnail = _state().made.get_nowait()
    except queue.Empty:
        return False
    if thumbnail is None:
        return True
    if thumbnail.look is not None:
        _state().looks[key] = thumbnail.look
    if _state().previews is None:
        _state().previews = new_previews()
    add_preview(_state().previews, key, thumbnail)
    return True


def new_previews() -> Any:
    """Return a collection of previews, for `remove_previews` to end."""
    return bpy.utils.previews.new()


def add_preview(previews: Any, key: str, thumbnail: Thumbnail) -> None:
    """Make a preview of a thumbnail: a tenth of a millisecond. Main thread.

    Blender keeps its pixels twice: for pictures, and for rows of lists, where fewer are enough.
    """
    preview = previews.new(key)
    fill_preview(preview, thumbnail)
    preview.icon_size = (thumbnail.icon_width, thumbnail.icon_height)
    preview.icon_pixels.foreach_set(thumbnail.icon_pixels.view("i4"))


def fill_preview(preview: Any, thumbnail: Thumbnail) -> None:
    """Fill a preview with bytes, which Blender copies 20 times as fast as floats. Main thread."""
    preview.image_size = (thumbnail.width, thumbnail.height)
    preview.image_pixels.foreach_set(thumbnail.pixels.view("i4"))


def remove_previews(previews: Any) -> None:
    """Let go of a collection and all that is in it."""
    bpy.utils.previews.remove(previews)


def stop() -> None:
    """Let go of everything. Idempotent."""
    state = _state()
    if state.pool is not None:
        state.pool.close()
    if state.previews is not None:
        remove_previews(state.previews)
    live.forget(_State)


def _import_pillow() -> None:
    """Worker. All formats too, which the first image of a rare one would import else, and what sizes need."""
    try:
        import PIL.Image

        from ...imaging import fit as _fit  # noqa: F401

        PIL.Image.init()
    except ImportError:  # another add-on's: the click says so
        logger.exception("Pillow can't be imported")
    else:
        _has_pillow.set()


def _read(source: Path | bytes, as_viewed: bool) -> Thumbnail | None:
    """Worker."""
    from ...imaging.thumbnails import read_thumbnail

    try:
        return read_thumbnail(source, as_viewed=as_viewed, looks=True)
    except (ImagingError, OSError, MemoryError) as error:
        logger.info("No thumbnail: %s", error)
        return None
