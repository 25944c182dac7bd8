# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit one shift and scale to the matches of many blocks, some of which are wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from .aperture import Aperture, look_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.floating[Any]]"

_SEARCH_PIXELS = (5, 4, 3, 2, 2, 2)
"""How far from its expected place each round looks for a block's peak. The first rounds allow for the error
of the whole pictures' match, the last ones for differences between blocks that agree."""
_WEIGHTINGS = 8  # times that each round computes new weights
_NOISE_DEVIATIONS = 2.5  # a lower peak is ignored
_SHARPEST = 4.0  # deviations that a peak falls off within a pixel; a sharper one counts no more
_AGREEING_HEIGHT = 0.85  # of a block's highest point
_TEXTURED = 0.02  # of the strongest block's strength
_WEAK = 1e-6
_FREE = 2  # blocks that any shift and scale can fit


@dataclass(frozen=True, kw_only=True)
class BlockFit:
    """A shift in pixels, the result's growth, and how reliable both are."""

    dx: float
    dy: float
    growth: float
    agreement: float
    """Share of the textured blocks that match here as well as anywhere else, 0–1."""
    corner_error: float  # pixels, one standard deviation
    seen_error: float
    """Likewise, without the error along `aperture.blind`."""
    agreeing: NDArray[np.bool_]
    """The blocks that match here."""
    aperture: Aperture
    """The evidence of the agreeing blocks around this place."""


class _Move(NamedTuple):
    """A shift in pixels, and a growth about the picture's middle."""

    dx: float = 0.0
    dy: float = 0.0
    growth: float = 0.0

    def at(self, x: Vector, y: Vector) -> tuple[Vector, Vector]:
        """Return the moves of places, which are given from the picture's middle."""
        return self.dx + self.growth * x, self.dy + self.growth * y


class _Peaks(NamedTuple):
    """The peak of each block's match surface near a place: its position, height, and sharpness in x and y."""

    x: Vector
    y: Vector
    height: Vector
    sharpness_x: Vector
    sharpness_y: Vector


def fit_blocks(
    surfaces: NDArray[np.floating[Any]], x: Vector, y: Vector, strength: Vector, half: tuple[float, float]
) -> BlockFit:
    """Fit a shift and scale to the peaks of blocks' match surfaces (blocks, rows, columns).

    `x` and `y` are the blocks' middles, from the picture's middle. `half` is half of the picture's size.
    """
    deviations = surfaces / (surfaces.std((1, 2), keepdims=True) + 1e-9)
    move, spread = _Move(), np.zeros((3, 3))
    for search in _SEARCH_PIXELS:
        peaks = _peaks_near(deviations, *move.at(x, y), search)
        move, spread = _laid_through(peaks, x, y, move, search / 4, half)
    textured = strength > _TEXTURED * strength.max()
    expected_x, expected_y = move.at(x, y)
    here = _peaks_near(deviations, expected_x, expected_y, 1).height
    highest = deviations.max((1, 2))
    agreeing = (here >= _AGREEING_HEIGHT * highest) & (highest > _NOISE_DEVIATIONS) & textured
    aperture = look_around(deviations[agreeing], expected_x[agreeing], expected_y[agreeing])
    return BlockFit(
        dx=move.dx,
        dy=move.dy,
        growth=move.growth,
        agreement=max(0, int(agreeing.sum()) - _FREE) / max(1, int(textured.sum())),
        corner_error=_corner_error(spread, half, None),
        seen_error=_corner_error(spread, half, aperture.blind),
        agreeing=agreeing,
        aperture=aperture,
    )


def _laid_through(
    peaks: _Peaks, x: Vector, y: Vector, move: _Move, doubt: float, half: tuple[float, float]
) -> tuple[_Move, NDArray[np.float64]]:
    """Fit a move to peaks, with new weights in each round. Returns it and its figures' covariance.

    Args:
        move: the start of the search.
        doubt: a peak that is so many pixels off counts a quarter.
        half: of the picture's size.
    """
    clear = peaks.height > _NOISE_DEVIATIONS
    # A sharper peak is more exact: along a plank, a peak is hardly worth anything.
    exact_x = np.minimum(peaks.sharpness_x, _SHARPEST) ** 2 * clear
    exact_y = np.minimum(peaks.sharpness_y, _SHARPEST) ** 2 * clear
    either = np.maximum(np.maximum(exact_x, exact_y), 1e-9)
    weight_x, weight_y, inverse = exact_x, exact_y, np.eye(3)
    for _ in range(_WEIGHTINGS):
        expected_x, expected_y = move.at(x, y)
        off = ((peaks.x - expected_x) ** 2 * exact_x + (peaks.y - expected_y) ** 2 * exact_y) / either
        belief = 1 / (1 + off / doubt**2) ** 2
        weight_x, weight_y = exact_x * belief, exact_y * belief
        move, inverse = _least_squares(x, y, peaks, weight_x, weight_y, max(half))
    expected_x, expected_y = move.at(x, y)
    squares = float(weight_x @ (peaks.x - expected_x) ** 2 + weight_y @ (peaks.y - expected_y) ** 2)
    weight = max(float(weight_x.sum() + weight_y.sum()), 1e-12)
    count = weight**2 / max(float(weight_x @ weight_x + weight_y @ weight_y), 1e-12)
    # As if the weights summed up to the number of blocks that count.
    return move, inverse * (squares / max(count - 3, 1.0))


def _corner_error(
    spread: NDArray[np.float64], half: tuple[float, float], blind: tuple[float, float] | None
) -> float:
    """Return the deviation of the worst corner, without the part along a blind direction."""
    if blind is None:
        corners = spread[0, 0] + spread[1, 1] + spread[2, 2] * (half[0] ** 2 + half[1] ** 2)
        return math.sqrt(max(float(corners), 0.0))
    across, down = -blind[1], blind[0]
    levers = (across * half[0] + down * half[1], across * half[0] - down * half[1])
    sides = [np.array((across, down, sign * lever)) for lever in levers for sign in (-1, 1)]
    return math.sqrt(max(0.0, *(float(side @ spread @ side) for side in sides)))


def _peaks_near(surfaces: NDArray[Any], x: Vector, y: Vector, search: int) -> _Peaks:
    """Find each surface's highest point near a place."""
    reach = surfaces.shape[1] // 2
    limit = reach - search - 1
    block = np.arange(len(surfaces))
    near = np.arange(-search, search + 1) + reach
    rows = np.clip(np.rint(y).astype(int), -limit, limit)[:, None] + near
    columns = np.clip(np.rint(x).astype(int), -limit, limit)[:, None] + near
    window = surfaces[block[:, None, None], rows[:, :, None], columns[:, None, :]]
    highest = window.reshape(len(block), -1).argmax(1)
    row = rows[block, highest // window.shape[2]]
    column = columns[block, highest % window.shape[2]]
    height = surfaces[block, row, column]
    finer_x, sharp_x = _summit(surfaces[block, row, column - 1], height, surfaces[block, row, column + 1])
    finer_y, sharp_y = _summit(surfaces[block, row - 1, column], height, surfaces[block, row + 1, column])
    return _Peaks(column - reach + finer_x, row - reach + finer_y, height, sharp_x, sharp_y)


def _summit(before: Vector, peak: Vector, after: Vector) -> tuple[Vector, Vector]:
    """Return the peaks of parabolas through three values each: place (-½ to ½) and sharpness."""
    bend = np.maximum(2 * peak - before - after, 1e-6)
    return np.clip((after - before) / (2 * bend), -0.5, 0.5), bend / 2


def _least_squares(
    x: Vector, y: Vector, peaks: _Peaks, weight_x: Vector, weight_y: Vector, reach: float
) -> tuple[_Move, NDArray[np.float64]]:
    """Return the least-squares move for the peaks, and the inverse of its normal matrix."""
    turn_x, turn_y = weight_x * x, weight_y * y
    lever_x, lever_y = float(turn_x.sum()), float(turn_y.sum())
    # Add one weak block in the middle that has not moved: without texture, nothing is known.
    normal = np.array(
        (
            (float(weight_x.sum()) + _WEAK, 0, lever_x),
            (0, float(weight_y.sum()) + _WEAK, lever_y),
            (lever_x, lever_y, float(turn_x @ x + turn_y @ y) + _WEAK * reach**2),
        )
    )
    inverse = np.linalg.inv(normal)
    sums = weight_x @ peaks.x, weight_y @ peaks.y, turn_x @ peaks.x + turn_y @ peaks.y
    return _Move(*(inverse @ sums).tolist()), inverse
