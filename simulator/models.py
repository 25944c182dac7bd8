# SPDX-License-Identifier: GPL-3.0-or-later
"""The image models as the vendor documents them: the simulator's own, independent table.

The client has a table of the same facts. This one was written independently on purpose: a test compares
the two, so that a mistake in either is found. Source: the vendor's API documentation, as read on 2026-11-21.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Size = tuple[int, int]  # width, height in pixels

AUTO = "auto"

# Gemini 3's sizes at 1K; 512px is half, 2K double, 4K four times of it.
_GEMINI_3: Mapping[str, Size] = MappingProxyType({
    "21:9": (1584, 672), "16:9": (1376, 768), "3:2": (1264, 848), "4:3": (1200, 896), "5:4": (1152, 928),
    "1:1": (1024, 1024),
    "4:5": (928, 1152), "3:4": (896, 1200), "2:3": (848, 1264), "9:16": (768, 1376),
})  # fmt: skip
_GEMINI_3_LONG: Mapping[str, Size] = MappingProxyType({
    "1:4": (512, 2048), "4:1": (2048, 512), "1:8": (384, 3072), "8:1": (3072, 384),
})  # fmt: skip
_GEMINI_2_5: Mapping[str, Size] = MappingProxyType({
    "21:9": (1536, 672), "16:9": (1344, 768), "3:2": (1248, 832), "4:3": (1184, 864), "5:4": (1152, 896),
    "1:1": (1024, 1024),
    "4:5": (896, 1152), "3:4": (864, 1184), "2:3": (832, 1248), "9:16": (768, 1344),
})  # fmt: skip
_SEEDREAM: Mapping[str, Size] = MappingProxyType({
    "square_hd": (2048, 2048), "square": (1920, 1920),
    "portrait_4_3": (1728, 2304), "portrait_16_9": (1440, 2560),
    "landscape_4_3": (2304, 1728), "landscape_16_9": (2560, 1440),
    "auto_2K": (2048, 2048), "auto_3K": (3072, 3072),
})  # fmt: skip

_RESOLUTION_SCALE: Mapping[str, float] = MappingProxyType({"512px": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0})


@dataclass(frozen=True, kw_only=True)
class SimulatedModel:
    """One model: its inputs, its price, its results."""

    key: str
    path: str  # the path stem; `generate/` or `edit/` follows
    seconds: tuple[float, float]  # a single image, quickest and slowest
    prices: Mapping[str, int]  # credits an image by resolution; the key is "" without resolutions
    max_images: int
    max_sources: int
    aspect_ratios: Mapping[str, Size] = field(default_factory=dict[str, Size])  # at 1K, without "auto"
    image_sizes: Mapping[str, Size] = field(default_factory=dict[str, Size])
    output_format: bool = False
    seed: bool = False
    safety_checker: bool = False

    @property
    def resolutions(self) -> tuple[str, ...]:
        return tuple(name for name in self.prices if name)

    def price(self, resolution: str) -> int:
        """Credits for one image."""
        return self.prices[resolution if self.resolutions else ""]

    def pixel_size(self, *, resolution: str, aspect_ratio: str, image_size: str, source: Size | None) -> Size:
        """Return the size of the delivered image. `source`: the first source's size, which `auto` follows."""
        if self.image_sizes:
            width, height = self.image_sizes[image_size]
            if not image_size.startswith(AUTO) or source is None:
                return width, height
            return _same_area(width * height, source)
        if aspect_ratio == AUTO:
            aspect_ratio = "1:1" if source is None else _nearest(source, self.aspect_ratios)
        width, height = self.aspect_ratios[aspect_ratio]
        scale = _RESOLUTION_SCALE[resolution or "1K"]
        return round(width * scale), round(height * scale)


def _nearest(source: Size, choices: Mapping[str, Size]) -> str:
    """Return the name of the choice whose aspect is nearest to the source's, compared by quotients."""
    wanted = source[0] / source[1]

    def distance(name: str) -> float:
        offered = choices[name][0] / choices[name][1]
        return max(wanted / offered, offered / wanted)

    return min(choices, key=distance)


def _same_area(area: int, source: Size) -> Size:
    """Return a size of that area with the source's aspect (limited to 1:3), in steps of 16 pixels."""
    aspect = min(max(source[0] / source[1], 1 / 3), 3.0)
    width, height = (area * aspect) ** 0.5, (area / aspect) ** 0.5
    return round(width / 16) * 16, round(height / 16) * 16


MODELS: tuple[SimulatedModel, ...] = (
    SimulatedModel(
        key="GEMINI_3_PRO",
        path="/v1/images/gemini/3/pro/",
        seconds=(40.0, 90.0),
        prices=MappingProxyType({"1K": 50, "2K": 50, "4K": 80}),
        max_images=4,
        max_sources=14,
        aspect_ratios=_GEMINI_3,
        output_format=True,
    ),
    SimulatedModel(
        key="GEMINI_3_1_FLASH",
        path="/v1/images/gemini/3.1/flash/",
        seconds=(30.0, 60.0),
        prices=MappingProxyType({"512px": 10, "1K": 15, "2K": 20, "4K": 25}),
        max_images=4,
        max_sources=14,
        aspect_ratios=MappingProxyType({**_GEMINI_3, **_GEMINI_3_LONG}),
        output_format=True,
    ),
    SimulatedModel(
        key="GEMINI_2_5_FLASH",
        path="/v1/images/gemini/2.5/flash/",
        seconds=(30.0, 60.0),
        prices=MappingProxyType({"": 5}),
        max_images=4,
        max_sources=14,
        aspect_ratios=_GEMINI_2_5,
        output_format=True,  # documented, but the service refuses it: `Simulator.flash_2_5_formats`
    ),
    SimulatedModel(
        key="SEEDREAM_V5_LITE",
        path="/v1/images/seedream/v5/lite/",
        seconds=(20.0, 40.0),
        prices=MappingProxyType({"": 10}),
        max_images=6,
        max_sources=10,
        image_sizes=_SEEDREAM,
        seed=True,
        safety_checker=True,
    ),
)

BY_KEY: Mapping[str, SimulatedModel] = MappingProxyType({model.key: model for model in MODELS})
