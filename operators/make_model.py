# SPDX-License-Identifier: GPL-3.0-or-later
"""Make Model: a picture, several views or a prompt become a 3D model, at the 3D cursor."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..client.engines import ENGINES, View
from ..client.model_requests import ModelRequest, needs_picture_text
from ..client.models import ModelId
from ..client.requests import Source, validate
from ..jobs.placement import ModelPose, Placement
from ..jobs.targets import PlacementKind
from ..properties.model_form import ENGINE_ITEMS
from ..scene.errors import SourceUnusable
from ..scene.pictures.tiles import chosen_tiles
from ..scene.prompts.reuse import MODEL_PICTURES as PICTURES
from ..scene.refs import reference
from ..scene.session import arrivals, session
from ..scene.sources.chosen_sources import ChosenSource, note_sent, take
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .jobs import JobVerb
from .library import WaitingVerb
from .parameters import SKIP_SAVE, FormButton, SpendingParameters, chosen
from .request import Prepared, confirm_price, obstacle_to_sending, send
from .result import PictureVerb, job_of
from .verb import Outcome, Verb


class EASEL_OT_make_model(SpendingParameters, FormButton, Verb, bpy.types.Operator):
    """Make a 3D model from the picture or the prompt. It is placed where the 3D cursor is now"""

    bl_idname = "easel.make_model"
    bl_label = "Make Model"
    bl_options = set()

    image: StringProperty(
        name="Picture", description="Name of the image of the object, seen from the front", options=SKIP_SAVE
    )
    image_left: StringProperty(
        name="Left", description="The same object, seen from its own left", options=SKIP_SAVE
    )
    image_back: StringProperty(
        name="Back", description="The same object, seen from behind", options=SKIP_SAVE
    )
    image_right: StringProperty(
        name="Right", description="The same object, seen from its own right", options=SKIP_SAVE
    )
    prompt: StringProperty(
        name="Prompt",
        description="What the model should be if there is no picture of it",
        options=SKIP_SAVE,
    )
    engine: EnumProperty(
        name="Engine", description="Which engine makes the model", items=ENGINE_ITEMS, options=SKIP_SAVE
    )
    height: FloatProperty(
        name="Height",
        description="How high the model stands, from its lowest to its highest point",
        min=0.0,
        unit="LENGTH",
        options=SKIP_SAVE,
    )
    faces: IntProperty(
        name="Faces",
        description="About how many triangles to ask for, within the engine's limits",
        min=0,
        options=SKIP_SAVE,
    )
    textures: BoolProperty(
        name="Textures",
        description="Colour the model. If off, only the mesh is made",
        options=SKIP_SAVE,
    )
    pbr: BoolProperty(
        name="Roughness and Metal",
        description="Make roughness and metallic maps besides the colour",
        options=SKIP_SAVE,
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed and picture give the same model again; -1 is a new one each time",
        default=-1,
        min=-1,
        options=SKIP_SAVE,
    )
    replaces: StringProperty(
        name="Replace",
        description="Name of a mesh object that gets the model in place of its mesh, at its own height",
        options=SKIP_SAVE,
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask where it costs more than the artist's threshold; the price is on the button."""
        try:
            request = self._request(context, self._pictures(context))
        except Refusal as refusal:
            return self.refuse(refusal)
        return confirm_price(self, context, event, request.price, request.engine.label)

    def act(self, context: bpy.types.Context) -> Outcome:
        return send(self, context)

    def requests(self, context: bpy.types.Context) -> Sequence[Prepared]:
        """Make the one request. Raises Refusal: nothing is sent."""
        pictures = self._pictures(context)
        request = self._request(context, pictures)
        sources = list(pictures.values())
        placement = Placement(
            kind=PlacementKind.MODEL,
            session=session.session_id(),
            scene=reference(context.scene),
            made_from=reference(sources[0].picture) if sources else None,
            model=self._pose(context),
        )
        taken = take(sources, context.scene)
        return [(request, note_sent(placement, sources, None), taken)]

    def _pictures(self, context: bpy.types.Context) -> dict[View, ChosenSource]:
        """Return the pictures by their views, in the order in which they are sent; none for a prompt."""
        if self.properties.is_property_set("prompt") and not self.image:
            return {}
        form = context.scene.easel.to_model
        is_given = any(getattr(self, name) for name in PICTURES.values())
        if not is_given and form.image is None:  # these hidden fields may be left from another engine
            return {}
        pictures: dict[View, ChosenSource] = {}
        for view, name in PICTURES.items():
            if is_given:
                given = getattr(self, name)
                image = bpy.data.images.get(given) if given else None
                if given and image is None:
                    raise SourceUnusable(phrase("There is no image “{source}” in this file.", source=given))
            else:
                image = getattr(form, name)
            if image is not None and (view is View.FRONT or self._engine(form).max_sources > 1):
                tiles = chosen_tiles(image, "")
                pictures[view] = ChosenSource(name=image.name, picture=image, tiles=tiles)
        if pictures and View.FRONT not in pictures:
            raise SourceUnusable(phrase("One of the pictures must be the front view."))
        return pictures

    def _engine(self, form: Any) -> Any:
        return ENGINES[ModelId(chosen(self, form, "engine"))]

    def _request(self, context: bpy.types.Context, pictures: dict[View, ChosenSource]) -> ModelRequest:
        form = context.scene.easel.to_model
        engine = self._engine(form)
        prompt = chosen(self, form, "prompt").strip()
        if not pictures and not prompt:
            raise Refusal(phrase("{obstacle}.", obstacle=needs_picture_text(engine)))
        sources = list(pictures.values())
        request = ModelRequest(
            model=engine.id,
            prompt=Path(sources[0].name).stem if sources else prompt,
            sources=tuple(Source(name=source.name) for source in sources),
            views=tuple(pictures) if len(pictures) > 1 else (),
            textures=chosen(self, form, "textures") or not engine.has_textures,
            pbr=chosen(self, form, "pbr"),
            faces=self._faces(form, engine),
            seed=self.seed if self.seed >= 0 and engine.has_seed else None,
        )
        validate(request)
        return request

    def _faces(self, form: Any, engine: Any) -> int:
        """Check what a script gives. Clamp the form's number to the engine's limits."""
        if self.properties.is_property_set("faces"):
            return self.faces
        return 0 if engine.faces is None else min(max(form.faces, engine.faces[0]), engine.faces[1])

    def _pose(self, context: bpy.types.Context) -> ModelPose:
        replaced = bpy.data.objects.get(self.replaces) if self.replaces else None
        if self.replaces and (replaced is None or replaced.type != "MESH"):
            raise Refusal(phrase("There is no mesh object “{name}” in this file.", name=self.replaces))
        return pose_at(
            context,
            chosen(self, context.scene.easel.to_model, "height", "height_shown"),
            replaced,
        )


def pose_at(context: bpy.types.Context, height: float, replaced: Any = None) -> ModelPose:
    """Return the pose of a model at the 3D cursor. Raises Refusal if the height is not above 0."""
    if height <= 0:
        raise Refusal(phrase("The model's height must be more than 0."))
    x, y, z = context.scene.cursor.location
    return ModelPose(
        location=(x, y, z), height=height, replaces=reference(replaced) if replaced is not None else None
    )


class EASEL_OT_place_model(JobVerb, WaitingVerb, bpy.types.Operator):
    """Add another copy of the model at the 3D cursor, at the height in the panel Make Model"""

    bl_idname = "easel.place_model"
    bl_label = "Place Model"
    bl_options = {"UNDO", "INTERNAL"}

    height: FloatProperty(name="Height", min=0.0, unit="LENGTH", options={"SKIP_SAVE", "HIDDEN"})
    into_active: BoolProperty(
        name="Into Active Object",
        description="It replaces the mesh of the active object, which keeps its transform and modifiers",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        replaced = context.object if self.into_active else None
        if self.into_active and (replaced is None or replaced.type != "MESH"):
            raise Refusal(phrase("The active object is not a mesh."))
        height = chosen(self, context.scene.easel.to_model, "height", "height_shown")
        plan = replace(
            job.placement,
            kind=PlacementKind.MODEL,
            session=session.session_id(),
            scene=reference(context.scene),
            model=pose_at(context, height, replaced),
            textured=None,
        )
        name = place_when_ready(self, row.name, plan)
        if not name:
            return self.refuse(arrivals.IN_WORK, "INFO")  # no undo step: that is the pump's
        return phrase("“{name}” is in the scene", name=name)


def place_when_ready(operator: WaitingVerb, job_id: str, plan: Placement) -> str:
    """Ask the pump to place a model as soon as threads have read it. The pump pushes the undo step.

    If a script waits, or Blender has no window, the operator waits too and is the undo step itself.
    Returns the object's name; empty if the pump places it.

    Raises:
        PlacementImpossible: the model can't be placed. Nothing was changed.
    """
    waits = operator.wait or bpy.app.background
    ends_at = operator.ends_at if waits else math.inf
    names = arrivals.place_now(session.engine(), job_id, plan, later=None if waits else plan, ends_at=ends_at)
    return names[0] if names else ""


class EASEL_OT_reveal_model(JobVerb, bpy.types.Operator):
    """Open the folder of the library that the model's files are in"""

    bl_idname = "easel.reveal_model"
    bl_label = "Reveal in Files"
    bl_options = {"INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        job = job_of(row)
        if not job.results:
            raise Refusal(phrase("This job has no 3D model on disk."))
        bpy.ops.wm.path_open(filepath=str(job.results[0].path.parent))
        return job.results[0].path.name


class EASEL_OT_model_of_picture(PictureVerb, bpy.types.Operator):
    """Put the image into the panel Make Model, to have a 3D model made of it. Nothing is sent yet"""

    bl_idname = "easel.model_of_picture"
    bl_label = "To Model"
    bl_options = {"UNDO", "INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        image = self.image(context, row)
        context.scene.easel.to_model.image = image
        return phrase("“{image}” is in the panel Make Model", image=image.name)


class EASEL_OT_look_of_picture(PictureVerb, bpy.types.Operator):
    """Put the image into the panel Texture Model, as the look of the active object. Nothing is sent yet"""

    bl_idname = "easel.look_of_picture"
    bl_label = "To Texture Model"
    bl_options = {"UNDO", "INTERNAL"}

    def act_on(self, context: bpy.types.Context, row: Any) -> str:
        image = self.image(context, row)
        context.scene.easel.to_texture.image = image
        return phrase("“{image}” is in the panel Texture Model", image=image.name)


CLASSES = (
    EASEL_OT_make_model,
    EASEL_OT_place_model,
    EASEL_OT_reveal_model,
    EASEL_OT_model_of_picture,
    EASEL_OT_look_of_picture,
)
