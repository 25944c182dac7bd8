# SPDX-License-Identifier: GPL-3.0-or-later
"""Join two pictures that overlap: a cut of least error, hidden by two bands of frequencies.

Overlaps are (lines, places, channels). A cut runs through all lines and is closed, because the lines repeat
as well. Worker threads only.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_BRIGHTEST = 65504.0  # the largest half float
_BAND_LINES = 128  # lines at a time


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
    through = _path(errors, 0, None)[:, middle]
    paths = np.roll(_path(errors, middle, through), middle, axis=1)
    means = np.take_along_axis(errors, paths[..., np.newaxis], 2).reshape(count, lines).mean(1)
    return paths, means


def open_cut_errors(errors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean errors of the best open cuts through (cuts, lines, places)."""
    last = np.full((len(errors), errors.shape[2] + 2), np.inf, np.float32)
    last[:, 1:-1] = errors[:, 0]
    for line in range(1, errors.shape[1]):
        _step(last, errors[:, line], last)
    return last.min(1) / np.float32(errors.shape[1])


def _path(errors: NDArray[np.float32], start: int, through: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """Return the best path of each from line `start` around. With `through`, it begins and ends there."""
    count, lines, places = errors.shape
    sums = np.full((lines, count, places + 2), np.inf, np.float32)  # one more place at each end
    sums[: lines - start, :, 1:-1] = errors[:, start:].swapaxes(0, 1)
    sums[lines - start :, :, 1:-1] = errors[:, :start].swapaxes(0, 1)
    if through is not None:
        sums[0] = np.inf
        each = np.arange(count, dtype=np.intp)
        sums[0, each, through + 1] = errors[each, start, through]
    flat = sums.reshape(lines, -1)
    for last, line in itertools.pairwise(flat):
        _step(last, line[1:-1], line)
    ends = sums[-1].argmin(1) - 1 if through is None else through
    return np.array([_way_back(sums, cut, int(end)) for cut, end in enumerate(ends)], np.intp)


def _way_back(sums: NDArray[np.float32], cut: int, end: int) -> list[int]:
    """Return the path of least sums to a place of the last line. `sums`: (lines, cuts, places + 2)."""
    lines, count, width = sums.shape
    flat = memoryview(sums.reshape(-1))  # three numbers per line: arrays would take ten times as long
    place = end
    path = [end]
    for at in range(((lines - 2) * count + cut) * width, -1, -count * width):
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
    least = np.minimum(last[..., :-2], last[..., 2:])
    np.minimum(least, last[..., 1:-1], out=least)
    np.add(least, errors, out=sums[..., 1:-1])


def differences(first: Pixels, second: Pixels) -> NDArray[np.float32]:
    """Return the differences of two overlapping pictures at each place, averaged with its neighbours."""
    apart = np.subtract(first, second, dtype=np.float32)
    apart *= apart
    errors: NDArray[np.float32] = apart[..., 0].copy()
    for channel in range(1, apart.shape[-1]):  # three at a time, `einsum` takes four times as long
        errors += apart[..., channel]
    errors[..., 1:-1] = (errors[..., :-2] + errors[..., 1:-1] + errors[..., 2:]) * np.float32(1 / 3)
    return errors


def joined(first: Pixels, second: Pixels, cut: NDArray[np.intp], softness: Softness) -> Pixels:
    """Return an overlap that begins as the first picture and ends as the second.

    Both bands fade at equally many places of each line, around the cut. The first and last places are
    unchanged, bit by bit, if the cut keeps twice the coarse softness from them.
    """
    lines, places, channels = first.shape
    halo = softness.coarse
    reach = max(2 * softness.coarse, math.ceil(softness.fine))
    first_place, stop = max(-reach, -int(cut.min())), min(reach, places - int(cut.max()))
    offsets = np.arange(first_place, stop, dtype=np.intp)
    around = np.arange(first_place - halo, stop + halo, dtype=np.intp)
    fine, coarse = (
        np.repeat(smoothly(0.5 - (offsets + 0.5) / (2 * fade)), channels).astype(np.float32)
        for fade in (softness.fine, 2 * softness.coarse)
    )
    result: Pixels = np.empty_like(first)

    def fill(rows: slice) -> None:
        near = np.arange(rows.start - halo, rows.stop + halo, dtype=np.intp) % lines
        begin = max(0, int(cut[near].min()) + int(around[0]))
        end = min(places, int(cut[near].max()) + int(around[-1]) + 1)
        result[rows, :begin] = first[rows, :begin]
        result[rows, end:] = second[rows, end:]
        one, other = (_lines(part[:, begin:end], near) for part in (first, second))
        here = (cut[near][:, np.newaxis] + around).clip(begin, end - 1) - begin
        here += np.arange(len(near), dtype=np.intp)[:, np.newaxis] * (end - begin)
        window, other_window = (_floats(_pixels(part).take(here, 0, mode="clip")) for part in (one, other))
        values = _in_two_bands(window, other_window, halo, fine, coarse)
        for of_other, of_one, place in zip(other, one, (cut[near] - begin).tolist(), strict=True):
            of_other[:place] = of_one[:place]  # by a mask it takes ten times as long
        here = here[halo : len(near) - halo, halo : halo + len(offsets)]
        at_cut = _pixels(other)
        at_cut[here] = _stored(values.reshape(*here.shape, channels), at_cut.take(here, 0, mode="clip"))
        result[rows, begin:end] = other[halo : len(near) - halo]

    in_bands(fill, rows_of(lines, 1, max(_BAND_LINES, 4 * halo)))
    return result


def _in_two_bands(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    halo: int,
    fine: NDArray[np.float32],
    coarse: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the first picture's share of each band, and the rest of the second one: (lines, numbers).

    Args:
        halo: by so much the pictures are larger on each side; it is the reach of the box, too.
        fine, coarse: shares of a line's numbers.
    """
    apart = first - second
    slow = _numbers(_box(_box(apart, halo, 0), halo, 1))
    inner = slice(halo, len(first) - halo), slice(halo, first.shape[1] - halo)
    values, quick = _numbers(second[inner]), _numbers(apart[inner])
    quick -= slow
    quick *= fine
    slow *= coarse
    values += quick
    values += slow
    return values


def _lines(pixels: Pixels, lines: NDArray[np.intp]) -> Pixels:
    """Return a copy of some lines, one after the other in memory."""
    if lines[-1] - lines[0] == len(lines) - 1:
        return np.array(pixels[lines[0] : lines[-1] + 1], order="C")
    return np.ascontiguousarray(pixels[lines])


def _pixels(picture: Pixels) -> Pixels:
    """Return a view of all pixels of a picture: (pixels, channels)."""
    return picture.reshape(-1, picture.shape[-1])


def _numbers(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return lines of places of channels as lines of numbers."""
    return values.reshape(len(values), -1)


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


def _box(values: NDArray[np.float32], reach: int, axis: int) -> NDArray[np.float32]:
    """Return means over boxes, at those places (lines, places, channels) that are so far inside."""
    lines, places, channels = values.shape
    width = 2 * reach + 1
    step = channels if axis else places * channels
    flat = values.reshape(lines, -1) if axis else values.reshape(1, -1)
    total: NDArray[np.float32] = np.zeros((len(flat), flat.shape[1] - 2 * reach * step), np.float32)
    first, size = 0, 1  # sums of 1, 2, 4, … values: the width is made of some of these
    while size <= width:
        if width & size:
            total += flat[:, first * step : first * step + total.shape[1]]
            first += size
        flat = flat[:, : -size * step] + flat[:, size * step :]
        size *= 2
    total *= np.float32(1 / width)
    return total.reshape(lines - (0 if axis else 2 * reach), -1, channels)
