# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a task: what a farm starts, repeats and shows as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MOST_TASKS: Final = 1024
"""The most tasks of a step: Open Job Description allows this many in a list (2023-09, section 3.4.1.3)."""


def chunks(rows: Sequence[int], per_task: int) -> list[str]:
    """Return the rows of each task, as `batches.ranges.read_ranges` has them: "1-40", or "1-9,12".

    Args:
        rows: their numbers from 1, ascending.
        per_task: how many a task gets; more if there would be more than `MOST_TASKS` tasks.
    """
    size = max(per_task, 1, -(-len(rows) // MOST_TASKS))
    return [_text(rows[start : start + size]) for start in range(0, len(rows), size)]


def _text(rows: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
