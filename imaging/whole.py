# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a snapshot as one array at its full depth. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..texts.phrases import phrase
from .bands import in_bands, rows_of
from .check import MAX_PIXELS, read_header
from .depth import read_deep
from .errors import ImageTooLarge, SnapshotFailed
from .pixels import PixelRows
from .resample import has_alpha
from .snapshot import FileSnapshot, PixelsSnapshot
from .spaces import REC709, LinearSpace

if TYPE_CHECKING:
    from .resample import Pixels
    from .snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole:
    """A picture with all its values."""

    pixels: Pixels
    """Top row first; floats as Blender has them, with premultiplied alpha."""
    space: LinearSpace = REC709
    """The space of the floats."""


def whole_of(snapshot: Snapshot) -> Whole:
    """Read a snapshot into a new array, because its buffer may be reused. Raises ImagingError.

    Bytes stay 8 bits, files of 16 bits keep them, and floats keep all their values. An alpha of pixels in
    memory is left out if it is opaque everywhere.
    """
    if not isinstance(snapshot, PixelsSnapshot):
        if isinstance(snapshot, FileSnapshot):
            info = read_header(snapshot.path)
            _check_size(info.width, info.height)
            return Whole(pixels=read_deep(snapshot.path))
        return Whole(pixels=read_deep(snapshot.data))
    _check_size(snapshot.width, snapshot.height)
    if not snapshot.is_float:
        rows = PixelRows(snapshot)
        return Whole(pixels=_plain(rows.read(0, rows.height)))
    shape = snapshot.height, snapshot.width, snapshot.channels
    if snapshot.pixels.size != snapshot.width * snapshot.height * snapshot.channels or not min(shape):
        raise SnapshotFailed(phrase("The image has no pixels."))
    source = snapshot.pixels.reshape(shape)[::-1]
    kept = shape[2]
    if has_alpha(source) and (snapshot.alpha_is_data or bool((source[..., -1] == 1).all())):
        kept -= 1
    pixels = np.empty((*shape[:2], kept), np.float32)

    def copy(band: slice) -> None:
        pixels[band] = source[band, :, :kept]

    in_bands(copy, rows_of(len(pixels), source.strides[1] * shape[1]))
    return Whole(pixels=_plain(pixels), space=snapshot.space)


def _plain(pixels: Pixels) -> Pixels:
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageTooLarge(
            phrase(
                "The picture is too large: {width} × {height} pixels. At most 8192 × 8192 can be processed.",
                width=width,
                height=height,
            )
        )
