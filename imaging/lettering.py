# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a picture contains lettering. Pure; worker threads.

Letters are parts that stand out from what is around them, made of strokes of one width, and stand on a line
near to each other. Patterns do that too, but of equal parts; leaves and stones are no strokes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .parts import find_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS: Final = 4
"""So many on a line are a word."""
_CONTRAST: Final = 28.0
"""How much a letter differs from the mean around it, out of 255, in at least one of the channels."""
_AROUND: Final = 12
"""Part of the picture's longer side that is around a pixel: 1 / this."""
_RUNS: Final = 14_000
"""A picture with more pieces of rows than this is full of grain: no letters are looked for."""
_LOWEST, _HIGHEST = 5, 0.16
"""Height of a letter: pixels, and part of the picture's longer side."""
_STROKE: Final = 0.34
"""Width of a stroke in heights of the letter: what is thicker is a blob."""
_NEXT: Final = 1.1
"""In heights: how far the next letter is at most."""
_LEVEL: Final = 0.22
"""In heights: how far letters stand over or under their line."""
_FULL: Final = 0.64
"""Share of their boxes that the letters of a word fill at most, by their mean: bars and leaves fill more."""
_CROWD: Final = 30
"""For so many parts that could be letters one more must stand on a line: of many, some do by chance."""
_UNLIKE: Final = 0.05
"""How much letters of a word differ in width and darkness, by their mean: pattern's parts are equal."""


class _Part(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int
    area: int
    stroke: float
    """Pixels."""

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


def has_text(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether something is written: (height, width, 3), sRGB, about 512 pixels on the longer side."""
    side = max(pixels.shape[:2])
    channels = [pixels[..., channel].astype(np.float32) for channel in range(3)]
    away = [channel - _mean_around(channel, side // _AROUND) for channel in channels]
    for mask in (np.minimum.reduce(away) < -_CONTRAST, np.maximum.reduce(away) > _CONTRAST):
        parts = [part for part in _parts(mask) if _is_letter(part, side)]
        least = LETTERS + len(parts) // _CROWD
        if any(len(line) >= least and _is_word(line) for line in _lines(parts)):
            return True
    return False


def _mean_around(grey: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Take the mean of a square around each pixel."""
    half = max(1, side // 2)
    padded = np.pad(grey, half + 1, mode="edge").astype(np.float64)
    total = padded.cumsum(0).cumsum(1)
    height, width = grey.shape
    span = 2 * half + 1
    found = (
        total[span : span + height, span : span + width]
        - total[:height, span : span + width]
        - total[span : span + height, :width]
        + total[:height, :width]
    )
    return (found / (span * span)).astype(np.float32)


def _parts(mask: NDArray[np.bool_]) -> list[_Part]:
    """Find what hangs together, by sides and by corners; none in what is full of grain."""
    found = find_parts(mask, corners=True, most=_RUNS)
    rows, starts, ends, index = found.rows, found.starts, found.ends, found.index
    if not len(rows):
        return []
    order = np.argsort(index, kind="stable")
    first = np.flatnonzero(np.diff(index[order], prepend=-1))
    # Edges: two at the sides of a run, and over and under it where no pixel of the mask is.
    covered = np.concatenate((np.zeros((len(mask), 1), np.int32), _neighbours(mask).cumsum(1)), axis=1)
    edges = 2.0 + 2.0 * (ends - starts) - (covered[rows, ends] - covered[rows, starts])
    columns = (
        np.minimum.reduceat(starts[order], first),
        np.minimum.reduceat(rows[order], first),
        np.maximum.reduceat(ends[order], first),
        np.maximum.reduceat(rows[order], first) + 1,
        found.areas,
        2.0 * found.areas / np.bincount(index, edges),
    )
    return [_Part(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def _neighbours(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Count of each pixel the neighbours over and under it that are of the mask as well."""
    over = mask[1:] & mask[:-1]
    count = np.zeros(mask.shape, np.int32)
    count[1:] += over
    count[:-1] += over
    return count


def _is_letter(part: _Part, side: int) -> bool:
    return (
        _LOWEST <= part.height <= _HIGHEST * side
        and part.width <= 1.6 * part.height
        and part.stroke <= _STROKE * part.height
        and part.area >= 0.08 * part.width * part.height
    )


def _lines(parts: list[_Part]) -> list[list[_Part]]:
    """Put letters that follow each other into lines, from left to right."""
    lines: list[list[_Part]] = []
    for part in sorted(parts):
        best: list[_Part] | None = None
        for line in lines:
            last = line[-1]
            tallest = max(part.height, last.height)
            if not -0.3 * tallest <= part.left - last.right <= _NEXT * tallest:
                continue
            if max(part.height, last.height) > 2.2 * min(part.height, last.height):
                continue
            is_level = min(abs(part.bottom - last.bottom), abs(part.top - last.top)) <= _LEVEL * tallest
            if is_level and (best is None or last.right > best[-1].right):
                best = line
        if best is None:
            lines.append([part])
        else:
            best.append(part)
    return lines


def _is_word(line: list[_Part]) -> bool:
    """Whether parts of a line are letters: level, of one stroke, and not all alike."""
    heights = np.array([part.height for part in line], np.float64)
    strokes = np.array([part.stroke for part in line])
    bottoms = np.array([part.bottom for part in line])
    foot = np.median(bottoms)
    level = np.abs(bottoms - foot) <= np.maximum(1.5, 0.12 * np.median(heights))
    if level.mean() < 0.6 or strokes.std() > 0.3 * strokes.mean():
        return False
    widths = np.array([part.width for part in line]) / np.median(heights)
    fills = np.array([part.area / (part.width * part.height) for part in line])
    if fills.mean() > _FULL:
        return False
    steps = [abs(a - b) for values in (widths, fills) for a, b in itertools.pairwise(values)]
    return float(np.mean(steps)) >= _UNLIKE
