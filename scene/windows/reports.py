# SPDX-License-Identifier: GPL-3.0-or-later
"""How jobs ended, on their way to the status bar and the Info editor.

Only an operator that ends in the event loop can report there, so the pump starts one for it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import bpy

from .. import live
from ..language import say
from . import interface

MAX_WAITING = 10


@dataclass(kw_only=True)
class _State:
    waiting: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MAX_WAITING))


def _waiting() -> deque[tuple[str, str]]:
    return live.part(_State).waiting


def add(level: str, text: str) -> None:
    """Have a text reported as "INFO" or "WARNING" ("ERROR" would pop up). Does nothing without a window."""
    if not bpy.app.background:
        _waiting().append((level, say(text)))


def take() -> list[tuple[str, str]]:
    """Return the waiting reports, oldest first."""
    taken = list(_waiting())
    _waiting().clear()
    return taken


def show() -> None:
    """Start the operator that reports, unless the artist is in one. For the pump."""
    windows = bpy.data.window_managers[0].windows
    if not _waiting() or not windows or interface.is_artist_in_operator():
        return
    with bpy.context.temp_override(window=windows[0]):
        bpy.ops.easel.report("INVOKE_DEFAULT")
