# SPDX-License-Identifier: GPL-3.0-or-later
"""What the list shows of a long ledger: how many jobs there are, and a page of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

PAGE: Final = 200
"""Jobs that are read at a time."""

Cursor: TypeAlias = tuple[float, str]
"""Where a page ends: when its last job was made, and its id."""
START: Final[Cursor] = (1e300, "")
"""Before the newest job."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What the ledger has, of all services."""

    listed: int = 0
    """Jobs that are not hidden."""
    hidden: int = 0
    """Jobs that the artist has hidden."""
    done: int = 0
    """Jobs that are over, want nothing of the artist, and are not hidden."""


DONE_STATES: Final = ("DONE", "PARTIAL", "CANCELLED")
"""The states of jobs that need nothing from the artist."""
