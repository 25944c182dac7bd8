# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of models and tools: what each can do and what it costs.

Panels draw from it, requests are validated against it, prices are read from it. A new model is a new
entry. Source of all numbers: the vendor's documentation, read on `AS_OF`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from . import prices
from .answer_sizes import (
    GEMINI_2_5_SIZES,
    GEMINI_3_LONG_SIZES,
    GEMINI_3_SIZES,
    SEEDREAM_ANSWERS,
    TIMES_1K,
    AnswerSize,
    Size,
    nearest_ratio,
    same_area,
)

AS_OF: Final = date(2026, 11, 20)
"""When the prices and capabilities below were last compared with the vendor's pages."""


class ModelId(StrEnum):
    """The models, tools and engines, by the identifiers in scripts, the .blend and the ledger."""

    GEMINI_3_PRO = "GEMINI_3_PRO"
    GEMINI_3_1_FLASH = "GEMINI_3_1_FLASH"
    GEMINI_2_5_FLASH = "GEMINI_2_5_FLASH"
    SEEDREAM_V5_LITE = "SEEDREAM_V5_LITE"
    REMOVE_BACKGROUND = "REMOVE_BACKGROUND"
    ENHANCE = "ENHANCE"
    TRELLIS_2 = "TRELLIS_2"
    HUNYUAN_PRO = "HUNYUAN_PRO"
    HUNYUAN_RAPID = "HUNYUAN_RAPID"
    TRIPO = "TRIPO"
    TRIPO_TEXTURE = "TRIPO_TEXTURE"
    HUNYUAN_TEXTURE = "HUNYUAN_TEXTURE"


ASPECT_RATIOS: Final = ("auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
WIDE_ASPECT_RATIOS: Final = (*ASPECT_RATIOS, "1:4", "4:1", "1:8", "8:1")
OUTPUT_FORMATS: Final = ("png", "jpeg", "webp")
SEEDREAM_SIZES: Final = (
    "square_hd",
    "square",
    "portrait_4_3",
    "portrait_16_9",
    "landscape_4_3",
    "landscape_16_9",
    "auto_2K",
    "auto_3K",
)
SIZE_RATIOS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "square_hd": "1:1",
        "square": "1:1",
        "portrait_4_3": "3:4",
        "portrait_16_9": "9:16",
        "landscape_4_3": "4:3",
        "landscape_16_9": "16:9",
    }
)
"""Aspect ratios of the sizes that have one; the others take the first source's."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """What one model accepts and costs. An empty tuple means that the model has no such option."""

    id: ModelId
    label: str
    hint: str
    """When to choose it, in one sentence."""
    path: str
    """Path stem below the API's base URL; `generate/` or `edit/` follows, except a tool's."""
    sizes: Mapping[str, Size]
    """Pixels of an answer, by aspect ratio at 1K, else by the name of the size."""
    seconds: tuple[int, int]
    """Typical time at the service for one image: the shortest and the longest, seconds."""
    credits_per_image: int
    """Credits for one image at the default resolution, or at any if it has only one."""
    credits_by_resolution: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    aspect_ratios: tuple[str, ...] = ()
    output_formats: tuple[str, ...] = ()
    image_sizes: tuple[str, ...] = ()
    default_image_size: str = ""
    max_images: int = 4
    max_sources: int = 14
    has_seed: bool = False
    has_safety_checker: bool = False
    source_fields: tuple[str, ...] = ("images",)
    """Names of the JSON field for an edit's sources, in the order to try them. A second name is tried
    once, after a 400: which one the service takes is not documented everywhere."""
    refuses_default_format: bool = False
    """True if the service was seen to refuse `output_format`, although it is documented."""
    credits_by_quality: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The prices of a tool that has qualities."""
    fixed_fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fields of every request to a tool."""

    @property
    def resolutions(self) -> tuple[str, ...]:
        return tuple(self.credits_by_resolution)

    @property
    def default_resolution(self) -> str:
        return "1K" if self.credits_by_resolution else ""

    @property
    def qualities(self) -> tuple[str, ...]:
        return tuple(self.credits_by_quality)

    @property
    def default_quality(self) -> str:
        """The best: a bad edge costs more of the artist's time than two credits."""
        return self.qualities[-1] if self.credits_by_quality else ""

    @property
    def typical_seconds(self) -> float:
        """The middle of `seconds`, from which panels say "of about 45 s"."""
        return sum(self.seconds) / 2

    def price(self, *, count: int, resolution: str = "", quality: str = "") -> int:
        """Credits for `count` images, by a file of prices, else by the table."""
        size = (quality or self.default_quality) if self.credits_by_quality else resolution
        if (told := prices.told(self.id, size or self.default_resolution)) is not None:
            return told * count
        if self.credits_by_quality:
            return self.credits_by_quality[size] * count
        each = self.credits_by_resolution.get(resolution or self.default_resolution, self.credits_per_image)
        return each * count

    def answer_size(
        self,
        *,
        resolution: str = "",
        aspect_ratio: str = "",
        image_size: str = "",
        source: Size | None = None,
    ) -> AnswerSize:
        """Pixels of an answer to a request with these options. Options that the model lacks are ignored.

        Args:
            source: size of the first source, whose shape the model uses if it chooses the shape.
        """
        if self.image_sizes:
            name = image_size or self.default_image_size
            width, height = self.sizes[name]
            if name in SIZE_RATIOS:
                return AnswerSize(width=width, height=height)
            if source is not None:
                width, height = same_area(width * height, source)
            return AnswerSize(width=width, height=height, is_about=True)
        is_chosen = aspect_ratio in self.sizes
        ratio = aspect_ratio if is_chosen else nearest_ratio(source or (1, 1), self.sizes)
        times = TIMES_1K[resolution or ONLY_RESOLUTION]
        width, height = self.sizes[ratio]
        return AnswerSize(width=round(width * times), height=round(height * times), is_about=not is_chosen)


MODELS: Final[Mapping[ModelId, Model]] = MappingProxyType(
    {
        model.id: model
        for model in (
            Model(
                id=ModelId.GEMINI_3_1_FLASH,
                label="Gemini 3.1 Flash",
                hint="Balances quality, speed and price: the one to start with",
                path="/v1/images/gemini/3.1/flash/",
                sizes=GEMINI_3_LONG_SIZES,
                seconds=(30, 60),
                credits_per_image=15,
                credits_by_resolution=MappingProxyType({"512px": 10, "1K": 15, "2K": 20, "4K": 25}),
                aspect_ratios=WIDE_ASPECT_RATIOS,
                output_formats=OUTPUT_FORMATS,
            ),
            Model(
                id=ModelId.GEMINI_3_PRO,
                label="Gemini 3 Pro",
                hint="Best quality, for final assets",
                path="/v1/images/gemini/3/pro/",
                sizes=GEMINI_3_SIZES,
                seconds=(40, 90),
                credits_per_image=50,
                credits_by_resolution=MappingProxyType({"1K": 50, "2K": 50, "4K": 80}),
                aspect_ratios=ASPECT_RATIOS,
                output_formats=OUTPUT_FORMATS,
            ),
            Model(
                id=ModelId.GEMINI_2_5_FLASH,
                label="Gemini 2.5 Flash",
                hint="Cheapest, for drafts and volume",
                path="/v1/images/gemini/2.5/flash/",
                sizes=GEMINI_2_5_SIZES,
                seconds=(30, 60),
                credits_per_image=5,
                aspect_ratios=ASPECT_RATIOS,
                output_formats=OUTPUT_FORMATS,
                refuses_default_format=True,
            ),
            Model(
                id=ModelId.SEEDREAM_V5_LITE,
                label="Seedream V5 Lite",
                hint="Stylised work, up to 6 images at once, repeatable by seed",
                path="/v1/images/seedream/v5/lite/",
                sizes=SEEDREAM_ANSWERS,
                seconds=(20, 40),
                credits_per_image=10,
                image_sizes=SEEDREAM_SIZES,
                default_image_size="auto_2K",
                max_images=6,
                max_sources=10,
                has_seed=True,
                has_safety_checker=True,
                source_fields=("image_urls", "images"),
            ),
        )
    }
)

TOOLS: Final[Mapping[ModelId, Model]] = MappingProxyType(
    {
        model.id: model
        for model in (
            Model(
                id=ModelId.REMOVE_BACKGROUND,
                label="Remove Background",
                hint="Cuts the subject out: the result has real transparency",
                path="/v1/tools/remove-bg/",
                sizes=MappingProxyType({}),
                seconds=(5, 20),  # not documented
                credits_per_image=5,
                credits_by_quality=MappingProxyType({"low": 3, "medium": 4, "high": 5}),
                max_images=1,
                max_sources=1,
                source_fields=("image_file",),
            ),
            Model(
                id=ModelId.ENHANCE,
                label="Enhance",
                hint="Sharpens the image and makes it larger",
                path="/v1/tools/image-enhance/",
                sizes=MappingProxyType({}),
                seconds=(15, 60),  # not documented
                credits_per_image=15,
                max_images=1,
                max_sources=1,
                source_fields=("image_file",),
                fixed_fields=MappingProxyType({"mode": "enhance"}),
            ),
        )
    }
)
"""Tools for one image without a prompt. The documentation only says that the qualities of Remove Background
cost 3 to 5 credits: which one costs 4 is a guess."""

ONLY_RESOLUTION: Final = "1K"
"""The resolution of models that leave no choice."""


def side_of(resolution: str) -> int:
    """Return the approximate pixels of a resolution's or size's longer side; 0 if unknown."""
    found = re.search(r"(\d+)(K|px)$", resolution)
    return int(found[1]) * (1024 if found[2] == "K" else 1) if found else 0


DEFAULT_MODEL: Final = ModelId.GEMINI_3_1_FLASH
