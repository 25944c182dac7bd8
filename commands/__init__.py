# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `blender -b [file] --command easel …`. What is asked for and told is `terminal`'s.

Each command does what an operator does, by that operator, and waits for what becomes of it. This module is
all that enabling Easel imports of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..scene import live

NAME = "easel"


@dataclass
class _State:
    handle: Any = None


def register() -> None:
    """Make the command known to Blender; does nothing for what already is."""
    state = live.part(_State)
    if state.handle is None:
        state.handle = bpy.utils.register_cli_command(NAME, _run)


def unregister() -> None:
    """Undo that."""
    state = live.part(_State)
    if state.handle is not None:
        bpy.utils.unregister_cli_command(state.handle)
        state.handle = None


def _run(argv: list[str]) -> int:
    from .main import run

    return run(argv)
