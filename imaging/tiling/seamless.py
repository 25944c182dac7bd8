# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a picture tile: even out its light, hide its borders in the best way. Worker threads only.

Ways are tried on a small view. The seam meter rejects those that still show. The one with the least
strangeness (`coherence`) among the others is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from ..resample import Border, Box, resample
from .coherence import strangeness
from .mirrored import mirrored
from .patches import Plan, carried_out, changed_places, plan_overlap, plan_with_patch, refined
from .seams import VISIBLE, Axis, Seam, Seams, measured, require_size, seam_of, seams_of, view_of
from .settings import Size
from .shading import evened_out, find_light
from .views import reduced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from ..resample import Pixels

_VIEW_SIDE: Final = 256  # pixels of the view that ways are tried on
_TAKEN: Final = (8, 5)
"""A patch replaces this part (an eighth, a fifth) of the picture at each end."""
_OVERLAPS: Final = 12, 4
"""Ends that overlap take between these parts (a twelfth, a quarter) of it."""
_OUT_OF_STEP: Final = 0.004
"""A share of the picture: courses that are off by less stay, and a cut hides the step."""
_MOST_STRETCH: Final = 0.25
_SMALL_STRETCH: Final = 0.12
"""Whole courses are worth a smaller stretch; beyond it, a broken course may be the lesser evil."""


class Way(Enum):
    """How a border was hidden."""

    NONE = "NONE"
    """It was invisible."""
    PATCH = "PATCH"
    """A patch from the picture's own inside, with cuts of least error."""
    PERIODS = "PERIODS"
    """Likewise, with a length that makes all courses whole; the result is resized to the picture's size."""
    OVERLAP = "OVERLAP"
    """One end over the other, with a cut of least error."""
    MIRROR = "MIRROR"
    """Each end fades into the other's mirror image. Only on request."""


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """How the border along one axis was hidden."""

    way: Way = Way.NONE
    stretch: float = 1.0
    """The factor of the final resizing along the axis."""
    strange: float = 0.0
    """See `coherence.strangeness`, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Seamless:
    """A picture that tiles, and how it was made."""

    pixels: Pixels
    before: Seams
    after: Seams
    flattened: float
    """The share of the light that was evened out, 0 to 1."""
    across: Hidden
    down: Hidden


def make_seamless(
    pixels: Pixels,
    *,
    size: Size = Size.KEEP,
    flatten: float | None = None,
    is_mirrored: bool = False,
    is_data: bool = False,
) -> Seamless:
    """Make a picture tile. An invisible border stays unchanged, bit by bit.

    Raises ImagingError if it is too small.

    Args:
        flatten: the share of the light to even out, 0 to 1; None: it is measured.
        is_mirrored: fade each end into the other's mirror image.
        is_data: the pixels are data (normals, roughness), not colours.
    """
    require_size(pixels)
    view = view_of(pixels)
    before = seams = seams_of(view, pixels.shape)
    light = find_light(view)
    amount = light.amount if flatten is None else flatten
    if is_data and flatten is None:
        amount = 0.0
    if amount:
        pixels = evened_out(pixels, light, amount)
        view = view_of(pixels)
        seams = seams_of(view, pixels.shape)
    is_grey = pixels.ndim == 2
    picture = pixels[..., np.newaxis] if is_grey else pixels
    done = {axis: Hidden() for axis in Axis}
    after = seams
    for _ in Axis:  # hiding one border may make the other one visible
        picture, now = _both_hidden(picture, view, after, done, size, is_mirrored=is_mirrored)
        if not now:
            break
        if any(hidden.way is Way.PERIODS for hidden in now.values()):
            picture = _stretched(picture, pixels.shape, is_data=is_data)
        done |= now
        view = view_of(picture)
        after = seams_of(view, picture.shape)
    return Seamless(
        pixels=picture[..., 0] if is_grey else picture,
        before=before,
        after=after,
        flattened=amount,
        across=done[Axis.ACROSS],
        down=done[Axis.DOWN],
    )


def _both_hidden(
    picture: Pixels,
    view: NDArray[np.float32],
    seams: Seams,
    done: Mapping[Axis, Hidden],
    size: Size,
    *,
    is_mirrored: bool,
) -> tuple[Pixels, dict[Axis, Hidden]]:
    """Hide the visible borders. Returns the picture, not yet stretched, and how each was hidden.

    Args:
        done: axes whose border was hidden already are skipped.
    """
    now: dict[Axis, Hidden] = {}
    for axis in Axis:
        if done[axis].way is not Way.NONE:
            continue
        if now:
            view = view_of(picture)
        seam = seam_of(view, picture.shape, axis) if now else seams.of(axis)
        if seam.is_visible:
            picture, now[axis] = _hidden(picture, view, axis, seam, size, is_mirrored=is_mirrored)
    return picture, now


def _hidden(
    picture: Pixels,
    view: NDArray[np.float32],
    axis: Axis,
    seam: Seam,
    size: Size,
    *,
    is_mirrored: bool,
) -> tuple[Pixels, Hidden]:
    """Hide the border along an axis. Returns the picture, not yet stretched, and how it was hidden."""
    lines = _turned(picture, axis)
    if is_mirrored:
        return _turned(mirrored(lines, max(2, lines.shape[1] // 8)), axis), Hidden(way=Way.MIRROR)
    length = lines.shape[1]
    view = np.ascontiguousarray(_turned(_smaller(view), axis))
    plan, strange = _best(view, _plans(view, length, seam, size))
    factor = -(-length // view.shape[1])
    new_length = _whole_periods(length, seam)
    whole = plan.scaled(length, view.shape[1])
    if plan.start is not None and plan.length != view.shape[1] and new_length is not None:
        whole = plan.scaled(length, view.shape[1], new_length)
    lines = carried_out(refined(whole, lines, factor) if factor > 1 else whole, lines)
    if plan.start is None:
        return _turned(lines, axis), Hidden(way=Way.OVERLAP, strange=strange)
    way = Way.PATCH if lines.shape[1] == length else Way.PERIODS
    return _turned(lines, axis), Hidden(way=way, stretch=length / lines.shape[1], strange=strange)


def _turned(picture: Pixels, axis: Axis) -> Pixels:
    """Turn the picture so that its lines run along an axis, or turn it back."""
    return picture if axis is Axis.ACROSS else picture.swapaxes(0, 1)


def _smaller(view: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a smaller view, with each side divided by a whole number."""
    height, width = (-(-side // -(-side // _VIEW_SIDE)) for side in view.shape[:2])
    return reduced(view, (width, height), is_view=True)


def _plans(view: NDArray[np.float32], length: int, seam: Seam, size: Size) -> Iterator[Plan]:
    """Yield plans worth trying, for the view of a picture of some length."""
    places = view.shape[1]
    if size is Size.CUT_OFF:
        yield plan_overlap(view, _overlaps(places, length, seam))
        return
    whole = _whole_periods(length, seam)
    period = None if seam.period is None else seam.period.strict * places / length
    widths = [max(2, places // part) for part in _TAKEN]
    if whole is not None:
        new_length = round(whole * places / length)
        for taken in widths:
            if plan := plan_with_patch(view, new_length, taken, period):
                yield plan
    for taken in widths:
        if plan := plan_with_patch(view, places, taken):
            yield plan


def _whole_periods(length: int, seam: Seam) -> int | None:
    """Return the nearest length with whole courses; None without courses, or if they are already whole."""
    if seam.period is None:
        return None
    for period in (seam.period.strict, seam.period.length):
        whole = max(1, round(length / period)) * period
        if abs(whole - length) <= _OUT_OF_STEP * length:
            return None
        if abs(whole - length) <= _MOST_STRETCH * length:
            return round(whole)
    return None


def _overlaps(places: int, length: int, seam: Seam) -> NDArray[np.intp]:
    """Return possible overlaps of a view's ends. If it has courses, whole ones remain."""
    least, most = (max(2, places // part) for part in _OVERLAPS)
    if seam.period is not None:
        for period in (seam.period.strict, seam.period.length):
            period *= places / length
            whole = int((places - least) / period) * period
            overlap = round(places - whole)
            if whole > places / 2:
                return np.arange(max(2, overlap - 2), overlap + 3)
    return np.arange(least, most + 1)


def _best(view: NDArray[np.float32], plans: Iterator[Plan]) -> tuple[Plan, float]:
    """Return the plan whose result shows no seam and is the least strange, and that strangeness."""
    length = view.shape[1]
    tried: list[Plan] = []
    ranks: list[tuple[bool, bool, float]] = []
    for plan in plans:
        if plan.length == length and any(rank < (False, True) for rank in ranks):
            break  # whole courses suffice
        result = carried_out(plan, view)
        is_visible = measured(result, plan.length).visibility >= VISIBLE
        strange = strangeness(result, view, changed_places(plan, length))
        is_whole = 0 < abs(plan.length - length) <= _SMALL_STRETCH * length
        tried.append(plan)
        ranks.append((is_visible, not is_whole, strange))
    best = min(range(len(ranks)), key=ranks.__getitem__)
    return tried[best], ranks[best][2]


def _stretched(picture: Pixels, shape: tuple[int, ...], *, is_data: bool) -> Pixels:
    """Resize a picture that tiles to the size of a shape."""
    box = Box(0, 0, picture.shape[1], picture.shape[0])
    size = shape[1], shape[0]
    return resample(np.ascontiguousarray(picture), box, size, is_data=is_data, border=Border.WRAP)
