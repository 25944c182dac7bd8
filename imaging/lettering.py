# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect whether a picture contains lettering. Pure; worker threads.

Letters stand out from their surroundings, have strokes of one width, and stand close together on a line.
Patterns do too, but their parts are equal. Leaves and stones have no strokes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .parts import find_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS: Final = 4
"""This many letters on a line are a word."""
_CONTRAST: Final = 28.0
"""How much a letter differs from the surrounding mean, out of 255, in at least one of the channels."""
_AROUND: Final = 12
"""The surroundings of a pixel are the picture's longer side divided by this."""
_RUNS: Final = 14_000
"""With more runs than this a picture is grainy, and no letters are searched."""
_LOWEST, _HIGHEST = 5, 0.16
"""Height of a letter: least in pixels, most as a fraction of the picture's longer side."""
_STROKE: Final = 0.34
"""The most stroke width, in heights of the letter: anything thicker is a blob."""
_NEXT: Final = 1.1
"""The largest distance to the next letter, in heights."""
_LEVEL: Final = 0.22
"""How far letters may stand above or below their line, in heights."""
_FULL: Final = 0.64
"""The largest mean share of their boxes that letters of a word fill: bars and leaves fill more."""
_CROWD: Final = 30
"""For this many candidates, one more must stand on a line: among many, some do by chance."""
_UNLIKE: Final = 0.05
"""The least mean variation of width and darkness among a word's letters: parts of patterns are equal."""


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
    """Return whether a picture has text: (height, width, 3), sRGB, about 512 pixels on the longer side."""
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
    """Return the mean of a square around each pixel."""
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
    """Find connected parts, by sides and corners; none in a grainy picture."""
    found = find_parts(mask, corners=True, most=_RUNS)
    rows, starts, ends, index = found.rows, found.starts, found.ends, found.index
    if not len(rows):
        return []
    order = np.argsort(index, kind="stable")
    first = np.flatnonzero(np.diff(index[order], prepend=-1))
    # Edges: two at the sides of a run, and above and below it where the mask ends.
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
    """Count each pixel's neighbours above and below that are in the mask."""
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
    """Group letters that follow each other into lines, from left to right."""
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
    """Return whether parts of a line are letters: level, of one stroke, and not all alike."""
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
