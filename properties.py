# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's own properties: the form on the scene, and the mirror of the jobs on the window manager.

The form is saved in the .blend and written by the artist alone. The mirror is what panels show; it is
written by the pump, but for what the artist selects and ticks in the list, and is never saved (Blender does
not save a window manager's properties).
"""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .client.models import DEFAULT_MODEL, MODELS, Model, ModelId
from .client.requests import MAX_SEED
from .imaging.looks import COLOUR_LOOK_ITEMS
from .jobs.job import JobState
from .jobs.placement import DatablockRef, EditScope, PlacementKind
from .mask_properties import CLASSES as MASK_CLASSES, EASEL_PG_mask
from .prompt_properties import CLASSES as PROMPT_CLASSES, EASEL_PG_prompt_lists, template_property
from .texts.wording import option_label

MODEL_ITEMS = tuple((model.id.value, model.label, model.hint) for model in MODELS.values())

PLACEMENT_ITEMS = (
    (
        PlacementKind.IMAGE.value,
        "Image Only",
        "Add an image datablock, touch nothing else",
        "IMAGE_DATA",
        0,
    ),
    (
        PlacementKind.TEXTURE.value,
        "Texture",
        "Use it as the base colour of the selected objects, or in place of the texture that was edited",
        "TEXTURE",
        1,
    ),
    (
        PlacementKind.PLANE.value,
        "Reference Plane",
        "Add a plane with the image at the 3D cursor, facing the view",
        "IMAGE_REFERENCE",
        2,
    ),
)

EDITOR_PLACEMENT_ITEMS = (
    (
        PlacementKind.IMAGE.value,
        "New Image",
        "Add a new image, and open it in the Image Editor. The edited image stays as it is",
        "IMAGE_DATA",
        0,
    ),
    (
        PlacementKind.TEXTURE.value,
        "Replace in Nodes",
        "Show the result in place of the edited image: in this node, or in the nodes that use it",
        "NODE_TEXTURE",
        1,
    ),
)
"""What can become of the image that an Image Editor or a Shader Editor is about."""

SCOPE_ITEMS = (
    (EditScope.NODE.value, "This Node", "Only one node: the active one, or the one nearest to the output"),
    (
        EditScope.MATERIAL.value,
        "This Material",
        "All nodes of the material that show the image, in the 3D View of all materials of the object",
    ),
    (
        EditScope.EVERYWHERE.value,
        "Everywhere",
        "All that shows the image in this file: nodes, empties, camera backgrounds, brushes and modifiers",
    ),
)
"""Which of the nodes that show the edited image get the result."""

ROLE_SUGGESTIONS = (
    "the image to edit",
    "a style reference",
    "a material reference",
    "a composition reference",
    "a colour reference",
)


def choice_items(values: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Make enum items of the API's own values."""
    return [(value, option_label(value), "") for value in values]


def option_properties(model: Model) -> dict[str, object]:
    """List the properties of exactly the options that a model has, by the names that requests use."""
    options: dict[str, object] = {}
    if model.aspect_ratios:
        options["aspect_ratio"] = EnumProperty(
            name="Aspect Ratio",
            description="Width to height",
            items=choice_items(model.aspect_ratios),
            default=model.aspect_ratios[0],
        )
    if model.resolutions:
        options["resolution"] = EnumProperty(
            name="Resolution",
            description="Pixels along the longer side, roughly. The price depends on it",
            items=choice_items(model.resolutions),
            default=model.default_resolution,
        )
    if model.image_sizes:
        options["image_size"] = EnumProperty(
            name="Size",
            description="Shape and size of the image",
            items=choice_items(model.image_sizes),
            default=model.default_image_size,
        )
    options["count"] = IntProperty(
        name="Images",
        description="How many images to make at once. Each costs the same",
        default=1,
        min=1,
        max=model.max_images,
    )
    if model.output_formats:
        options["output_format"] = EnumProperty(
            name="File Format",
            description="Format of the files that the service makes",
            items=choice_items(model.output_formats),
            default=model.output_formats[0],
        )
    if model.has_seed:
        options["seed"] = IntProperty(
            name="Seed",
            description="The same seed and prompt give the same image again; -1 is a new one each time",
            default=-1,
            min=-1,
            max=MAX_SEED,
        )
    if model.has_safety_checker:
        options["safety_checker"] = BoolProperty(
            name="Safety Checker", description="Let the service refuse unsafe images", default=True
        )
    return options


def options_attribute(model: ModelId) -> str:
    """Name the form's attribute with a model's options: `form.gemini_3_pro`."""
    return model.value.lower()


OPTION_GROUPS: dict[ModelId, type] = {
    model.id: type(
        f"EASEL_PG_{options_attribute(model.id)}",
        (bpy.types.PropertyGroup,),
        {
            "__doc__": f"The artist's choice of options for {model.label}.",
            "__module__": __name__,
            "__annotations__": option_properties(model),
        },
    )
    for model in MODELS.values()
}


def _suggest_roles(_self: object, _context: bpy.types.Context, text: str) -> list[str]:
    return [role for role in ROLE_SUGGESTIONS if text.lower() in role]


def _look_at_source() -> None:
    from .scene import pump

    pump.wake()


def _change_image(source: Any, _context: bpy.types.Context) -> None:
    source.tiles = ""  # of the image before
    _look_at_source()


def _change_file(source: Any, _context: bpy.types.Context) -> None:
    source.shows_scene = False  # the one before did
    _look_at_source()


class EASEL_PG_source(bpy.types.PropertyGroup):
    """One source image of an edit: a datablock, or a file on disk."""

    image: PointerProperty(
        type=bpy.types.Image,
        name="Image",
        description="The image to send",
        update=_change_image,
    )
    filepath: StringProperty(
        name="File",
        description="The file to send",
        subtype="FILE_PATH",
        update=_change_file,
    )
    shows_scene: BoolProperty()
    shown_scene: PointerProperty(type=bpy.types.Scene)
    """The file is a picture that Easel took, of this scene unless it was deleted."""
    role: StringProperty(
        name="Role",
        description="What this image is for. It is told to the model as “image 2 is …”",
        search=_suggest_roles,
        search_options={"SUGGESTION"},
    )
    tiles: StringProperty(
        name="Tiles",
        description="Numbers of the UDIM tiles to send, with commas; empty is the active one",
        update=lambda _self, _context: _look_at_source(),
    )

    @property
    def label(self) -> str:
        """What the artist calls it."""
        return self.image.name if self.image else bpy.path.basename(self.filepath)


class EASEL_PG_form(bpy.types.PropertyGroup):
    """The form in the sidebar."""

    mode: EnumProperty(
        name="Mode",
        items=(
            ("GENERATE", "Generate", "Make new images from a prompt"),
            ("EDIT", "Edit", "Change images by a prompt"),
        ),
    )
    prompt: StringProperty(
        name="Prompt", description="What the image should show", options={"TEXTEDIT_UPDATE"}
    )
    edit_prompt: StringProperty(
        name="Prompt", description="What should change in the image", options={"TEXTEDIT_UPDATE"}
    )
    template: template_property()
    prompt_text: PointerProperty(
        type=bpy.types.Text, name="Prompt's Text", description="Text datablock kept in step with the prompt"
    )
    edit_prompt_text: PointerProperty(
        type=bpy.types.Text, name="Prompt's Text", description="Text datablock kept in step with the prompt"
    )
    model: EnumProperty(
        name="Model", description="Which model to use", items=MODEL_ITEMS, default=DEFAULT_MODEL.value
    )
    placement: EnumProperty(
        name="When Finished", description="What to do with the finished image", items=PLACEMENT_ITEMS
    )
    keep_place: BoolProperty(
        name="Keep Size and Place",
        description="Bring the result back to the pixel size of the first source, lined up with it. "
        "Off: the model may choose another shape",
        default=True,
    )
    editor_placement: EnumProperty(
        name="When Finished",
        description="What to do with the edit of the image that is open",
        items=EDITOR_PLACEMENT_ITEMS,
    )
    mask: PointerProperty(type=EASEL_PG_mask)
    edit_scope: EnumProperty(
        name="Replace In",
        description="Where the result takes the place of the edited image",
        items=SCOPE_ITEMS,
        default=EditScope.MATERIAL.value,
    )
    subject: EnumProperty(
        name="Subject",
        description="What is edited, in Texture Paint mode",
        items=(
            ("VIEW", "The View", "What this view shows; the result is painted onto the active object"),
            ("SOURCES", "Images", "The images of a list"),
        ),
    )
    view_look: EnumProperty(name="Look", description="What is sent of the view", items=COLOUR_LOOK_ITEMS)
    sources: CollectionProperty(type=EASEL_PG_source)
    active_source: IntProperty(name="Source", update=lambda _self, _context: _look_at_source())

    @property
    def model_id(self) -> ModelId:
        """The chosen model."""
        return ModelId(self.model)

    @property
    def active_prompt(self) -> str:
        """The prompt of the current mode."""
        return getattr(self, self.prompt_name)

    @property
    def prompt_name(self) -> str:
        """Name of the current mode's property for the prompt."""
        return "edit_prompt" if self.mode == "EDIT" else "prompt"

    @property
    def options_name(self) -> str:
        """Name of the property with the chosen model's options."""
        return options_attribute(self.model_id)

    @property
    def preset_folder(self) -> str:
        """Where Blender keeps presets of the chosen model's options."""
        return f"easel/{self.options_name}"

    def options(self, model: ModelId) -> bpy.types.PropertyGroup:
        """The options group of a model."""
        return getattr(self, options_attribute(model))


EASEL_PG_form.__annotations__.update(
    {options_attribute(model): PointerProperty(type=group) for model, group in OPTION_GROUPS.items()}
)


class EASEL_PG_job(bpy.types.PropertyGroup):
    """One job as the panels show it; `name` is its id."""

    state: EnumProperty(name="State", items=[(state.value, state.value.title(), "") for state in JobState])
    prompt: StringProperty(name="Prompt")
    verb: StringProperty()
    model: StringProperty(name="Model", description="The model's label")
    price: IntProperty(name="Price", description="Credits expected")
    price_now: IntProperty(description="Credits that sending its request costs by the prices of now")
    count: IntProperty(name="Images", description="How many were asked for")
    image_count: IntProperty(name="Images", description="How many are on disk")
    progress: FloatProperty(name="Progress", min=0.0, max=1.0, subtype="FACTOR")
    phase: StringProperty(description="What is going on, in words")
    created: IntProperty(description="Seconds since EPOCH")
    submitted: IntProperty(description="Seconds since EPOCH, 0 = not yet")
    finished: IntProperty(description="Seconds since EPOCH, 0 = not yet")
    expires: IntProperty(
        description="Seconds since EPOCH at which the service forgets the results, 0 = nothing"
    )
    due: IntProperty(description="Seconds since EPOCH at which the phase should end, 0 = unknown")
    typical_s: IntProperty(description="Typical time of the model in seconds")
    message: StringProperty(name="Message", description="What went wrong, or what it waits for")
    remedy: StringProperty(description="Name of the client.errors.Remedy")
    task_id: StringProperty(name="Task ID", description="The service's name of the job")
    server: StringProperty(description="Name of the service that it was made for")
    is_simulated: BoolProperty(description="It was made by the simulator, and cost nothing")
    is_parked: BoolProperty(description="Still with the service, and nobody is asking")
    is_half_here: BoolProperty(description="Parked, and some of its images are on disk")
    is_followed: BoolProperty(description="The engine of this Blender is working on it")
    is_placed: BoolProperty(description="Its images were placed in a file")
    placement_text: StringProperty(description="What was done with its images, or why nothing was")
    is_fitted: BoolProperty(description="An image was brought to the size and place of its source")
    view_object: StringProperty(description="Object whose view was edited, empty = no view was")
    view_uid: IntProperty(description="That object's session_uid, -1 = the job is of another session")
    placed_as: StringProperty(description="Name of the PlacementKind that it was placed as in this session")

    @property
    def job_state(self) -> JobState:
        """The state as the noun it is."""
        return JobState(self.state)

    @property
    def can_cancel(self) -> bool:
        """Nothing was sent yet."""
        return self.job_state is JobState.QUEUED

    @property
    def can_resume(self) -> bool:
        """Left unsent by an earlier session."""
        return self.job_state is JobState.QUEUED and not self.is_followed

    @property
    def can_stop_watching(self) -> bool:
        """At the service, which can't be told to stop."""
        return self.job_state in (JobState.RUNNING, JobState.DOWNLOADING) and not self.is_parked

    @property
    def can_look_again(self) -> bool:
        """The service may still have something for it."""
        if self.job_state in (JobState.UNCERTAIN, JobState.EXPIRED, JobState.PARTIAL):
            return bool(self.task_id)
        return self.is_parked

    @property
    def can_send_again(self) -> bool:
        """It came to nothing; a new try costs again. Of a rescued task it is not known what was asked for."""
        return self.job_state.is_final and not self.job_state.has_images and self.count > 0

    @property
    def can_place(self) -> bool:
        """It has images on disk, and nobody is waiting for more."""
        return self.job_state.has_images or self.is_half_here

    @property
    def can_project(self) -> bool:
        """It has images that belong into the view that was edited."""
        return self.can_place and bool(self.view_object)

    @property
    def view_target(self) -> DatablockRef:
        """The object whose view was edited."""
        return DatablockRef(name=self.view_object, session_uid=self.view_uid)

    @property
    def can_hide(self) -> bool:
        """Nothing is going on that hiding would conceal."""
        return self.job_state.is_final or self.is_parked


def _keep_typed_key(_self: object, text: str) -> None:
    from .scene import account, pump

    account.take_typed_key(text)
    pump.show_now()


class EASEL_PG_source_row(bpy.types.PropertyGroup):
    """What is known of one source; `name` is its key."""

    state: StringProperty(description="In which state it is, and what of it is meant")
    text: StringProperty(description="What will be sent: pixels, format, bytes")
    warning: StringProperty(description="What the artist may not expect, a line each")
    problem: StringProperty(description="Why the source can't be sent, and what to do")
    icon: IntProperty(description="Thumbnail, 0 = none yet")
    byte_count: IntProperty(description="Of what is sent, 0 = not known yet")
    is_about: BoolProperty(description="The bytes are an estimate")
    is_most: BoolProperty(description="The bytes are an upper bound")


def _is_selected_chosen(self: Any) -> bool:
    """Say whether the tick is the selected job's: it moves in the list, and others are selected."""
    job = self.selected_job
    return job is not None and self.as_it_came_job == job.name


def _choose_selected(self: Any, is_chosen: bool) -> None:
    job = self.selected_job
    self.as_it_came_job = job.name if is_chosen and job is not None else ""


class EASEL_PG_mirror(bpy.types.PropertyGroup):
    """What the pump knows and panels show."""

    jobs: CollectionProperty(type=EASEL_PG_job)
    active_job: IntProperty(name="Job")
    as_it_came: BoolProperty(
        name="As It Came",
        description="Place the image as the model made it: in its own size, and not lined up with its source",
        get=_is_selected_chosen,
        set=_choose_selected,
    )
    as_it_came_job: StringProperty(description="Id of the job that it was ticked for")
    obstacle: StringProperty(description="Name of the scene.session.Obstacle")
    server: StringProperty(description="Name of the service that the settings name")
    is_simulator: BoolProperty()
    typed_key: StringProperty(
        name="Type Key",
        description="Type the API key. It goes straight into its file. Longer than 127 characters: paste it",
        subtype="PASSWORD",
        get=lambda _self: "",
        set=_keep_typed_key,
    )
    key_text: StringProperty(name="API Key", description="Masked key and where it comes from")
    has_balance: BoolProperty()
    balance: FloatProperty(name="Balance", description="Credits in the wallet")
    balance_read: IntProperty(description="Seconds since EPOCH")
    wallet_message: StringProperty(description="Why the balance could not be read")
    wallet_remedy: StringProperty(description="Name of the client.errors.Remedy that goes with it")
    library_text: StringProperty(description="How much the library holds, empty = not known yet")
    whereabouts: StringProperty(description="Names of the selected job's images in this file, empty = none")
    sources: CollectionProperty(type=EASEL_PG_source_row)
    trouble: StringProperty(description="Trouble that concerns no single job")
    prompts: PointerProperty(type=EASEL_PG_prompt_lists)

    @property
    def selected_job(self) -> EASEL_PG_job | None:
        """The job that is active in the list."""
        return self.jobs[self.active_job] if 0 <= self.active_job < len(self.jobs) else None


CLASSES = (
    *OPTION_GROUPS.values(),
    *PROMPT_CLASSES,
    *MASK_CLASSES,
    EASEL_PG_source,
    EASEL_PG_form,
    EASEL_PG_job,
    EASEL_PG_source_row,
    EASEL_PG_mirror,
)
