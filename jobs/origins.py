# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of an edit, identified by content, because names and places of files change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One source of an edit."""

    name: str
    """The artist's name for it."""
    content: str
    """SHA-256 of its file without a recipe. If it was not a file, SHA-256 of the file made from it."""
    image: str = ""
    """The `Result.content` of the library's image that it is, as its recipe says."""
