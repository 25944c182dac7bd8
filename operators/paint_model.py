# SPDX-License-Identifier: GPL-3.0-or-later
"""Paint the whole model from one prompt: its views on a sheet, one edit, projected back onto its textures."""

from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, StringProperty

from ..client.requests import EditRequest, Source, validate
from ..imaging.snapshot import PendingPixels, Taken, released_on_failure
from ..imaging.surface.viewpoints import Viewpoint
from ..jobs.placement import Placement
from ..jobs.targets import ModelViews, PaintRound, PlacementKind
from ..properties.paint_form import LOOK_ITEMS, OWN_SIZE, VIEW_ITEMS
from ..scene.choices import choice
from ..scene.models.viewpoints import VIEW, region_3d, viewpoints_of
from ..scene.placement.surfaces import objects_meant
from ..scene.refs import find_image, reference
from ..scene.session import coverage, painted, painting, session, sheets
from ..scene.session.model_reading import Model, read
from ..scene.session.texture_sizes import with_sizes
from ..scene.sources.chosen_sources import ChosenSource, form_sources, named_sources, note_sent, take
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .edit import EASEL_PG_named_source
from .paint_words import DEPTH_ROLE, NORMALS_ROLE, STYLE_ROLE, told
from .parameters import SKIP_SAVE, chosen
from .request import Prepared, RequestVerb, chosen_options, chosen_prompt

_SMALLEST, _LARGEST = 256, 8192  # pixels of a texture's side


class PaintVerb(RequestVerb):
    """A verb that sends views of objects on one sheet."""

    objects: StringProperty(
        name="Objects",
        description="Names of mesh objects, separated by semicolons; the selected ones if not given",
        options=SKIP_SAVE,
    )
    normals: BoolProperty(
        name="Normals", description="Send the normals of the same views too", options=SKIP_SAVE
    )
    depth: BoolProperty(name="Depth", description="Send the depth of the same views too", options=SKIP_SAVE)
    margin: IntProperty(
        name="Margin",
        description="By how many pixels islands bleed; 0 for a 128th of the texture's side",
        min=0,
        max=64,
        options=SKIP_SAVE,
    )
    sources: CollectionProperty(type=EASEL_PG_named_source, name="Style References", options=SKIP_SAVE)

    def options_of(self, context: bpy.types.Context) -> tuple[list[dict[str, Any]], list[str]]:
        return [chosen_options(self, context.scene.easel) | {"count": 1}], []

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        form = context.scene.easel
        objects = self._objects(context)
        model = read(context.scene, context.evaluated_depsgraph_get(), objects)
        target = self.target_of(context, objects, model)
        return [_prepared(self, context, form, model, target)]

    def target_of(
        self, context: bpy.types.Context, objects: list[bpy.types.Object], model: Model
    ) -> ModelViews:
        """Return what to draw and paint. Raises Refusal."""
        raise NotImplementedError

    def given(self: Any, form: Any, name: str) -> Any:
        """Return a given parameter, or the form's value."""
        names = {"perspective": "is_perspective", "deep": "is_deep"}
        return chosen(self, form.to_paint, name, names.get(name, name))

    def side(self: Any, context: bpy.types.Context) -> int:
        """Say how many pixels the sheet's longer side has. Raises Refusal."""
        (options,), _lost = self.options_of(context)
        return sheets.side_of_sheet(options)

    def _objects(self: Any, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Return the objects that are meant. Raises Refusal."""
        if not self.objects:
            return [obj for obj in objects_meant(context) if obj.type == "MESH"]
        found = []
        for name in filter(None, (name.strip() for name in self.objects.split(";"))):
            obj = context.view_layer.objects.get(name)
            if obj is None:
                raise Refusal(phrase("There is no object “{obj}” in the view layer.", obj=name))
            found.append(obj)
        return list(dict.fromkeys(found))


class EASEL_OT_paint_model(PaintVerb, bpy.types.Operator):
    """Paint the selected objects: all their views are sent on one sheet, and projected onto new textures"""

    bl_idname = "easel.paint_model"
    bl_label = "Paint Model"
    bl_options = set()

    views: IntProperty(
        name="Views",
        description="How many views are around the model: 1, 4, 6 or 8; 0 for those that the form says",
        min=0,
        max=16,
        options=SKIP_SAVE,
    )
    view_from: EnumProperty(
        name="Views From",
        description="Around the model, by the scene's cameras, or as the 3D View shows it",
        items=[item[:3] for item in VIEW_ITEMS],
        options=SKIP_SAVE,
    )
    perspective: BoolProperty(
        name="Perspective", description="Views around the model in perspective", options=SKIP_SAVE
    )
    look: EnumProperty(
        name="Shows",
        description="What the sheet shows of the model",
        items=[item[:3] for item in LOOK_ITEMS],
        options=SKIP_SAVE,
    )
    size: IntProperty(
        name="Texture Size",
        description="Pixels of a side of each texture; 0 for what the form says",
        min=0,
        max=_LARGEST,
        options=SKIP_SAVE,
    )
    deep: BoolProperty(name="16 Bits", description="Textures of 16 bits a channel", options=SKIP_SAVE)

    def target_of(
        self: Any, context: bpy.types.Context, objects: list[bpy.types.Object], model: Model
    ) -> ModelViews:
        form = context.scene.easel
        chosen = choice(form.to_paint, "size")
        size = self.size or (0 if chosen == OWN_SIZE else int(chosen))
        if 0 < size < _SMALLEST:
            raise Refusal(phrase("A texture has at least {least} pixels a side.", least=_SMALLEST))
        viewpoints = self._viewpoints(context, form)
        return ModelViews(
            objects=tuple(map(reference, objects)),
            surfaces=model.surfaces,
            views=len(viewpoints),
            viewpoints=viewpoints,
            side=self.side(context),
            size=size,
            stamp=model.stamp,
            look=self.given(form, "look"),
            is_deep=self.given(form, "deep"),
            margin=self.given(form, "margin"),
            shown=model.shown if size else with_sizes(model.shown),
        )

    def _viewpoints(self: Any, context: bpy.types.Context, form: Any) -> tuple[Viewpoint, ...]:
        is_given = self.properties.is_property_set("view_from")
        chosen = str(self.views) if self.views else self.view_from if is_given else ""
        more = () if chosen else [added.towards[:] for added in form.to_paint.more]
        return viewpoints_of(
            chosen or choice(form.to_paint, "views"),
            context.scene,
            region_3d(context),
            is_perspective=self.given(form, "perspective"),
            more=more,
        )


class LaterRoundVerb(PaintVerb):
    """A verb that continues from the views that were painted before."""

    round_of = PaintRound.UNSEEN
    look_of = "TEXTURE"

    def target_of(
        self: Any, context: bpy.types.Context, objects: list[bpy.types.Object], model: Model
    ) -> ModelViews:
        earlier = self.earlier_of(model)
        side = self.side(context)
        viewpoints = self.viewpoints_for(context, objects, earlier)
        return ModelViews(
            objects=tuple(map(reference, objects)),
            surfaces=model.surfaces,
            views=len(viewpoints),
            viewpoints=viewpoints,
            side=side,
            size=0,
            stamp=model.stamp,
            look=self.look_of,
            margin=self.given(context.scene.easel, "margin"),
            shown=model.shown,
            round=self.round_of,
            earlier=earlier,
        )

    def earlier_of(self, model: Model) -> tuple[Viewpoint, ...]:
        """Return the views of the earlier painting. Raises Refusal."""
        return painted.seen_from(model)

    def viewpoints_for(
        self,
        context: bpy.types.Context,
        objects: list[bpy.types.Object],
        earlier: tuple[Viewpoint, ...],
    ) -> tuple[Viewpoint, ...]:
        """Return the view of this 3D View. Raises Refusal."""
        raise NotImplementedError


class EASEL_OT_fill_unseen(LaterRoundVerb, bpy.types.Operator):
    """Paint what no view has seen yet: new views of the painted model are sent; all that was seen stays"""

    bl_idname = "easel.fill_unseen"
    bl_label = "Fill What Is Unseen"
    bl_options = set()

    def viewpoints_for(
        self,
        context: bpy.types.Context,
        objects: list[bpy.types.Object],
        earlier: tuple[Viewpoint, ...],
    ) -> tuple[Viewpoint, ...]:
        known = coverage.known_now(coverage.asked_for_more(context.scene, objects, earlier))
        if known.foreseen is None:
            raise Refusal(known.problem)
        if not known.foreseen.more:
            raise Refusal(phrase("All that can be seen from outside is painted already."))
        return known.foreseen.more


class EASEL_OT_repaint_view(LaterRoundVerb, bpy.types.Operator):
    """Paint anew what this 3D View sees well of the painted model; all else stays"""

    bl_idname = "easel.repaint_view"
    bl_label = "Repaint This View"
    bl_options = set()

    round_of = PaintRound.VIEW
    look_of = "LIT"

    def earlier_of(self, model: Model) -> tuple[Viewpoint, ...]:
        return painted.seen_from_if_known(model)

    def viewpoints_for(
        self,
        context: bpy.types.Context,
        objects: list[bpy.types.Object],
        earlier: tuple[Viewpoint, ...],
    ) -> tuple[Viewpoint, ...]:
        return viewpoints_of(VIEW, context.scene, region_3d(context))


def _prepared(verb: Any, context: bpy.types.Context, form: Any, model: Model, target: ModelViews) -> Prepared:
    """Make the request of a sheet, and register its pictures. Raises Refusal."""
    from ..jobs.views_work import Sheets

    prompt = chosen_prompt(verb, context, form.edit_prompt)
    if prompt["prompt"]:
        prompt["prompt"] += "\n\n" + told(target.plan.viewpoints, target.look, target.round)
    (options,), _lost = verb.options_of(context)
    drawn = {target.look: PendingPixels(is_srgb=True)}
    sources = [Source(name="Views")]
    for name, look, role in (("normals", "NORMALS", NORMALS_ROLE), ("depth", "DEPTH", DEPTH_ROLE)):
        if verb.given(form, name):
            drawn[look] = PendingPixels(is_srgb=True)
            sources.append(Source(name=look.capitalize(), role=role))
    styles = _styles(verb, form)
    sources += [Source(name=style.name, role=style.role or STYLE_ROLE) for style in styles]
    request = EditRequest(**prompt, sources=tuple(sources), keeps_place=True, keeps_size=False, **options)
    validate(request)
    placement = Placement(
        kind=PlacementKind.MODEL_VIEWS,
        target=target,
        session=session.session_id(),
        scene=reference(context.scene),
    )
    shown = [ChosenSource(name=image.name, picture=image) for image in _shown_images(target)]
    placement = note_sent(placement, [*styles, *shown], None)
    taken: dict[int, Taken] = dict(enumerate(drawn.values()))
    first = len(drawn)
    styled = take(styles, context.scene)
    with released_on_failure(styled.values()):
        textures = painting.take_textures(target, context.scene)
    taken |= {first + number: one for number, one in styled.items()}
    painting.keep(model)
    wanted = Sheets(pieces=model.pieces, plan=target.plan, textures=textures)
    session.engine().workshop.fulfil_views(drawn, wanted)
    return request, placement, taken


def _styles(verb: Any, form: Any) -> list[ChosenSource]:
    if verb.sources:
        return named_sources([source.name for source in verb.sources], "", "")
    return form_sources(form.sources) if form.to_paint.references else []


def _shown_images(target: ModelViews) -> list[bpy.types.Image]:
    """List the textures on the sheet without repeats."""
    if not target.plan.needs_textures:
        return []
    found = {one.image.session_uid: find_image(one.image) for one in target.shown}
    return [image for image in found.values() if image is not None]


CLASSES = (EASEL_OT_paint_model, EASEL_OT_fill_unseen, EASEL_OT_repaint_view)
