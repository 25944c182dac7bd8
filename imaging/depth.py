# SPDX-License-Identifier: GPL-3.0-or-later
"""Read sources at their full depth, for edits inside a mask: 8 and 16 bits from files, or kept floats.

Only 8 bits are sent. Values outside a mask must stay identical, so the edit is put into the full-depth
source. Worker threads only.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..texts.phrases import phrase
from .bands import as_array, both, in_bands, rows_of
from .check import translated_errors
from .eight_bit import eight_bit, read_eight_bit
from .errors import ImagingError
from .files import write_atomically
from .formats import described, read_head
from .opening import open_picture
from .pillow import is_deep_grey
from .png_decoding import decode_png

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

    from .resample import Pixels
    from .snapshot import PixelsSnapshot

FLOATS_SUFFIX = ".npy"
"""The suffix of kept floats: an array in numpy's file format."""

Stored: TypeAlias = "Path | bytes"
"""A file, or the bytes of one."""

_ROWS = 64  # at a time
_HIGH_AND_LOW = {
    "LA;16B": ("RGBA", None),  # four bytes a pixel, which stay unchanged
    "RGB;16B": ("RGB;16B", "RGB;16L"),
    "RGBA;16B": ("RGBA;16B", "RGBA;16L"),
}
"""Pillow reduces 16-bit colours to 8 bits. With its raw mode it takes one byte of each value; told that
values are little-endian, it takes the other byte."""


def keep_floats(snapshot: PixelsSnapshot, to: Path) -> None:
    """Write a pixel buffer without loss to a file for `read_deep`. Raises FileNotWritten."""
    shape = snapshot.height, snapshot.width, snapshot.channels
    top_down = snapshot.pixels.reshape(shape)[::-1]
    with write_atomically(to) as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, snapshot.height, _ROWS):
            file.write(np.ascontiguousarray(top_down[start : start + _ROWS], "<f4").data)


def read_deep(source: Stored) -> Pixels:
    """Return a picture, top row first, at its full depth: 8 or 16 bits with straight alpha, or kept floats.

    Raises ImagingError.
    """
    if not isinstance(source, bytes) and source.suffix == FLOATS_SUFFIX:
        try:
            floats: NDArray[np.float32] = np.load(source, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ImagingError(phrase("The file {path} can't be read.", path=source.name)) from error
        return floats
    ours = None if isinstance(source, bytes) else decode_png(source)
    if ours is not None:
        return ours
    with _translated(source), open_picture(source) as image:
        if is_deep_grey(image):
            return as_array(image).astype(np.uint16)
        raw_mode = image.tile[0][3] if image.format == "PNG" and image.tile else ""
        if raw_mode not in _HIGH_AND_LOW:
            return _eight_bit(image, source)
        return _sixteen_bit(image, source, raw_mode)


def read_shallow(source: Stored) -> Pixels:
    """Return a picture in 8 bits; a file of 16-bit grey keeps its depth. Raises ImagingError."""
    ours = None if isinstance(source, bytes) else decode_png(source)
    if ours is not None and (ours.dtype == np.uint8 or ours.ndim == 2):
        return ours
    with _translated(source), open_picture(source) as image:
        if is_deep_grey(image):
            return as_array(image).astype(np.uint16)
        return _eight_bit(image, source)


def _eight_bit(image: ImageFile, source: Stored) -> NDArray[np.uint8]:
    return eight_bit(image) if isinstance(source, bytes) else read_eight_bit(source, image)


def _sixteen_bit(image: ImageFile, source: Stored, raw_mode: str) -> NDArray[np.uint16]:
    """Return the values of a PNG that Pillow would reduce to 8 bits."""
    high_mode, low_mode = _HIGH_AND_LOW[raw_mode]
    colour_key = image.info.get("transparency")
    if low_mode is None:
        return np.ascontiguousarray(_decoded(image, high_mode)).view(">u2").astype(np.uint16)
    with open_picture(source) as again:
        high, low = both(lambda: _decoded(image, high_mode), lambda: _decoded(again, low_mode))
    values = np.empty(high.shape, np.uint16)

    def join(rows: slice) -> None:
        np.left_shift(high[rows], np.uint16(8), out=values[rows], dtype=np.uint16)
        values[rows] |= low[rows]

    in_bands(join, rows_of(len(values), values.strides[0]))
    if isinstance(colour_key, tuple):
        is_clear = (values == np.array(colour_key, np.uint16)).all(-1)
        values = np.dstack((values, ~is_clear * np.uint16(65535)))
    return values.astype(np.uint16, copy=False)


def _decoded(image: ImageFile, raw_mode: str) -> NDArray[np.uint8]:
    tiles: list[Any] = list(image.tile)
    image.tile = [_with_mode(tile, raw_mode) for tile in tiles]
    return as_array(image)


def _with_mode(tile: Any, raw_mode: str) -> Any:
    """Return one of the parts by which Pillow decodes a file; before Pillow 11 it is a plain tuple."""
    return tile._replace(args=raw_mode) if hasattr(tile, "_replace") else (*tile[:3], raw_mode)


@contextlib.contextmanager
def _translated(source: Stored) -> Generator[None]:
    """Turn Pillow's exceptions for a source into words for the artist."""
    import PIL

    head = source[:512] if isinstance(source, bytes) else read_head(source)
    try:
        with translated_errors("source"):
            yield
    except ImagingError as error:
        if isinstance(error.__cause__, PIL.UnidentifiedImageError):
            raise ImagingError(
                phrase("The source is {kind}, which can't be read.", kind=described(head))
            ) from error
        raise
