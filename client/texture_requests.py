# SPDX-License-Identifier: GPL-3.0-or-later
"""A request for textures on the artist's own model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..texts.phrases import phrase
from .body import picture_mark
from .models import Model, ModelId
from .requests import EditRequest
from .texturers import TEXTURERS, Texturer

CONVERT_PATH: Final = "/v1/tools/convert/"

NEEDS_WORDS = phrase("Choose a picture, or write what it should look like")
"""Why no request is possible yet; without a final period."""


@dataclass(frozen=True, kw_only=True)
class TextureRequest(EditRequest):
    """Textures for a model, which is the first source, from a picture, which is the second, or from a prompt.

    With a picture the prompt is not sent: it is only the result's title.
    """

    pbr: bool = True
    """Maps of roughness and metal, besides the colour."""
    quality: str = ""
    """Empty is the engine's default."""
    of_task: str = ""
    """For an engine that accepts addresses: the task that converted the model. Then there is no source."""
    link: str = ""
    """The link to that task's result; fresh for each POST, and never stored."""

    @property
    def table(self) -> Mapping[ModelId, Model]:
        return TEXTURERS

    @property
    def engine(self) -> Texturer:
        return TEXTURERS[self.model]

    @property
    def verb(self) -> str:
        return "texture"

    @property
    def makes_model(self) -> bool:
        return True

    @property
    def promised(self) -> int:
        return 0  # as of all that gives models

    @property
    def is_first_step(self) -> bool:
        """Whether it only converts the model, for an engine that accepts addresses."""
        return bool(self.engine.convert_credits) and not self.of_task

    @property
    def gives(self) -> tuple[str, ...]:
        """Kinds of files that come, by their suffixes."""
        return (".fbx",) if self.is_first_step else self.engine.gives

    @property
    def least(self) -> int:
        return 0 if self.of_task else 1

    @property
    def path(self) -> str:
        return CONVERT_PATH if self.is_first_step else self.engine.path

    @property
    def price(self) -> int:
        engine = self.engine
        return engine.convert_credits if self.is_first_step else engine.price(count=1, quality=self.quality)

    @property
    def whole_price(self) -> int:
        return self.engine.whole_price(self.quality) if self.is_first_step else self.price

    @property
    def has_picture(self) -> bool:
        return len(self.sources) > self.least

    def next_step(self, task_id: str) -> TextureRequest:
        """Return the request to send once the model is converted."""
        return replace(self, of_task=task_id, sources=self.sources[1:])

    def full_prompt(self) -> str:
        return "" if self.has_picture else self.prompt

    def own_problem(self) -> str:
        engine = self.engine
        if self.count != 1:
            return phrase("{model} makes one model at once.", model=engine.label)
        if not self.has_picture and len(self.prompt) > engine.most_prompt:
            return phrase(
                "{model} takes prompts of {most} characters at most, not {count}.",
                model=engine.label,
                most=engine.most_prompt,
                count=len(self.prompt),
            )
        if self.quality in ("", *engine.qualities):
            return ""
        return phrase(
            "{model} has no {what} “{value}”. Allowed: {allowed}.",
            model=engine.label,
            what=phrase("quality"),
            value=self.quality,
            allowed=", ".join(engine.qualities),
        )

    def fields(self) -> dict[str, Any]:
        """The form without its files; for a second step the JSON body, with a mark for the picture."""
        if self.is_first_step:
            return {"output_format": "fbx"}
        if self.of_task:
            told = {"image": picture_mark(0)} if self.has_picture else {"prompt": self.prompt}
            return {"file_url": self.link, "enable_pbr": self.pbr and not self.has_picture, **told}
        return {
            "texture_quality": self.quality or self.engine.default_quality,
            "pbr": "true" if self.pbr else "false",
            **({} if self.has_picture else {"prompt": self.prompt}),
        }
