# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pump may do to Blender's windows: redraw, push an undo step, keep the progress shown."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from .. import live

EDITORS = ("VIEW_3D", "IMAGE_EDITOR", "NODE_EDITOR")
"""Types of the areas whose sidebar has Easel's tab."""
PROGRESS_ID = "EASEL_OT_progress"
REPORT_ID = "EASEL_OT_report"
PLACING_ID = "EASEL_OT_place_arrived"
STATUS_S = 2.0
"""How long a text stays that is told before Blender stands still."""
_NOT_THE_ARTISTS = (PROGRESS_ID, REPORT_ID, PLACING_ID, "RENDER_OT_render")
"""The last one lingers after its render until the mouse moves; whether one runs, `is_job_running` tells."""
PROGRESS_GAP_S = 0.15
"""Between two runs of the progress operator: Blender autosaves only while no modal operator runs."""


@dataclass(kw_only=True)
class _Progress:
    wanted: bool = False
    """False after Esc, until the next job is sent."""
    shown: bool = False
    """The status bars have our text, perhaps an old one."""
    ended_at: float = 0.0
    """Monotonic."""
    stays_until: float = 0.0
    """Monotonic: until then the status bars keep what they were told."""


def _progress() -> _Progress:
    return live.part(_Progress)


def find_view(
    preferred: bpy.types.Area | None = None, windows: Iterable[bpy.types.Window] | None = None
) -> bpy.types.Area | None:
    """Return the preferred area if it is a 3D View, else the largest one of these windows, or of all."""
    if preferred is not None and preferred.type == "VIEW_3D":
        return preferred
    views = [
        area
        for window in (bpy.data.window_managers[0].windows if windows is None else windows)
        for area in window.screen.areas
        if area.type == "VIEW_3D"
    ]
    return max(views, key=lambda area: area.width * area.height, default=None)


def redraw() -> None:
    """Redraw what shows Easel: open sidebars of the editors that have its tab, and the preferences."""
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
            elif area.type in EDITORS:
                for region in area.regions:
                    if region.type == "UI" and region.width > 1:
                        region.tag_redraw()


def is_artist_in_operator(*, of_blender_only: bool = False) -> bool:
    """True while a modal operator other than ours runs in any window: a transform, a stroke.

    Args:
        of_blender_only: only Blender's own count. They end; those of some add-ons (screencast keys) run
            as long as Blender does.
    """
    return any(
        operator.bl_idname not in _NOT_THE_ARTISTS
        and not (of_blender_only and _is_of_addon(operator.bl_idname))
        for window in bpy.data.window_managers[0].windows
        for operator in window.modal_operators
    )


def is_status_taken() -> bool:
    """True while an operator of Blender's or Easel's, which may tell its keys in the status bar, runs."""
    return any(
        operator.bl_idname not in _NOT_THE_ARTISTS
        and (operator.bl_idname.startswith("EASEL_OT_") or not _is_of_addon(operator.bl_idname))
        for window in bpy.data.window_managers[0].windows
        for operator in window.modal_operators
    )


def _is_of_addon(name: str) -> bool:
    """Whether an operator ("MESH_OT_knife_tool") is written in Python, and not by Blender itself."""
    written_in_python = getattr(bpy.types, name, None)
    return written_in_python is not None and not written_in_python.__module__.startswith(
        ("bl_operators", "bl_ui")
    )


def push_undo(message: str) -> None:
    """Push an undo step. Without a window there is nothing to undo by."""
    windows = bpy.data.window_managers[0].windows
    if bpy.app.background or not windows:
        return
    with bpy.context.temp_override(window=windows[0]):
        bpy.ops.ed.undo_push(message=message)


def want_progress() -> None:
    """Show the progress from now on: the artist has sent a job."""
    _progress().wanted = True


def progress_ended(*, by_artist: bool) -> None:
    """The progress operator is over: for good where the artist left it, else for a moment."""
    _progress().ended_at = time.monotonic()
    if by_artist:
        clear_progress()


def keep_progress_shown() -> None:
    """Start the progress operator where it should run and does not, after a gap for the autosave."""
    if (
        bpy.app.background
        or not _progress().wanted
        or time.monotonic() - _progress().ended_at < PROGRESS_GAP_S
    ):
        return
    windows = bpy.data.window_managers[0].windows
    if not windows or _is_running(PROGRESS_ID):
        return
    _progress().shown = True
    with bpy.context.temp_override(window=windows[0]):
        bpy.ops.easel.progress("INVOKE_DEFAULT")


def start_placing() -> None:
    """Start the operator that places what has arrived, unless it runs: its event has a window.

    There must be a window.
    """
    if _is_running(PLACING_ID):
        return
    with bpy.context.temp_override(window=bpy.data.window_managers[0].windows[0]):
        bpy.ops.easel.place_arrived("INVOKE_DEFAULT")


def _is_running(name: str) -> bool:
    windows = bpy.data.window_managers[0].windows
    return any(operator.bl_idname == name for window in windows for operator in window.modal_operators)


def show_status(text: str) -> None:
    """Show a text in the status bars for a moment: what Blender will be at from its next turn on."""
    _progress().shown = True
    _progress().stays_until = time.monotonic() + STATUS_S
    for workspace in bpy.data.workspaces:
        workspace.status_text_set(text)


def clear_progress() -> None:
    """Give the status bars back to Blender, until the next job is sent."""
    _progress().wanted = False
    if not _progress().shown or time.monotonic() < _progress().stays_until:
        return
    _progress().shown = False
    for workspace in bpy.data.workspaces:
        workspace.status_text_set(None)
