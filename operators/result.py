# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions for one image of a job: choose it, look at it, edit it, remove it from the library.

Each takes the job's id and the image's number; the default is the selected job's chosen image.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..imaging.files import COPY_FORMATS
from ..jobs.local_edit import LocalEdit
from ..jobs.recipe import Recipe, RecipeUnreadable
from ..jobs.targets import PlacementKind
from ..scene import settings
from ..scene.language import said, say
from ..scene.listing.form_sources import edit_only
from ..scene.placement.images import find_result, is_map
from ..scene.placement.plan import plan_placement
from ..scene.placement.reused import recipe_in, recipe_of_file
from ..scene.prompts.reuse import reuse
from ..scene.prompts.reuse_other import reuse_other
from ..scene.session import arrivals, mirror, pump, result, session
from ..scene.session.batch_state import find_job
from ..scene.sources import file_facts, never_upload
from ..scene.sources.making import making_of
from ..scene.windows import interface
from ..scene.windows.editors import show_image
from ..scene.windows.tab import NOT_OVER_TAB, is_over_tab
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .jobs import JobVerb
from .library import WaitingVerb
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..client.requests import GenerateRequest
    from ..jobs.job import Job
    from ..jobs.placement import Placement


_SUFFIX_OF: Final = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "OPEN_EXR": ".exr"}
MADE_HERE: Final = phrase("It was made from another image on this computer: there are no settings to reuse.")


def _is_only_as_it_came(job: "Job") -> bool:
    """Whether a job's image is only part of a result: one tile of several, or a rolled texture."""
    return job.placement.tile is not None or job.placement.kind is PlacementKind.REPAIR


class PictureVerb(JobVerb):
    """A verb about one image of a job."""

    picture: IntProperty(
        name="Picture",
        description="Number of the job's image, from 1; 0 is the chosen one",
        min=0,
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def number(self, row: Any) -> int:
        """Return the image's number. Raises Refusal if the job has none."""
        number = self.picture or row.picture
        if number not in row.pictures:
            raise Refusal(phrase("This job has no image {number} on disk.", number=number))
        return number

    def file(self, context: bpy.types.Context, row: Any) -> Path:
        """Its file, as it would be placed. Raises Refusal if it is gone."""
        job = session.engine().job(row.name)
        path = result.file_of(job, self.number(row), as_it_came=self.is_as_it_came(context, row))
        if path is None or not file_facts.is_file(path):
            raise Refusal(phrase("The file is gone from the library: {path}.", path=path))
        return path

    def is_as_it_came(self, context: bpy.types.Context, row: Any) -> bool:
        """Whether the image is meant as the model made it, rather than lined up with its source."""
        shown = context.window_manager.easel
        return shown.as_it_came and shown.as_it_came_job == row.name

    def image(self, context: bpy.types.Context, row: Any, *, stays: bool = False) -> bpy.types.Image:
        """Return the image in this file. It is added if it is missing.

        A tile is added on its own and not aligned, because aligned tiles belong together.
        The same applies to a texture whose borders were repaired.

        Args:
            stays: it survives undo; otherwise the operator's undo step removes it.

        Raises:
            Refusal, PlacementImpossible: it can't be added.
        """
        number = self.number(row)
        as_it_came = self.is_as_it_came(context, row) or _is_only_as_it_came(job_of(row))
        here = find_result(row.name, number - 1, as_it_came=as_it_came)
        if here is not None and here.source == "FILE":
            return here
        plan = plan_placement(context, PlacementKind.IMAGE, session=session.session_id())
        plan = replace(plan, as_it_came=as_it_came)
        engine = session.engine()
        (name, *_others) = arrivals.place_now(engine, row.name, plan, number=number, stays=stays)
        return bpy.data.images[name]


class EASEL_OT_choose_picture(bpy.types.Operator):
    """Choose this image for the buttons below. Keys 1 to 4 do the same while the mouse is over the tab"""

    bl_idname = "easel.choose_picture"
    bl_label = "Choose Image"
    bl_options = {"INTERNAL"}

    job_id: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    picture: IntProperty(name="Picture", min=1, default=1, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        shown = context.window_manager.easel
        row = mirror.find(self.job_id) if self.job_id else shown.selected_job
        if row is None or self.picture not in row.pictures:
            return {"CANCELLED", "PASS_THROUGH"}
        mirror.choose_picture(row.name, self.picture)
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_choose_newest(bpy.types.Operator):
    """Choose this image or job: Result then shows it"""

    bl_idname = "easel.choose_newest"
    bl_label = "Choose Newest"
    bl_options = {"INTERNAL"}

    job_id: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    picture: IntProperty(name="Picture", min=0, options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """Tell the prompt: a thumbnail has no room for it."""
        row = context.window_manager.easel.jobs.get(properties.job_id)
        return row.prompt if row is not None else ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        row = mirror.find(self.job_id)
        if row is None:
            return {"CANCELLED"}
        if self.picture in row.pictures:
            mirror.choose_picture(row.name, self.picture)
        mirror.select(row.name)
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_picture_key(Verb, bpy.types.Operator):
    """Choose an image of the selected job by its number, with the mouse over Easel's tab"""

    bl_idname = "easel.picture_key"
    bl_label = "Choose Image"
    bl_options = {"INTERNAL"}

    picture: IntProperty(name="Picture", min=1, default=1, options={"SKIP_SAVE"})

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        """Elsewhere the key is Blender's."""
        if not is_over_tab(context):
            return NOT_OVER_TAB
        job = context.window_manager.easel.selected_job
        has_choice = job is not None and len(job.pictures) > 1
        return "" if has_choice else phrase("The selected job has no images to choose from")

    def act(self, context: bpy.types.Context) -> Outcome:
        job = context.window_manager.easel.selected_job
        if self.picture not in job.pictures:
            return {"CANCELLED", "PASS_THROUGH"}
        mirror.choose_picture(job.name, self.picture)
        pump.show_now()
        return {"FINISHED"}


class EASEL_OT_show_picture(PictureVerb, bpy.types.Operator):
    """Show the image large, in an Image Editor; in a window of its own where none is open"""

    bl_idname = "easel.show_picture"
    bl_label = "Show"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> None:
        show_image(context, self.image(context, row, stays=True))
        interface.redraw()


class EASEL_OT_edit_picture(PictureVerb, bpy.types.Operator):
    """Turn the form to Edit, with this image as its only source. Nothing is sent yet"""

    bl_idname = "easel.edit_picture"
    bl_label = "Edit"
    bl_options = {"UNDO", "INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        image = self.image(context, row)
        edit_only(context.scene.easel, image)
        return phrase("{image} is the source to edit", image=image.name)


class EASEL_OT_save_picture(PictureVerb, WaitingVerb, bpy.types.Operator):
    """Save a copy of the image elsewhere, as it is or in another format"""

    bl_idname = "easel.save_picture"
    bl_label = "Save As…"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    file_format: EnumProperty(
        name="Format",
        description="Format of the copy. The end of a typed name says it, too",
        items=(
            ("AS_IT_IS", "As It Is", "The file byte for byte, with all that is in it"),
            ("PNG", "PNG", "Without loss, 8 or 16 bits"),
            ("JPEG", "JPEG", "Small, without transparency"),
            ("WEBP", "WebP", "Small, with transparency"),
            ("OPEN_EXR", "OpenEXR", "Linear floats, without loss"),
        ),
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            row = self.known_row(context)
            self.job_id, self.picture = row.name, self.number(row)  # another may be chosen meanwhile
            self.filepath = self.file(context, row).name
        except Refusal as refusal:
            return self.refuse(refusal)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        if not Path(self.filepath.strip()).name.strip("."):
            raise Refusal(phrase("Choose which file to write"))
        source = self.file(context, row)
        target = Path(bpy.path.abspath(self.filepath))
        suffix = _SUFFIX_OF.get(self.file_format, source.suffix)
        is_told = target.suffix.lower() in COPY_FORMATS
        is_other = (
            is_told
            and suffix != source.suffix
            and COPY_FORMATS[target.suffix.lower()] != COPY_FORMATS[suffix]
        )
        if not is_told or is_other:  # it is no other kind of file by another name
            target = target.with_suffix(suffix) if is_other else target.with_name(target.name + suffix)
            if target.exists():  # the artist was not asked about this one
                raise Refusal(phrase("{path} exists already: choose another name", path=target))
        if target == source:
            raise Refusal(phrase("{path} exists already: choose another name", path=target))
        waits = self.wait or bpy.app.background
        chore = session.engine().gallery.save_copy(
            source, target, is_data=self._is_data(row), tells=not waits
        )
        if not waits:
            pump.wake()
            return None
        return self.outcome_of(chore).text

    def _is_data(self, row: Any) -> bool:
        job = job_of(row)
        of_number = [each for each in job.results if each.index == self.number(row) - 1]
        return job.placement.kind is PlacementKind.MAP or any(is_map(job, each) for each in of_number)

    def check(self, context: bpy.types.Context) -> bool:
        """Have the name end as the format does that is chosen beside it."""
        suffix, path = _SUFFIX_OF.get(self.file_format, ""), Path(self.filepath)
        if not suffix or path.suffix.lower() not in COPY_FORMATS:
            return False
        if COPY_FORMATS[path.suffix.lower()] == COPY_FORMATS[suffix]:
            return False
        self.filepath = str(path.with_suffix(suffix))
        return True


class EASEL_OT_reveal_picture(PictureVerb, bpy.types.Operator):
    """Open the folder of the library that the image's file is in"""

    bl_idname = "easel.reveal_picture"
    bl_label = "Reveal in Files"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        path = self.file(context, row)
        bpy.ops.wm.path_open(filepath=str(path.parent))
        return path.name


class EASEL_OT_reuse_settings(JobVerb, bpy.types.Operator):
    """Fill the form with the image's settings: prompt, options, sources and placement. Nothing is sent yet"""

    bl_idname = "easel.reuse_settings"
    bl_label = "Reuse Settings"
    bl_options = {"UNDO", "INTERNAL"}

    filepath: StringProperty(
        name="File",
        description="An image file that tells how Easel or another tool made it, rather than a job",
        subtype="FILE_PATH",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    image: StringProperty(
        name="Image",
        description="An image of this file that tells how Easel made it, rather than a job",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def act(self, context: bpy.types.Context) -> Outcome:
        if self.image:
            return self._reuse_image(context)
        if not self.filepath:
            return super().act(context)
        return self._reuse_file(context, Path(settings.typed_path(self.filepath)))

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        if job.is_local:
            raise Refusal(MADE_HERE)
        if job.is_imported and job.results:
            return self._reuse_file(context, job.results[0].path)
        if not job.request.count:
            raise Refusal(phrase("It was imported or added by its task ID: its settings are not known here."))
        placement = job.placement.in_session(session.session_id())
        return self._reuse(context, job.request, placement, job)

    def _reuse_image(self, context: bpy.types.Context) -> Outcome:
        image = bpy.data.images.get(self.image)
        recipe = recipe_in(image) if image is not None else None
        if recipe is None:
            raise Refusal(phrase("{path} does not contain its settings.", path=self.image))
        return self._reuse(context, recipe.request, None, find_job(session.find_engine(), recipe.job_id))

    def _reuse_file(self, context: bpy.types.Context, path: Path) -> Outcome:
        try:
            making = making_of(path)
        except RecipeUnreadable:  # Blender's Save takes it out of a JPEG or WebP
            known = recipe_of_file(path)
            if known is None:
                raise
            making = known
        if isinstance(making, Recipe):
            if isinstance(making.request, LocalEdit):
                raise Refusal(MADE_HERE)
            return self._reuse(context, making.request, None, find_job(session.find_engine(), making.job_id))
        reused = reuse_other(context.scene.easel, making)
        if not reused.left:
            return reused.text
        self.report({"WARNING"}, say(reused.text))
        return None

    def _reuse(
        self,
        context: bpy.types.Context,
        request: "GenerateRequest",
        placement: "Placement | None",
        job: "Job | None",
    ) -> Outcome:
        form, copies = context.scene.easel, _copies_of(job)
        gone = reuse(form, request, placement, copies)
        if gone:
            self.report({"WARNING"}, said("No longer there: {missing}", missing=joined(*gone, by=", ")))
            return None
        if any(Path(source.filepath) in copies for source in form.sources if source.filepath):
            return phrase("Sources that this file does not have are the copies that were sent")
        return phrase("The form has the settings of this image")


def _copies_of(job: "Job | None") -> list[Path]:
    """List what the library has of the sources that a job has sent, in their order.

    Empty if anything of the open file must not be sent: a copy does not tell which image it is of.
    """
    made = job.preparation if job is not None else None
    if made is None or never_upload.is_anything_marked():
        return []
    paths = [upload.path for upload in made.uploads]
    if made.original:  # it was sent on a canvas
        paths[:1] = [made.original]
    return [Path(path) for path in paths]


class EASEL_OT_copy_task_id(JobVerb, bpy.types.Operator):
    """Copy the job's task ID, by which the service knows it"""

    bl_idname = "easel.copy_task_id"
    bl_label = "Copy Task ID"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        if not row.task_id:
            raise Refusal(phrase("The service gave this job no task ID"))
        context.window_manager.clipboard = row.task_id
        return phrase("Copied")


def job_of(row: Any) -> "Job":
    """Return the job of a row. Raises Refusal if the engine does not know it."""
    try:
        return session.engine().job(row.name)
    except KeyError as error:
        raise Refusal(phrase("This job is in a different library than the current one.")) from error


CLASSES = (
    EASEL_OT_choose_picture,
    EASEL_OT_choose_newest,
    EASEL_OT_picture_key,
    EASEL_OT_show_picture,
    EASEL_OT_edit_picture,
    EASEL_OT_save_picture,
    EASEL_OT_reveal_picture,
    EASEL_OT_reuse_settings,
    EASEL_OT_copy_task_id,
)
