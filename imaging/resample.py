# SPDX-License-Identifier: GPL-3.0-or-later
"""Enlarging, reducing and moving pictures by fractions of a pixel. Worker threads only.

Colours are resampled as light: linear, and weighted by their alpha, so that what is transparent does not
bleed into what is not. A picture that becomes half as large or less is halved first, like mipmaps: the mean
of four pixels, by tables. It works in bands of rows, so memory stays small, and other threads get their turn.
"""

from __future__ import annotations

import functools
import math
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .bands import in_bands, rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[Any]"
"""A picture: (height, width) or (height, width, channels), top row first, straight alpha.

uint8 and uint16 are sRGB-encoded colours, or data from 0 to 1; float32 is scene-linear, or data.
"""

Part: TypeAlias = "tuple[slice, slice]"
"""Rows and columns of a picture."""

_BAND_VALUES = 1 << 19
"""Of the larger of input and output at a time. For twice that the system clears new memory each time."""
_HALVED_BYTES = 1 << 19  # at a time: with the result it fits into a core's cache
_LANCZOS_REACH = 3  # pixels of the coarser of both grids
_BLOCK = 32  # pixels of a line at a time
_AT_ONCE = 200_000
"""Products that are multiplied at once: BLAS starts no threads for so few, which would only wait."""
_BRIGHTEST = 65504.0  # the largest half float
_CLEAR_WEIGHT = np.float32(1 / 4096)  # the weight of a transparent pixel's colour, so that no colour is lost
_FINE_STEPS = 65535
_NEARLY = 1e-6  # pixels


class Border(Enum):
    """The kinds of padding outside a picture."""

    EDGE = "EDGE"
    """The outermost pixels, repeated."""
    MIRROR = "MIRROR"
    """The picture's mirror image."""
    WRAP = "WRAP"
    """The picture again, like a tiling texture."""


class Box(NamedTuple):
    """A rectangle on a picture, in pixels from its upper left corner; fractions and outside places are
    allowed."""

    left: float
    top: float
    right: float
    bottom: float


_PAD_MODES = {Border.EDGE: "edge", Border.MIRROR: "symmetric", Border.WRAP: "wrap"}


def resample(
    pixels: Pixels, box: Box, size: tuple[int, int], *, is_data: bool, border: Border = Border.EDGE
) -> Pixels:
    """Return a box of a picture at another size (width, height), with a Lanczos filter.

    The type and number of channels stay. An image of 2 or 4 channels has its alpha last. With `is_data`
    values are no colours (normals, roughness) and are not converted. If the box is on whole pixels and has
    the requested size, its pixels are copied exactly.
    """
    while _may_halve(pixels, box, size):
        pixels, box = halved(pixels, is_data=is_data), Box(*(place / 2 for place in box))
    exact = _exact_part(pixels, box, size, border)
    if exact is not None:
        return exact
    width, height = size
    result = np.empty((height, width, *pixels.shape[2:]), pixels.dtype)
    step_x, step_y = (box.right - box.left) / width, (box.bottom - box.top) / height
    columns = _span(box.left, box.right, step_x)
    values_of_row = max(1, math.prod(pixels.shape[1:]), math.prod(result.shape[1:]))
    band = max(1, int(_BAND_VALUES / values_of_row / max(step_y, 1.0)))
    limits = _limits(pixels)
    if not all(map(math.isfinite, limits)):  # it would spread over a block
        pixels = np.nan_to_num(pixels, nan=0, posinf=_BRIGHTEST, neginf=-_BRIGHTEST)
        limits = _limits(pixels)
    across = _lanczos(box.left - columns.start, step_x, width, len(columns))

    def fill(target: slice) -> None:
        start, stop = target.start, target.stop
        top, bottom = box.top + start * step_y, box.top + stop * step_y
        rows = _span(top, bottom, step_y)
        part = _cut(_cut(pixels, rows, 0, border), columns, 1, border)
        filters = across, _lanczos(top - rows.start, step_y, stop - start, len(rows))
        _resample_band(part, filters, result[start:stop], limits, is_data=is_data)

    in_bands(fill, [slice(start, min(start + band, height)) for start in range(0, height, band)])
    return result


def halved(pixels: NDArray[np.uint8], *, is_data: bool = False) -> NDArray[np.uint8]:
    """Return a picture at half the size, each pixel the mean light of four. Both sides must be even.

    Alpha is treated like one more colour.
    """
    picture = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
    height, width, channels = picture.shape
    result = np.empty((height // 2, width // 2, channels), np.uint8)
    quarters, stored = _quarter_table(is_data), _stored_table(is_data)

    def fill(rows: slice) -> None:
        four = np.take(quarters, picture[2 * rows.start : 2 * rows.stop], mode="clip")
        two = four[0::2]
        two += four[1::2]
        pairs = two.reshape(len(two), width // 2, 2, channels)
        np.take(stored, pairs[:, :, 0] + pairs[:, :, 1], mode="clip", out=result[rows])

    in_bands(fill, rows_of(len(result), 2 * picture.strides[0], _HALVED_BYTES))
    return result if pixels.ndim == 3 else result[..., 0]


def pad(pixels: Pixels, left: int, top: int, right: int, bottom: int, border: Border) -> Pixels:
    """Return the picture with so many more pixels on each side."""
    if left == top == right == bottom == 0:
        return pixels
    margins = ((top, bottom), (left, right), *((0, 0),) * (pixels.ndim - 2))
    mode: Any = _PAD_MODES[border]
    return np.pad(pixels, margins, mode=mode)


def linear_from_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the scene-linear values of sRGB-encoded ones (IEC 61966-2-1); both 0–1."""
    low = values * np.float32(1 / 12.92)
    high = ((values + np.float32(0.055)) * np.float32(1 / 1.055)) ** np.float32(2.4)
    return np.where(values <= np.float32(0.04045), low, high)


def srgb_from_linear(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sRGB encoding of scene-linear values; both 0–1."""
    low = values * np.float32(12.92)
    high = np.float32(1.055) * np.maximum(values, np.float32(0)) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(values <= np.float32(0.0031308), low, high)


def light_of(values: NDArray[Any], is_data: bool) -> NDArray[np.float32]:
    """Return stored values as light (or data) in float32, white = 1."""
    if values.dtype == np.float32:
        return values
    scale = np.float32(np.iinfo(values.dtype).max)
    if is_data:
        return values.astype(np.float32) / scale
    return _linear_table(values.dtype.itemsize)[values]  # `take` takes twice as long


def has_alpha(pixels: Pixels) -> bool:
    """Return whether the last channel is alpha."""
    return pixels.ndim == 3 and pixels.shape[2] in (2, 4)


def _span(start: float, stop: float, step: float) -> range:
    """Return the rows (or columns) that a filter needs between two places on a picture."""
    reach = math.ceil(_LANCZOS_REACH * max(1.0, step)) + 1
    return range(math.floor(start) - reach, math.ceil(stop) + reach)


def _cut(pixels: Pixels, span: range, axis: int, border: Border) -> Pixels:
    """Return the rows (axis 0) or columns (axis 1) of a span, which may extend beyond the picture."""
    length = pixels.shape[axis]
    if span.start >= 0 and span.stop <= length:
        return pixels[span.start : span.stop] if axis == 0 else pixels[:, span.start : span.stop]
    inside = range(min(max(span.start, 0), length), max(min(span.stop, length), 0))
    if inside:  # most of it is copied at once
        before, after = range(span.start, inside.start), range(inside.stop, span.stop)
        parts = (
            _outside(pixels, before, axis, border),
            _cut(pixels, inside, axis, border),
            _outside(pixels, after, axis, border),
        )
        return np.concatenate(parts, axis)
    return _outside(pixels, span, axis, border)


def _outside(pixels: Pixels, span: range, axis: int, border: Border) -> Pixels:
    """Return the rows or columns of a span outside a picture."""
    length = pixels.shape[axis]
    places = np.arange(span.start, span.stop)
    match border:
        case Border.EDGE:
            places = places.clip(0, length - 1)
        case Border.WRAP:
            places %= length
        case Border.MIRROR:
            places %= 2 * length
            places = np.minimum(places, 2 * length - 1 - places)
    return pixels.take(places, axis)


def _may_halve(pixels: Pixels, box: Box, size: tuple[int, int]) -> bool:
    """Return whether a picture may be halved before a box of it is scaled to a size (width, height)."""
    if pixels.dtype != np.uint8 or has_alpha(pixels) or pixels.shape[0] % 2 or pixels.shape[1] % 2:
        return False
    if min((box.right - box.left) / size[0], (box.bottom - box.top) / size[1]) < 2 - _NEARLY:
        return False
    return (box.right - box.left) * (box.bottom - box.top) * 2 >= pixels.shape[0] * pixels.shape[1]


def _exact_part(pixels: Pixels, box: Box, size: tuple[int, int], border: Border) -> Pixels | None:
    """Return a copy of the pixels in the box if none needs to be made up."""
    left, top = round(box.left), round(box.top)
    whole = Box(left, top, left + size[0], top + size[1])
    if max(abs(place - near) for place, near in zip(box, whole, strict=True)) > _NEARLY:
        return None
    rows = _cut(pixels, range(top, top + size[1]), 0, border)
    part = _cut(rows, range(left, left + size[0]), 1, border)
    return part.copy() if np.may_share_memory(part, pixels) else part


def _limits(pixels: Pixels) -> tuple[float, float]:
    """Return the limits of resampled values, because Lanczos overshoots at edges."""
    if pixels.dtype == np.float32:
        return float(pixels.min()), float(pixels.max())
    return 0.0, 1.0


def _resample_band(
    pixels: Pixels, filters: _Filters, result: Pixels, limits: tuple[float, float], *, is_data: bool
) -> None:
    """Fill `result` with what two filters make of the pixels, channel by channel."""
    if pixels.ndim == 2:
        result[...] = _encoded(_filtered(light_of(pixels, is_data), filters), result.dtype, limits, is_data)
        return
    weight: NDArray[np.float32] | None = None
    small_weight: NDArray[np.float32] | None = None
    colours = pixels.shape[2]
    if has_alpha(pixels):
        colours -= 1
        alpha = light_of(pixels[..., -1], is_data=True)
        small = _filtered(alpha, filters)
        result[..., -1] = _encoded(small, result.dtype, limits, is_data=True)
        if not is_data and alpha.min() != alpha.max():
            weight = np.maximum(alpha, 0) * (1 - _CLEAR_WEIGHT) + _CLEAR_WEIGHT
            small_weight = np.maximum(_filtered(weight, filters), _CLEAR_WEIGHT / 2)
    for channel in range(colours):
        plane = light_of(pixels[..., channel], is_data)
        if weight is not None and small_weight is not None:
            plane = _filtered(plane * weight, filters) / small_weight
        else:
            plane = _filtered(plane, filters)
        result[..., channel] = _encoded(plane, result.dtype, limits, is_data)


class _Block(NamedTuple):
    """Weights of the source's pixels for some pixels of a resampled line."""

    target: slice
    source: slice
    weights: NDArray[np.float32]  # (target, source)


_Filters: TypeAlias = "tuple[list[_Block], list[_Block]]"
"""Across and down."""


def _lanczos(start: float, step: float, count: int, length: int) -> list[_Block]:
    """Return the filter for `count` pixels, each `step` long, from `start` on in a line of some length."""
    scale = max(1.0, step)
    reach = _LANCZOS_REACH * scale
    middles = start + (np.arange(count) + 0.5) * step
    taken = np.floor(middles - reach).astype(np.intp)[:, np.newaxis] + np.arange(math.ceil(2 * reach) + 1)
    apart = (taken + 0.5 - middles[:, np.newaxis]) / scale
    weights = np.sinc(apart) * np.sinc(apart / _LANCZOS_REACH)
    weights[(np.abs(apart) >= _LANCZOS_REACH) | (taken < 0) | (taken >= length)] = 0
    weights /= weights.sum(1, keepdims=True)
    blocks: list[_Block] = []
    for first in range(0, count, _BLOCK):
        target = slice(first, min(first + _BLOCK, count))
        lowest, highest = int(taken[first, 0]), int(taken[target.stop - 1, -1])
        dense = np.zeros((target.stop - first, highest + 1 - lowest), np.float32)
        dense[np.arange(len(dense))[:, np.newaxis], taken[target] - lowest] = weights[target]
        source = slice(max(0, lowest), min(length, highest + 1))
        dense = np.ascontiguousarray(dense[:, source.start - lowest : source.stop - lowest])
        blocks.append(_Block(target, source, dense))
    return blocks


def _filtered(plane: NDArray[np.float32], filters: _Filters) -> NDArray[np.float32]:
    """Return a plane, resampled by products of matrices, block by block.

    Most of their numbers are zero, but it takes a quarter of the time of Pillow's filter.
    """
    across, down = filters
    length = plane.shape[1]
    lines = np.empty((down[-1].target.stop, length), np.float32)
    for block in down:
        for columns in rows_of(length, block.weights.size, _AT_ONCE):
            np.matmul(block.weights, plane[block.source, columns], out=lines[block.target, columns])
    result = np.empty((len(lines), across[-1].target.stop), np.float32)
    for block in across:
        for rows in rows_of(len(lines), block.weights.size, _AT_ONCE):
            np.matmul(lines[rows, block.source], block.weights.T, out=result[rows, block.target])
    return result


def _encoded(
    values: NDArray[np.float32], dtype: np.dtype[Any], limits: tuple[float, float], is_data: bool
) -> NDArray[Any]:
    """Return light (or data) as it is stored, rounded and inside the limits."""
    values = np.clip(values, np.float32(limits[0]), np.float32(limits[1]))
    if dtype == np.float32:
        return values
    if not is_data and dtype == np.uint8:
        places = (values * np.float32(_FINE_STEPS) + np.float32(0.5)).astype(np.uint16)
        return np.take(_srgb_table(), places, mode="clip")
    if not is_data:
        values = srgb_from_linear(values)
    return (values * np.float32(np.iinfo(dtype).max) + np.float32(0.5)).astype(dtype)


@functools.cache
def _linear_table(item_bytes: int) -> NDArray[np.float32]:
    return linear_from_srgb(np.linspace(0, 1, 256**item_bytes, dtype=np.float32))


@functools.cache
def _quarter_table(is_data: bool) -> NDArray[np.uint16]:
    """Return a quarter of each byte's light (or data): the sum of four is an index of `_stored_table`."""
    values = np.linspace(0, 1, 256, dtype=np.float32) if is_data else _linear_table(1)
    quarters = np.rint(values * np.float32(_FINE_STEPS / 4))
    return np.minimum(quarters, _FINE_STEPS // 4).astype(np.uint16)


def _stored_table(is_data: bool) -> NDArray[np.uint8]:
    """Return the byte for each of 65536 steps of light (or data)."""
    return _data_table() if is_data else _srgb_table()


@functools.cache
def _data_table() -> NDArray[np.uint8]:
    return np.rint(np.linspace(0, 255, _FINE_STEPS + 1)).astype(np.uint8)


@functools.cache
def _srgb_table() -> NDArray[np.uint8]:
    linear = np.linspace(0, 1, _FINE_STEPS + 1, dtype=np.float32)
    return (srgb_from_linear(linear) * 255 + np.float32(0.5)).astype(np.uint8)
