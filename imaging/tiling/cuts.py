# SPDX-License-Identifier: GPL-3.0-or-later
"""Join two pictures that overlap: a cut of least error, hidden by two bands of frequencies.

Overlaps are (lines, places, channels). A cut runs through all lines and is closed, because the lines repeat
as well. Worker threads only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_BRIGHTEST = 65504.0  # the largest half float
_BAND_LINES = 64
"""Lines at a time: a cut does not wander far in them, and only places near it are mixed."""


@dataclass(frozen=True, kw_only=True)
class Softness:
    """The number of places in which each band of frequencies fades from one picture to the other."""

    fine: float
    """Places on each side of the cut, for detail finer than a box with a reach of `coarse`."""
    coarse: int
    """That reach. Coarser detail fades over twice as many places on each side."""


def least_cuts(errors: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the closed cuts of least error through (cuts, lines, places): places and mean errors.

    A cut moves by one place at most from line to line. It is closed by forcing it through the best open cut's
    place in the middle line.
    """
    count, lines, _ = errors.shape
    middle = lines // 2
    through = _path(errors, None)[:, middle]
    paths = np.roll(_path(np.roll(errors, -middle, axis=1), through), middle, axis=1)
    means = np.take_along_axis(errors, paths[..., np.newaxis], 2).reshape(count, lines).mean(1)
    return paths, means


def open_cut_errors(errors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean errors of the best open cuts through (cuts, lines, places)."""
    last = np.full((len(errors), errors.shape[2] + 2), np.inf, np.float32)
    last[:, 1:-1] = errors[:, 0]
    for line in range(1, errors.shape[1]):
        _step(last, errors[:, line], last)
    return last.min(1) / np.float32(errors.shape[1])


def _path(errors: NDArray[np.float32], through: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """Return the best path of each. With `through`, each begins and ends at its place there."""
    count, lines, places = errors.shape
    each = np.arange(count, dtype=np.intp)
    sums = np.full((count, lines, places + 2), np.inf, np.float32)  # one more place at each end
    if through is None:
        sums[:, 0, 1:-1] = errors[:, 0]
    else:
        sums[each, 0, through + 1] = errors[each, 0, through]
    for line in range(1, lines):
        _step(sums[:, line - 1], errors[:, line], sums[:, line])
    ends = sums[:, -1].argmin(1) - 1 if through is None else through
    return np.array([_way_back(sums[cut], int(end)) for cut, end in enumerate(ends)], np.intp)


def _way_back(sums: NDArray[np.float32], end: int) -> list[int]:
    """Return the path of least sums to a place of the last line. `sums` is (lines, places + 2)."""
    lines, width = sums.shape
    flat = memoryview(sums.reshape(-1))  # three numbers per line: arrays would take ten times as long
    place = end
    path = [end]
    for at in range((lines - 2) * width, -1, -width):
        before, here, after = flat[at + place], flat[at + place + 1], flat[at + place + 2]
        if before <= here and before <= after:
            place -= 1
        elif after < here:
            place += 1
        path.append(place)
    path.reverse()
    return path


def _step(last: NDArray[np.float32], errors: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    """Write the next line's sums: the least sum around each place of the last line, plus its error."""
    least = np.minimum(last[:, :-2], last[:, 2:])
    np.minimum(least, last[:, 1:-1], out=least)
    np.add(least, errors, out=sums[:, 1:-1])


def differences(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the differences of two overlapping pictures at each place, averaged with its neighbours."""
    apart = first - second
    errors = np.einsum("...k,...k->...", apart, apart)
    errors[..., 1:-1] = (errors[..., :-2] + errors[..., 1:-1] + errors[..., 2:]) * np.float32(1 / 3)
    return errors


def joined(first: Pixels, second: Pixels, cut: NDArray[np.intp], softness: Softness) -> Pixels:
    """Return an overlap that begins as the first picture and ends as the second.

    Its first and last places are unchanged, bit by bit, if the cut keeps twice the coarse softness from them.
    """
    lines, places = first.shape[:2]
    result = np.empty(first.shape, first.dtype)
    halo = softness.coarse
    place = np.arange(places, dtype=np.float32) + np.float32(0.5)
    reach = 2 * softness.coarse + math.ceil(softness.fine) + 1

    def fill(rows: slice) -> None:
        begin = max(0, int(cut[rows].min()) - reach)
        end = min(places, int(cut[rows].max()) + reach + 1)
        result[rows, :begin] = first[rows, :begin]
        result[rows, end:] = second[rows, end:]
        outer = slice(max(0, begin - halo), min(places, end + halo))
        inner = slice(halo, halo + rows.stop - rows.start), slice(begin - outer.start, end - outer.start)
        one, other = (_lines(part[:, outer], rows.start - halo, rows.stop + halo) for part in (first, second))
        apart, whole = _floats(one), _floats(other)
        apart -= whole
        values = whole[inner].copy()
        coarse = _blurred(apart, softness.coarse)
        apart, coarse, one, other = apart[inner], coarse[inner], one[inner], other[inner]
        from_cut = place[begin:end] - cut[rows, np.newaxis].astype(np.float32)
        fine_share = smoothly(0.5 - from_cut / np.float32(2 * softness.fine))[..., np.newaxis]
        coarse_share = smoothly(0.5 - from_cut / np.float32(4 * softness.coarse))[..., np.newaxis]
        apart -= coarse
        apart *= fine_share
        values += apart
        is_first = (fine_share >= 1) & (coarse_share >= 1)
        is_second = (fine_share <= 0) & (coarse_share <= 0)
        coarse *= coarse_share
        values += coarse
        near = other.copy()
        np.copyto(near, one, where=from_cut[..., np.newaxis] < 0)
        stored = _stored(values, near)
        np.copyto(stored, near, where=is_first | is_second)
        result[rows, begin:end] = stored

    in_bands(fill, rows_of(lines, 1, max(_BAND_LINES, 2 * halo)))
    return result


def _lines(pixels: Pixels, start: int, stop: int) -> Pixels:
    """Return some lines, which wrap around beyond the ends."""
    count = len(pixels)
    if start >= 0 and stop <= count:
        return pixels[start:stop]
    # Not `take`, which would copy all lines of a part of a picture.
    return np.concatenate([pixels[line % count][np.newaxis] for line in range(start, stop)])


def mixed(first: Pixels, second: Pixels, share: NDArray[np.float32]) -> Pixels:
    """Mix a share (0 to 1, one per place) of the first picture with the rest of the second."""
    one, other = _floats(first), _floats(second)
    one -= other
    one *= share[:, np.newaxis]
    one += other
    return _stored(one, first)


def smoothly(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return shares from 0 to 1 that begin and end smoothly."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _floats(pixels: Pixels) -> NDArray[np.float32]:
    """Return stored values as floats, with colours multiplied by their alpha."""
    values = pixels.astype(np.float32)
    if pixels.dtype == np.float32:
        values = np.nan_to_num(values, nan=0, posinf=_BRIGHTEST, neginf=0)  # else one of them would spread
    if has_alpha(pixels):
        full = 1 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
        values[..., :-1] *= values[..., -1:] * np.float32(1 / full)
    return values


def _stored(values: NDArray[np.float32], near: Pixels) -> Pixels:
    """Return floats in the stored type. Transparent pixels keep the colours of `near`."""
    full = 1 if near.dtype == np.float32 else np.iinfo(near.dtype).max
    if has_alpha(near):
        alpha = values[..., -1:]
        is_clear = alpha <= full * np.float32(1 / 4096)
        colours = values[..., :-1] / (np.where(is_clear, np.float32(full), alpha) * np.float32(1 / full))
        values = np.concatenate((np.where(is_clear, near[..., :-1], colours), alpha), axis=-1)
    if near.dtype == np.float32:
        return values
    return (np.clip(values, 0, full) + np.float32(0.5)).astype(near.dtype)


def _blurred(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Return means over boxes; the outermost values continue outside."""
    for axis in (0, 1):
        values = _box(values, reach, axis)
    return values


def _box(values: NDArray[np.float32], reach: int, axis: int) -> NDArray[np.float32]:
    margins: list[Any] = [(0, 0)] * values.ndim
    margins[axis] = (reach + 1, reach)
    sums = np.cumsum(np.pad(values, margins, mode="edge"), axis=axis, dtype=np.float32)
    width = 2 * reach + 1
    if axis == 0:
        return (sums[width:] - sums[:-width]) * np.float32(1 / width)
    return (sums[:, width:] - sums[:, :-width]) * np.float32(1 / width)
