# SPDX-License-Identifier: GPL-3.0-or-later
"""The images in the library's bin, so that lists don't show them. Main thread; memory only."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .. import live

if TYPE_CHECKING:
    from ...jobs.events import BinRead


class _Binned(dict[str, frozenset[int]]):
    """Numbers of deleted images, from 1, by their jobs' ids."""


def numbers_of(job_id: str) -> str:
    """Return the numbers of a job's deleted images, from 1, with commas."""
    return ",".join(map(str, sorted(live.part(_Binned).get(job_id, ()))))


def take(read: BinRead) -> dict[str, frozenset[int]]:
    """Remember the current content of the bin. Returns each changed job with its newly deleted ones."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for job_id, index in read.images:
        found[job_id].add(index + 1)
    known, none = live.part(_Binned), frozenset[int]()
    now = {job_id: frozenset(numbers) for job_id, numbers in found.items()}
    changed = {job_id for job_id in known.keys() | now.keys() if known.get(job_id) != now.get(job_id)}
    new = {job_id: now.get(job_id, none) - known.get(job_id, none) for job_id in changed}
    known.clear()
    known.update(now)
    return new
