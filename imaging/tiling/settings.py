# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be chosen of textures that tile and of their maps. Kept in recipes, and known without numpy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BASE_COLOR: Final = "BASE_COLOR"
"""The picture itself, beside its maps."""

VISIBLE: Final = 1.1
"""From here on a seam is seen.

Measured on thirty drawn textures (tests/support/tiling_textures.py), both directions of each: of those that
tile none has more than 1.01, wherever the border lies; of those that are cut out of a larger picture 58 of 60
have 1.15 and more, and the two below (long bricks that go on nearly right) are hardly seen either.
"""
_BAND: Final = 0.11
"""Half the width of the cross that is repaired, of the picture's side."""
LEAST_SIDE: Final = 16
"""Pixels of a side, below which nothing can be compared."""


class Size(StrEnum):
    """What becomes of a picture's size."""

    KEEP = "KEEP"
    """It stays: a patch of the picture's own inside goes over the border."""
    CUT_OFF = "CUT_OFF"
    """The ends are laid over each other, and what they overlap by is lost."""


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
    """Which values of a picture are its heights."""

    SHADING = "SHADING"
    """How light it is, without what changes slowly: an estimate."""
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"
    ALPHA = "ALPHA"
    """A channel as it is stored: the picture brings its heights along."""


@dataclass(frozen=True, kw_only=True)
class MapSettings:
    """What an artist may choose."""

    height_from: HeightFrom = HeightFrom.SHADING

    coarsest: float = 0.1
    """A part of the picture's side: slower changes of brightness are light or dirt, not height."""
    fineness: float = 0.8
    """How much of the finest grain is height, 0 to 1."""
    is_inverted: bool = False
    """Whether what is dark is high."""
    depth: float = 0.02
    """From the lowest to the highest place, of the picture's side."""
    is_directx: bool = False
    """Whether green points down in normal maps (DirectX), not up (OpenGL, Blender)."""
    roughness: float = 0.7
    """The average roughness."""
    roughness_contrast: float = 0.5
    """How much smoother what is light is, and how much rougher what is dark."""
    occlusion: float = 1.0
    """How dark what lies deep becomes, 0 to 1 or more."""
    metal_tolerance: float = 0.12
    """How far a colour may be from the usual one to be metal as well: distance of the channels' shares."""


def cross() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return as polygons in UV space where the borders of a picture are that was rolled by half."""
    low, high = 0.5 - _BAND, 0.5 + _BAND
    return (
        ((low, 0.0), (high, 0.0), (high, 1.0), (low, 1.0)),
        ((0.0, low), (1.0, low), (1.0, high), (0.0, high)),
    )
