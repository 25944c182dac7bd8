# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a job's images into the open file, at a click in the list."""

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ..jobs.placement import Placement
from ..jobs.targets import ImageEmpty, PlacementKind, PlanePose
from ..scene.language import say
from ..scene.placement.place import check_files
from ..scene.placement.plan import plan_placement
from ..scene.placement.poses import arranged
from ..scene.placement.ways import CHOICES, ITEMS
from ..scene.refs import reference
from ..scene.session import arrivals, placing, pump, session, wall
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .gallery import NOTHING_CHOSEN
from .jobs import JobVerb
from .library import WaitingVerb
from .parameters import timeout_property, wait_property
from .verb import Outcome
from .way_options import WayParameters, chosen_way_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..jobs.image_rows import ImageRow
    from ..jobs.job import Job

_SEVERAL = ("PLANE", "REFERENCE_EMPTY", "IMAGE")
"""Ways to place that leave room for others."""


class EASEL_OT_place(WayParameters, JobVerb, bpy.types.Operator):
    """Bring the job's images into this file"""

    bl_idname = "easel.place"
    bl_label = "Place"
    bl_options = {"UNDO", "INTERNAL"}

    kind: EnumProperty(name="As", description="What to do with the images", items=ITEMS)
    as_it_came: BoolProperty(
        name="As Generated",
        description="The image as the model made it: in its own size, and not lined up with its source",
        options={"SKIP_SAVE"},
    )
    picture: IntProperty(
        name="Picture",
        description="Number of the image, from 1; 0 means all of them",
        min=0,
        options={"SKIP_SAVE"},
    )
    as_copy: BoolProperty(
        name="As a Copy",
        description="Add a second copy where the image is in this file already, rather than use that one",
        options={"SKIP_SAVE"},
    )
    wait: wait_property("Return when the images are in the file, for scripts. Tiles may take seconds")
    timeout: timeout_property()

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """Say which of the ways the button is for."""
        return say(phrase(CHOICES[PlacementKind(properties.kind)].words.hint))

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        kind = PlacementKind(self.kind)
        options = chosen_way_options(self, context.scene.easel, kind)
        plan = plan_placement(context, kind, options=options, session=session.session_id())
        plan = replace(plan, as_it_came=self.as_it_came, makes_copy=self.as_copy)
        space = context.space_data
        is_viewer = isinstance(space, bpy.types.SpaceImageEditor) and space.ui_mode == "VIEW"
        later = None if self.wait or bpy.app.background else plan  # the pump does not turn there
        if later is not None and is_viewer and space.image is not None:
            later = replace(later, open_for=reference(space.image))
        ends_at = math.inf if later is not None else time.monotonic() + (self.timeout or math.inf)
        images = arrivals.place_now(
            session.engine(), row.name, plan, number=self.picture, later=later, ends_at=ends_at
        )
        if not images:
            return self.refuse(
                arrivals.TILES_IN_WORK, "INFO"
            )  # no undo step: that is the pump's, when they are placed
        if is_viewer:
            space.image = bpy.data.images[images[0]]  # the artist is looking there
        return None


class EASEL_OT_place_chosen(WayParameters, WaitingVerb, bpy.types.Operator):
    """Place the images that are chosen in the library in this file, side by side"""

    bl_idname = "easel.place_chosen"
    bl_label = "Place Chosen"
    bl_options = {"UNDO", "INTERNAL"}

    kind: EnumProperty(
        name="As",
        description="What to do with the images",
        items=[item for item in ITEMS if item[0] in _SEVERAL],
        options={"SKIP_SAVE"},
    )
    columns: IntProperty(
        name="Columns",
        description="How many to place in a row; 0 makes as many rows as columns",
        min=0,
        default=1000,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if placing.current() is not None:
            return phrase("Wait until the previous images are done, or stop them.")
        return "" if wall.chosen() else NOTHING_CHOSEN

    def act(self, context: bpy.types.Context) -> Outcome:
        jobs = [_with_image(row) for row in wall.chosen()]
        kind = PlacementKind(self.kind)
        options = chosen_way_options(self, context.scene.easel, kind)
        plan = plan_placement(context, kind, options=options, session=session.session_id())
        plans = _side_by_side(plan, jobs, self.columns or math.ceil(math.sqrt(len(jobs))))
        # An aligned tile belongs together with the others of its click.
        plans = [
            replace(each, as_it_came=job.placement.tile is not None)
            for job, each in zip(jobs, plans, strict=True)
        ]
        waits = self.wait or bpy.app.background  # the pump does not turn there
        work = placing.begin(jobs, plans, is_step=not waits)
        if not waits:
            pump.show_now()
            return self.refuse(work.title, "INFO")  # no undo step: that is the pump's, when they are placed
        if not pump.run_until(lambda: work.is_over, self.ends_at):
            placing.give_up(phrase("The waiting time is over."))
        if not work.done:
            raise Refusal(work.text)
        if not work.is_whole:  # placing needs the undo step that this operator becomes when it finishes
            self.refuse(work.text, "WARNING")
            return {"FINISHED"}
        return work.text


def _with_image(row: "ImageRow") -> "Job":
    """Return the job of a library image, with only that image. Raises Refusal if it can't be placed now."""
    job = wall.job_of(row)
    if job is None:
        wall.bring_chosen(again=True)
        raise Refusal(phrase("Easel is looking the images up: try again in a moment"))
    results = tuple(result for result in job.results if result.index == row.index)
    job = replace(job, results=results)
    check_files(job)
    return job


def _side_by_side(plan: Placement, jobs: "Sequence[Job]", columns: int) -> list[Placement]:
    """Return plans for several images, each with its own place in the scene."""
    target = plan.target
    pose = target.pose if isinstance(target, ImageEmpty) else target
    if not isinstance(pose, PlanePose):
        return [plan] * len(jobs)
    sizes = [(job.results_to_place[0].width, job.results_to_place[0].height) for job in jobs]
    targets = [
        replace(target, pose=each) if isinstance(target, ImageEmpty) else each
        for each in arranged(sizes, pose, columns)
    ]
    return [replace(plan, target=each) for each in targets]


CLASSES = (EASEL_OT_place, EASEL_OT_place_chosen)
