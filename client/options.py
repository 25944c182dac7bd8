# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a request's options. Forms, operators, checks and the JSON body are made from it.

What a model allows of each is in the table of models. A new option is a field of `GenerateRequest` and an
entry here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..texts.phrases import phrase
from .models import Model

MAX_SEED: Final = 2**31 - 1
"""The largest value of Blender's IntProperty; the service documents only "an integer ≥ 0"."""


@dataclass(frozen=True, kw_only=True)
class _Option:
    name: str
    """The name of the request's field, the form's property and the operators' parameter."""
    field: str
    """In the JSON body."""
    label: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Choice(_Option):
    """A choice among the API's own values; empty: none."""

    what: str
    """The option's description for a sentence."""
    values: Callable[[Model], tuple[str, ...]]
    default: Callable[[Model], str]

    def is_offered(self, model: Model) -> bool:
        """Return whether a model has it."""
        return bool(self.values(model))

    def problem(self, model: Model, value: str) -> str:
        """Return what is wrong with a value; empty if nothing."""
        allowed = self.values(model)
        if not value or value in allowed:
            return ""
        if not allowed:
            return phrase("{model} has no {what} option.", model=model.label, what=self.what)
        return phrase(
            "{model} has no {what} “{value}”. Allowed: {allowed}.",
            model=model.label,
            what=self.what,
            value=value,
            allowed=", ".join(allowed),
        )


@dataclass(frozen=True, kw_only=True)
class Count(_Option):
    """The number of images."""

    def is_offered(self, model: Model) -> bool:
        """Return whether a model has it: all do."""
        return model.max_images > 0

    def problem(self, model: Model, value: int) -> str:
        """Return what is wrong with a value; empty if nothing."""
        if 1 <= value <= model.max_images:
            return ""
        return phrase(
            "{model} makes 1 to {max_images} images at once, not {count}.",
            model=model.label,
            max_images=model.max_images,
            count=value,
        )


@dataclass(frozen=True, kw_only=True)
class Seed(_Option):
    """A number that makes the result repeatable; None: a new one each time."""

    def is_offered(self, model: Model) -> bool:
        """Return whether a model has it."""
        return model.has_seed

    def problem(self, model: Model, value: int | None) -> str:
        """Return what is wrong with a value; empty if nothing."""
        if value is None:
            return ""
        if not model.has_seed:
            return phrase("{model} has no seed.", model=model.label)
        if 0 <= value <= MAX_SEED:
            return ""
        return phrase("The seed must be from 0 to {max_seed}, not {seed}.", max_seed=MAX_SEED, seed=value)


@dataclass(frozen=True, kw_only=True)
class SafetyChecker(_Option):
    """Whether the service refuses unsafe images; None: the service's default."""

    def is_offered(self, model: Model) -> bool:
        """Return whether a model has it."""
        return model.has_safety_checker

    def problem(self, model: Model, value: bool | None) -> str:
        """Return what is wrong with a value; empty if nothing."""
        if value is None or model.has_safety_checker:
            return ""
        return phrase("{model} has no safety checker option.", model=model.label)


Option: TypeAlias = Choice | Count | Seed | SafetyChecker

OPTIONS: Final[tuple[Option, ...]] = (
    Choice(
        name="aspect_ratio",
        field="aspect_ratio",
        label="Aspect Ratio",
        hint="Width to height",
        what=phrase("aspect ratio"),
        values=lambda model: model.aspect_ratios,
        default=lambda model: model.aspect_ratios[0],
    ),
    Choice(
        name="resolution",
        field="resolution",
        label="Resolution",
        hint="Pixels along the longer side, roughly. The price depends on it",
        what=phrase("resolution"),
        values=lambda model: model.resolutions,
        default=lambda model: model.default_resolution,
    ),
    Choice(
        name="image_size",
        field="image_size",
        label="Size",
        hint="Shape and size of the image",
        what=phrase("image size"),
        values=lambda model: model.image_sizes,
        default=lambda model: model.default_image_size,
    ),
    Count(
        name="count",
        field="num_images",
        label="Images",
        hint="How many images to make at once. Each costs the same",
    ),
    Choice(
        name="output_format",
        field="output_format",
        label="File Format",
        hint="Format of the files that the service makes",
        what=phrase("output format"),
        values=lambda model: model.output_formats,
        default=lambda model: model.output_formats[0],
    ),
    Seed(
        name="seed",
        field="seed",
        label="Seed",
        hint="The same seed and prompt give the same image again; -1 is a new one each time",
    ),
    SafetyChecker(
        name="safety_checker",
        field="enable_safety_checker",
        label="Safety Checker",
        hint="Let the service refuse unsafe images",
    ),
)
"""In the order of the panel."""
