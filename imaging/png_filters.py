# SPDX-License-Identifier: GPL-3.0-or-later
"""PNG's row filters in numpy, and the choice of one for an image.

One filter and one way of deflating serve a whole image: here libpng's choice for each row costs more time
than it saves bytes. Paeth is left out, because in numpy it takes longer than all others together.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_BYTES = 1 << 18  # filtered at a time, so that the scratch memory stays in a core's cache


class Effort(IntEnum):
    """How hard zlib looks for matches: its level."""

    QUICK = 1
    """For a file that is not sent, while the artist waits: as fast as runs. Without averages, so that all
    cores can decode it when it is edited again."""
    USUAL = 4


class Filter(IntEnum):
    """The filter types of the PNG specification, section 9."""

    NONE = 0
    SUB = 1
    UP = 2
    AVERAGE = 3


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How an image is filtered and deflated."""

    filter: Filter
    level: int
    strategy: int

    def compressor(self) -> zlib._Compress:  # pyright: ignore[reportPrivateUsage]
        """Return a compressor of raw deflate blocks (no zlib header, no checksum)."""
        return zlib.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS, 8, self.strategy)


# Measured on zlib 1.2.13: photographs and noise come out smallest with RLE, three times as fast as with level
# 4; with Huffman codes alone they are as small, in 0.78 of that time. What is painted or flat needs real
# matches: with them, level 1 makes 1.4 × the bytes of level 6, level 4 1.04 ×. Level 1 also bloats on
# zlib-ng, where it is another algorithm; RLE and codes alone, which have no levels, do not.
_RUNS = (1, zlib.Z_RLE)
_CODES = (1, zlib.Z_HUFFMAN_ONLY)
_CODES_MAY_ADD = 1.01  # bytes, compared with runs, because they are faster
_MATCHES_MUST_SAVE = 0.95  # a slower coding must be at least 5 % smaller
_SIMPLE_SHARE = 0.04  # a sample under-represents flat content, and matches cost no time there


def filter_rows(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], step: int, kind: Filter
) -> NDArray[np.uint8]:
    """Return filtered rows, each with its filter byte in front, as (rows, 1 + row bytes).

    `rows` is (rows, row bytes); `above` the row before the first; `step` the bytes of one pixel.
    """
    count, width = rows.shape
    out = np.empty((count, 1 + width), np.uint8)
    out[:, 0] = kind
    chunk_rows = max(1, _CHUNK_BYTES // width)
    for start in range(0, count, chunk_rows):
        chunk = rows[start : start + chunk_rows]
        target = out[start : start + chunk_rows, 1:]
        match kind:
            case Filter.NONE:
                target[...] = chunk
            case Filter.SUB:
                target[:, :step] = chunk[:, :step]
                np.subtract(chunk[:, step:], chunk[:, :-step], out=target[:, step:])
            case Filter.UP:
                np.subtract(chunk[1:], chunk[:-1], out=target[1:])
                np.subtract(chunk[0], above, out=target[0])
            case Filter.AVERAGE:
                _subtract_average(chunk, above, step, target)
        above = chunk[-1]
    return out


def measure_codings(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], step: int, effort: Effort = Effort.USUAL
) -> dict[Coding, int]:
    """Return the bytes of sample rows in each coding; `above` is the row before the first."""
    sizes: dict[Coding, int] = {}
    for kind in Filter:
        if kind is Filter.AVERAGE and effort is Effort.QUICK:
            continue
        filtered = filter_rows(rows, above, step, kind)
        for level, strategy in (_RUNS, _CODES, (effort, zlib.Z_DEFAULT_STRATEGY)):
            coding = Coding(filter=kind, level=level, strategy=strategy)
            compressor = coding.compressor()
            sizes[coding] = len(compressor.compress(filtered)) + len(compressor.flush())
    return sizes


def choose_coding(measured: Iterable[dict[Coding, int]], sampled_bytes: int) -> Coding:
    """Choose the coding in which the samples are smallest in total."""
    total: Counter[Coding] = Counter()
    for sizes in measured:
        total.update(sizes)
    runs, codes, matches = (
        min((coding for coding in total if coding.strategy == strategy), key=total.__getitem__)
        for strategy in (zlib.Z_RLE, zlib.Z_HUFFMAN_ONLY, zlib.Z_DEFAULT_STRATEGY)
    )
    fast = codes if total[codes] <= _CODES_MAY_ADD * total[runs] else runs
    is_simple = total[matches] < _SIMPLE_SHARE * sampled_bytes
    return matches if is_simple or total[matches] < _MATCHES_MUST_SAVE * total[fast] else fast


def _subtract_average(
    rows: NDArray[np.uint8], above: NDArray[np.uint8], step: int, target: NDArray[np.uint8]
) -> None:
    # floor((left + up) / 2) in eight bits, with no carry: (left & up) + ((left ^ up) >> 1)
    up = np.empty_like(rows)
    up[0] = above
    up[1:] = rows[:-1]
    average = up >> 1  # for the first pixel, which has no left neighbour
    left, right_up, shared = rows[:, :-step], up[:, step:], average[:, step:]
    np.bitwise_xor(left, right_up, out=shared)
    np.right_shift(shared, 1, out=shared)
    np.bitwise_and(left, right_up, out=right_up)
    np.add(shared, right_up, out=shared)
    np.subtract(rows, average, out=target)
