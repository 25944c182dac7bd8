# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes of the models' answers, for the table of models (`client.models`).

Sizes are (width, height) in pixels, as the vendors of the models document them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

Size: TypeAlias = tuple[int, int]

GEMINI_3_SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "21:9": (1584, 672),
        "16:9": (1376, 768),
        "3:2": (1264, 848),
        "4:3": (1200, 896),
        "5:4": (1152, 928),
        "1:1": (1024, 1024),
        "4:5": (928, 1152),
        "3:4": (896, 1200),
        "2:3": (848, 1264),
        "9:16": (768, 1376),
    }
)
"""At 1K, by aspect ratio."""
GEMINI_3_LONG_SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {**GEMINI_3_SIZES, "1:4": (512, 2048), "4:1": (2048, 512), "1:8": (384, 3072), "8:1": (3072, 384)}
)
GEMINI_2_5_SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "21:9": (1536, 672),
        "16:9": (1344, 768),
        "3:2": (1248, 832),
        "4:3": (1184, 864),
        "5:4": (1152, 896),
        "1:1": (1024, 1024),
        "4:5": (896, 1152),
        "3:4": (864, 1184),
        "2:3": (832, 1248),
        "9:16": (768, 1344),
    }
)
SEEDREAM_ANSWERS: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "square_hd": (2048, 2048),
        "square": (1920, 1920),
        "portrait_4_3": (1728, 2304),
        "portrait_16_9": (1440, 2560),
        "landscape_4_3": (2304, 1728),
        "landscape_16_9": (2560, 1440),
        "auto_2K": (2048, 2048),
        "auto_3K": (3072, 3072),
    }
)
"""Sizes by their names. If the model chooses the shape, a size with the same number of pixels."""

TIMES_1K: Final[Mapping[str, float]] = MappingProxyType({"512px": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0})
"""A resolution's factor for the sides of 1K."""

_WIDEST: Final = 3.0
"""The aspect up to which a model follows its source."""


@dataclass(frozen=True, kw_only=True)
class AnswerSize:
    """The pixels of one answer."""

    width: int
    height: int
    is_about: bool = False
    """The model chooses the shape itself."""

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.width, self.height


def nearest_ratio(source: Size, ratios: Iterable[str]) -> str:
    """Return the aspect ratio ("16:9") nearest to a picture's, compared by quotients."""
    wanted = source[0] / source[1]

    def distance(ratio: str) -> float:
        across, _, down = ratio.partition(":")
        offered = int(across) / int(down)
        return max(wanted / offered, offered / wanted)

    return min(ratios, key=distance)


def same_area(area: int, source: Size) -> Size:
    """Return a size with that area and the source's aspect (limited as models do), in steps of 16 pixels."""
    aspect = min(max(source[0] / source[1], 1 / _WIDEST), _WIDEST)
    return round((area * aspect) ** 0.5 / 16) * 16, round((area / aspect) ** 0.5 / 16) * 16
