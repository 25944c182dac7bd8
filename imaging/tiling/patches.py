# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a border is to be hidden, and by what: plans made on a small view, and carried out at full size.

A picture keeps its size when a patch of its own inside is laid over the border, with a cut on each side; it
loses an overlap when its two ends are laid over each other, with one cut. Everything here goes along the
lines of (lines, places, channels). Worker threads only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands, rows_of
from .cuts import Softness, differences, joined, least_cuts, open_cut_errors
from .views import seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ..resample import Pixels

_COARSE_PART: Final = 32
"""The coarse band fades over this part of an overlap to each side of the cut, and as much more."""
_LEAST_PATCH: Final = 1.25
"""The shortest patch, in ends: a shorter one leaves no room between the cuts, nor for what stays."""
_LIKELY: Final = 24
"""So many starts of a patch, by the least that a cut can cost there, are looked at closely."""
_IN_STEP: Final = 0.04  # of a period
_SAMPLES: Final = 256  # lines that tell where exactly a patch fits
_COPIED_BYTES: Final = 1 << 21  # at a time: fresh memory comes page by page, on two cores in half the time


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one border is hidden. All in places along the lines."""

    length: int
    """The result's length, before it is resized to the picture's own."""
    overlap: int
    """The overlap of each cut."""
    taken: int
    """How much of each end of the picture may change; of an overlap of its ends that overlap."""
    start: int | None
    """Where the patch begins in the picture; None without one."""

    def scaled(self, length: int, of: int, new_length: int | None = None) -> Plan:
        """Return the plan for a picture of another length, as far as can be told of one of length `of`."""
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
        """How the bands go over."""
        coarse = max(1, self.overlap // _COARSE_PART)
        return Softness(fine=max(1.0, coarse / 2), coarse=coarse)


def patch_length(length: int, new_length: int, taken: int) -> int:
    """Return how long the patch over a border is."""
    return 2 * taken + new_length - length


def plan_with_patch(
    view: NDArray[np.float32], new_length: int, taken: int, period: float | None = None
) -> Plan | None:
    """Return the best plan that lays a patch over the border, if the view has room for one.

    Args:
        new_length: of the result; the patch makes up the difference.
        period: of the courses, which a patch has to continue.
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
    """Return the plan that lays the ends over each other by as much as goes best."""
    length = view.shape[1]
    costs = [
        float(open_cut_errors(_inner(differences(view[:, length - o :], view[:, :o]))[np.newaxis])[0])
        for o in overlaps
    ]
    best = int(overlaps[int(np.argmin(costs))])
    return Plan(length=length - best, overlap=best, taken=best, start=None)


def refined(plan: Plan, pixels: Pixels, reach: int) -> Plan:
    """Return the plan with its patch (or overlap) moved by up to `reach` places to where it fits best."""
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
    """Return the picture with its border hidden: (lines, places, channels), as long as the plan says."""
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
    """Fill a picture with pieces, each in its places of all lines, along its memory."""
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
    """Return how much two overlapping pictures differ at each place, band by band."""
    lines, places, channels = first.shape
    errors = np.empty((lines, places), np.float32)

    def fill(rows: slice) -> None:
        errors[rows] = differences(seen(first[rows]), seen(second[rows]))

    in_bands(fill, rows_of(lines, places * channels * 4))
    return errors


def _empty_like(pixels: Pixels, length: int) -> Pixels:
    """Return an array of other length, that lies in memory as the picture does."""
    lines, _, channels = pixels.shape
    if abs(pixels.strides[0]) < abs(pixels.strides[1]):
        return np.empty((length, lines, channels), pixels.dtype).swapaxes(0, 1)
    return np.empty((lines, length, channels), pixels.dtype)


def changed_places(plan: Plan, length: int) -> NDArray[np.bool_]:
    """Return which places of the result the plan may have changed."""
    changed = np.zeros(plan.length, np.bool_)
    changed[: plan.taken] = True
    if plan.start is not None:
        changed[length - plan.taken :] = True
    return changed


def _overlaps(pixels: Pixels, plan: Plan) -> list[tuple[Pixels, Pixels]]:
    """Return what goes over into what: an end into the patch and that into the beginning, or at once."""
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
    """Return how far a cut keeps from the ends of its overlap, so that the bands end inside."""
    return min(2 * plan.softness.coarse + 1, (plan.overlap - 1) // 2)


def _inner(errors: NDArray[np.float32], plan: Plan | None = None) -> NDArray[np.float32]:
    overlap = errors.shape[-1]
    margin = _margin(plan or Plan(length=0, overlap=overlap, taken=overlap, start=None))
    return errors[..., margin : overlap - margin]


def _around(start: int, count: int, length: int) -> Iterator[tuple[slice, slice]]:
    """Yield where so many places from `start` on lie on a ring, and which of them those are."""
    done = 0
    while done < count:
        at = (start + done) % length
        some = min(count - done, length - at)
        yield slice(at, at + some), slice(done, done + some)
        done += some
