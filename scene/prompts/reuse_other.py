# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill the form from another tool's settings of an image, as far as the chosen model has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...client.answer_sizes import nearest_ratio
from ...client.models import MODELS, SIZE_RATIOS, Model
from ...client.options import MAX_SEED
from ...prompting.templates import NO_TEMPLATE
from ...prompting.tokens import escape
from ...texts.phrases import joined, phrase
from ...texts.wording import option_label

if TYPE_CHECKING:
    from ...jobs.other_recipes import OtherRecipe

_SAME_SHAPE: Final = 1.05
"""The largest quotient of equal ratios: other tools round to 64 pixels, and models' ratios are further
apart."""
_LONGEST_NAME: Final = 40
"""The most characters of a model's name in a report."""


@dataclass(frozen=True, kw_only=True)
class Reused:
    """What was done with another tool's settings, as phrases."""

    taken: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it as a sentence or two."""
        text = phrase("Filled in: {what}", what=joined(*self.taken, by=", "))
        if not self.left:
            return text
        return joined(text, phrase("Left out: {what}", what=joined(*self.left, by=", ")), by=". ")


def reuse_other(form: Any, other: OtherRecipe) -> Reused:
    """Fill the form with a prompt, and with seed and shape if the chosen model has them.

    Settings that the file does not contain stay unchanged.
    """
    form.mode = "GENERATE"
    form.template = NO_TEMPLATE
    form.brought = ""  # by a template
    form.prompt = escape(other.prompt)
    model, group = MODELS[form.model_id], form.options(form.model_id)
    taken, left = [phrase("the prompt")], list[str]()
    if other.width > 0 and other.height > 0:
        name, value = _shape(model, (other.width, other.height))
        if value:
            setattr(group, name, value)
            taken.append(phrase("the shape {shape}", shape=option_label(value)))
        else:
            size = f"{other.width} × {other.height}"
            left.append(phrase("the shape {shape}", shape=size))
    if other.seed is not None:
        is_taken = model.has_seed and 0 <= other.seed <= MAX_SEED
        if is_taken:
            group.seed = other.seed
        (taken if is_taken else left).append(phrase("the seed {seed}", seed=str(other.seed)))
    if other.model:
        left.append(phrase("the model {model}", model=other.model[:_LONGEST_NAME]))
    if other.negative:
        left.append(phrase("the negative prompt"))
    if other.steps is not None:
        left.append(phrase("{steps} steps", steps=other.steps))
    return Reused(taken=tuple(taken), left=tuple(left))


def _shape(model: Model, size: tuple[int, int]) -> tuple[str, str]:
    """Find the option and value for a similar shape; empty if the model has none."""
    by_ratio = {ratio: ratio for ratio in model.aspect_ratios if ":" in ratio}
    name = "aspect_ratio"
    if model.image_sizes:
        name = "image_size"
        sizes = reversed(model.image_sizes)  # the first one of a ratio is the larger one
        by_ratio = {SIZE_RATIOS[each]: each for each in sizes if each in SIZE_RATIOS}
    if not by_ratio:
        return "", ""
    nearest = nearest_ratio(size, by_ratio)
    across, _, down = nearest.partition(":")
    difference = size[0] * int(down) / (size[1] * int(across))
    return name, by_ratio[nearest] if 1 / _SAME_SHAPE < difference < _SAME_SHAPE else ""
