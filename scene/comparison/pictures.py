# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for a comparison: decoded by a thread, no larger than is seen, and put on the GPU piece by piece.

They are no datablocks, so they are not in undo steps, saved files and the artist's list of images.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...imaging.errors import ImagingError
from ...threads.pool import Pool
from .. import live

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE: Final = 512
"""Pixels of the side of a piece: one is with the GPU in about a millisecond, where 2048 take 50."""
SIDES: Final = ((2, 2048), (6, 1024), (16, 512))
"""How many are compared at most, and the pixels of their longer sides; of more, as thumbnails have."""
LEAST: Final = 256
EXPECTED_S: Final = 30.0
"""How long to wait for pictures. One that takes longer, on a silent disk, may still come."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Piece:
    """A part of a picture; its place as shares of that, from the lower left."""

    texture: Any  # gpu.types.GPUTexture
    x: float
    y: float
    width: float
    height: float


@dataclass
class _Picture:
    side: int = 0
    """Pixels that its pieces were made for."""
    pieces: tuple[Piece, ...] = ()


@dataclass
class _Making:
    """A picture whose pieces are made."""

    key: str
    side: int
    pixels: NDArray[np.uint8]
    """Rows of RGBA, the bottom one first."""
    pieces: list[Piece] = field(default_factory=list[Piece])


@dataclass(kw_only=True)
class _State:
    pool: Pool[tuple[str, int, Sequence[Path]]] | None = None
    pictures: dict[str, _Picture] = field(default_factory=dict[str, _Picture])
    wanted: dict[str, int] = field(default_factory=dict[str, int])
    """By keys, the pixels of the side that was asked for last."""
    asked_at: float = 0.0
    """Monotonic: when something was asked for last."""
    failed: set[str] = field(default_factory=set[str])
    making: _Making | None = None
    made: queue.SimpleQueue[tuple[str, int, NDArray[np.uint8] | None]] = field(
        default_factory=queue.SimpleQueue
    )


def _state() -> _State:
    return live.part(_State)


def side_for(count: int) -> int:
    """Return how many pixels the longer side needs if this many pictures share an editor."""
    return next((side for most, side in SIDES if count <= most), LEAST)


def want(key: str, thumbnail: Path, path: Path, side: int) -> None:
    """Have a picture made that somebody looks at: small at once, then as large as `side`. Main thread."""
    state = _state()
    before = state.wanted.get(key, 0)
    if before >= side:
        return
    state.wanted[key], state.asked_at = side, time.monotonic()
    if not before:
        _pool().put((key, LEAST, (thumbnail, path)))
    if side > LEAST:
        _pool().put((key, side, (path,)))


def pieces_of(key: str) -> tuple[Piece, ...]:
    """The pieces of a picture; none while it is on its way."""
    picture = _state().pictures.get(key)
    return picture.pieces if picture is not None else ()


def has_failed(key: str) -> bool:
    """Whether a picture can't be read."""
    return key in _state().failed and not pieces_of(key)


def is_expecting() -> bool:
    """True while pictures that were asked for are not here as large as they will be, and should be soon."""
    state = _state()
    return time.monotonic() - state.asked_at < EXPECTED_S and any(
        side > (state.pictures[key].side if key in state.pictures else 0) and key not in state.failed
        for key, side in state.wanted.items()
    )


def take_next(deadline: float) -> bool:
    """Give pieces to the GPU until the deadline (monotonic), one at least. True if something is new."""
    state, has_changed = _state(), False
    while True:
        if state.making is None:
            try:
                key, side, pixels = state.made.get_nowait()
            except queue.Empty:
                return has_changed
            if key not in state.wanted:  # it was let go meanwhile
                continue
            if pixels is None:
                state.failed.add(key)
                has_changed = True
                continue
            if key in state.pictures and state.pictures[key].side >= side:
                continue
            state.making = _Making(key, side, pixels)
        if _make_next(state.making):
            making, state.making = state.making, None
            state.pictures[making.key] = _Picture(making.side, tuple(making.pieces))
            has_changed = True
        if time.monotonic() >= deadline:
            return has_changed


def let_go() -> None:
    """Nobody looks any more: the pictures' memory is given back."""
    state = _state()
    state.pictures.clear()
    state.wanted.clear()
    state.failed.clear()
    state.making = None


def stop() -> None:
    """Let go of everything. Idempotent."""
    let_go()
    if _state().pool is not None:
        _state().pool.close()
    live.forget(_State)


def _make_next(making: _Making) -> bool:
    """Make the next piece. True if that was the last."""
    height, width = making.pixels.shape[:2]
    across = -(-width // PIECE)
    number = len(making.pieces)
    x, y = (number % across) * PIECE, (number // across) * PIECE
    part = making.pixels[y : y + PIECE, x : x + PIECE]
    making.pieces.append(
        Piece(
            texture=_texture(part),
            x=x / width,
            y=y / height,
            width=part.shape[1] / width,
            height=part.shape[0] / height,
        )
    )
    return len(making.pieces) == across * -(-height // PIECE)


def _texture(part: NDArray[np.uint8]) -> Any:
    """A texture of a part; None without a window, where nothing is drawn."""
    if bpy.app.background:
        return None
    import gpu
    import numpy as np

    values = np.multiply(part, np.float32(1 / 255), dtype=np.float32).ravel()
    data = gpu.types.Buffer("FLOAT", (values.size,), values)
    return gpu.types.GPUTexture((part.shape[1], part.shape[0]), format="RGBA8", data=data)


def _pool() -> Pool[tuple[str, int, Sequence[Path]]]:
    state = _state()
    if state.pool is None:
        state.pool = Pool("compared", 1, lambda item: _make(state, *item), patience_s=5.0, most=4)
    return state.pool


def _make(state: _State, key: str, side: int, paths: Sequence[Path]) -> None:
    """Worker."""
    if key in state.wanted:  # else nobody looks any more
        state.made.put((key, side, _read(paths, side)))


def _read(paths: Sequence[Path], side: int) -> NDArray[np.uint8] | None:
    """Worker."""
    from ...imaging.thumbnails import read_reduced

    for path in paths:
        try:
            return read_reduced(path, side)
        except (ImagingError, OSError, MemoryError, RuntimeError) as error:  # the last one while Python exits
            logger.info("No picture to compare: %s", error)
    return None
