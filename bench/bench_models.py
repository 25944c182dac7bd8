# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a model: a turnaround sheet of 4K cut into its views.

The naive way to find the views looks at all pixels in float64.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from turnaround_sheets import draw_sheet

from bench.holds import watched
from bench.table import Row
from easel.imaging.turnaround.cutting import cut_sheet
from easel.imaging.turnaround.gutters import find_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SHEET = (5504, 3072)  # pixels: 4K at 16:9, as the models draw it
TINY = {"sheet": (344, 192)}
PROMISED_MS = 500.0
PROMISED_HOLD_MS = 20.0


def rows(sheet: tuple[int, int] = SHEET) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    drawn = draw_sheet(4, size=sheet, shadow=True, noise=True, bent=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.jpg"
        Image.fromarray(drawn.pixels).save(path, quality=95)
        yield Row(
            what="views of a sheet found",
            naive=_best_ms(lambda: _naive(drawn.pixels), 1),
            ours=_best_ms(lambda: find_views(drawn.pixels)),
            unit="ms",
        )
        held = [watched(lambda: cut_sheet(path, Path(folder), "view"))[1] for _ in range(3)]
        yield Row(
            what="sheet read, found, cut and written",
            naive=None,
            ours=min(it.seconds for it in held) * 1000,
            promised=PROMISED_MS,
            unit="ms",
            note=f"{sheet[0]} × {sheet[1]} pixels, JPEG",
        )
        yield Row(
            what="longest hold of the interpreter lock meanwhile",
            naive=None,
            ours=min(it.longest_s for it in held) * 1000,
            promised=PROMISED_HOLD_MS,
            unit="ms",
        )


def _naive(pixels: NDArray[np.uint8]) -> list[int]:
    """Columns that differ from the corner's colour nowhere."""
    difference = np.abs(pixels.astype(np.float64) - pixels[0, 0]).max(axis=2)
    empty = (difference > 20).sum(axis=0) == 0
    return np.flatnonzero(np.diff(empty.astype(int))).tolist()


def _best_ms(call: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * 1000
