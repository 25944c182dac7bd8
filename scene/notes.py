# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's own custom properties on datablocks, read safely whatever else is stored under their names.

Other add-ons, scripts and artists write custom properties too: numbers, lists, groups, bytes. If a value has
another type than Easel's, Easel ignores it.
"""

from __future__ import annotations

import bpy


def text_note(datablock: bpy.types.ID, key: str) -> str:
    """Return a text that Easel has put there; empty if there is none."""
    value = datablock.get(key)
    return value if isinstance(value, str) else ""


def number_note(datablock: bpy.types.ID, key: str) -> int:
    """Return a number that Easel has put there; 0 if there is none."""
    value = datablock.get(key)
    return value if isinstance(value, int) else 0


def is_noted(datablock: bpy.types.ID, key: str) -> bool:
    """Tell whether Easel has put a mark there."""
    return number_note(datablock, key) == 1
