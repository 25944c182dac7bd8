# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit: images and a prompt become changed images."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, StringProperty

from ..client.edit_mask import EditMask
from ..client.requests import EditRequest, Sizing, Source, validate
from ..imaging.snapshot import MASK_INDEX, PendingPixels, Taken, release
from ..jobs.placement import Placement, TileTarget
from ..jobs.targets import EditScope, PlacementKind
from ..properties.form import SCOPE_ITEMS, SIZING_ITEMS
from ..scene.choices import choice
from ..scene.masks.masks import MaskPlan, plan_mask
from ..scene.placement.plan import plan_placement
from ..scene.placement.reading import look_of
from ..scene.placement.ways import WAYS
from ..scene.refs import reference
from ..scene.session import session
from ..scene.sources.chosen_sources import (
    ChosenSource,
    editor_source,
    form_sources,
    named_sources,
    note_sent,
    take,
)
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .parameters import chosen
from .request import AllModelsVerb, Prepared, chosen_placement, chosen_prompt
from .way_options import chosen_way_options


class EASEL_PG_named_source(bpy.types.PropertyGroup):
    """A source in a script's call: `{"name": "Image.001"}`. Blender wants all members: there is one."""

    name: StringProperty(name="Name", description="Name of an image datablock")


class EditVerb(AllModelsVerb):
    """A verb that changes the first of its source images."""

    sources: CollectionProperty(type=EASEL_PG_named_source, name="Sources", options={"SKIP_SAVE"})
    roles: StringProperty(
        name="Roles",
        description="What each of the given sources is for, in order, separated by semicolons",
        options={"SKIP_SAVE"},
    )
    in_editor: BoolProperty(
        name="In Editor",
        description="Edit the image of the Image Editor, or of the Shader Editor's active node",
        options={"SKIP_SAVE"},
    )
    tiles: StringProperty(
        name="Tiles",
        description=(
            "UDIM tiles of the first given source to edit, separated by commas; empty means the active one"
        ),
        options={"SKIP_SAVE"},
    )
    sizing: EnumProperty(
        name="Comes Back",
        description="At which size and place the edit comes back. With a mask it keeps both",
        items=SIZING_ITEMS,
        options={"SKIP_SAVE"},
    )
    keep_place: BoolProperty(  # of scripts that were written before there was `sizing`
        name="Keep Size and Place",
        description="At which size and place the edit comes back. With a mask it keeps both",
        options={"SKIP_SAVE", "HIDDEN"},
    )
    scope: EnumProperty(
        name="Replace In",
        description="Where the result takes the place of the edited image",
        items=SCOPE_ITEMS,
        default=EditScope.MATERIAL.value,
        options={"SKIP_SAVE"},
    )

    def count_jobs(self, context: bpy.types.Context) -> int:
        return max(1, len(_tiles(self._chosen(context, context.scene.easel))))

    def requests(self, context: bpy.types.Context) -> list[Prepared]:
        """Make one request, or one for each ticked tile of the first source."""
        chosen = self._chosen(context, context.scene.easel)
        batch = uuid.uuid4().hex
        prepared: list[Prepared] = []
        tiles = _tiles(chosen) or (0,)
        options, _lost = self.options_of(context)
        if len(options) > 1 and len(tiles) > 1:
            raise Refusal(phrase("On all models one tile is edited at a time: choose one"))
        try:
            for number in tiles:
                known: Mapping[int, Taken] = {}
                for each in options:
                    prepared.append(self._request(context, chosen, number, batch, each, known))
                    known = prepared[-1][2]
        except BaseException:
            for _request, _placement, taken in prepared:
                release(taken.values())
            raise
        return prepared

    def _request(
        self,
        context: bpy.types.Context,
        chosen: Sequence[ChosenSource],
        tile: int,
        batch: str,
        options: dict[str, Any],
        known: Mapping[int, Taken],
    ) -> Prepared:
        """Make one request.

        Args:
            known: snapshots for another request of the same tile.
        """
        form = context.scene.easel
        first = chosen[0].picture if chosen else None
        image = first if isinstance(first, bpy.types.Image) else None
        plan = plan_mask(context, form.mask, image, tile) if chosen else MaskPlan(mask=EditMask())
        sources = [Source(name=source.name, role=source.role) for source in chosen]
        if plan.mask.is_set:
            sources.append(Source(name="Mask", role=plan.mask.role))
        sizing = self._sizing(form)
        request = EditRequest(
            **self.prompt_of(context, form),
            sources=tuple(sources),
            keeps_place=plan.mask.is_set or sizing is not Sizing.AS_IT_CAME,
            keeps_size=plan.mask.has_area or sizing is Sizing.KEEP_SIZE,
            holds_data=image is not None and image.colorspace_settings.is_data,
            alpha_mode=image.alpha_mode if image is not None else "",
            mask=plan.mask,
            **options,
        )
        validate(request)
        placement = note_sent(self._plan(context, form, image), chosen, plan.image)
        taken = _take(chosen, context.scene, tile, plan, known)
        way = WAYS[placement.kind]
        if image is not None and not way.is_picture:
            placement = replace(placement, look=look_of(image, taken[0]))
        if image is not None and way.fits_tiles and tile:
            target = TileTarget(image=reference(image), number=tile, batch=batch)
            placement = replace(placement, tile=target)
        return request, placement, taken

    def _chosen(self, context: bpy.types.Context, form: Any) -> list[ChosenSource]:
        if self.sources:
            return named_sources([source.name for source in self.sources], self.roles, self.tiles)
        return editor_source(context.space_data) if self.in_editor else form_sources(form.sources)

    def prompt_of(self, context: bpy.types.Context, form: Any) -> dict[str, str]:
        """The prompt, as of `chosen_prompt`."""
        return chosen_prompt(self, context, form.edit_prompt)

    def kind_of(self, form: Any) -> PlacementKind:
        """Return where the result goes. Raises Refusal."""
        return chosen_placement(self, form, "editor_placement" if self.in_editor else "placement")

    def _plan(self, context: bpy.types.Context, form: Any, image: bpy.types.Image | None) -> Placement:
        scope = EditScope(chosen(self, form, "scope", "edit_scope"))
        kind = self.kind_of(form)
        return plan_placement(
            context,
            kind,
            options=chosen_way_options(self, form, kind),
            image=image,
            scope=scope,
            is_in_editor=self.in_editor,
            session=session.session_id(),
        )

    def _sizing(self, form: Any) -> Sizing:
        """Return the given value, or the form's choice. A given shape turns keeping off."""
        if self.properties.is_property_set("sizing"):
            return Sizing(self.sizing)
        if self.properties.is_property_set("keep_place"):
            return Sizing.KEEP_SIZE if self.keep_place else Sizing.AS_IT_CAME
        is_shaped = self.properties.is_property_set("aspect_ratio")
        return Sizing.AS_IT_CAME if is_shaped else Sizing(choice(form, "sizing"))


class EASEL_OT_edit(EditVerb, bpy.types.Operator):
    """Change the source images by the prompt; the first one is the one that is edited"""

    bl_idname = "easel.edit"
    bl_label = "Edit"
    bl_options = set()


def _tiles(chosen: Sequence[ChosenSource]) -> tuple[int, ...]:
    """List the tiles of the first source to edit; empty if it has none."""
    return chosen[0].tiles if chosen else ()


def _take(
    chosen: Sequence[ChosenSource],
    scene: bpy.types.Scene,
    tile: int,
    plan: MaskPlan,
    known: Mapping[int, Taken],
) -> dict[int, Taken]:
    """Take snapshots of all sources, and of the mask if there is one. If one fails, none is kept."""
    taken: dict[int, Taken] = dict(take(chosen, scene, tile, known))
    try:
        made_of = known.get(MASK_INDEX)
        if made_of is None or isinstance(made_of, PendingPixels):
            made_of = plan.take()
    except BaseException:
        release(taken.values())
        raise
    if made_of is not None:
        taken[MASK_INDEX] = made_of
    return taken


CLASSES = (EASEL_PG_named_source, EASEL_OT_edit)
