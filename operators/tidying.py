# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning the library: old or surplus images go to the bin, or are deleted for good."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ..jobs.pruning import Rule
from ..scene import settings
from ..scene.language import said
from ..scene.session import chores, followed, pruning, pump, session
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..texts.wording import size_text
from .library import ChoreVerb
from .verb import Outcome

if TYPE_CHECKING:
    from ..jobs.chores import Chore


_SWITCH_S: Final = 10.0
"""How long a script waits until Easel works in the new folder."""


class EASEL_OT_prune_library(ChoreVerb, bpy.types.Operator):
    """Remove old images from the library. Images that are starred, in this file or not yet collected stay"""

    bl_idname = "easel.prune_library"
    bl_label = "Prune Library"
    bl_options = {"INTERNAL"}

    for_good: BoolProperty(
        name="For Good",
        description="Remove the files; else they are in the bin until that is emptied",
        options={"SKIP_SAVE"},
    )
    days: IntProperty(
        name="Older Than",
        description="Prune images older than this number of days; 0 ignores age",
        min=0,
        options={"SKIP_SAVE"},
    )
    gigabytes: FloatProperty(
        name="More Than",
        description="Prune the oldest images until the rest fits this many gigabytes; 0 sets no limit",
        min=0.0,
        options={"SKIP_SAVE"},
    )

    # What the dialog has told: images that come meanwhile are not removed. Without an annotation, which
    # Blender would want to resolve.
    shown = None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        plan = self.shown = pruning.plan()
        if plan is None or not plan.ids:
            return self.refuse(phrase("Nothing to remove"))
        if not self.for_good:
            return self.execute(context)
        size, count = size_text(plan.byte_count), len(plan.ids)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=said("Remove for Good?"),
            message=said("1 image, {size}. It can't be brought back.", size=size)
            if count == 1
            else said("{count:,} images, {size}. They can't be brought back.", count=count, size=size),
            confirm_text=said("Remove"),
        )

    def begin(self, *, tells: bool) -> "Chore":
        rule = Rule(days=self.days, most_bytes=round(self.gigabytes * 1e9))
        shown = self.shown or pruning.plan()
        wanted = shown if rule == Rule() else rule  # only the images that were shown are removed
        if wanted is None:
            raise Refusal(phrase("Set how old images may get, or how large the library"))
        pruning.touch()
        return session.engine().gallery.prune(wanted, pruning.here_now(), for_good=self.for_good, tells=tells)


class EASEL_OT_move_library(ChoreVerb, bpy.types.Operator):
    """Move the library to a new folder or disk: it is copied and checked before it is used"""

    bl_idname = "easel.move_library"
    bl_label = "Move Library"
    bl_options = {"INTERNAL"}

    directory: StringProperty(
        name="Folder",
        description="Where to: a new or an empty folder",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    removes_old: BoolProperty(
        name="Remove Old Files",
        description="Remove the files of the old folder when the new one is in use",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if followed.is_busy():
            return phrase("Jobs are running: wait for them, or stop watching them")
        return _at_work()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def begin(self, *, tells: bool) -> "Chore":
        if at_work := _at_work():  # begun while the folder was being chosen
            raise Refusal(at_work)
        if not self.directory.strip():
            raise Refusal(phrase("Choose which folder to move the library to"))
        target = Path(settings.typed_path(self.directory))
        return session.engine().gallery.move(target, removes_old=self.removes_old, tells=tells)

    def act(self, context: bpy.types.Context) -> Outcome:
        outcome = super().act(context)
        if self.wait:  # and work on there at once
            old = session.engine().library.root
            pump.run_until(lambda: session.engine().library.root != old, time.monotonic() + _SWITCH_S)
        return outcome


def _at_work() -> str:
    """Say what the library is busy with; empty if it is idle."""
    works = chores.under_way()
    return phrase("{doing}: wait until it is done.", doing=works[0].title) if works else ""


CLASSES = (
    EASEL_OT_move_library,
    EASEL_OT_prune_library,
)
