# SPDX-License-Identifier: GPL-3.0-or-later
"""The form: prompt, sources, model and its options, and the button with the price."""

from collections.abc import Sequence
from typing import Any

import bpy

from ..client.answer_sizes import Size
from ..client.errors import Remedy
from ..client.models import MODELS, Model
from ..client.requests import no_room_text
from ..jobs.foresight import Wanted
from ..jobs.targets import PlacementKind
from ..scene import settings
from ..scene.choices import unknown_choice
from ..scene.listing.form_sources import tile_count
from ..scene.listing.source_rows import key_of
from ..scene.masks.masks import mask_problem
from ..scene.placement.view_edit import obstacle_to_view_edit
from ..scene.placement.ways import CHOICES
from ..scene.prompts.prompt_context import SentText, sent_alone, sent_text
from ..scene.session import session, spend
from ..texts.phrases import phrase
from ..texts.wording import credits_text, typical_text
from .account import draw_account, stands_before_form
from .common import SidebarPanel, columns, draw_remedy, draw_text, fact_lines, fits_button, priced
from .fields import draw_field, is_narrow, split_column
from .masks import draw_mask_button
from .options import draw_options
from .presets import EASEL_PT_presets
from .prompts import draw_prompt
from .sizes import known_size, size_texts, wanted_size
from .sources import draw_shown_version, draw_sources, sources_leaving
from .view_edit import draw_view, edits_view, is_painting


class EASEL_PT_generate(SidebarPanel, bpy.types.Panel):
    """Generate or edit images."""

    bl_label = "Create"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        layout = self.layout
        form, mirror = context.scene.easel, context.window_manager.easel
        model = MODELS[form.model_id]
        draw_account(context, layout, mirror)
        if stands_before_form(mirror):
            return
        layout.row().prop(form, "mode", expand=True)
        if form.mode == "EDIT" and is_painting(context):
            layout.row().prop(form, "subject", expand=True)
        if edits_view(context, form):
            _draw_view_edit(context, layout, form, model)
            return
        sent = sent_text(context, form)
        draw_prompt(context, layout, form, sent)
        subject: str | None = None
        if form.mode == "EDIT":
            draw_sources(context, layout, form)
            first = form.sources[0].image if form.sources else None
            subject = sources_problem(form, mirror) or mask_problem(context, form.mask, first)
        draw_model(context, layout, form, model)
        if form.mode == "EDIT":
            column = layout.column(align=True)
            draw_mask_button(column, form)
            draw_keeping(column, form)
        tiles = tile_count(form)
        choices = placement_choices(form, "placement")
        if form.mode == "EDIT" and is_painting(context):
            choices.append("subject")
        reason = why_not(form, mirror, tiles * price_of(form, model), sent, subject, choices)
        reason = reason or obstacle_to_placing(context, form, "placement")
        source = _first_size(form, mirror) if form.mode == "EDIT" else None
        wanted = wanted_size(form, model, source, form.comes_back)
        leaving = sources_leaving(form, mirror, model) if form.mode == "EDIT" else ""
        draw_button(context, layout, form, model, reason, tiles=tiles, wanted=wanted, leaving=leaving)
        draw_foreseen(context, layout)
        if form.mode == "EDIT":
            draw_shown_version(context, layout, form)


def _first_size(form: Any, mirror: Any) -> Size | None:
    return known_size(mirror.sources.get(key_of(form.sources[0]))) if form.sources else None


def _draw_view_edit(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, model: Model) -> None:
    sent = sent_alone(context, form)
    draw_prompt(context, layout, form, sent)
    draw_view(context, layout, form)
    draw_model(context, layout, form, model, placement=None)
    shown = context.window_manager.easel
    obstacle = obstacle_to_view_edit(context)
    reason = why_not(form, shown, price_of(form, model), sent, obstacle, ["view_look"])
    draw_button(context, layout, form, model, reason, phrase("Edit the View"), operator="easel.edit_view")


def draw_model(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    form: Any,
    model: Model,
    placement: str | None = "placement",
) -> None:
    """Draw the model, its options, and where the result goes: the form's property for that, if any."""
    column = layout.column(align=True)
    row = column.row(align=True)
    row.prop(form, "model", text="")
    EASEL_PT_presets.draw_panel_header(row.row(align=True))
    draw_options(context, column, form, model)
    if placement is None:
        return
    column = split_column(layout)
    is_replacing = form.mode == "EDIT" and getattr(form, placement) == PlacementKind.TEXTURE.value
    if form.mode == "EDIT" and not is_narrow(context):  # one line for both
        row = column.row(align=True)
        row.use_property_split = False
        row.prop(form, placement, text="")
        if is_replacing:
            row.prop(form, "edit_scope", text="")
    else:
        draw_field(context, column, form, placement)
        if is_replacing:
            draw_field(context, column, form, "edit_scope")
    way = CHOICES.get(getattr(form, placement))
    for name in way.options if way is not None else ():
        draw_field(context, column, form.ways, name)


def draw_keeping(layout: bpy.types.UILayout, form: Any) -> None:
    """Draw the choice of size and place, if the mask leaves one."""
    if not form.mask.has_area:
        layout.prop(form, "sizing", text="")


def draw_foreseen(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Draw what placing would change, or why it is impossible.

    Below the button, which must not move away from the mouse when this changes.
    """
    shown = context.window_manager.easel
    if shown.foreseen_obstacle:
        draw_text(context, layout, shown.foreseen_obstacle, "ERROR")
    elif shown.foreseen:
        draw_text(context, layout, shown.foreseen, "INFO")


def draw_button(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    form: Any,
    model: Model,
    reason: str,
    label: str = "",
    *,
    tiles: int = 1,
    operator: str = "",
    wanted: Wanted | None = None,
    leaving: str = "",
) -> Any:
    """Draw the button with its price, and why it is grey (`reason`); return its operator's properties.

    Args:
        tiles: how many requests the click makes.
        operator: another one than the mode's own.
        wanted: what the images' size depends on; None if the size is not shown.
        leaving: how much is uploaded; empty if that is not shown.
    """
    price = tiles * price_of(form, model)
    is_edit = form.mode == "EDIT"
    shown = context.window_manager.easel
    verb = phrase("Edit") if is_edit else phrase("Generate")
    has_arrow = not (label or operator)
    text = priced(context, label or verb, price)
    if label and not fits_button(context, text):  # the price must be seen whole
        text = priced(context, verb, price)
    icon = "BRUSH_DATA" if is_edit else "IMAGE_DATA"
    column = layout.column()
    button = column.row(align=True)
    button.scale_y = 1.6
    button.enabled = not reason
    settings = button.operator(
        operator or ("easel.edit" if is_edit else "easel.generate"),
        text=text,
        translate=False,
        icon=icon if fits_button(context, text, has_icon=True, has_arrow=has_arrow) else "NONE",
    )
    if has_arrow:
        button.menu("EASEL_MT_all_models", text="", icon="DOWNARROW_HLT")
    settings.grey = reason
    size, loss = size_texts(form, wanted) if wanted is not None else ("", "")
    facts: list[str] = []
    if reason:
        draw_text(context, column, reason, "INFO")
        if is_too_dear(shown, price) and not shown.is_simulator:
            draw_remedy(column, Remedy.TOP_UP.name)
    else:
        facts.append(typical_text(model.typical_seconds, price, is_simulated=shown.is_simulator))
    for number, line in enumerate(fact_lines([*facts, size], columns(context, taken=20.0))):
        draw_text(context, column, line, "BLANK1" if reason or number else "TIME")
    if loss:
        draw_text(context, column, loss, "ERROR")
    if leaving:
        draw_text(context, column, leaving, "EXPORT")
    return settings


def price_of(form: Any, model: Model) -> int:
    """Credits that the form will cost now."""
    options = form.options(model.id)
    return model.price(count=options.count, resolution=getattr(options, "resolution", ""))


def is_too_dear(mirror: Any, price: int) -> bool:
    """Say whether the wallet, as far as it is known, lacks the credits."""
    return mirror.has_balance and price > mirror.balance


def too_dear_text(mirror: Any, price: int) -> str:
    """Say that the wallet lacks the credits, or which limit a price would pass, as far as is known."""
    if not is_too_dear(mirror, price):
        return spend.obstacle(price)
    if mirror.is_simulator:
        return phrase("The simulator's credits are used up: stop it and start it again")
    return phrase("Not enough credits: there are {credits}", credits=credits_text(mirror.balance))


def placement_choices(form: Any, placement: str) -> list[str]:
    """Name the choices that decide where the result goes."""
    is_replacing = form.mode == "EDIT" and getattr(form, placement) == PlacementKind.TEXTURE.value
    return [placement, "edit_scope"] if is_replacing else [placement]


def why_not(
    form: Any,
    mirror: Any,
    price: int,
    sent: SentText,
    subject: str | None = None,
    choices: Sequence[str] = (),
) -> str:
    """Say why the form can't be sent; empty if it can.

    Args:
        subject: why the image can't be edited; None: the form's own sources.
        choices: names of those that matter besides mode, template, model and its options.
    """
    obstacle = session.Obstacle[mirror.obstacle or "NONE"]
    if obstacle is not session.Obstacle.NONE:
        return obstacle.value
    if problem := unknown_choice(form, "mode", "template", "model", *choices):
        return problem
    options = form.options(form.model_id)
    if problem := unknown_choice(options):
        return problem
    if not form.active_prompt.strip():
        return phrase("Write a prompt first")
    if sent.problem:
        return sent.problem
    if form.mode == "EDIT" and (problem := sources_problem(form, mirror) if subject is None else subject):
        return problem
    size = getattr(options, "resolution", "") or getattr(options, "image_size", "")
    refused = settings.read().policy.refusal(form.model_id, size)
    return refused or too_dear_text(mirror, price)


def obstacle_to_placing(context: bpy.types.Context, form: Any, placement: str) -> str:
    """Say why the result could not be placed as the form says, and what to do; empty if it could."""
    way = CHOICES.get(getattr(form, placement))
    if way is None:  # of a newer Easel: `why_not` says so
        return ""
    unknown = unknown_choice(form.ways, *way.options) if way.options else ""
    return unknown or way.obstacle(context)


def sources_problem(form: Any, mirror: Any) -> str:
    """Say why the form's sources can't be sent; empty if they can, as far as is known."""
    model = MODELS[form.model_id]
    if not form.sources:
        return phrase("Add an image to edit")
    if len(form.sources) > model.max_sources:
        return phrase(
            "{model} takes {max_sources} images at most", model=model.label, max_sources=model.max_sources
        )
    if form.mask.is_set and len(form.sources) == model.max_sources:
        return no_room_text(model).removesuffix(".")
    if any(source.image is None and not source.filepath for source in form.sources):
        return phrase("A source is empty: choose its image or remove it")
    for number, source in enumerate(form.sources, start=1):
        known = mirror.sources.get(key_of(source))
        if known is not None and known.problem:
            return phrase("Source {number} can't be sent: select it to see why", number=number)
    return ""


CLASSES = (EASEL_PT_generate,)
