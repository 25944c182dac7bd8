# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of pruning: which images of the library may go (`Rule`), and what would go (`Plan`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMED: Final = 6
"""Images that a plan tells of in full."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which images may go. What is 0 asks for nothing."""

    days: int = 0
    """Those that were made longer ago."""
    most_bytes: int = 0
    """The oldest, until the files of the rest are no more than so many bytes."""


Here = frozenset[tuple[str, int]]
"""Images that the open file has: ids of jobs, and their indices; -1 means all of a job."""


@dataclass(frozen=True, kw_only=True)
class Oldest:
    """One image of a plan."""

    prompt: str
    made_at: float  # epoch seconds
    path: Path
    job_id: str
    number: int
    """In its job, from 1."""
    thumbnail: Path


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would go, the oldest first."""

    rule: Rule
    ids: tuple[int, ...] = ()
    """Ids of `ImageRow`."""
    byte_count: int = 0
    oldest: tuple[Oldest, ...] = ()
    spared: int = 0
    """Images that the rule names, and that stay."""
    made_at: float = 0.0
    """Epoch seconds: what is starred or placed later stays."""
