# SPDX-License-Identifier: GPL-3.0-or-later
"""The form in the Image Editor and the Shader Editor: it is about what is open there."""

from typing import Any

import bpy

from ..client.models import MODELS
from ..client.requests import Sizing
from ..prompting.tokens import PromptUnready
from ..scene.listing.source_rows import image_key
from ..scene.masks.masks import mask_problem, told_text
from ..scene.prompts.prompt_context import SentText, evaluate_prompt, sent_text
from ..scene.session import session
from .account import draw_account, stands_before_form
from .common import draw_text
from .form import (
    draw_button,
    draw_foreseen,
    draw_keeping,
    draw_model,
    obstacle_to_placing,
    placement_choices,
    price_of,
    why_not,
)
from .masks import draw_mask
from .prompts import draw_prompt
from .sizes import known_size, wanted_size
from .sources import draw_image, leaving_text


def draw_head(context: bpy.types.Context, layout: bpy.types.UILayout) -> Any:
    """Draw the account and the choice of Generate and Edit; return the form, or None without one."""
    session.note_drawn()
    form = context.scene.easel
    mirror = context.window_manager.easel
    draw_account(context, layout, mirror)
    if stands_before_form(mirror):
        return None
    layout.row().prop(form, "mode", expand=True)
    return form


def draw_edit(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    form: Any,
    image: bpy.types.Image | None,
    absent: str,
    obstacle: str = "",
) -> None:
    """Draw the form for an edit of one image.

    Args:
        absent: what to do if there is no image.
        obstacle: why the result can't replace the image.
    """
    if image is None:
        draw_text(context, layout, absent, "INFO")
        return
    draw_image(context, layout, image)
    sent = _sent_alone(context, form, image)
    draw_prompt(context, layout, form, sent)
    draw_mask(context, layout, form, image)
    model, shown = MODELS[form.model_id], context.window_manager.easel
    known = shown.sources.get(image_key(image))
    subject = known.problem if known is not None else ""
    if form.mask.is_set and not subject:
        draw_text(context, layout, leaving_text([known], has_mask=True), "EXPORT")
    draw_model(context, layout, form, model, "editor_placement")
    draw_keeping(layout, form)
    subject = subject or mask_problem(context, form.mask, image)
    if form.editor_placement == "TEXTURE":
        subject = subject or obstacle
    choices = placement_choices(form, "editor_placement")
    reason = why_not(form, shown, price_of(form, model), sent, subject, choices)
    wanted = wanted_size(form, model, known_size(known), form.comes_back)
    draw_button(context, layout, form, model, reason, wanted=wanted).in_editor = True


def draw_generate(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    form: Any,
    placement: str | None = "placement",
    label: str = "",
    obstacle: str = "",
) -> Any:
    """Draw the form for a new image; return the button's operator properties."""
    sent = sent_text(context, form)
    draw_prompt(context, layout, form, sent)
    model = MODELS[form.model_id]
    draw_model(context, layout, form, model, placement)
    choices = placement_choices(form, placement) if placement is not None else []
    shown = context.window_manager.easel
    reason = obstacle or why_not(form, shown, price_of(form, model), sent, None, choices)
    if placement is not None:
        reason = reason or obstacle_to_placing(context, form, placement)
    wanted = wanted_size(form, model, None, Sizing.AS_IT_CAME)
    button = draw_button(context, layout, form, model, reason, label, wanted=wanted)
    if placement == "placement":
        draw_foreseen(context, layout)
    return button


def _sent_alone(context: bpy.types.Context, form: Any, image: bpy.types.Image) -> SentText:
    """The sources of a request for one image, which needs a role only with a mask."""
    try:
        prompt = evaluate_prompt(context, form.active_prompt, form.template)
        return SentText(text=told_text(form.mask, image, prompt, [""]) if prompt else "")
    except PromptUnready as reason:
        return SentText(problem=str(reason))
