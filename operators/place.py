# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a job's images into the open file, at a click in the list."""

import math
import time
from dataclasses import replace
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ..jobs.placement import PlacementKind
from ..scene.language import say
from ..scene.placement.plan import plan_placement
from ..scene.placement.ways import CHOICES, ITEMS
from ..scene.refs import reference
from ..scene.session import arrivals, session
from ..texts.phrases import phrase
from .jobs import JobVerb
from .verb import Outcome
from .way_options import WayParameters, chosen_way_options


class EASEL_OT_place(WayParameters, JobVerb, bpy.types.Operator):
    """Bring the job's images into this file"""

    bl_idname = "easel.place"
    bl_label = "Place"
    bl_options = {"UNDO", "INTERNAL"}

    kind: EnumProperty(name="As", description="What to do with the images", items=ITEMS)
    as_it_came: BoolProperty(
        name="As It Came",
        description="The image as the model made it: in its own size, and not lined up with its source",
        options={"SKIP_SAVE"},
    )
    picture: IntProperty(
        name="Picture",
        description="Number of the one image that is meant, from 1; 0 is all of them",
        min=0,
        options={"SKIP_SAVE"},
    )
    as_copy: BoolProperty(
        name="As a Copy",
        description="Add the image once more where it is in this file already, rather than use that",
        options={"SKIP_SAVE"},
    )
    wait: BoolProperty(
        name="Wait",
        description="Return when the images are in the file, for scripts. Tiles may take seconds",
        options={"SKIP_SAVE"},
    )
    timeout: IntProperty(
        name="Timeout",
        description="How many seconds Wait takes at most; 0 for as long as it takes",
        default=3600,
        min=0,
        options={"SKIP_SAVE"},
    )

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
            space.image = bpy.data.images[images[0]]  # that is where the artist looks
        return None


CLASSES = (EASEL_OT_place,)
