# SPDX-License-Identifier: GPL-3.0-or-later
"""The list's view of a long ledger: how many jobs there are, and one page of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

PAGE: Final = 200
"""Jobs on a page."""

Cursor: TypeAlias = tuple[float, str]
"""Where a page ends: when its last job was made, and the job's id."""
START: Final[Cursor] = (1e300, "")
"""Before the newest job."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The number of jobs in the ledger, of all services."""

    listed: int = 0
    """Jobs that are not hidden."""
    hidden: int = 0
    """Jobs that the artist has hidden."""
    done: int = 0
    """Jobs that are over and visible, and need nothing from the artist."""


DONE_STATES: Final = ("DONE", "PARTIAL", "CANCELLED")
"""The states of jobs that need nothing from the artist."""
