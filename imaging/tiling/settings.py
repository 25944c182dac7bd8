# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of tiling textures and their maps. Recipes store them; no numpy needed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BASE_COLOR: Final = "BASE_COLOR"
"""The picture itself, among its maps."""

VISIBLE: Final = 1.1
"""A seam is visible from this value on.

Measured on thirty drawn textures (tests/support/tiling_textures.py) in both directions. Those that tile have
1.01 at most. Rolled by every third offset, three of 5,160 have more, 1.07 at most: their largest step lies at
the border by chance. Of those cut out of a larger picture, 58 of 60 have 1.14 or more; the other two (long
bricks that nearly continue) are hardly visible.
"""
_BAND: Final = 0.11
"""Half the width of the repaired cross, as a share of the picture's side."""
LEAST_SIDE: Final = 16
"""The shortest side that can be measured, pixels."""


class Size(StrEnum):
    """What happens to a picture's size."""

    KEEP = "KEEP"
    """It stays: a patch from the picture's own inside goes over the border."""
    CUT_OFF = "CUT_OFF"
    """The ends go over each other, and the overlap is lost."""


class Map(StrEnum):
    """A map of a material. All are data: their images are Non-Color."""

    HEIGHT = "HEIGHT"
    """16 bits: 0 is low."""
    NORMAL = "NORMAL"
    """8 bits, three channels, in tangent space."""
    ROUGHNESS = "ROUGHNESS"
    OCCLUSION = "OCCLUSION"
    """White is open."""
    METALLIC = "METALLIC"
    """White is metal."""


class HeightFrom(StrEnum):
    """The values of a picture that are its heights."""

    SHADING = "SHADING"
    """Its lightness without slow changes: an estimate."""
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"
    ALPHA = "ALPHA"
    """Like the others, a stored channel: the picture already contains heights."""


@dataclass(frozen=True, kw_only=True)
class MapSettings:
    """An artist's options."""

    height_from: HeightFrom = HeightFrom.SHADING

    coarsest: float = 0.1
    """A share of the picture's side: slower changes of brightness are light or dirt, not height."""
    fineness: float = 0.8
    """The share of the finest grain that is height, 0 to 1."""
    is_inverted: bool = False
    """Whether dark is high."""
    depth: float = 0.02
    """Distance from the lowest to the highest place, as a share of the picture's side."""
    is_directx: bool = False
    """Whether green points down in normal maps (DirectX), not up (OpenGL, Blender)."""
    roughness: float = 0.7
    """The average roughness."""
    roughness_contrast: float = 0.5
    """How much smoother light places are, and how much rougher dark ones."""
    occlusion: float = 1.0
    """How dark deep places become, 0 to 1 or more."""
    metal_tolerance: float = 0.12
    """The largest distance from the usual colour that is still metal: sum of differences of channel
    shares."""


def cross() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return polygons in UV space around the borders of a picture that was rolled by half."""
    low, high = 0.5 - _BAND, 0.5 + _BAND
    return (
        ((low, 0.0), (high, 0.0), (high, 1.0), (low, 1.0)),
        ((0.0, low), (1.0, low), (1.0, high), (0.0, high)),
    )
