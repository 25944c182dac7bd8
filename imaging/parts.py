# SPDX-License-Identifier: GPL-3.0-or-later
"""Find connected parts of a mask by the runs of its rows, which are far fewer than its pixels. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Parts:
    """The parts of a mask, by runs from left to right and rows from top to bottom."""

    shape: tuple[int, int]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    """Exclusive."""
    index: NDArray[np.int64]
    """The number of each run's part, from 0."""

    @property
    def areas(self) -> NDArray[np.int64]:
        """Pixels of each part."""
        return np.bincount(self.index, self.ends - self.starts).astype(np.int64)

    def where(self, is_wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the mask of these parts alone."""
        height, width = self.shape
        chosen = is_wanted[self.index]
        edges = np.zeros((height, width + 1), np.int8)
        edges[self.rows[chosen], self.starts[chosen]] = 1
        edges[self.rows[chosen], self.ends[chosen]] -= 1
        return edges.cumsum(1, dtype=np.int8)[:, :width].astype(np.bool_)


def find_parts(mask: NDArray[np.bool_], *, corners: bool = False, most: int | None = None) -> Parts:
    """Find connected parts in a mask (height, width).

    Args:
        corners: pixels that only touch at a corner are connected too.
        most: with more runs than this nothing is returned: the mask is grainy.
    """
    steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    _rows, ends = np.nonzero(steps == -1)
    if most is not None and len(rows) > most:
        rows, starts, ends = rows[:0], starts[:0], ends[:0]
    owners = _owners(rows.tolist(), starts.tolist(), ends.tolist(), int(corners))
    _first, index = np.unique(np.asarray(owners, np.int64), return_inverse=True)
    height, width = mask.shape
    return Parts((height, width), rows, starts, ends, index.astype(np.int64))


def _owners(rows: Sequence[int], starts: Sequence[int], ends: Sequence[int], reach: int) -> list[int]:
    """Return for each run the first run that it is connected with."""
    owner = list(range(len(rows)))

    def root(run: int) -> int:
        while owner[run] != run:
            owner[run] = owner[owner[run]]
            run = owner[run]
        return run

    before = 0
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        while rows[before] < row - 1 or (rows[before] == row - 1 and ends[before] + reach <= start):
            before += 1
        other = before
        while rows[other] == row - 1 and starts[other] < end + reach:
            here, there = root(run), root(other)
            owner[max(here, there)] = min(here, there)
            other += 1
    return [root(run) for run in range(len(rows))]
