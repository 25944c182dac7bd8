# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for hiding a border: made on a small view, carried out at full size. Worker threads only.

A patch from the picture's own inside goes over the border, with a cut on each side: the picture keeps its
size. Or its two ends go over each other, with one cut: it loses the overlap. Everything works along the lines
of (lines, places, channels).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha
from .cuts import Softness, differences, joined, least_cuts, open_cut_errors
from .views import seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ..resample import Pixels

_COARSE_PART: Final = 32
"""The reach of the coarse band is this part of an overlap (one thirty-second)."""
_LEAST_PATCH: Final = 1.25
"""The shortest patch, as a multiple of `taken`: a shorter one leaves no room between the cuts."""
_LIKELY: Final = 24
"""The number of a patch's starts that are examined: those with the lowest bounds of a cut's cost."""
_IN_STEP: Final = 0.04  # of a period
_SAMPLES: Final = 256  # lines that the exact place of a patch is found with
_COPIED_BYTES: Final = 1 << 21  # at a time: fresh memory is mapped by page, twice as fast on two cores


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one border is hidden. All values are places along the lines."""

    length: int
    """The result's length before it is resized to the picture's own."""
    overlap: int
    """The overlap of each cut."""
    taken: int
    """The places at each end of the picture that may change; without a patch, the overlap."""
    start: int | None
    """The first place of the patch in the picture; None: no patch."""

    def scaled(self, length: int, of: int, new_length: int | None = None) -> Plan:
        """Return an approximate plan for a picture of another length, from this one for length `of`."""
        factor = length / of
        taken = max(2, round(self.taken * factor))
        overlap = min(taken, max(1, round(self.overlap * factor)))
        if self.start is None:
            return replace(self, length=length - taken, overlap=taken, taken=taken)
        new = length if new_length is None else new_length
        patch = patch_length(length, new, taken)
        start = min(max(0, round(self.start * factor)), length - patch)
        return replace(self, length=new, overlap=min(overlap, patch // 2), taken=taken, start=start)

    @property
    def softness(self) -> Softness:
        """The softness of the cuts."""
        coarse = max(1, self.overlap // _COARSE_PART)
        return Softness(fine=max(1.0, coarse / 2), coarse=coarse)


def patch_length(length: int, new_length: int, taken: int) -> int:
    """Return the length of the patch over a border."""
    return 2 * taken + new_length - length


def plan_with_patch(
    view: NDArray[np.float32], new_length: int, taken: int, period: float | None = None
) -> Plan | None:
    """Return the best plan with a patch over the border; None if the view has no room for one.

    Args:
        new_length: of the result; the patch's length makes up the difference.
        period: of the courses, which the patch has to continue.
    """
    length = view.shape[1]
    patch = patch_length(length, new_length, taken)
    overlap = min(taken, patch // 2)
    if overlap < 2 or patch < _LEAST_PATCH * taken:
        return None
    starts = np.arange(taken // 2, length - patch - taken // 2 + 1, dtype=np.intp)
    if period is not None:
        off = (length - taken - starts) / period
        starts = starts[np.abs(off - np.rint(off)) <= max(_IN_STEP, 0.75 / period)]
    if not starts.size:
        return None
    end, begin = view[:, length - taken : length - taken + overlap], view[:, taken - overlap : taken]
    errors = np.stack(
        [
            *(_inner(differences(end, view[:, s : s + overlap])) for s in starts),
            *(_inner(differences(view[:, s + patch - overlap : s + patch], begin)) for s in starts),
        ]
    ).reshape(2, len(starts), len(view), -1)
    at_least = errors.min(3).mean(2).sum(0)
    likely = np.argsort(at_least)[:_LIKELY]
    costs = open_cut_errors(errors[:, likely].reshape(-1, *errors.shape[2:])).reshape(2, -1).sum(0)
    return Plan(length=new_length, overlap=overlap, taken=taken, start=int(starts[likely[costs.argmin()]]))


def plan_overlap(view: NDArray[np.float32], overlaps: range | NDArray[np.intp]) -> Plan:
    """Return the plan that lays the ends over each other, by the best of some overlaps."""
    length = view.shape[1]
    costs = [
        float(open_cut_errors(_inner(differences(view[:, length - o :], view[:, :o]))[np.newaxis])[0])
        for o in overlaps
    ]
    best = int(overlaps[int(np.argmin(costs))])
    return Plan(length=length - best, overlap=best, taken=best, start=None)


def refined(plan: Plan, pixels: Pixels, reach: int) -> Plan:
    """Return the plan with its patch (or overlap) moved by up to `reach` places so that it fits best."""
    lines = np.unique(np.linspace(0, len(pixels) - 1, _SAMPLES).astype(np.intp))
    few = seen(pixels[lines])
    step = max(1, round(reach**0.5))
    for by in (range(-reach, reach + 1, step), range(1 - step, step)):
        errors = {moved: _error(few, moved) for moved in _moved(plan, few.shape[1], by)}
        plan = min(errors, key=lambda moved: errors[moved], default=plan)
    return plan


def _error(few: NDArray[np.float32], plan: Plan) -> float:
    return sum(float(_inner(differences(a, b), plan).min(1).mean()) for a, b in _overlaps(few, plan))


def carried_out(plan: Plan, pixels: Pixels) -> Pixels:
    """Return the picture with its border hidden: (lines, places, channels), with the plan's length."""
    length, taken = pixels.shape[1], plan.taken
    ends = _overlaps(pixels, plan)
    errors = np.stack([_inner(_differences(a, b), plan) for a, b in ends])
    cuts, _ = least_cuts(errors)
    cuts += _margin(plan)
    parts = [joined(a, b, cut, plan.softness) for (a, b), cut in zip(ends, cuts, strict=True)]
    pieces: list[tuple[slice, Pixels]] = []
    if plan.start is None:
        pieces = [
            (slice(taken, plan.length), pixels[:, taken : plan.length]),
            (slice(0, taken), parts[0]),
        ]
    else:
        pieces = [(slice(taken, length - taken), pixels[:, taken : length - taken])]
        patch = patch_length(length, plan.length, taken)
        middle = pixels[:, plan.start + plan.overlap : plan.start + patch - plan.overlap]
        place = length - taken
        for part in (parts[0], middle, parts[1]):
            for there, here in _around(place, part.shape[1], plan.length):
                pieces.append((there, part[:, here]))
            place += part.shape[1]
    return _put_together(_empty_like(pixels, plan.length), pieces)


def _put_together(result: Pixels, pieces: Sequence[tuple[slice, Pixels]]) -> Pixels:
    """Fill a picture with pieces, each at its places of all lines, in the order of memory."""
    lines_lie_apart = abs(result.strides[0]) >= abs(result.strides[1])

    def fill(lines: slice) -> None:
        for places, part in pieces:
            if lines_lie_apart:
                result[lines, places] = part[lines]
                continue
            start = max(places.start, lines.start)
            stop = min(places.stop, lines.stop)
            if start < stop:
                result[:, start:stop] = part[:, start - places.start : stop - places.start]

    count = len(result) if lines_lie_apart else result.shape[1]
    in_bands(fill, rows_of(count, result.nbytes // max(1, count), _COPIED_BYTES))
    return result


def _differences(first: Pixels, second: Pixels) -> NDArray[np.float32]:
    """Return the differences of two overlapping pictures at each place, computed in bands."""
    lines, places, channels = first.shape
    errors = np.empty((lines, places), np.float32)
    is_plain = first.dtype != np.float32 and not has_alpha(first)

    def fill(rows: slice) -> None:
        one, other = (part[rows] if is_plain else seen(part[rows]) for part in (first, second))
        errors[rows] = differences(one, other)

    in_bands(fill, rows_of(lines, places * channels * 4))
    return errors


def _empty_like(pixels: Pixels, length: int) -> Pixels:
    """Return an array of another length with the picture's memory order."""
    lines, _, channels = pixels.shape
    if abs(pixels.strides[0]) < abs(pixels.strides[1]):
        return np.empty((length, lines, channels), pixels.dtype).swapaxes(0, 1)
    return np.empty((lines, length, channels), pixels.dtype)


def changed_places(plan: Plan, length: int) -> NDArray[np.bool_]:
    """Return the places of the result that the plan may have changed."""
    changed = np.zeros(plan.length, np.bool_)
    changed[: plan.taken] = True
    if plan.start is not None:
        changed[length - plan.taken :] = True
    return changed


def _overlaps(pixels: Pixels, plan: Plan) -> list[tuple[Pixels, Pixels]]:
    """Return the pairs to join: end and patch, patch and beginning; without a patch, end and beginning."""
    length, overlap, taken = pixels.shape[1], plan.overlap, plan.taken
    if plan.start is None:
        return [(pixels[:, length - overlap :], pixels[:, :overlap])]
    patch = pixels[:, plan.start : plan.start + patch_length(length, plan.length, taken)]
    return [
        (pixels[:, length - taken : length - taken + overlap], patch[:, :overlap]),
        (patch[:, patch.shape[1] - overlap :], pixels[:, taken - overlap : taken]),
    ]


def _moved(plan: Plan, length: int, reach: range) -> Iterator[Plan]:
    for by in reach:
        if plan.start is None:
            overlap = plan.overlap + by
            if 2 <= overlap <= length // 2:
                yield replace(plan, length=length - overlap, overlap=overlap, taken=overlap)
        elif 0 <= plan.start + by <= length - patch_length(length, plan.length, plan.taken):
            yield replace(plan, start=plan.start + by)


def _margin(plan: Plan) -> int:
    """Return the distance of a cut from the ends of its overlap, so that the bands end inside."""
    return min(2 * plan.softness.coarse + 1, (plan.overlap - 1) // 2)


def _inner(errors: NDArray[np.float32], plan: Plan | None = None) -> NDArray[np.float32]:
    overlap = errors.shape[-1]
    margin = _margin(plan or Plan(length=0, overlap=overlap, taken=overlap, start=None))
    return errors[..., margin : overlap - margin]


def _around(start: int, count: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Yield slices of a ring for `count` places from `start` on, each with the slice of those places."""
    done = 0
    while done < count:
        at = (start + done) % length
        some = min(count - done, length - at)
        yield slice(at, at + some), slice(done, done + some)
        done += some
