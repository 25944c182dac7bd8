# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of each model, as property groups: exactly those that the table of models gives it."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ..client.models import MODELS, Model, ModelId
from ..client.requests import MAX_SEED
from ..texts.wording import option_label

# A .blend keeps a choice as its place in these lists: what is new goes to their ends.
MODEL_ITEMS = tuple((model.id.value, model.label, model.hint) for model in MODELS.values())


def choice_items(values: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Make enum items of the API's own values."""
    return [(value, option_label(value), "") for value in values]


def option_properties(model: Model) -> dict[str, object]:
    """List the properties of exactly the options that a model has, by the names that requests use."""
    options: dict[str, object] = {}
    if model.aspect_ratios:
        options["aspect_ratio"] = EnumProperty(
            name="Aspect Ratio",
            description="Width to height",
            items=choice_items(model.aspect_ratios),
            default=model.aspect_ratios[0],
        )
    if model.resolutions:
        options["resolution"] = EnumProperty(
            name="Resolution",
            description="Pixels along the longer side, roughly. The price depends on it",
            items=choice_items(model.resolutions),
            default=model.default_resolution,
        )
    if model.image_sizes:
        options["image_size"] = EnumProperty(
            name="Size",
            description="Shape and size of the image",
            items=choice_items(model.image_sizes),
            default=model.default_image_size,
        )
    options["count"] = IntProperty(
        name="Images",
        description="How many images to make at once. Each costs the same",
        default=1,
        min=1,
        max=model.max_images,
    )
    if model.output_formats:
        options["output_format"] = EnumProperty(
            name="File Format",
            description="Format of the files that the service makes",
            items=choice_items(model.output_formats),
            default=model.output_formats[0],
        )
    if model.has_seed:
        options["seed"] = IntProperty(
            name="Seed",
            description="The same seed and prompt give the same image again; -1 is a new one each time",
            default=-1,
            min=-1,
            max=MAX_SEED,
        )
    if model.has_safety_checker:
        options["safety_checker"] = BoolProperty(
            name="Safety Checker", description="Let the service refuse unsafe images", default=True
        )
    return options


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
