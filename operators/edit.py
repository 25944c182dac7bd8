# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit: images and a prompt become changed images."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, StringProperty

from ..client.edit_mask import EditMask
from ..client.requests import EditRequest, Source, validate
from ..imaging.snapshot import MASK_INDEX, FileSnapshot, Taken
from ..jobs.placement import EditScope, Placement, PlacementKind
from ..phrases import phrase
from ..properties import SCOPE_ITEMS
from ..scene import session
from ..scene.editor_plan import plan_edit
from ..scene.masks import MaskPlan, plan_mask
from ..scene.placement import plan_placement
from ..scene.source_rows import image_of
from ..scene.sources import SourceUnusable, snapshot
from .request import (
    RequestParameters,
    chosen_options,
    chosen_placement,
    chosen_prompt,
    confirm,
    poll_service,
    release,
    send,
)


class EASEL_PG_named_source(bpy.types.PropertyGroup):
    """A source in a script's call: `{"name": "Image.001"}`. Blender wants all members: there is one."""

    name: StringProperty(name="Name", description="Name of an image datablock")


class EASEL_OT_edit(RequestParameters, bpy.types.Operator):
    """Change the source images by the prompt; the first one is the one that is edited"""

    bl_idname = "easel.edit"
    bl_label = "Edit"
    bl_options = set()

    sources: CollectionProperty(type=EASEL_PG_named_source, name="Sources", options={"SKIP_SAVE"})
    roles: StringProperty(
        name="Roles",
        description="What each of the given sources is for, in their order, separated by semicolons",
        options={"SKIP_SAVE"},
    )
    in_editor: BoolProperty(
        name="In Editor",
        description="Edit what the Image Editor or the Shader Editor of the click is about",
        options={"SKIP_SAVE"},
    )
    keep_place: BoolProperty(
        name="Keep Size and Place",
        description="Bring the result back to the pixel size of the first source, lined up with it",
        options={"SKIP_SAVE"},
    )
    scope: EnumProperty(
        name="Replace In",
        description="Where the result takes the place of the edited image",
        items=SCOPE_ITEMS,
        default=EditScope.MATERIAL.value,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return poll_service(cls)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return confirm(self, context, event, self.bl_label)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return send(self, lambda: self._request(context))

    def _request(self, context: bpy.types.Context) -> tuple[EditRequest, Placement, dict[int, Taken]]:
        form = context.scene.easel
        chosen = self._chosen(context, form)
        first = chosen[0][2] if chosen else None
        image = first if isinstance(first, bpy.types.Image) else None
        plan = plan_mask(context, form.mask, image) if chosen else MaskPlan(mask=EditMask())
        sources = [Source(name=name, role=role) for name, role, _source in chosen]
        if plan.mask.is_set:
            sources.append(Source(name="Mask", role=plan.mask.role))
        request = EditRequest(
            **chosen_prompt(self, context, form.edit_prompt),
            sources=tuple(sources),
            keeps_place=plan.mask.is_set or self._keeps_place(form),
            holds_data=image is not None and image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode if image is not None else "",
            mask=plan.mask,
            **chosen_options(self, form),
        )
        validate(request)
        placement = self._plan(context, form, image)
        return request, placement, _take([source for _name, _role, source in chosen], plan)

    def _chosen(self, context: bpy.types.Context, form: Any) -> list[tuple[str, str, bpy.types.Image | Path]]:
        if self.sources:
            return _named_sources(self.sources, self.roles)
        return _editor_source(context) if self.in_editor else _form_sources(form.sources)

    def _plan(self, context: bpy.types.Context, form: Any, image: bpy.types.Image | None) -> Placement:
        kind = chosen_placement(self, form)
        given = self.properties.is_property_set("scope")
        scope = EditScope(self.scope if given else form.edit_scope)
        if not self.in_editor:
            return plan_placement(context, kind, image=image, scope=scope, session=session.session_id())
        if not self.properties.is_property_set("placement"):
            kind = PlacementKind(form.editor_placement)
        return plan_edit(context, kind, scope=scope, session=session.session_id())

    def _keeps_place(self, form: Any) -> bool:
        """What was given, else the form's choice; a shape that was given is a reason not to."""
        if self.properties.is_property_set("keep_place"):
            return self.keep_place
        return form.keep_place and not self.properties.is_property_set("aspect_ratio")


def _named_sources(sources: Any, roles: str) -> list[tuple[str, str, bpy.types.Image | Path]]:
    chosen = []
    for source, role in zip_longest(sources, roles.split(";")[: len(sources)], fillvalue=""):
        image = bpy.data.images.get(source.name)
        if image is None:
            raise SourceUnusable(phrase("There is no image “{source}” in this file.", source=source.name))
        chosen.append((image.name, role.strip(), image))
    return chosen


def _editor_source(context: bpy.types.Context) -> list[tuple[str, str, bpy.types.Image | Path]]:
    image = image_of(context.space_data)
    if image is None:
        raise SourceUnusable(phrase("No image is open here."))
    return [(image.name, "", image)]


def _form_sources(sources: Any) -> list[tuple[str, str, bpy.types.Image | Path]]:
    chosen = []
    for number, source in enumerate(sources, start=1):
        if source.image is None and not source.filepath:
            raise SourceUnusable(
                phrase("Source {number} is empty: choose an image or remove it.", number=number)
            )
        picture = source.image or Path(bpy.path.abspath(source.filepath))
        chosen.append((source.label, source.role, picture))
    return chosen


def _take(sources: list[bpy.types.Image | Path], plan: MaskPlan) -> dict[int, Taken]:
    """Take a snapshot of each source and of the mask, or of none: promised pixels are given back when a later
    one fails."""
    taken: dict[int, Taken] = {}
    try:
        for index, source in enumerate(sources):
            taken[index] = FileSnapshot(path=source) if isinstance(source, Path) else snapshot(source)
        made_of = plan.take()
        if made_of is not None:
            taken[MASK_INDEX] = made_of
    except SourceUnusable:
        release(taken)
        raise
    return taken


CLASSES = (EASEL_PG_named_source, EASEL_OT_edit)
