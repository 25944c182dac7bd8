# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of what jobs have made, read in the background from small files beside the library.

An edit that was put back into its source is shown so, and its small file is made when somebody looks first.

They are Easel's own previews, of no datablock: neither undo nor another file takes them away. Only those that
somebody looks at are made; the ones that were not looked at for longest are let go.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ...imaging.errors import ImagingError
from ...texts.refusal import Refusal
from ...threads.pool import Pool
from .. import live
from . import thumbnails

if TYPE_CHECKING:
    from ...imaging.thumbnails import Thumbnail

MOST: Final = 240
"""How many are kept, a quarter of a megabyte each: the largest page of the library four times."""
SIDE: Final = 256
"""Pixels of the longer side, as the worker makes them."""
SMALL_SIDE: Final = 128
"""Likewise, where fewer are enough: a quarter of the time and memory."""
A_TURN_S: Final = 0.0007
"""How long icons are made in one turn; one is in any case."""
EXPECTED_S: Final = 30.0
"""How long one is expected. What hangs longer, on a disk that keeps silent, may come all the same."""

logger = logging.getLogger(__name__)


Files: TypeAlias = Sequence[Path] | Callable[[], Sequence[Path]]
"""Where a thumbnail is read, the first that can be; or what a worker calls to know that."""

_FITTED: Final = "/fitted"

_Order: TypeAlias = tuple[str, int]
"""A key, and the side in which it is wanted."""


@dataclass(kw_only=True)
class _State:
    previews: Any = None  # a bpy.utils.previews.ImagePreviewCollection
    pool: Pool[tuple[_Order, Files]] | None = None
    wanted: dict[str, int] = field(default_factory=dict[str, int])
    """Keys of all that is here or on its way, with their sides; those that were looked at lately last."""
    coming: dict[_Order, float] = field(default_factory=dict[_Order, float])
    """What is being read, with the monotonic time since when."""
    made: queue.SimpleQueue[tuple[_Order, Thumbnail | None]] = field(default_factory=queue.SimpleQueue)


def _state() -> _State:
    return live.part(_State)


def icon_of(job_id: str, number: int) -> int:
    """Return the icon of a job's image (from 1); 0 until there is one, and always without a window.

    Cheap enough for `draw`.
    """
    previews = _state().previews
    if previews is None:
        return 0
    preview = previews.get(_key(job_id, number, is_fitted=True)) or previews.get(_key(job_id, number))
    return preview.icon_id if preview is not None else 0


def side_for(pixels: float) -> int:
    """Return the side of thumbnails that are sharp where they are shown in so many pixels."""
    return SMALL_SIDE if pixels <= SMALL_SIDE else SIDE


def keep(
    pictures: Iterable[tuple[str, int]], side: int = SIDE, *, fitted: Container[tuple[str, int]] = ()
) -> set[tuple[str, int]]:
    """Keep the thumbnails of the visible images, each given by its job and number (from 1).

    Return those that must first be requested (`want`).

    Args:
        fitted: those that are shown as they were put back into their source.
    """
    wanted, missing = _state().wanted, set[tuple[str, int]]()
    for picture in pictures:
        key = _key(*picture, is_fitted=picture in fitted)
        known = wanted.pop(key, 0)
        if known:
            wanted[key] = known
        if known < side:
            missing.add(picture)
    return missing


def want(job_id: str, files: Mapping[int, Files], side: int = SIDE, *, fitted: Container[int] = ()) -> None:
    """Have thumbnails of a job's images made, which somebody looks at. Main thread; nothing is read here.

    Args:
        files: by the images' numbers.
        side: the smallest that is sharp there (`side_for`).
        fitted: numbers of the images that are shown as they were put back into their source. What the second
            of their files shows is then kept in the first.
    """
    if not thumbnails.is_ready():
        return
    state, now = _state(), time.monotonic()
    for number, paths in files.items():
        key = _key(job_id, number, is_fitted=number in fitted)
        known, order = state.wanted.pop(key, 0), (key, side)
        if known < side and not _is_expected(order, now):  # let go, it may be on its way still
            state.coming[order] = now
            _pool().put((order, paths))
        state.wanted[key] = max(known, side)
    while len(state.wanted) > MOST:
        _let_go(next(iter(state.wanted)))


def is_expecting() -> bool:
    """True while one is on its way, and should be here soon."""
    now = time.monotonic()
    return any(_is_expected(order, now) for order in _state().coming)


def has_ready() -> bool:
    """True while some are read, and are not icons yet."""
    return not _state().made.empty()


def take_next(late_at: float = math.inf) -> bool:
    """Make icons of some that are ready, only one if it is late (monotonic). True if there were any."""
    has_changed, deadline = False, min(time.monotonic() + A_TURN_S, late_at)
    while not has_changed or time.monotonic() < deadline:
        try:
            order, thumbnail = _state().made.get_nowait()
        except queue.Empty:
            break
        _state().coming.pop(order, None)
        if thumbnail is not None:  # else it can't be read
            has_changed |= _show(order[0], thumbnail)
    return has_changed


def stop() -> None:
    """Let go of everything. Idempotent."""
    state = _state()
    if state.pool is not None:
        state.pool.close()
    if state.previews is not None:
        thumbnails.remove_previews(state.previews)
    live.forget(_State)


def _show(key: str, thumbnail: Thumbnail) -> bool:
    """Make an icon of a thumbnail, or make its icon larger. False if nobody wants that any more."""
    state = _state()
    if key not in state.wanted:
        return False
    if state.previews is None:
        state.previews = thumbnails.new_previews()
    if key not in state.previews:
        thumbnails.add_preview(state.previews, key, thumbnail)
        return True
    preview = state.previews[key]
    is_larger = (thumbnail.width, thumbnail.height) > tuple(preview.image_size)  # else it hung for long
    if is_larger:
        thumbnails.fill_preview(preview, thumbnail)
    return is_larger


def _is_expected(order: _Order, now: float) -> bool:
    since = _state().coming.get(order)
    return since is not None and now - since < EXPECTED_S


def _key(job_id: str, number: int, *, is_fitted: bool = False) -> str:
    return f"{job_id}/{number}{_FITTED if is_fitted else ''}"


def _pool() -> Pool[tuple[_Order, Files]]:
    state = _state()
    if state.pool is None:
        made = state.made
        state.pool = Pool(
            "results", 1, lambda item: made.put((item[0], _read(*item))), patience_s=5.0, most=4
        )
    return state.pool


def _let_go(key: str) -> None:
    state = _state()
    del state.wanted[key]
    if state.previews is not None and key in state.previews:
        del state.previews[key]


def _read(order: _Order, files: Files) -> Thumbnail | None:
    """Worker."""
    from ...imaging.thumbnails import on_checker, read_thumbnail

    key, side = order
    paths = files() if callable(files) else files
    for path in paths:
        try:
            if not key.endswith(_FITTED) or path not in paths[1:2]:
                return on_checker(read_thumbnail(path, side))
            thumbnail = read_thumbnail(path, SIDE)
            _keep_file(thumbnail, paths[0])
            return on_checker(thumbnail)
        except (ImagingError, OSError, MemoryError) as error:
            logger.info("No thumbnail: %s", error)
    return None


def _keep_file(thumbnail: Thumbnail, path: Path) -> None:
    """Write a thumbnail, so that it is read faster the next time. Failure does no harm. Worker."""
    from ...imaging.files import write_atomically
    from ...imaging.thumbnails import as_picture

    with contextlib.suppress(Refusal, OSError), write_atomically(path) as file:
        as_picture(thumbnail).save(file, "PNG")
