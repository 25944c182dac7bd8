# SPDX-License-Identifier: GPL-3.0-or-later
"""The mirror of the jobs on the window manager: what panels show.

The pump writes it, except the artist's selection and ticks. It is never saved: Blender does not
save a window manager's properties.
"""

from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..jobs.job import LATE_S, JobState
from ..jobs.targets import DatablockRef
from ..texts.names import is_found
from .batch import EASEL_PG_batch
from .gallery import EASEL_PG_gallery
from .prompts import EASEL_PG_prompt_lists


class EASEL_PG_job(bpy.types.PropertyGroup):
    """One job as the panels show it; `name` is its id."""

    state: EnumProperty(name="State", items=[(state.value, state.value.title(), "") for state in JobState])
    prompt: StringProperty(name="Prompt")
    verb: StringProperty()
    model: StringProperty(name="Model", description="The model's label")
    price: IntProperty(name="Price", description="Credits expected")
    price_now: IntProperty(description="Credits that sending its request costs by the prices of now")
    price_each: IntProperty(description="Credits that one more of its images costs by the prices of now")
    finish_resolution: StringProperty(description="The model's largest resolution, empty = it has no larger")
    finish_price: IntProperty(description="Credits that an image in that resolution costs")
    is_sheet: BoolProperty(description="It was asked for as a turnaround sheet")
    is_drawn_map: BoolProperty(description="Its image is a map of a texture, drawn by a model")
    is_rolled: BoolProperty(description="Its image is a texture rolled by half, with its borders repaired")
    is_views: BoolProperty(description="Its image is a sheet of a model's views")
    is_texture_sheet: BoolProperty(description="Its image is a sheet of several textures")
    count: IntProperty(name="Images", description="How many were requested")
    image_count: IntProperty(name="Images", description="How many are on disk")
    picture_numbers: StringProperty(description="Numbers of those on disk, from 1, with commas")
    binned_numbers: StringProperty(description="Numbers of those that were deleted, with commas")
    chosen: IntProperty(name="Picture", description="Number of the chosen image, 0 = none was chosen yet")
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
    is_fitted: BoolProperty(
        description="An image was brought to its source's size and place, or its mask was lost"
    )
    view_object: StringProperty(description="Object whose view was edited, empty = no view was")
    view_uid: IntProperty(description="That object's session_uid, -1 = the job is of another session")
    is_hidden: BoolProperty(description="The artist took it off the list")
    wants_alpha: BoolProperty(description="Its prompt asks for transparency, which no model makes")
    has_model: BoolProperty(description="One of its files is a 3D model, which is placed as an object")
    next_price: IntProperty(description="Credits of what follows it, where it was a first step; else 0")
    model_text: StringProperty(description="What its files are")
    starts: IntProperty(description="Seconds since EPOCH at which its turn should come, 0 = unknown")
    conclusion: StringProperty(description="Name of the jobs.balances.Conclusion of an uncertain job")
    balance_sum: StringProperty(description="The balances before and after it, and what else was paid")
    click: StringProperty(description="The same for all jobs of one click, where there were several")
    tiles_of: StringProperty(description="The same for all tiles of one tiled image that one click has made")
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
        """The job is at the service and can't be cancelled."""
        return self.job_state in (JobState.RUNNING, JobState.DOWNLOADING) and not self.is_parked

    @property
    def can_look_again(self) -> bool:
        """The service may still have something for it."""
        if self.job_state in (JobState.UNCERTAIN, JobState.EXPIRED, JobState.PARTIAL):
            return bool(self.task_id)
        return self.is_parked

    @property
    def can_send_again(self) -> bool:
        """It failed; trying again costs again. A rescued task has no known request."""
        return self.job_state.is_final and not self.job_state.has_images and self.count > 0

    def is_late(self, now: float) -> bool:
        """It is paid for and not on disk; it takes long, or nobody asks. `now`: seconds since EPOCH."""
        if not self.expires or not (self.is_parked or not self.job_state.is_final):
            return False
        return self.is_parked or now - self.submitted > LATE_S

    @property
    def can_place(self) -> bool:
        """It has images on disk, and nobody is waiting for more."""
        return self.job_state.has_images or self.is_half_here

    @property
    def kept_pictures(self) -> list[int]:
        """Numbers of its images that are on disk and not deleted, from 1."""
        deleted = self.binned_numbers.split(",")
        return [int(number) for number in self.picture_numbers.split(",") if number and number not in deleted]

    @property
    def pictures(self) -> list[int]:
        """The same including the chosen one, even if it is in the bin; all if none is left."""
        kept = self.kept_pictures
        numbers = map(int, filter(None, self.picture_numbers.split(",")))
        return [number for number in numbers if not kept or number in kept or number == self.chosen]

    @property
    def picture(self) -> int:
        """Number of the image that verbs act on: the chosen one, or the first; 0 if there is none."""
        pictures = self.pictures
        return self.chosen if self.chosen in pictures else next(iter(pictures), 0)

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
        return (self.job_state.is_final or self.is_parked) and not self.is_hidden


def _keep_typed_key(_self: object, text: str) -> None:
    from ..scene.session import account, pump

    account.take_typed_key(text)
    pump.show_now()


class EASEL_PG_source_row(bpy.types.PropertyGroup):
    """The known facts about one source; `name` is its key."""

    state: StringProperty(description="In which state it is, and what of it is meant")
    text: StringProperty(description="What will be sent: pixels, format, bytes")
    warning: StringProperty(description="What the artist may not expect, a line each")
    problem: StringProperty(description="Why the source can't be sent, and what to do")
    icon: IntProperty(description="Thumbnail, 0 = none yet")
    width: IntProperty(description="Pixels of the picture, 0 = not known yet")
    height: IntProperty(description="Pixels of the picture, 0 = not known yet")
    byte_count: IntProperty(description="Of what is sent, 0 = not known yet")
    has_layers: BoolProperty(description="Its file has several layers")
    is_about: BoolProperty(description="The bytes are an estimate")
    is_most: BoolProperty(description="The bytes are an upper bound")


def _change_search(_self: object, _context: object) -> None:
    from ..scene.session import mirror

    mirror.search_changed()


def _change_list(self: Any, _context: object) -> None:
    from ..scene.session import mirror, pump

    mirror.show_hidden(self.shows_hidden)
    pump.wake()


def _is_selected_chosen(self: Any) -> bool:
    """Say whether the tick is the selected job's: it moves in the list, and others are selected."""
    job = self.selected_job
    return job is not None and self.as_it_came_job == job.name


def _choose_selected(self: Any, is_chosen: bool) -> None:
    job = self.selected_job
    self.as_it_came_job = job.name if is_chosen and job is not None else ""


def _look_at_job(_self: object, _context: bpy.types.Context) -> None:
    from ..scene.session import pump

    pump.wake()


def _move_repeated(_shown: Any, _context: bpy.types.Context) -> None:
    """Show an image on an object as it lies now."""
    from ..scene.windows import repeated_overlay

    repeated_overlay.redraw()


class EASEL_PG_mirror(bpy.types.PropertyGroup):
    """What the pump knows and panels show."""

    jobs: CollectionProperty(type=EASEL_PG_job)
    active_job: IntProperty(name="Job", update=_look_at_job)
    search: StringProperty(
        name="Search",
        description="Show the jobs whose prompts have these words",
        options={"TEXTEDIT_UPDATE"},
        update=_change_search,
    )
    shows_hidden: BoolProperty(
        name="Hidden",
        description="Show the jobs that were removed from the list, to put them back",
        update=_change_list,
    )
    repeat_offset: FloatVectorProperty(
        name="Offset",
        description="How far the image is moved on the object, in parts of it: to look at its borders",
        size=2,
        min=0.0,
        max=1.0,
        update=_move_repeated,
    )
    running_count: IntProperty(description="Jobs that are being sent or at the service")
    waiting_count: IntProperty(description="Jobs that wait for their turn")
    unsent_count: IntProperty(description="Jobs that an earlier session left unsent")
    unsent_price: IntProperty(description="Credits that these cost by the prices of now")
    trouble_count: IntProperty(description="Jobs that want the artist")
    done_count: IntProperty(description="Jobs that are over and want nothing, and are not hidden")
    hidden_count: IntProperty(description="Jobs that are hidden")
    older_count: IntProperty(description="Jobs of the ledger that the list does not have yet")
    late_count: IntProperty(description="Jobs that are paid for, and not on disk after a while")
    late_ends: IntProperty(description="Seconds since EPOCH at which the service forgets the first of them")
    queue_ends: IntProperty(description="Seconds since EPOCH at which all should be done, 0 = unknown")
    as_it_came: BoolProperty(
        name="As Generated",
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
    texture_object: StringProperty(description="Name of the active object, as far as its faces are counted")
    texture_faces: IntProperty(description="Triangles of that object, with its modifiers")
    model_advice: StringProperty(description="What may spoil the model of the chosen picture, a line each")
    foreseen: StringProperty(description="What the form's way to place would change, empty = no more to say")
    foreseen_obstacle: StringProperty(description="Why the form's way to place could not be done now")
    whereabouts: StringProperty(description="Names of the selected job's images in this file, empty = none")
    picture_facts: StringProperty(description="What is known of the selected job's chosen image")
    painted_backdrop: StringProperty(
        description="What it has in place of the transparency that was asked for"
    )
    is_picture_gone: BoolProperty(description="The library has no file of it any more")
    sources: CollectionProperty(type=EASEL_PG_source_row)
    trouble: StringProperty(description="Trouble that concerns no single job")
    gallery: PointerProperty(type=EASEL_PG_gallery)
    batch: PointerProperty(type=EASEL_PG_batch)
    prompts: PointerProperty(type=EASEL_PG_prompt_lists)

    @property
    def selected_job(self) -> EASEL_PG_job | None:
        """The active job in the list; not one that the search hides."""
        job = self.jobs[self.active_job] if 0 <= self.active_job < len(self.jobs) else None
        return job if job is not None and is_found(job.prompt, self.search) else None


CLASSES = (EASEL_PG_job, EASEL_PG_source_row, EASEL_PG_mirror)
