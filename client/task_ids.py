# SPDX-License-Identifier: GPL-3.0-or-later
"""Task ids in any text: a mail, a log, a table, a list of another machine's jobs."""

from __future__ import annotations

import re
from typing import Final

_UUID: Final = re.compile(
    r"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE
)
"""As the service makes them (vendor's documentation)."""


def task_ids(text: str) -> tuple[str, ...]:
    """Find the task ids in a text, each once, in their order.

    Where there is none that looks like one, a single word is taken as it is: the service knows best.
    """
    words = text.split()
    return only_ids(text) or (tuple(words) if len(words) == 1 else ())


def only_ids(text: str) -> tuple[str, ...]:
    """The same, without what only might be one: for a text that nobody has chosen for it."""
    return tuple(dict.fromkeys(match.lower() for match in _UUID.findall(text)))
