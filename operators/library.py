# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for the whole library, on a thread. A script can wait for them."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, StringProperty

from ..jobs.export import Wanted
from ..jobs.image_rows import Search
from ..scene import settings
from ..scene.language import say
from ..scene.session import pump, session, wall
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .gallery import NOTHING_CHOSEN
from .parameters import HIDDEN, timeout_property, wait_property
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.chores import Chore, Outcome as ChoreOutcome


class WaitingVerb(Verb):
    """A verb whose work would block Blender for too long. A script can wait for it."""

    wait: wait_property(
        "Return when it is done, for scripts. Blender does not respond meanwhile", options=HIDDEN
    )
    timeout: timeout_property(options=HIDDEN)

    @property
    def ends_at(self: Any) -> float:
        """When to wait no more (`time.monotonic`)."""
        return time.monotonic() + self.timeout if self.timeout else math.inf

    def outcome_of(self: Any, chore: "Chore") -> "ChoreOutcome":
        """Wait for a thread's work. Raises Refusal: it has failed, or takes too long and goes on."""
        if not chore.wait(self.timeout or None):
            raise Refusal(_takes_long(self.timeout))
        if chore.outcome is None:
            raise Refusal(chore.refusal)
        return chore.outcome

    def pump_until(self: Any, is_over: Callable[[], bool]) -> None:
        """Run the main thread's part until something is over. Raises Refusal after a timeout."""
        if not pump.run_until(is_over, self.ends_at):
            raise Refusal(_takes_long(self.timeout))

    def tell(self: Any, text: str, *, is_whole: bool = True) -> set[str]:
        """Report the outcome. Returns how the operator ends."""
        self.report({"INFO" if is_whole else "WARNING"}, say(text))
        return {"FINISHED"}


class ChoreVerb(WaitingVerb):
    """A verb whose work is done by a thread."""

    def begin(self, *, tells: bool) -> "Chore":
        """Begin the work. Raises Refusal."""
        raise NotImplementedError

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        chore = self.begin(tells=not self.wait)
        if not self.wait:
            pump.wake()
            return None
        outcome = self.outcome_of(chore)
        return self.tell(outcome.text, is_whole=outcome.is_whole)


class EASEL_OT_export_library(ChoreVerb, bpy.types.Operator):
    """Copy images of the library to a folder, with library.csv and library.json. Nothing is overwritten"""

    bl_idname = "easel.export_library"
    bl_label = "Export Images"
    bl_options = {"INTERNAL"}

    directory: StringProperty(
        name="Folder",
        description="Where to; the folder is made if it is missing",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    with_recipes: BoolProperty(
        name="Recipes in Files",
        description="The copies contain their settings; otherwise they are exactly what the service sent",
        default=True,
    )
    search: StringProperty(
        name="Search",
        description="Words to search for; empty for all",
        options={"SKIP_SAVE", "HIDDEN"},
    )
    only_chosen: BoolProperty(
        name="Only Chosen",
        description="Only the ones chosen in the library",
        options={"SKIP_SAVE", "HIDDEN"},
    )
    images: StringProperty(options={"SKIP_SAVE", "HIDDEN"})  # ids, as they were chosen at the click

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.only_chosen:
            self.images = _chosen_ids()
            if not self.images:
                return self.refuse(NOTHING_CHOSEN)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def begin(self, *, tells: bool) -> "Chore":
        if not self.directory.strip():
            raise Refusal(phrase("Choose which folder to export to"))
        texts = (self.images or (_chosen_ids() if self.only_chosen else "")).split()
        ids = tuple(int(text) for text in texts if text.isdecimal())
        if (self.images or self.only_chosen) and not ids:
            raise Refusal(NOTHING_CHOSEN)
        wanted = Wanted(
            folder=Path(settings.typed_path(self.directory)),
            ids=ids,
            search=Search(text=self.search),
            with_recipes=self.with_recipes,
        )
        return session.engine().gallery.export(wanted, tells=tells)


class EASEL_OT_import_images(ChoreVerb, bpy.types.Operator):
    """Copy image files, or all images of a folder, into the library, where they are found like all others"""

    bl_idname = "easel.import_images"
    bl_label = "Import Images"
    bl_options = {"INTERNAL"}

    directory: StringProperty(
        name="Folder",
        description="Where the files are; without files, all of its images are meant",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    filter_image: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def begin(self, *, tells: bool) -> "Chore":
        folder = Path(settings.typed_path(self.directory)) if self.directory.strip() else None
        names = [file.name for file in self.files if file.name]
        if folder is None:
            paths = [Path(settings.typed_path(name)) for name in names]
        else:
            paths = [folder / name for name in names] or [folder]
        if not paths or not all(path.is_absolute() for path in paths):
            raise Refusal(phrase("Choose which files or folder to import"))
        return session.engine().gallery.import_images(paths, tells=tells)


class EASEL_OT_rebuild_library(ChoreVerb, bpy.types.Operator):
    """Read all files of the library to list missing images, and rebuild the search"""

    bl_idname = "easel.rebuild_library"
    bl_label = "Rebuild Library"
    bl_options = {"INTERNAL"}

    def begin(self, *, tells: bool) -> "Chore":
        return session.engine().gallery.rebuild(tells=tells)


class EASEL_OT_export_spend(ChoreVerb, bpy.types.Operator):
    """Write all spending as a table with a line per job, for a client's bill"""

    bl_idname = "easel.export_spend"
    bl_label = "Export Spending"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(
        name="File", description="Where to; a CSV file", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.csv", options={"SKIP_SAVE", "HIDDEN"})
    check_existing: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.filepath = "easel-spending.csv"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def begin(self, *, tells: bool) -> "Chore":
        if not self.filepath.strip():
            raise Refusal(phrase("Choose which file to write"))
        engine = session.engine()
        path = Path(settings.typed_path(self.filepath))
        return engine.gallery.export_spend(engine.server.name, path, tells=tells)


def _takes_long(seconds: int) -> str:
    return phrase("It takes longer than {seconds} s and goes on in the background.", seconds=seconds)


def _chosen_ids() -> str:
    return " ".join(str(row.id) for row in wall.chosen())


CLASSES = (EASEL_OT_export_library, EASEL_OT_import_images, EASEL_OT_rebuild_library, EASEL_OT_export_spend)
