# SPDX-License-Identifier: GPL-3.0-or-later
"""Find task ids in any text: a mail, a log, a table, a list of another machine's jobs."""

from __future__ import annotations

import re
from typing import Final

_UUID: Final = re.compile(
    r"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE
)
"""Matches ids in the form that the service makes (vendor's documentation)."""


def task_ids(text: str) -> tuple[str, ...]:
    """Find the task ids in a text, each once, in their order.

    Without a typical id, a single word is returned unchanged: the service decides.
    """
    words = text.split()
    return only_ids(text) or (tuple(words) if len(words) == 1 else ())


def only_ids(text: str) -> tuple[str, ...]:
    """Find only typical task ids, for a text that the artist did not choose for this."""
    return tuple(dict.fromkeys(match.lower() for match in _UUID.findall(text)))
