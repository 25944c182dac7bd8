# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch for a render farm."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..farms.bundle import PER_TASK
from ..scene import settings
from ..scene.session import batch, farm_export
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .library import ChoreVerb
from .parameters import HIDDEN, SKIP_SAVE

if TYPE_CHECKING:
    from ..jobs.chores import Chore


class EASEL_OT_batch_export(ChoreVerb, bpy.types.Operator):
    """Write the batch for a farm: Open Job Description, AWS Deadline Cloud or Flamenco. Nothing is sent"""

    bl_idname = "easel.batch_export"
    bl_label = "Export for a Farm"
    bl_options = set()

    directory: StringProperty(
        name="Folder", description="Where to: a new or an empty folder", subtype="DIR_PATH", options=SKIP_SAVE
    )
    filter_folder: BoolProperty(default=True, options=HIDDEN)
    per_task: IntProperty(
        name="Rows per Task",
        description="How many rows a worker makes before it takes other work",
        default=PER_TASK,
        min=1,
        max=1000,
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if batch.run() is not None else phrase("There is no batch")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def begin(self, *, tells: bool) -> "Chore":
        if not self.directory.strip():
            raise Refusal(phrase("Choose which folder to export to"))
        folder = Path(settings.typed_path(self.directory))
        return farm_export.begin(bpy.context.scene, folder, per_task=self.per_task, tells=tells)


CLASSES = (EASEL_OT_batch_export,)
