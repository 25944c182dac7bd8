# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests: one frozen, serialisable object with everything that is sent.

It is built on the main thread, checked against the table of models so that it can succeed, and stored in the
ledger before it is sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..texts.phrases import phrase
from .edit_mask import EditMask, tell_markers
from .errors import RequestInvalid
from .every_model import EVERY_MODEL
from .models import MODELS, TOOLS, Model, ModelId
from .options import OPTIONS


class Sizing(StrEnum):
    """The size and place of an edit's result."""

    KEEP_SIZE = "KEEP_SIZE"
    """Aligned with its source, at its pixel size."""
    NEW_SIZE = "NEW_SIZE"
    """Aligned with its source, in its shape, and as large as the model's answer if that is larger."""
    AS_IT_CAME = "AS_IT_CAME"
    """Unchanged, as the model made it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One picture of an edit."""

    name: str
    """The artist's name for it: the datablock's or the file's name."""
    role: str = ""
    """Its purpose ("Style", "Material"…), which is added to the prompt as "image 2 is …"."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """The file of a source, as it is sent."""

    name: str
    """The source's."""
    path: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class GenerateRequest:
    """A prompt and its options. Options that the model lacks stay empty and are never sent."""

    model: ModelId
    prompt: str
    count: int = 1
    resolution: str = ""
    aspect_ratio: str = ""
    output_format: str = ""
    image_size: str = ""
    seed: int | None = None
    safety_checker: bool | None = None
    written: str = ""
    """The artist's own text, without tokens' values and the template; empty for a script's."""
    template: str = ""
    """Id of that template."""

    @property
    def table(self) -> Mapping[ModelId, Model]:
        """The model, tool or engine that it is sent to."""
        return MODELS

    @property
    def promised(self) -> int:
        """How many results the service should return; 0 if that is not known."""
        return self.count

    @property
    def makes_model(self) -> bool:
        """Whether the results are files of a 3D model, not images."""
        return False

    def own_problem(self) -> str:
        """What is wrong besides the options of images; empty if nothing."""
        return ""

    @property
    def verb(self) -> str:
        """Last part of the path: `generate` or `edit`."""
        return "generate"

    @property
    def path(self) -> str:
        """Its path below the API's base URL."""
        return f"{EVERY_MODEL[self.model].path}{self.verb}/"

    @property
    def title(self) -> str:
        """The text that files and datablocks are named after: the prompt without its template."""
        return self.prompt.strip().partition("\n\n")[0]

    @property
    def price(self) -> int:
        """Credits that the service is expected to charge."""
        return EVERY_MODEL[self.model].price(count=self.count, resolution=self.resolution)

    @property
    def whole_price(self) -> int:
        """Credits that the artist agrees to, including a follow-up that is sent automatically."""
        return self.price

    @property
    def typical_seconds(self) -> float:
        return EVERY_MODEL[self.model].typical_seconds

    def fields(self) -> dict[str, Any]:
        """The JSON body without the sources: only fields that the model has and the artist set."""
        model = EVERY_MODEL[self.model]
        body: dict[str, Any] = {"prompt": self.full_prompt()}
        for option in OPTIONS:
            value = getattr(self, option.name)
            if option.is_offered(model) and value not in ("", None):
                body[option.field] = value
        if model.refuses_default_format and self.output_format == "png":  # it is made anyway
            del body["output_format"]
        return body

    def full_prompt(self) -> str:
        """Return the text that is sent."""
        return self.prompt


@dataclass(frozen=True, kw_only=True)
class EditRequest(GenerateRequest):
    """A prompt about one or more pictures; the first is edited.

    It contains no files of this machine: see `jobs.preparation`.
    """

    sources: tuple[Source, ...]
    keeps_place: bool = False
    """Align the result with the first source, in its shape: the source is sent on a canvas of a ratio that
    the model has, and the result is cut out of the answer."""
    keeps_size: bool = True
    """With `keeps_place`: the source's pixel size is kept even if the model's answer is larger."""
    holds_data: bool = False
    """The first source is data, not colour: normals, roughness."""
    alpha_mode: str = ""
    """The meaning of the first source's alpha, by Blender's name: "CHANNEL_PACKED" …"""
    mask: EditMask = field(default_factory=EditMask)
    """Where the first source may change. With a mask, the last source is the marked copy."""

    @property
    def least(self) -> int:
        """The fewest sources."""
        return 1

    @property
    def verb(self) -> str:
        return "edit"

    @property
    def ignores_alpha(self) -> bool:
        """Whether the first source's alpha is not transparency."""
        return self.alpha_mode in ("CHANNEL_PACKED", "NONE")

    def full_prompt(self) -> str:
        """Return the prompt: first the roles of the sources if any has one, and the marks last."""
        prompt = tell_markers(self.prompt, [marker.text for marker in self.mask.markers])
        return tell_roles(prompt, [source.role for source in self.sources])

    def in_ratio(self, ratio: str) -> EditRequest:
        """Return the request for a canvas of that ratio, if the model can be asked for ratios."""
        return replace(self, aspect_ratio=ratio) if ratio in EVERY_MODEL[self.model].aspect_ratios else self


@dataclass(frozen=True, kw_only=True)
class ToolRequest(EditRequest):
    """A tool for one picture. It takes no prompt: the prompt only names the result."""

    quality: str = ""
    """The quality of a tool that has some; empty is its default."""

    @property
    def table(self) -> Mapping[ModelId, Model]:
        return TOOLS

    @property
    def verb(self) -> str:
        return "tool"

    @property
    def path(self) -> str:
        return EVERY_MODEL[self.model].path

    @property
    def price(self) -> int:
        return EVERY_MODEL[self.model].price(count=self.count, quality=self.quality)

    def fields(self) -> dict[str, Any]:
        """The form without the picture."""
        tool = EVERY_MODEL[self.model]
        quality = self.quality or tool.default_quality
        return {**tool.fixed_fields, **({"quality": quality} if quality else {})}

    def full_prompt(self) -> str:
        return ""

    def own_problem(self) -> str:
        tool = EVERY_MODEL[self.model]
        if self.quality in ("", *tool.qualities):
            return ""
        return phrase(
            "{model} has no {what} “{value}”. Allowed: {allowed}.",
            model=tool.label,
            what=phrase("quality"),
            value=self.quality,
            allowed=", ".join(tool.qualities),
        )


def tell_roles(prompt: str, roles: Sequence[str]) -> str:
    """Prepend the purpose of each source to a prompt, if any has one. The first source is edited."""
    if not any(roles):
        return prompt
    told = [f"Image 1 is {roles[0] or 'the image to edit'}."]
    for role, run in itertools.groupby(enumerate(roles[1:], start=2), key=lambda item: item[1]):
        numbers = [number for number, _role in run]
        if role:
            told += [f"Image {number} is {role}." for number in numbers]
        elif len(numbers) == 1:
            told.append(f"Image {numbers[0]} is a reference.")
        else:
            told.append(f"Images {numbers[0]} to {numbers[-1]} are references.")
    return " ".join(told) + "\n" + prompt


def validate(request: GenerateRequest) -> None:
    """Check a request against the table of models, before anything is sent.

    Raises:
        RequestInvalid: names the option and what is allowed.
    """
    model = EVERY_MODEL[request.model]
    if not request.prompt.strip():
        raise RequestInvalid(phrase("The prompt is empty: say what the picture should show."))
    if "\0" in request.prompt or any("\ud800" <= char <= "\udfff" for char in request.prompt):
        raise RequestInvalid(
            phrase("The prompt contains a character that is not text: type that part again.")
        )
    for option in OPTIONS:
        if problem := option.problem(model, getattr(request, option.name)):
            raise RequestInvalid(problem)
    if request.model not in request.table:
        raise RequestInvalid(phrase("{model} can't do this: choose another model.", model=model.label))
    if problem := request.own_problem():
        raise RequestInvalid(problem)
    if isinstance(request, EditRequest) and not request.least <= len(request.sources) <= model.max_sources:
        if request.mask.is_set and len(request.sources) == model.max_sources + 1:
            raise RequestInvalid(no_room_text(model))
        raise RequestInvalid(
            phrase(
                "{model} edits 1 to {max_sources} source images at once, not {count}.",
                model=model.label,
                max_sources=model.max_sources,
                count=len(request.sources),
            )
        )


def no_room_text(model: Model) -> str:
    """Return a text that a mask's marked copy is one source too many."""
    return phrase(
        "{model} takes {max_sources} images at most, and the mask needs one of them: remove a source.",
        model=model.label,
        max_sources=model.max_sources,
    )
