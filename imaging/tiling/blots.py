# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a blot: what the eye recognises again and again in a repeated picture. Worker threads only.

A filter of one size makes most places of a picture alike: the largest value is about what chance predicts
from the others. A place that exists only once is far beyond that. So the measure means the same for plaster
and for bricks: a spot among many spots is no blot.
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

_LONGEST: Final = 384  # pixels of the analysed view
_PARTS: Final = (40, 28, 20, 14, 10, 7)
"""A blot is about so many times smaller than the picture. Its surroundings are twice as large as it is."""
_NEAR_SIZES: Final = 2
"""A blot is also found at sizes near its own: the mean of the best sizes counts, so that chance does less."""
_GRAIN_PARTS: Final = 400, 100, 60
"""Grain is between the first two; its strength is averaged over the last. Finer detail depends on how the
view was reduced."""
_USUAL: Final = 0.97
"""Quantile of all places. The rest doesn't count, since it may be the blot."""
_MOST_PLACES: Final = 0.9
_OF_GRAIN: Final = np.float32(2.17)  # that quantile of |x|, x normal (scipy.stats.norm.ppf(0.985))
_OF_COLOURS: Final = 8.947  # that quantile of the sum of three squares (scipy.stats.chi2.ppf(0.97, 3))
_FLOOR: Final = 2 / 255
"""Smaller differences are invisible on any ground."""
_BY_CHANCE: Final = 0.4
_MOST: Final = 4.0
"""The largest place of most textures without a blot is beyond chance by `_BY_CHANCE`. Above `_MOST`, more
makes no difference."""
_SHARE: Final = 1 / 6
"""Scales an excess of 1.0 so that it is visible. The thirty textures of tests/support/tiling_textures.py have
no blot and 0.9 at most."""
_OPPONENTS: Final = np.array(((0.2126, 0.7152, 0.0722), (0.5, -0.5, 0), (-0.25, -0.25, 0.5)), np.float32)
"""Lightness (Rec. 709, of encoded values), red against green, blue against yellow."""


@dataclass(frozen=True, kw_only=True)
class Blot:
    """The place that differs most from all others."""

    visibility: float
    """1: no blot. It is seen from `settings.VISIBLE` on, like a seam."""
    across: float
    """Its place: share of the width, from the left."""
    up: float
    """Its place: share of the height, from below as in Blender."""

    @property
    def is_visible(self) -> bool:
        """Whether the eye finds it in the repeated picture."""
        return self.visibility >= VISIBLE


def find_blot(pixels: Pixels) -> Blot:
    """Find what stands out most in a repeated picture. Raises ImagingError if it is too small.

    The filters wrap around: the result is the same wherever the picture's borders lie.
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
        places = max(4.0, height * width / (12 * reach * reach))  # that are independent
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
    """Return the planes (height, width) of a view: lightness, and two of colour if it has colours."""
    if view.shape[2] < 3:
        return [view[..., 0]]
    turned: NDArray[np.float32] = np.einsum("ijk,lk->lij", view[..., :3], _OPPONENTS)
    return list(turned)


class _Soft:
    """Gaussian filters that wrap around, by the spectrum."""

    def __init__(self, height: int, width: int) -> None:
        down, across = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)
        self._shape = height, width
        self._squares = ((down * down + across * across) * (2 * np.pi**2)).astype(np.float32)

    def spectrum(self, plane: NDArray[np.floating]) -> NDArray[np.complexfloating]:
        return np.fft.rfft2(plane)

    def plane(self, spectrum: NDArray[np.complexfloating], reach: float) -> NDArray[np.float32]:
        """Return the plane, softened with a standard deviation of `reach` pixels."""
        kept = np.exp(self._squares * np.float32(-reach * reach))
        return np.fft.irfft2(spectrum * kept, s=self._shape).astype(np.float32)


def _grain(
    lightness: NDArray[np.float32], spectrum: NDArray[np.complexfloating], soft: _Soft
) -> NDArray[np.float32]:
    """Return the strength of the grain at each place."""
    side = max(lightness.shape)
    fine, coarse, around = (side / part for part in _GRAIN_PARTS)
    band = soft.plane(spectrum, fine) - soft.plane(spectrum, coarse)
    power = soft.plane(soft.spectrum(band * band), around)
    return np.sqrt(np.maximum(power, np.float32(1e-8)))


def _standing_out(bands: list[NDArray[np.float32]], places: float) -> tuple[float, int]:
    """Return how far the largest place is beyond chance, and its flat index."""
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
    """Return the distances of places (channels, places) from the mean, in standard deviations.

    A texture's colours nearly lie on a line, so a colour a little off it stands out. The deviations are those
    of most places, so that a blot does not hide itself.
    """
    squares = _squares(values, values)
    squares = _squares(values, values[:, squares <= np.quantile(squares, _MOST_PLACES)])
    return np.sqrt(squares)


def _squares(values: NDArray[np.float32], inner: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return squared Mahalanobis distances, by the covariance of the inner ones."""
    least = np.eye(len(values)) * (_FLOOR / 2) ** 2
    spread = np.einsum("ij,kj->ik", inner, inner) / inner.shape[1] + least
    root = np.linalg.cholesky(np.linalg.inv(spread)).T.astype(np.float32)
    turned = np.einsum("ij,jk->ik", root, values)
    return np.einsum("ij,ij->j", turned, turned)
