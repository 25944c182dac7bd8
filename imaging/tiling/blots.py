# SPDX-License-Identifier: GPL-3.0-or-later
"""What the eye finds again and again in a picture that is repeated: a blot, a stain. Worker threads only.

Where the picture is looked at through a filter of one size, most of its places are alike, and their largest
value is not far beyond what chance makes of the others. A place that the picture has once only is. So it
means the same for plaster and for bricks: spots among spots are none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .seams import require_size
from .settings import VISIBLE
from .views import reduced, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_LONGEST: Final = 384  # pixels of what is looked at
_PARTS: Final = (40, 28, 20, 14, 10, 7)
"""What is looked for is about so many times smaller than the picture. Its surroundings are twice as large."""
_NEAR_SIZES: Final = 2
"""A blot is seen at sizes near its own too: the mean of the best ones counts, not one by chance."""
_GRAIN_PARTS: Final = 400, 100, 60
"""Grain is between the first two; its strength is taken over the last. What is finer depends on how the view
came about."""
_USUAL: Final = 0.97
"""Quantile of all places. The rest, as large as a blot may be, doesn't count."""
_MOST_PLACES: Final = 0.9
_OF_GRAIN: Final = np.float32(2.17)  # of |x| there, x normal (scipy.stats.norm.ppf(0.985))
_OF_COLOURS: Final = 8.947  # of the sum of three squares (scipy.stats.chi2.ppf(0.97, 3))
_FLOOR: Final = 2 / 255
"""Smaller differences are not seen on any ground."""
_BY_CHANCE: Final = 0.4
_MOST: Final = 4.0
"""So far beyond chance is the largest place of most textures without a blot; from here on all is alike."""
_SHARE: Final = 1 / 6
"""Makes a tenth, where things are seen from, of 1.0: of the thirty of tests/support/tiling_textures.py, which
have no blot, none has more than 0.9."""
_OPPONENTS: Final = np.array(((0.2126, 0.7152, 0.0722), (0.5, -0.5, 0), (-0.25, -0.25, 0.5)), np.float32)
"""Lightness (Rec. 709, of encoded values), red against green, blue against yellow."""


@dataclass(frozen=True, kw_only=True)
class Blot:
    """The place that is most unlike all others."""

    visibility: float
    """1 if there is none; seen from `settings.VISIBLE` on, like a seam."""
    across: float
    """Where it is: part of the width, from the left."""
    up: float
    """Part of the height, from below, as Blender counts."""

    @property
    def is_visible(self) -> bool:
        """Whether the eye finds it when the picture is repeated."""
        return self.visibility >= VISIBLE


def find_blot(pixels: Pixels) -> Blot:
    """Find what stands out most of a picture that is repeated. Raises ImagingError if it is too small.

    The picture is taken to go round: what is found is the same wherever its borders lie.
    """
    require_size(pixels)
    view = reduced(pixels, within(pixels.shape, _LONGEST))
    planes = _planes(view)
    height, width = view.shape[:2]
    soft = _Soft(height, width)
    spectra = [soft.spectrum(plane) for plane in planes]
    spectra.append(soft.spectrum(_grain(planes[0], spectra[0], soft)))
    found: list[tuple[float, int]] = []
    side = max(height, width)
    softened = {
        part: [soft.plane(one, side / part / 2) for one in spectra]
        for part in sorted({*_PARTS, *(part / 2 for part in _PARTS)})
    }
    for part in _PARTS:
        reach = side / part / 2
        bands = [one - around for one, around in zip(softened[part], softened[part / 2], strict=True)]
        places = max(4.0, height * width / (12 * reach * reach))  # that differ from each other
        found.append(
            max(_standing_out(bands[:-1], places), _standing_out(bands[-1:], places), key=lambda it: it[0])
        )
    found.sort(reverse=True)
    best = sum(beyond for beyond, _place in found[:_NEAR_SIZES]) / _NEAR_SIZES
    row, column = divmod(found[0][1], width)
    return Blot(
        visibility=1 + max(0.0, min(best, _MOST) - _BY_CHANCE) * _SHARE,
        across=(column + 0.5) / width,
        up=1 - (row + 0.5) / height,
    )


def _planes(view: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return lightness, and of colours what else they have; each (height, width)."""
    if view.shape[2] < 3:
        return [view[..., 0]]
    turned: NDArray[np.float32] = np.einsum("ijk,lk->lij", view[..., :3], _OPPONENTS)
    return list(turned)


class _Soft:
    """Gaussian filters that go round, by the spectrum."""

    def __init__(self, height: int, width: int) -> None:
        down, across = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)
        self._shape = height, width
        self._squares = ((down * down + across * across) * (2 * np.pi**2)).astype(np.float32)

    def spectrum(self, plane: NDArray[np.floating]) -> NDArray[np.complexfloating]:
        return np.fft.rfft2(plane)

    def plane(self, spectrum: NDArray[np.complexfloating], reach: float) -> NDArray[np.float32]:
        """Return the plane, softened by a standard deviation of so many pixels."""
        kept = np.exp(self._squares * np.float32(-reach * reach))
        return np.fft.irfft2(spectrum * kept, s=self._shape).astype(np.float32)


def _grain(
    lightness: NDArray[np.float32], spectrum: NDArray[np.complexfloating], soft: _Soft
) -> NDArray[np.float32]:
    """Return how strong the grain is at each place."""
    side = max(lightness.shape)
    fine, coarse, around = (side / part for part in _GRAIN_PARTS)
    band = soft.plane(spectrum, fine) - soft.plane(spectrum, coarse)
    power = soft.plane(soft.spectrum(band * band), around)
    return np.sqrt(np.maximum(power, np.float32(1e-8)))


def _standing_out(bands: list[NDArray[np.float32]], places: float) -> tuple[float, int]:
    """Return how far the largest of all places is beyond what chance makes of them, and its flat index."""
    chance = (2 * math.log(places) + len(bands) - 1) ** 0.5
    if len(bands) == 1:
        apart = np.abs(bands[0].ravel())
        usual = max(float(np.quantile(apart, _USUAL)) / float(_OF_GRAIN) * chance, _FLOOR)
    else:
        apart = _distances(np.stack([band.ravel() for band in bands]))
        usual = float(np.quantile(apart, _USUAL)) / _OF_COLOURS**0.5 * chance
    largest = int(apart.argmax())
    return float(apart[largest]) / max(usual, 1e-6) - 1, largest


def _distances(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far places (channels, places) are from the mean, in standard deviations of most of them.

    A texture's colours lie on a line, nearly: what is off it by little stands out. Taken of most places, so
    that what stands out does not hide itself.
    """
    squares = _squares(values, values)
    squares = _squares(values, values[:, squares <= np.quantile(squares, _MOST_PLACES)])
    return np.sqrt(squares)


def _squares(values: NDArray[np.float32], inner: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the squares of Mahalanobis distances, by the spread of the inner ones."""
    least = np.eye(len(values)) * (_FLOOR / 2) ** 2
    spread = np.einsum("ij,kj->ik", inner, inner) / inner.shape[1] + least
    root = np.linalg.cholesky(np.linalg.inv(spread)).T.astype(np.float32)
    turned = np.einsum("ij,jk->ik", root, values)
    return np.einsum("ij,ij->j", turned, turned)
