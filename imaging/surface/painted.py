# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a whole texture from views: projected, filled where nothing is seen, extended beyond the islands.

Worker threads only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .filling import bleed, fill_unseen
from .mesh import nothing_on_texture, on_texture
from .project import SHARP, Kind, project
from .texels import Texels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .mesh import Mesh
    from .project import ViewPicture

MARGIN_PART: Final = 1 / 128
"""How far islands bleed by default, as a fraction of a texture's side: enough for smaller copies of it."""


class Painted(NamedTuple):
    """A texture painted from views."""

    pixels: NDArray[Any]
    """(height, width, 3), uint8 or uint16, sRGB."""
    kinds: NDArray[np.uint8]
    """Of `Kind`, (height, width); bleeding islands count as EMPTY."""
    coverage: float
    """The visible share of the surface on this texture, by area, 0–1."""
    is_overlapping: bool
    """Whether faces share texels: paint on one shows on the others too."""


def paint_texture(
    mesh: Mesh,
    part: int,
    tile: int | None,
    size: tuple[int, int],
    pictures: Sequence[ViewPicture],
    *,
    base: NDArray[Any] | None = None,
    margin: int | None = None,
    is_deep: bool = False,
    power: int = SHARP,
) -> Painted:
    """Return the texture of one material, on one UDIM tile or (None) repeating.

    Args:
        mesh: everything that the views show.
        part: the material.
        tile: the UDIM tile, 1001 …
        size: of the texture (width, height).
        pictures: the views' pictures.
        base: the earlier texture, (height, width, 3) of the result's type: stays where no view sees, and
            beyond the islands. None: unseen parts are filled from the surface around them.
        margin: how many texels islands bleed; None: the default.
        is_deep: 16 bits instead of 8.
        power: as for `project`.

    Raises:
        SurfaceUnusable: nothing of the mesh lies on this texture.
    """
    texels = Texels(mesh, on_texture(mesh, part, tile), size)
    if not (texels.triangles >= 0).any():
        raise nothing_on_texture()
    pixels, kinds, coverage = project(texels, pictures, is_deep=is_deep, power=power)
    if base is None and coverage == 0:  # none of its texels is seen, so there is no colour to fill in
        pixels[kinds == Kind.UNSEEN] = _usual_colour(pictures, most=np.iinfo(pixels.dtype).max)
    elif base is None:
        fill_unseen(texels, pixels, kinds)
    else:
        np.copyto(pixels, base[..., :3], where=(kinds == Kind.UNSEEN)[..., np.newaxis])
    bled = bleed(pixels, kinds != Kind.EMPTY, usual_margin(size) if margin is None else margin)
    if base is not None:
        np.copyto(pixels, base[..., :3], where=~bled[..., np.newaxis])
    return Painted(pixels, kinds, coverage, texels.is_overlapping)


def usual_margin(size: tuple[int, int]) -> int:
    """Return how many texels islands bleed on a texture by default."""
    return max(2, round(max(size) * MARGIN_PART))


def _usual_colour(pictures: Sequence[ViewPicture], most: int) -> NDArray[np.float64]:
    """Return the mean colour of the surface in views, (3,), from at most `most` samples."""
    sums, count = np.zeros(3), 0
    for picture in pictures:
        is_surface = picture.view.steps != 0
        sums += picture.pixels[is_surface].sum(0, dtype=np.float64)
        count += int(np.count_nonzero(is_surface))
    return sums / max(count, 1) * (most / 255) + 0.5
