# SPDX-License-Identifier: GPL-3.0-or-later
"""Features that survive repainting: a picture's edges and their directions.

An edge is a complex number. Its length is the clearness of the edge, and its angle is twice the edge's own.
So it is the same from dark to light and from light to dark, in all colours (the structure tensor of J.
Bigün). Averages of such numbers make sense: a reduced field still shows fine grain.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..bands import as_array, as_image, at_once, rows_of
from ..resample import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

EdgeField: TypeAlias = "NDArray[np.complex64]"
"""(height, width) of complex numbers; their length is below 1."""

_SATURATION = 4.0  # times the mean: above it, a clearer edge counts hardly more
_QUIET = 2.0  # levels of 255, squared: fainter edges are noise
_SQUARE = 32  # pixels
_TEXTURED = 9.0  # levels of 255, squared, over two pixels and in each channel
_TEXTURED_SHARE = 0.3  # of the area
_SHADES_EVERY = 128  # rows; the first `_SQUARE` of them are looked at
_HARDLY_ANY = 0.01
_FAINT = 4.0  # levels of 255, squared, over two pixels and in each channel
_ONE_WAY = 0.5
"""Share of a square's edges that is left after opposite directions cancel out. Noise leaves a twentieth."""
_ROWS = 128  # at a time
_CLEAR = 5  # of 255
_MANY_CLEAR = 0.002  # of the area
_EVEN = 12.0  # levels of 255, on average


def viewed(pixels: Pixels, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture as 8-bit grey or RGB at a size (width, height), with black transparent parts."""
    values = _resized(_eight_bit(pixels), size)
    if values.ndim == 2:
        return values[..., np.newaxis]
    if values.shape[2] == 3:
        return values
    alpha = values[..., -1:].astype(np.uint16)
    return ((values[..., :-1] * alpha + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def viewed_like(pixels: Pixels, answer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture at the answer's size, with the answer's idea of its transparent parts.

    Blender doesn't show colours under alpha, but a model may have got them, or the picture on some ground.
    The wrong guess would move edges of opaque parts by some pixels.

    Args:
        answer: from `viewed`.
    """
    height, width = answer.shape[:2]
    stored = _eight_bit(pixels)
    if not has_alpha(stored):
        return viewed(stored, (width, height))
    colours = viewed(stored[..., :-1], (width, height))
    alpha = viewed(stored[..., -1], (width, height))
    clear = answer[alpha[..., 0] <= _CLEAR]
    if len(clear) < _MANY_CLEAR * alpha.size:
        return colours
    ground = np.median(clear, axis=0)
    if np.abs(clear - ground).mean() > _EVEN:  # it shows the colours under alpha
        return colours
    share = alpha.astype(np.float32) / 255
    return (colours * share + ground.astype(np.float32) * (1 - share) + 0.5).astype(np.uint8)


def edge_field(picture: NDArray[np.uint8], *, is_local: bool = False) -> EdgeField:
    """Return the edges of a picture (height, width, channels).

    Their clearness is relative to the picture's mean, or with `is_local` to the surroundings: then quiet
    areas count as much as others.
    """
    height, width = picture.shape[:2]
    field = np.zeros((height, width), np.complex64)
    for start in range(0, height, _ROWS):
        stop = min(start + _ROWS, height)
        first, last = max(0, start - 1), min(height, stop + 1)
        _add_edges(picture[first:last], field[start:stop], start - first)
    clearness = np.abs(field)
    mean = _mean_around(clearness) + np.float32(_QUIET) if is_local else clearness.mean()
    clearness += np.float32(_SATURATION) * mean + np.float32(1e-6)
    np.reciprocal(clearness, out=clearness)
    field.real *= clearness  # a third of the time for complex numbers
    field.imag *= clearness
    return field


def is_plain(picture: NDArray[np.uint8]) -> bool:
    """Return whether a picture (height, width, channels) has hardly any texture."""
    clearness = np.zeros(picture.shape[:2], np.complex64)
    _add_edges(picture, clearness, 0)
    squares = _squares(np.abs(clearness))
    return float((squares > _TEXTURED * picture.shape[2]).mean()) < _TEXTURED_SHARE


def is_shaded(picture: NDArray[np.uint8]) -> bool:
    """Return whether a picture (height, width, channels) only has soft shades.

    Their edges are the steps of 8 bits, which lie elsewhere as soon as the tones change. Noise is as faint,
    but has no direction.
    """
    height, width = picture.shape[:2]
    columns = width // _SQUARE
    every, along = 0.0, 0.0
    for start in range(0, height - _SQUARE + 1, _SHADES_EVERY):
        edges = np.zeros((_SQUARE, width), np.complex64)
        _add_edges(picture[start : start + _SQUARE], edges, 0)
        clearness = np.abs(edges)
        if (clearness > _FAINT * picture.shape[2]).mean() > _HARDLY_ANY:
            return False
        every += float(clearness.sum())
        squares = edges[:, : columns * _SQUARE].reshape(_SQUARE, columns, _SQUARE)
        along += float(np.abs(squares.sum((0, 2))).sum())
    return along > _ONE_WAY * every


def _mean_around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import PIL.Image

    small = PIL.Image.fromarray(_squares(values))
    return np.asarray(small.resize(values.shape[::-1], PIL.Image.Resampling.BILINEAR))


def _squares(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of squares of about `_SQUARE` pixels."""
    import PIL.Image

    height, width = values.shape
    size = max(1, width // _SQUARE), max(1, height // _SQUARE)
    return np.asarray(PIL.Image.fromarray(values).resize(size, PIL.Image.Resampling.BOX))


def halved(field: EdgeField) -> EdgeField:
    """Return the field averaged over 2 × 2; an odd last column or row is dropped."""
    height, width = (length // 2 for length in field.shape)
    upper, lower = field[0 : 2 * height : 2], field[1 : 2 * height : 2]
    rows: EdgeField = upper + lower
    rows *= np.float32(0.25)
    both: EdgeField = rows[:, 0 : 2 * width : 2] + rows[:, 1 : 2 * width : 2]
    return both


def averaged(plain: Pixels, factor: int, *, by_alpha: bool = True) -> NDArray[np.uint8]:
    """Return encoded values in 8 bits, averaged over squares. Squares on the right and below may be cut.

    A picture with one channel has two axes.

    Args:
        by_alpha: weight the colours of RGBA by its alpha.
    """
    import PIL.Image

    def average(rows: slice) -> NDArray[np.uint8]:
        band = np.ascontiguousarray(_eight_bit(plain[factor * rows.start : factor * rows.stop]))
        image = PIL.Image.fromarray(band)
        if not by_alpha and image.mode == "RGBA":
            image = PIL.Image.frombuffer("RGBX", image.size, band, "raw", "RGBX", 0, 1)
        return np.asarray(image.reduce(factor))

    height = len(plain)
    return np.concatenate(
        at_once(average, rows_of(math.ceil(height / factor), factor * plain.nbytes // height))
    )


def _add_edges(picture: NDArray[np.uint8], field: EdgeField, skip: int) -> None:
    """Fill the rows of `field`, which begin `skip` rows below those of `picture`."""
    rows = slice(skip, skip + len(field))
    has_above = skip > 0
    has_below = rows.stop < len(picture)
    across, down = np.zeros(field.shape, np.float32), np.zeros(field.shape, np.float32)
    real, imaginary = np.zeros(field.shape, np.float32), np.zeros(field.shape, np.float32)
    target = down[0 if has_above else 1 : None if has_below else -1]
    first = rows.start - 1 + (not has_above)
    for channel in range(picture.shape[2]):
        values = picture[..., channel].astype(np.float32)
        np.subtract(values[rows, 2:], values[rows, :-2], out=across[:, 1:-1])
        np.subtract(
            values[first + 2 : first + 2 + len(target)], values[first : first + len(target)], out=target
        )
        # (across + i down)², in two real parts: twice as fast as with complex numbers.
        imaginary += across * down
        real += (across - down) * (across + down)
    field.real = real
    np.multiply(imaginary, 2, out=field.imag)


def _resized(stored: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture at another size (width, height). It averages whole pixels first, which is fast."""
    import PIL.Image

    height, width = stored.shape[:2]
    plain = stored[..., 0] if stored.ndim == 3 and stored.shape[2] == 1 else stored
    factor = max(1, min(width // size[0], height // size[1]))
    if factor > 1:
        plain = averaged(plain, factor)
    box = 0, 0, width / factor, height / factor
    if box[2:] == size:
        return plain
    return as_array(as_image(plain).resize(size, PIL.Image.Resampling.BILINEAR, box))


def _eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a picture in 8 bits; float (linear) values are encoded roughly as the eye sees them."""
    if pixels.dtype == np.uint8:
        return pixels
    seen = np.empty(pixels.shape, np.uint8)
    for start in range(0, len(pixels), _ROWS):
        band: NDArray[Any] = pixels[start : start + _ROWS]
        if band.dtype == np.uint16:
            seen[start : start + _ROWS] = band >> 8
        else:
            seen[start : start + _ROWS] = np.sqrt(np.clip(np.nan_to_num(band), 0, 1)) * np.float32(255)
    return seen
