# SPDX-License-Identifier: GPL-3.0-or-later
"""Painted and unsaved tiles of UDIM images as sources. Blender only writes all tiles of an image at once.

So they are promised at the click, and written in a later turn of the pump, once for all requests of the click
(one per tile). Only the first tile can be read directly, by `pixels`.
"""

from __future__ import annotations

import weakref
from collections import deque

import bpy

from ...imaging.snapshot import FileSnapshot, PendingPixels
from ...texts.phrases import phrase
from .. import live
from ..errors import SOURCE_REMOVED, UNREAD, SourceUnusable
from ..refs import image_by_uid
from .saving import save_tiles


class _Queue(deque[tuple[int, int, weakref.ref[PendingPixels]]]):
    """`session_uid` of the image, tile number, and promise. Promises that nobody waits for are dropped."""


def _queue() -> _Queue:
    return live.part(_Queue)


def promise_tile(image: bpy.types.Image, number: int) -> PendingPixels:
    """Queue a tile for `write_next`."""
    pending = PendingPixels(is_srgb=True)
    _queue().append((image.session_uid, number, weakref.ref(pending)))
    return pending


def write_next() -> bool:
    """Write one image's tiles at most, for all promises of it. True if any were written. Main thread.

    An error goes to the promises and is never raised here.
    """
    while _queue():
        session_uid = _queue()[0][0]
        wanted: list[tuple[int, PendingPixels]] = []
        others = [entry for entry in _queue() if entry[0] != session_uid]
        for entry in _queue():
            pending = entry[2]() if entry[0] == session_uid else None
            if pending is not None and not pending.released.is_set():
                wanted.append((entry[1], pending))
        _queue().clear()
        _queue().extend(others)
        if wanted:
            _fulfil(session_uid, wanted)
            return True
    return False


def give_up(failure: str) -> None:
    """Fail all promises."""
    while _queue():
        pending = _queue().popleft()[2]()
        if pending is not None and not pending.is_settled:
            pending.fail(failure)


def _fulfil(session_uid: int, wanted: list[tuple[int, PendingPixels]]) -> None:
    image = image_by_uid(session_uid)
    files: dict[int, FileSnapshot] = {}
    failure = SOURCE_REMOVED  # or its tile
    try:
        if image is not None:
            files = save_tiles(image)
    except SourceUnusable as error:
        failure = str(error)
    except OSError as error:
        failure = phrase(
            "The tiles can't be written: {reason}.", reason=error.strerror or type(error).__name__
        )
    except Exception:
        failure = UNREAD
        raise
    finally:
        for number, pending in wanted:
            if number in files:
                pending.fulfil(files[number])
            else:
                pending.fail(failure)
