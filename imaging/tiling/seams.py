# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how visible the borders of a repeated picture are. Worker threads only.

A border is compared with all other places of the picture in three ways:

- line by line, at every scale: a step that no other place of the line has (a cut brick beside mortar);
- all along the border: a step that no other place has in all lines (another light, another grain);
- if the picture has a period: whether the places after the border equal those one period earlier.

So the measure means the same for plaster and for bricks. A border like any other place has 1; the worst of
the three adds to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from ...texts.phrases import phrase
from ..errors import ImagingError
from .periods import Period, flattened, period_of
from .settings import LEAST_SIDE, VISIBLE
from .views import edges, reduced, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_LONGEST: Final = 1024  # pixels of the view
_MOST_LINES: Final = 512  # if there are more, they are averaged in pairs
_PERIOD_LINES: Final = 256  # likewise, for the period
_SCALES_OF: Final = 16  # the coarsest scale is this part of a line
_FLOOR: Final = np.float32(1.5 / 255)
"""Smaller steps are invisible on any ground."""
_MARGIN: Final = 0.15
_FEW_MARGIN: Final = 3.5  # divided by the number of places
"""Allowed variation of the largest step: `_MARGIN` for some hundred places, more for a few."""
_CHANCE: Final = 0.1
"""The mean excess over the largest step inside that chance makes."""
_CAP: Final = np.float32(4)
_ALONG_CAP: Final = np.float32(16)
_PERIOD_MARGIN: Final = 0.07
"""Of a correlation, at least; or as much as the least likeness inside is below the usual one."""
_FEW_PERIODS: Final = 2.5
"""With fewer, hardly any place is left to compare the border with. Then the two below have to hold."""
_ALIKE: Final = 0.25
_UNLIKE: Final = 0.1
"""Correlations: inside, courses are more alike than the first; at the border, less than the second."""
_BETWEEN: Final = 0.35
"""Pixels: a period that is nearer to a whole number has that one only."""


class Axis(Enum):
    """A direction in which a picture is repeated."""

    ACROSS = "ACROSS"
    """To the right: its border is the left and right edges."""
    DOWN = "DOWN"
    """Downwards: its border is the upper and lower edges."""


@dataclass(frozen=True, kw_only=True)
class Seam:
    """The measurement of one border."""

    visibility: float
    """1: the border is like any other place; see `VISIBLE`."""
    period: Period | None
    """The period of the whole picture along this axis, in its pixels."""

    @property
    def is_visible(self) -> bool:
        """Whether it is visible in the repeated picture."""
        return self.visibility >= VISIBLE


@dataclass(frozen=True, kw_only=True)
class Seams:
    """The measurements of both borders."""

    across: Seam
    down: Seam

    def of(self, axis: Axis) -> Seam:
        """Return the border along an axis."""
        return self.across if axis is Axis.ACROSS else self.down

    @property
    def worst(self) -> float:
        """The visibility of the more visible one."""
        return max(self.across.visibility, self.down.visibility)


def measure_seams(pixels: Pixels) -> Seams:
    """Measure both borders of a picture. Raises ImagingError if it is too small."""
    require_size(pixels)
    return seams_of(view_of(pixels), pixels.shape)


def view_of(pixels: Pixels) -> NDArray[np.float32]:
    """Return the reduced picture that seams are measured in, as `views.reduced` does."""
    return reduced(pixels, within(pixels.shape, _LONGEST))


def seams_of(view: NDArray[np.float32], shape: tuple[int, ...]) -> Seams:
    """Measure both borders of a picture of that shape in its view."""
    return Seams(across=seam_of(view, shape, Axis.ACROSS), down=seam_of(view, shape, Axis.DOWN))


def seam_of(view: NDArray[np.float32], shape: tuple[int, ...], axis: Axis) -> Seam:
    """Measure one border of a picture of that shape in its view."""
    if axis is Axis.ACROSS:
        return measured(view, shape[1])
    return measured(np.ascontiguousarray(view.transpose(1, 0, 2)), shape[0])


def can_be_measured(pixels: Pixels) -> bool:
    """Return whether a picture is large enough for measuring its seams."""
    return min(pixels.shape[:2]) >= LEAST_SIDE


def require_size(pixels: Pixels) -> None:
    """Raise ImagingError if a picture is too small to be measured."""
    height, width = pixels.shape[:2]
    if not can_be_measured(pixels):
        raise ImagingError(
            phrase(
                "The picture is too small to tile: {width} × {height} pixels. It "
                "needs at least {least} each way.",
                width=width,
                height=height,
                least=LEAST_SIDE,
            )
        )


def measured(lines: NDArray[np.float32], length: int) -> Seam:
    """Measure the border between the last and the first place of (lines, places, channels).

    Args:
        length: of the whole picture along the lines, pixels.
    """
    if len(lines) > _MOST_LINES:
        lines = (lines[: len(lines) // 2 * 2 : 2] + lines[1::2]) * np.float32(0.5)
    places = lines.shape[1]
    excess, scale, means = 0.0, 1, lines
    while scale * _SCALES_OF <= places and len(means):
        excess = max(excess, *_stepping(_steps(means, scale), scale))
        scale *= 2
        means = (means[: len(means) // 2 * 2 : 2] + means[1::2]) * np.float32(0.5)
    if len(lines) > _PERIOD_LINES:
        lines = (lines[: len(lines) // 2 * 2 : 2] + lines[1::2]) * np.float32(0.5)
    period = period_of(lines)
    if period is None:
        return Seam(visibility=1 + excess, period=None)
    excess = max(excess, _out_of_step(lines, period.length))
    factor = length / places
    whole = replace(period, length=period.length * factor, strict=period.strict * factor)
    return Seam(visibility=1 + excess, period=whole)


def _steps(lines: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Return the difference between the `scale` pixels after and before each place: (lines, places).

    Args:
        lines: each is the mean of `scale` lines of the picture.
    """
    channels = lines.shape[2]
    if scale > 1:
        wide = np.concatenate((np.zeros_like(lines[:, :1]), lines, lines[:, : scale - 1]), axis=1)
        sums = np.cumsum(wide, axis=1, out=wide)
        lines = (sums[:, scale:] - sums[:, :-scale]) * np.float32(1 / scale)
    difference = lines - np.roll(lines, scale, axis=1)
    return np.sqrt(np.einsum("ijk,ijk->ij", difference, difference) * np.float32(1 / channels))


def _stepping(steps: NDArray[np.float32], scale: int) -> tuple[float, float]:
    """Return the excess of the step over the border: line by line, and all along."""
    inside = steps[:, scale : steps.shape[1] - scale + 1]
    usual = np.maximum(_largest(inside, scale), _FLOOR)
    by_line = float(np.clip(steps[:, 0] / usual - 1, 0, _CAP).mean())
    mean = np.maximum(np.sqrt(np.einsum("ij,ij->i", inside, inside) / np.float32(inside.shape[1])), _FLOOR)
    along = np.minimum(steps / mean[:, np.newaxis], _ALONG_CAP).mean(0)
    largest = float(_largest(along[np.newaxis, scale : len(along) - scale + 1], scale)[0])
    least = float((_FLOOR / mean).mean())
    return by_line - _CHANCE, max(0.0, float(along[0]) / max(largest, least) - 1)


def _largest(inside: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Return the largest step that each line may have: its largest step plus the allowed variation."""
    count = inside.shape[1] // max(4, 2 * scale)
    parts = edges(inside.shape[1], count)[:-1]
    peaks = np.sort(np.maximum.reduceat(inside, parts, axis=1), axis=1)
    top, middle = peaks[:, -1], peaks[:, count // 2]
    return top + np.maximum(np.float32(_MARGIN + _FEW_MARGIN / count) * top, (top - middle) * np.float32(0.5))


def _out_of_step(lines: NDArray[np.float32], period: float) -> float:
    """Return how much better another distance than the period would continue the picture over the border.

    It is limited by how much worse the picture continues there than elsewhere, because boards differ in tone.
    """
    places = lines.shape[1]
    values = _edges(lines.mean(2))
    whole = round(period)
    energy = _windows(np.einsum("ij,ij->j", values, values), whole)

    def likeness(lag: int) -> NDArray[np.floating]:
        products = _windows(np.einsum("ij,ij->j", values, np.roll(values, lag, axis=1)), whole)
        return products / np.sqrt(np.maximum(energy * np.roll(energy, lag), 1e-12))

    # Drawn to whole pixels, a period of 21.3 pixels is 21 of them at one place and 22 at another.
    shorter, longer = (round(period + by) for by in (-_BETWEEN, _BETWEEN))
    here = np.maximum(likeness(shorter), likeness(longer)) if shorter < longer else likeness(longer)
    inside = here[longer : places - longer + 1]
    least = float(inside.min())
    margin = max(_PERIOD_MARGIN, float(np.median(inside)) - least)
    worse = least - margin - float(here[0])
    is_told_by_few = least > _ALIKE and here[0] < _UNLIKE
    if worse <= 0 or (places < _FEW_PERIODS * period and not is_told_by_few):
        return 0.0
    after = np.ascontiguousarray(values[:, :whole])
    most = whole + whole // 2
    around = np.concatenate((values[:, -most:], after), axis=1)
    best = float(here[0])
    for lag in range(whole // 2, most + 1):
        before = around[:, most - lag : most - lag + whole]
        scale = max(float(energy[0] * energy[-lag]), 1e-12) ** 0.5
        best = max(best, float(np.einsum("ij,ij->", after, before)) / scale)
    return min(worse, max(0.0, best - margin - float(here[0]))) / max(float(inside.mean()), 0.3)


def _edges(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the edges along lines, whichever side is lighter."""
    plane = (plane + np.roll(plane, 1, axis=0) + np.roll(plane, -1, axis=0)) * np.float32(1 / 3)
    steps = np.abs(np.roll(plane, -1, axis=1) - np.roll(plane, 1, axis=1))
    steps += np.roll(steps, 1, axis=1) + np.roll(steps, -1, axis=1)
    return flattened(np.sqrt(steps), wraps=True)


def _windows(values: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    """Return the sums of `length` values from each place on, wrapping around."""
    sums = np.cumsum(np.concatenate(([0], values, values[:length])), dtype=np.float64)
    return sums[length : length + len(values)] - sums[: len(values)]
