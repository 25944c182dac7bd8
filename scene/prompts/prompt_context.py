# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a prompt's tokens in the context of a click, and the text that will be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...prompting.templates import compose
from ...prompting.tokens import PromptUnready
from ...texts.phrases import phrase
from ..masks.masks import told_text

_OF_MATERIALS: Final = frozenset({"material"})
"""Tokens that have a value for a material without an object."""


@dataclass(frozen=True, kw_only=True)
class SentText:
    """The text that will be sent for the form's prompt, or why there is none."""

    text: str = ""
    problem: str = ""


def evaluate_prompt(context: bpy.types.Context, written: str, template: str) -> str:
    """Return the prompt with its tokens replaced and its template added. Fast enough for `draw`.

    Raises:
        PromptUnready: a token has no value now, or is unknown.
    """
    return compose(written, template, lambda name: _value_of(context, name))


def sent_text(context: bpy.types.Context, form: Any) -> SentText:
    """Return the text that will be sent for the current form, with the roles of its sources."""
    try:
        prompt = evaluate_prompt(context, form.active_prompt, form.template)
    except PromptUnready as reason:
        return SentText(problem=str(reason))
    if form.mode == "EDIT" and prompt:
        first = form.sources[0].image if form.sources else None
        prompt = told_text(form.mask, first, prompt, [source.role for source in form.sources])
    return SentText(text=prompt)


def sent_alone(context: bpy.types.Context, form: Any) -> SentText:
    """Return the text that will be sent with one image, which needs no role."""
    try:
        return SentText(text=evaluate_prompt(context, form.active_prompt, form.template))
    except PromptUnready as reason:
        return SentText(problem=str(reason))


def _value_of(context: bpy.types.Context, name: str) -> str:
    match name:
        case "object":
            return _active_object(context, name).name
        case "material":
            material = _active_object(context, name).active_material
            if material is None:
                raise PromptUnready(
                    phrase("The active object has no material for {braces}", braces="{material}")
                )
            return material.name
        case "collection":
            if context.collection is None or context.collection == context.scene.collection:
                raise PromptUnready(
                    phrase("No collection is chosen in the Outliner for {braces}", braces="{collection}")
                )
            return context.collection.name
        case _:
            return _size_text(context.scene, _active_object(context, name))


def value_about(scene: bpy.types.Scene, name: str, material: str, token: str) -> str:
    """Return the value of a token for the object of a batch's row, or its material, by their names.

    Raises:
        PromptUnready: there is none.
    """
    if material and token in _OF_MATERIALS:
        return material
    obj = bpy.data.objects.get(name) if name else None
    if obj is None:
        raise PromptUnready(phrase("there is no object “{name}” in this file", name=name))
    match token:
        case "object":
            return obj.name
        case "material":
            if obj.active_material is None:
                raise PromptUnready(
                    phrase("{obj} has no material for {braces}", obj=name, braces="{material}")
                )
            return obj.active_material.name
        case "collection":
            own = next((each for each in obj.users_collection if each != scene.collection), None)
            if own is None:
                raise PromptUnready(
                    phrase("{obj} is in no collection for {braces}", obj=name, braces="{collection}")
                )
            return own.name
        case _:
            return _size_text(scene, obj)


def _active_object(context: bpy.types.Context, token: str) -> bpy.types.Object:
    if context.object is None:
        raise PromptUnready(phrase("There is no active object for {braces}", braces=f"{{{token}}}"))
    return context.object


def _size_text(scene: bpy.types.Scene, obj: bpy.types.Object) -> str:
    """Return an object's dimensions in metres, in a scene without units as plain numbers."""
    has_units = scene.unit_settings.system != "NONE"
    scale = scene.unit_settings.scale_length if has_units else 1.0
    lengths = [length * scale for length in obj.dimensions]
    if not any(lengths):
        raise PromptUnready(phrase("{obj} has no dimensions for {braces}", obj=obj.name, braces="{size}"))
    text = " × ".join(f"{float(f'{length:.3g}'):g}" for length in lengths)
    return f"{text} m" if has_units else text
