# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: reading rows from lists and tables, and writing them as a table."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, StringProperty

from ..batches import fill
from ..batches.row import PLACES, Row, Settings
from ..client.options import MAX_SEED, OPTIONS
from ..client.requests import Sizing
from ..jobs.targets import PlacementKind
from ..scene import settings
from ..scene.choices import choice
from ..scene.language import say
from ..scene.pictures.surface_images import shown_image
from ..scene.session import batch, batch_table, pump, session
from ..texts.batch_wording import rows_text
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .library import ChoreVerb
from .parameters import HIDDEN, SKIP_SAVE, wait_property
from .request import chosen_options
from .verb import Outcome, Verb

if TYPE_CHECKING:
    from ..jobs.chores import Chore

_MOST_TOLD: Final = 20
"""A script is told at most this many errors of a table at once; the panel lists all."""


class _FillVerb(Verb):
    """A verb that makes a batch. Parameters that are not given come from the form."""

    skips: BoolProperty(
        name="Skip What Is There",
        description="Skip rows for which an earlier batch has brought all images already",
        default=True,
        options=SKIP_SAVE,
    )
    wait: wait_property("Return when the rows are there, for scripts")

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_filling()

    def made(self, context: bpy.types.Context) -> "tuple[list[Row], str]":
        """Return the rows and the batch's name. Raises Refusal."""
        raise NotImplementedError

    def act(self, context: bpy.types.Context) -> Outcome:
        rows, name = self.made(context)
        batch_table.fill(rows, name, skips=self.skips)
        return see_it_made(self)


def see_it_made(operator: Any) -> Outcome:
    """Let the rows be made in the background; for a script that waits, and without a window, until they are.

    Raises:
        Refusal: they could not be made.
    """
    pump.show_now()
    if not operator.wait and not bpy.app.background:
        return None
    pump.run_until(lambda: not batch.is_reading())
    if problems := batch_table.problems():
        raise Refusal(joined(batch.message(), *(problem.told for problem in problems[:_MOST_TOLD]), by=". "))
    run = batch.run()
    if run is None:
        raise Refusal(batch.message())
    return joined(run.batch.name, rows_text(len(run.rows)), by=": ")


def obstacle_to_filling() -> str:
    """Say why no batch can be made now; empty if one can."""
    if session.find_engine() is None:
        obstacle = session.obstacle()
        if obstacle.value:
            return obstacle.value
    if batch.is_going():
        return phrase("A batch is running: pause it first")
    return ""


def form_row(context: bpy.types.Context, *, is_edit: bool = False) -> Row:
    """Return the form as a row. Raises Refusal."""
    form = context.scene.easel
    given = chosen_options(_NOTHING_GIVEN, form)
    count = given.pop("count", 1)
    names = {option.name for option in OPTIONS} | {"model"}
    kind = PlacementKind(choice(form, "placement"))
    return Row(
        prompt=form.edit_prompt if is_edit else form.prompt,
        settings=Settings(**{name: value for name, value in given.items() if name in names}),
        count=count,
        template=choice(form, "template"),
        sizing=Sizing(choice(form, "sizing")),
        place=kind if kind in PLACES else PlacementKind.IMAGE,
    )


class _NothingGiven:
    """A script's call without any parameter."""

    class properties:
        """The parameters that were given."""

        @staticmethod
        def is_property_set(_name: str) -> bool:
            """Whether it was."""
            return False


_NOTHING_GIVEN: Any = _NothingGiven()


def _named(names: str, chosen: list[Any]) -> list[str]:
    """Return the names that a script gave, or those of the selection."""
    given = [name.strip() for name in names.split(";") if name.strip()]
    return given or [each.name for each in chosen]


class EASEL_OT_batch_objects(_FillVerb, bpy.types.Operator):
    """Make a batch: a texture for each selected object. “{object}” in the prompt is its name"""

    bl_idname = "easel.batch_objects"
    bl_label = "Each Selected Object"
    bl_options = set()

    objects: StringProperty(
        name="Objects", description="Names of objects, separated by semicolons", options=HIDDEN
    )

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        names = _named(self.objects, [obj for obj in context.selected_objects if obj.type == "MESH"])
        if not names:
            raise Refusal(phrase("Nothing is selected: select the mesh objects that get the texture."))
        return fill.of_objects(names, form_row(context)), phrase("Objects")


class _TextVerb(_FillVerb):
    """One of a Text datablock."""

    text: StringProperty(name="Text", description="Name of the Text that is read", options=SKIP_SAVE)

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.text and bpy.data.texts:
            self.text = bpy.data.texts[0].name
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self: Any, context: bpy.types.Context) -> None:
        self.layout.prop_search(self, "text", bpy.data, "texts", icon="TEXT")
        self.layout.prop(self, "skips")

    def written(self) -> str:
        """Return the rows of the Text. Raises Refusal."""
        text = bpy.data.texts.get(self.text)
        if text is None:
            raise Refusal(phrase("There is no Text “{name}”: write one in the Text Editor.", name=self.text))
        return text.as_string()


class EASEL_OT_batch_lines(_TextVerb, bpy.types.Operator):
    """Make a batch of a Text: each line is a prompt. Lines that begin with “#” are notes"""

    bl_idname = "easel.batch_lines"
    bl_label = "Each Line of a Text"
    bl_options = set()

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        return fill.of_lines(self.written(), form_row(context)), self.text


class EASEL_OT_batch_lists(_TextVerb, bpy.types.Operator):
    """Make a batch of lists in a Text, such as “style: worn, new”: each combination in the form's prompt"""

    bl_idname = "easel.batch_lists"
    bl_label = "Combine Lists of a Text"
    bl_options = set()

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        like = form_row(context)
        prompt, lists = fill.read_lists(self.written(), like.prompt)
        return fill.of_lists(lists, replace(like, prompt=prompt)), self.text


class EASEL_OT_batch_variations(_FillVerb, bpy.types.Operator):
    """Make a batch of one prompt: many images, with steps of the seed where the model has seeds"""

    bl_idname = "easel.batch_variations"
    bl_label = "Variations"
    bl_options = set()

    count: IntProperty(
        name="Images",
        description="How many images to make",
        default=12,
        min=1,
        soft_max=100,
        options=SKIP_SAVE,
    )
    seed: IntProperty(
        name="First Seed",
        description="Seed of the first image, of a model that has seeds; -1: a new one each time",
        default=-1,
        min=-1,
        max=MAX_SEED,
        options=SKIP_SAVE,
    )
    step: IntProperty(
        name="Step", description="How much the seed grows from image to image", default=1, options=SKIP_SAVE
    )

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=300)

    def draw(self: Any, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "count")
        if form_row(context).settings.table.has_seed:
            layout.prop(self, "seed")
            layout.prop(self, "step")

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        self.skips = False  # the same request again is intended
        seed = None if self.seed < 0 else self.seed
        rows = fill.of_variations(self.count, form_row(context), seed=seed, step=self.step)
        return rows, phrase("Variations")


class EASEL_OT_batch_images(_FillVerb, bpy.types.Operator):
    """Make a batch: the form's edit for each image that the selected objects show, in its place"""

    bl_idname = "easel.batch_images"
    bl_label = "An Edit of Each Image"
    bl_options = set()

    images: StringProperty(
        name="Images",
        description="Names of image datablocks, or paths of files, separated by semicolons",
        options=HIDDEN,
    )

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        engine = context.scene.render.engine
        shown = [image for obj in context.selected_objects if (image := shown_image(obj, engine)) is not None]
        names = _named(self.images, list(dict.fromkeys(shown)))
        if not names:
            raise Refusal(phrase("The selected objects show no image: select some that do."))
        like = form_row(context, is_edit=True)
        return fill.of_images(names, like), phrase("Edits")


class EASEL_OT_batch_files(_FillVerb, bpy.types.Operator):
    """Make a batch: the form's edit for each image file that is chosen"""

    bl_idname = "easel.batch_files"
    bl_label = "An Edit of Each Image File"
    bl_options = set()

    directory: StringProperty(subtype="DIR_PATH", options=HIDDEN)
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options=HIDDEN)
    filter_image: BoolProperty(default=True, options=HIDDEN)
    filter_folder: BoolProperty(default=True, options=HIDDEN)

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def made(self, context: bpy.types.Context) -> tuple[list[Row], str]:
        names = [str(Path(self.directory, file.name)) for file in self.files if file.name]
        like = replace(form_row(context, is_edit=True), place=PlacementKind.IMAGE)
        return fill.of_images(names, like), Path(self.directory).name


class _FileVerb(Verb):
    """One of a table's file."""

    filepath: StringProperty(
        name="File", description="Path of the table (CSV)", subtype="FILE_PATH", options=SKIP_SAVE
    )
    filter_glob: StringProperty(default="*.csv;*.tsv;*.txt", options=HIDDEN)

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class EASEL_OT_batch_read(_FileVerb, bpy.types.Operator):
    """Make a batch from a table (CSV). Every error is listed by line and column; nothing is made then"""

    bl_idname = "easel.batch_read"
    bl_label = "CSV Table"
    bl_options = set()

    skips: BoolProperty(
        name="Skip What Is There",
        description="Skip rows for which an earlier batch has brought all images already",
        default=True,
        options=SKIP_SAVE,
    )
    wait: wait_property("Return when the rows are there, for scripts")

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_filling()

    def act(self, context: bpy.types.Context) -> Outcome:
        path = Path(settings.typed_path(self.filepath))
        batch_table.read_file(path, form_row(context), skips=self.skips)
        return see_it_made(self)


class EASEL_OT_batch_good(_FillVerb, bpy.types.Operator):
    """Make a batch of the rows of the table that have no error"""

    bl_idname = "easel.batch_good"
    bl_label = "Take the Good Rows"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> Outcome:
        batch_table.take_good(skips=self.skips)
        return see_it_made(self)


class EASEL_OT_batch_problems(Verb, bpy.types.Operator):
    """Write all errors of the table into a Text, by line and column"""

    bl_idname = "easel.batch_problems"
    bl_label = "List in a Text"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if batch_table.problems() else phrase("The table has no errors")

    def act(self, context: bpy.types.Context) -> Outcome:
        name = say(phrase("Batch Errors"))
        text = bpy.data.texts.get(name) or bpy.data.texts.new(name)
        text.clear()
        text.write(batch_table.problem_text())
        return phrase("The errors are in the Text “{name}”", name=text.name)


class EASEL_OT_batch_write(_FileVerb, ChoreVerb, bpy.types.Operator):
    """Write the batch as a table (CSV) that can be read again, with what became of each row"""

    bl_idname = "easel.batch_write"
    bl_label = "Save as CSV Table"
    bl_options = set()

    check_existing: BoolProperty(default=True, options=HIDDEN)

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if batch.run() is not None else phrase("There is no batch")

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        self.wait |= bpy.app.background  # a script goes on with the file, or quits
        return super().act(context)

    def begin(self, *, tells: bool) -> "Chore":
        run = batch.run()
        if run is None:
            raise Refusal(phrase("There is no batch"))
        path = Path(settings.typed_path(self.filepath)).with_suffix(".csv")
        return batch_table.write(run, path, tells=tells)


CLASSES = (
    EASEL_OT_batch_objects,
    EASEL_OT_batch_lines,
    EASEL_OT_batch_lists,
    EASEL_OT_batch_variations,
    EASEL_OT_batch_images,
    EASEL_OT_batch_files,
    EASEL_OT_batch_read,
    EASEL_OT_batch_good,
    EASEL_OT_batch_problems,
    EASEL_OT_batch_write,
)
