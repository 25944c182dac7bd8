# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of pruning: which images of the library may be removed (`Rule`), and which would be (`Plan`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMED: Final = 6
"""The most images that a plan lists in full."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which images may be removed. 0 means no condition."""

    days: int = 0
    """Remove images older than so many days."""
    most_bytes: int = 0
    """Remove the oldest, until the remaining files have at most so many bytes."""


Here = frozenset[tuple[str, int]]
"""The images in the open file: ids of jobs, and their indices; -1 means all of a job."""


@dataclass(frozen=True, kw_only=True)
class Oldest:
    """One image of a plan."""

    prompt: str
    made_at: float  # epoch seconds
    path: Path
    job_id: str
    number: int
    """The number in its job, from 1."""
    thumbnail_files: tuple[Path, ...]
    is_fitted: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The images that would be removed, the oldest first."""

    rule: Rule
    ids: tuple[int, ...] = ()
    """Ids of `ImageRow`."""
    byte_count: int = 0
    oldest: tuple[Oldest, ...] = ()
    spared: int = 0
    """Images that match the rule but stay."""
    made_at: float = 0.0
    """Epoch seconds. Images that are starred or placed later stay."""
