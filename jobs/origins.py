# SPDX-License-Identifier: GPL-3.0-or-later
"""What an edit was made of, told by content: names and places of files change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One source of an edit."""

    name: str
    """What the artist called it."""
    content: str
    """SHA-256 of its file without a recipe; of what no file held, of the file that was made of it."""
    image: str = ""
    """Which image of a library it is: the `Result.content` of that image, as its recipe says."""
