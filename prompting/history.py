# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompts of all earlier jobs, and searching in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class PastPrompt:
    """A prompt as the artist wrote it."""

    text: str
    template: str
    verb: str
    """The verb of the last request: `generate` or `edit`."""
    used_at: float
    """When it was last used, seconds since the epoch."""
    times: int = 1
    """How many requests had it."""


def merge(prompts: Iterable[PastPrompt]) -> list[PastPrompt]:
    """Join prompts of the same text and template; newest first."""
    merged: dict[tuple[str, str], PastPrompt] = {}
    for prompt in prompts:
        same = (prompt.text, prompt.template)
        other = merged.get(same)
        if other is None:
            merged[same] = prompt
        else:
            newer = max(prompt, other, key=lambda past: past.used_at)
            merged[same] = replace(newer, times=prompt.times + other.times)
    return sorted(merged.values(), key=lambda past: past.used_at, reverse=True)


def matches(text: str, search: str) -> bool:
    """True if a text has all words that are searched for, in any order and case."""
    folded = text.casefold()
    return all(word in folded for word in search.casefold().split())
