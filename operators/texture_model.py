# SPDX-License-Identifier: GPL-3.0-or-later
"""Texture Model: the service textures the artist's object after a picture or a prompt."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..client.models import ModelId
from ..client.requests import Source, validate
from ..client.texture_requests import NEEDS_WORDS, TextureRequest
from ..client.texturers import TEXTURERS, Texturer
from ..imaging.files import HeldFile
from ..imaging.snapshot import ModelSnapshot, release
from ..jobs import models
from ..jobs.placement import Placement, TexturedObject
from ..jobs.targets import PlacementKind
from ..properties.texture_form import QUALITY_ITEMS, TEXTURER_ITEMS
from ..scene.errors import SourceUnusable
from ..scene.language import say
from ..scene.models import retexturing, surfaces
from ..scene.pictures.tiles import chosen_tiles
from ..scene.refs import reference
from ..scene.session import arrivals, pump, session, texturings
from ..scene.sources import never_upload
from ..scene.sources.chosen_sources import ChosenSource, note_sent, take
from ..scene.windows import interface
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..texts.wording import bytes_text
from .jobs import JobVerb, engine_to_send
from .library import WaitingVerb
from .make_model import place_when_ready
from .parameters import SKIP_SAVE, FormButton, SpendingParameters, chosen
from .request import Prepared, confirm_price, obstacle_to_sending, send
from .result import job_of
from .verb import Outcome, Verb


class EASEL_OT_texture_model(SpendingParameters, FormButton, Verb, bpy.types.Operator):
    """Texture the active object from the picture or the prompt. Its own materials are kept"""

    bl_idname = "easel.texture_model"
    bl_label = "Texture Model"
    bl_options = set()

    object: StringProperty(
        name="Object", description="Name of the mesh object; else the active one", options=SKIP_SAVE
    )
    image: StringProperty(
        name="Picture", description="Name of an image that shows its look", options=SKIP_SAVE
    )
    prompt: StringProperty(
        name="Prompt",
        description="How the object should look if there is no picture of it",
        options=SKIP_SAVE,
    )
    engine: EnumProperty(
        name="Engine",
        description="Which engine makes the textures",
        items=TEXTURER_ITEMS,
        options=SKIP_SAVE,
    )
    quality: EnumProperty(
        name="Quality", description="How fine the textures are", items=QUALITY_ITEMS, options=SKIP_SAVE
    )
    pbr: BoolProperty(
        name="Roughness and Metal",
        description="Make roughness and metallic maps besides the colour",
        options=SKIP_SAVE,
    )
    modifiers: BoolProperty(
        name="With Modifiers",
        description="Send the object as its modifiers make it in the view. Else its own mesh is sent",
        options=SKIP_SAVE,
    )
    materials: BoolProperty(
        name="Send Materials",
        description="Send the object's materials and their textures along. Else the bare mesh is sent",
        options=SKIP_SAVE,
    )

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask where it costs more than the artist's threshold; the price is on the button."""
        try:
            obj = self._object(context)
            request = self._request(context, obj, self._picture(context))
            size = self._size(context, obj, request.engine)
        except Refusal as refusal:
            return self.refuse(refusal)
        sent = phrase(
            "{name}: {faces:,} faces, about {size}",
            name=obj.name,
            faces=size.faces,
            size=bytes_text(size.byte_count),
        )
        return confirm_price(self, context, event, request.whole_price, sent)

    def act(self, context: bpy.types.Context) -> Outcome:
        return send(self, context)

    def requests(self, context: bpy.types.Context) -> Sequence[Prepared]:
        """Write the object's file, and make the one request. Raises Refusal: nothing is sent."""
        obj, picture = self._object(context), self._picture(context)
        request = self._request(context, obj, picture)
        size = self._size(context, obj, request.engine)
        if not obj.data.uv_layers and not request.engine.makes_uvs:
            raise SourceUnusable(phrase("{text}.", text=surfaces.no_uvs_text(request.engine.label)))
        pictures = [picture] if picture is not None else []
        images = surfaces.images_of(obj) if chosen(self, context.scene.easel.to_texture, "materials") else []
        for image in images:
            if problem := never_upload.refusal(image):
                raise SourceUnusable(problem)
        textured = TexturedObject(
            object=reference(obj),
            matrix=surfaces.matrix_of(obj),
            has_modifiers=chosen(self, context.scene.easel.to_texture, "modifiers"),
            uv_map=surfaces.uv_map_of(obj),
        )
        placement = Placement(
            kind=PlacementKind.MODEL,
            session=session.session_id(),
            scene=reference(context.scene),
            made_from=reference(picture.picture) if picture is not None else None,
            textured=textured,
        )
        placement = note_sent(placement, pictures, None)
        placement = replace(placement, sent=(*placement.sent, *map(reference, images)))
        taken = take(pictures, context.scene)
        try:
            file = self._export(context, obj, textured, size)
        except BaseException:
            release(taken.values())
            raise
        snapshots = {0: ModelSnapshot(file=file), **{index + 1: it for index, it in taken.items()}}
        return [(request, placement, snapshots)]

    def _export(
        self,
        context: bpy.types.Context,
        obj: bpy.types.Object,
        textured: TexturedObject,
        size: surfaces.SurfaceSize,
    ) -> HeldFile:
        file = HeldFile(session.engine().library.new_incoming_path(".glb"))
        if size.seconds and not bpy.app.background:
            text = phrase(
                "Writing {faces:,} faces: Blender will not respond for about {seconds} s",
                faces=size.faces,
                seconds=size.seconds,
            )
            interface.show_status(say(text))
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)  # before it does
        surfaces.export(
            obj,
            file.path,
            context.evaluated_depsgraph_get(),
            has_modifiers=textured.has_modifiers,
            uv_map=textured.uv_map,
            has_materials=chosen(self, context.scene.easel.to_texture, "materials"),
        )
        return file

    def _object(self, context: bpy.types.Context) -> Any:
        """Return the object that is meant. Raises Refusal: it can't be sent."""
        obj = bpy.data.objects.get(self.object) if self.object else context.view_layer.objects.active
        if self.object and obj is None:
            raise Refusal(phrase("There is no mesh object “{name}” in this file.", name=self.object))
        if obj is not None and obj.name not in context.view_layer.objects:
            raise Refusal(phrase("“{name}” is not in the scene that is open.", name=obj.name))
        surfaces.refuse(obj, context.view_layer)
        if problem := never_upload.refusal_of_object(obj):
            raise SourceUnusable(problem)
        return obj

    def _picture(self, context: bpy.types.Context) -> ChosenSource | None:
        """Return the picture; None for a prompt."""
        image = context.scene.easel.to_texture.image
        if self.image:
            image = bpy.data.images.get(self.image)
            if image is None:
                raise SourceUnusable(phrase("There is no image “{source}” in this file.", source=self.image))
        elif self.properties.is_property_set("prompt"):
            return None
        if image is None:
            return None
        return ChosenSource(name=image.name, picture=image, tiles=chosen_tiles(image, ""))

    def _request(
        self, context: bpy.types.Context, obj: bpy.types.Object, picture: ChosenSource | None
    ) -> TextureRequest:
        form = context.scene.easel.to_texture
        engine = TEXTURERS[ModelId(chosen(self, form, "engine"))]
        prompt = chosen(self, form, "prompt").strip()
        if picture is None and not prompt:
            raise Refusal(phrase("{obstacle}.", obstacle=NEEDS_WORDS))
        sources = [Source(name=obj.name), *([Source(name=picture.name)] if picture is not None else [])]
        request = TextureRequest(
            model=engine.id,
            prompt=Path(picture.name).stem if picture is not None else prompt,
            sources=tuple(sources),
            pbr=chosen(self, form, "pbr"),
            quality=chosen(self, form, "quality") if engine.qualities else "",
        )
        validate(request)
        return request

    def _size(self, context: bpy.types.Context, obj: Any, engine: Texturer) -> surfaces.SurfaceSize:
        """Raises Refusal: it is too large, or nothing."""
        has_modifiers = chosen(self, context.scene.easel.to_texture, "modifiers")
        size = surfaces.size_of(obj, context.evaluated_depsgraph_get(), has_modifiers=has_modifiers)
        if not size.faces:
            raise SourceUnusable(phrase("“{name}” has no faces.", name=obj.name))
        if size.faces > engine.most_faces:
            text = surfaces.too_large_text(engine.label, engine.most_faces, size.faces)
            raise SourceUnusable(phrase("{text}.", text=text))
        return size


class EASEL_OT_place_texture(JobVerb, WaitingVerb, bpy.types.Operator):
    """Give the textures to the object again: the one that was sent, or the active one"""

    bl_idname = "easel.place_texture"
    bl_label = "Texture Object"
    bl_options = {"UNDO", "INTERNAL"}

    into_active: BoolProperty(
        name="Active Object",
        description="The active object gets them, if its mesh is the same",
        options={"SKIP_SAVE", "HIDDEN"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before a paid step that costs more than the artist's threshold."""
        row = self.row(context)
        if row is not None and row.next_price:
            return confirm_price(self, context, event, row.next_price, row.model)
        return self.execute(context)

    def act_on(self, context: bpy.types.Context, row: Any) -> Outcome:
        job = job_of(row)
        if models.is_first_step(job):
            engine_to_send(row.name)
            job_id = texturings.go_on(job)
            pump.follow(job_id)
            return phrase("The textures are being made")
        plan = job.placement.in_session(session.session_id())
        if plan.textured is None:
            raise Refusal(phrase("This job did not texture an object."))
        if self.into_active:
            surfaces.refuse(context.object, context.view_layer)
            plan = replace(plan, textured=replace(plan.textured, object=reference(context.object)))
        plan = replace(plan, scene=reference(context.scene))
        name = place_when_ready(self, row.name, plan)
        if not name:
            return self.refuse(arrivals.IN_WORK, "INFO")  # no undo step: that is the pump's
        return phrase("“{name}” is textured", name=name)


class EASEL_OT_revert_textures(Verb, bpy.types.Operator):
    """Give the object its former materials back; click again for the textures"""

    bl_idname = "easel.revert_textures"
    bl_label = "Back to Original"
    bl_options = {"UNDO"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if textured_at_hand(context) is not None else phrase("Easel has not textured this object")

    def act(self, context: bpy.types.Context) -> Outcome:
        obj = textured_at_hand(context)
        if obj is None:
            raise Refusal(phrase("Easel has not textured this object"))
        return retexturing.revert(obj)


def textured_at_hand(context: bpy.types.Context) -> Any:
    """Return the active object, or the textured copy that replaces it; None if there is none."""
    obj: Any = context.object
    if obj is None or obj.type != "MESH":
        return None
    if obj.easel_textured.job_id:
        return obj
    return next((it for it in bpy.data.objects if it.easel_textured.copy_of == obj), None)


CLASSES = (EASEL_OT_texture_model, EASEL_OT_place_texture, EASEL_OT_revert_textures)
