# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress in the status bar. It only displays: the pump starts it again and again.

Blender does not autosave while a modal operator runs. So this one ends by itself after a few seconds, and
the pump leaves a gap before the next.
"""

import time

import bpy

from ..scene.language import say
from ..scene.windows import interface
from ..texts.clock import EPOCH
from ..texts.wording import progress_text

PERIOD_S = 0.25
LIFE_S = 5.0


class EASEL_OT_progress(bpy.types.Operator):
    """Show the progress of Easel's jobs in the status bar until Esc is pressed"""

    bl_idname = "easel.progress"
    bl_label = "Show Progress"
    bl_options = {"INTERNAL"}

    _timer: bpy.types.Timer | None = None
    _ends_at = 0.0  # monotonic
    _shown = ("", "")
    """The workspace's name and the text that it shows."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._ends_at = time.monotonic() + LIFE_S
        self._timer = context.window_manager.event_timer_add(PERIOD_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        self._show(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            return self._end(context, by_artist=True)
        if event.type == "TIMER" and not self._show(context):
            return self._end(context, by_artist=False)
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        self._end(context, by_artist=False)

    def _show(self, context: bpy.types.Context) -> bool:
        """Show the text. Returns False if there is nothing to show or the time is over."""
        open_jobs = [job for job in context.window_manager.easel.jobs if job.is_followed]
        if not open_jobs or time.monotonic() > self._ends_at:
            return False
        if interface.is_status_taken():
            self._shown = ("", "")
            return True
        shown = context.workspace.name, say(progress_text(open_jobs, time.time() - EPOCH))
        if shown != self._shown:  # each call redraws the window
            self._shown = shown
            context.workspace.status_text_set(shown[1])
        return True

    def _end(self, context: bpy.types.Context, *, by_artist: bool) -> set[str]:
        context.window_manager.event_timer_remove(self._timer)
        interface.progress_ended(by_artist=by_artist)
        return {"CANCELLED" if by_artist else "FINISHED", "PASS_THROUGH"}


CLASSES = (EASEL_OT_progress,)
