# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `blender -b [file] --command easel …`. Arguments and output are in `terminal`.

Each command calls an operator and waits for its outcome. Enabling Easel imports only this module of the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..scene import live

NAME = "easel"


@dataclass(kw_only=True)
class _State:
    handle: Any = None


def register() -> None:
    """Register the command with Blender. Does nothing if it is registered."""
    state = live.part(_State)
    if state.handle is None:
        state.handle = bpy.utils.register_cli_command(NAME, _run)


def unregister() -> None:
    """Unregister the command."""
    state = live.part(_State)
    if state.handle is not None:
        bpy.utils.unregister_cli_command(state.handle)
        state.handle = None


def _run(argv: list[str]) -> int:
    from .main import run

    return run(argv)
