# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of each model, as property groups: exactly those that the table of models gives it."""

from collections.abc import Iterable
from typing import Any, assert_never

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ..client.models import MODELS, Model, ModelId
from ..client.options import MAX_SEED, OPTIONS, Choice, Count, Option, SafetyChecker, Seed
from ..texts.wording import option_label

# A .blend stores a choice as its place in these lists, so new choices go to the end.
MODEL_ITEMS = tuple((model.id.value, model.label, model.hint) for model in MODELS.values())


def choice_items(values: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Make enum items of the API's own values."""
    return [(value, option_label(value), "") for value in values]


def option_property(option: Option, models: Iterable[Model], **extra: Any) -> Any:
    """Make the property of an option, with every choice that any model allows.

    Args:
        extra: arguments for Blender; a choice has its default there.
    """
    known = {"name": option.label, "description": option.hint, **extra}
    match option:
        case Choice():
            values = dict.fromkeys(value for model in models for value in option.values(model))
            return EnumProperty(items=choice_items(tuple(values)), **known)
        case Count():
            return IntProperty(default=1, min=1, max=max(model.max_images for model in models), **known)
        case Seed():
            return IntProperty(default=-1, min=-1, max=MAX_SEED, **known)
        case SafetyChecker():
            return BoolProperty(default=True, **known)
        case _:
            assert_never(option)


def option_properties(model: Model) -> dict[str, object]:
    """List the properties of exactly the options that a model has, by the names that requests use."""
    return {
        option.name: option_property(option, [model], default=option.default(model))
        if isinstance(option, Choice)
        else option_property(option, [model])
        for option in OPTIONS
        if option.is_offered(model)
    }


def options_attribute(model: ModelId) -> str:
    """Name the form's attribute with a model's options: `form.gemini_3_pro`."""
    return model.value.lower()


OPTION_GROUPS: dict[ModelId, type] = {
    model.id: type(
        f"EASEL_PG_{options_attribute(model.id)}",
        (bpy.types.PropertyGroup,),
        {
            "__doc__": f"The artist's choice of options for {model.label}.",
            "__module__": __name__,
            "__annotations__": option_properties(model),
        },
    )
    for model in MODELS.values()
}


CLASSES = tuple(OPTION_GROUPS.values())
