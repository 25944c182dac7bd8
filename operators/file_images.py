# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for all of Easel's images in the open file: pack, save, repair, report."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..jobs.file_report import words_of_report
from ..scene import settings
from ..scene.language import say
from ..scene.session import chores, file_report, keeping, pump
from ..scene.windows import interface
from ..scene.windows.editors import show_image
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .library import WaitingVerb
from .verb import Outcome, Verb


class _KeepingVerb(WaitingVerb):
    """A verb about all of Easel's images."""

    kind: keeping.Kind

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return phrase("Wait until the previous images are done, or stop them.") if keeping.current() else ""

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        work = keeping.begin(self.kind, tells=not self.wait)
        if not self.wait:
            pump.wake()
            return None
        self.pump_until(lambda: work.is_over)
        return self.tell(work.text, is_whole=work.is_whole)


class EASEL_OT_pack_images(_KeepingVerb, bpy.types.Operator):
    """Pack all images that were made with Easel into the .blend, painted ones as they are seen"""

    bl_idname = "easel.pack_images"
    bl_label = "Pack All"
    bl_options = {"INTERNAL"}

    kind = keeping.Kind.PACK


class EASEL_OT_save_images(_KeepingVerb, bpy.types.Operator):
    """Save all images made with Easel to “textures” beside the .blend. No file is overwritten"""

    bl_idname = "easel.save_images"
    bl_label = "Save All Beside the File"
    bl_options = {"INTERNAL"}

    kind = keeping.Kind.SAVE

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if not bpy.data.filepath:
            return phrase("Save the .blend first: images lie beside it")
        return super().obstacle(context)


class EASEL_OT_repair_links(_KeepingVerb, bpy.types.Operator):
    """Find the missing files of images in the library by their hashes, and link them again"""

    bl_idname = "easel.repair_links"
    bl_label = "Repair Links"
    bl_options = {"INTERNAL"}

    kind = keeping.Kind.REPAIR


class EASEL_OT_report_images(WaitingVerb, bpy.types.Operator):
    """Write a report of this file's images made with Easel, their users and their settings"""

    bl_idname = "easel.report_images"
    bl_label = "Report"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(
        name="File",
        description="The suffix sets the format: .md for Markdown, .csv for a table",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    filter_glob: StringProperty(default="*.md;*.csv", options={"SKIP_SAVE", "HIDDEN"})
    check_existing: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = Path(bpy.data.filepath).stem or "images"
        self.filepath = f"{name}-images.md"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context) -> Outcome:
        if not self.filepath.strip():
            raise Refusal(phrase("Choose which file to write"))
        path = Path(settings.typed_path(self.filepath))
        words = {name: say(word) for name, word in words_of_report().items()}
        report = file_report.begin(path, words, tells=not self.wait)
        if not self.wait:
            pump.wake()
            return None
        self.pump_until(lambda: report.is_over)
        if report.chore is None or report.chore.outcome is None:
            raise Refusal(report.chore.refusal if report.chore is not None else phrase("It was stopped."))
        return self.tell(report.chore.outcome.text)


class EASEL_OT_stop_chore(bpy.types.Operator):
    """Stop this. What is done so far stays"""

    bl_idname = "easel.stop_chore"
    bl_label = "Stop"
    bl_options = {"INTERNAL"}

    index: IntProperty(options={"SKIP_SAVE", "HIDDEN"})  # index among the running tasks

    def execute(self, context: bpy.types.Context) -> set[str]:
        works = chores.under_way()
        if not 0 <= self.index < len(works):
            return {"CANCELLED"}
        works[self.index].stop()
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_show_held_image(Verb, bpy.types.Operator):
    """Show the image in an Image Editor"""

    bl_idname = "easel.show_held_image"
    bl_label = "Show Image"
    bl_options = {"INTERNAL"}

    image: StringProperty(options={"SKIP_SAVE", "HIDDEN"})  # its name

    def act(self, context: bpy.types.Context) -> Outcome:
        image = bpy.data.images.get(self.image)
        if image is None:
            raise Refusal(phrase("There is no image “{image}” in this file.", image=self.image))
        show_image(context, image)
        interface.redraw()
        return None


CLASSES = (
    EASEL_OT_pack_images,
    EASEL_OT_save_images,
    EASEL_OT_repair_links,
    EASEL_OT_report_images,
    EASEL_OT_stop_chore,
    EASEL_OT_show_held_image,
)
