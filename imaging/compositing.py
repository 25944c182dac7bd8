# SPDX-License-Identifier: GPL-3.0-or-later
"""Put an edit into its source inside a mask; outside, every bit stays. Worker threads, area by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..texts.phrases import phrase
from .bands import at_once
from .errors import ImagingError
from .mask_areas import Area, SoftMask
from .masks import FULL
from .resample import Part, Pixels, has_alpha

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .masks import Mask


def composite(
    source: Pixels,
    edited: Pixels,
    mask: Mask,
    feather: float = 0.0,
    *,
    keep_alpha: bool = True,
    adapt: Callable[[Pixels, Pixels], Pixels] | None = None,
) -> Pixels:
    """Return the source with the edit inside the mask, fading out within `feather` pixels around it.

    Beyond mask and feather every value is identical to the source's, bit by bit; where the mask is 1, to the
    edit's. The edit has the source's type and size, and may lack its alpha. The source's own alpha is kept,
    unless the caller wants the edit's and it has one. Raises ImagingError if they do not fit each other.

    Args:
        adapt: converts a part of the edit to the source's type, given the source's part at its place.
    """
    is_alike = edited.dtype == source.dtype or adapt is not None
    if not is_alike or edited.shape[:2] != source.shape[:2]:
        raise _misfit()
    result = source.copy()
    put_into(result, lambda part: edited[part], mask, feather, keep_alpha=keep_alpha, adapt=adapt)
    return result


def put_into(
    target: Pixels,
    edited: Callable[[Part], Pixels],
    mask: Mask,
    feather: float = 0.0,
    *,
    keep_alpha: bool = True,
    adapt: Callable[[Pixels, Pixels], Pixels] | None = None,
) -> NDArray[np.bool_]:
    """Put an edit into a picture like `composite`, but in place; return which rows changed.

    Args:
        edited: returns a part of the edit; only called for what the mask reaches, from several threads.
    """
    if mask.shape != target.shape[:2]:
        raise _misfit()
    soft = SoftMask(mask, feather)
    picture = _channels(target)
    is_new = np.zeros(len(target), np.bool_)

    def put(area: Area) -> None:
        part, weights = (area.part, None) if area.is_whole else soft.touched(area)
        is_new[part[0]] = True
        old, new = picture[part], _channels(edited(part))
        takes_alpha = not keep_alpha and has_alpha(old) and has_alpha(new)
        pairs = _paired_channels(old.shape[2], new.shape[2], takes_alpha=takes_alpha)
        _mix(old, new if adapt is None else _channels(adapt(new, old)), weights, pairs)

    at_once(put, soft.areas)
    return is_new


def _misfit() -> ImagingError:
    return ImagingError(phrase("The edit or the mask does not fit the source."))


def _mix(
    target: Pixels, edited: Pixels, weights: NDArray[np.uint16] | None, pairs: Sequence[tuple[slice, slice]]
) -> None:
    """Mix a part of an edit into the same part of the picture; without weights, replace it."""
    if weights is None:
        for to, out_of in pairs:
            target[..., to] = edited[..., out_of]
        return
    is_whole = (weights == FULL)[..., np.newaxis]
    is_partly = (weights > 0)[..., np.newaxis] & ~is_whole
    share = (weights.astype(np.float32) * np.float32(1 / FULL))[..., np.newaxis]
    for to, out_of in pairs:
        old, new = target[..., to], edited[..., out_of]
        with np.errstate(all="ignore"):  # there may be infinities where nothing is mixed
            mixed = old + (new.astype(np.float32) - old) * share
        if target.dtype != np.float32:
            mixed = np.rint(mixed)
        np.copyto(old, mixed, where=is_partly, casting="unsafe")
        np.copyto(old, new, where=is_whole)


def _paired_channels(target: int, edited: int, *, takes_alpha: bool) -> list[tuple[slice, slice]]:
    """Return which channels of the edit go into which of the source; grey goes into all colours."""
    colours = target - 1 if target in (2, 4) else target
    edit_colours = edited - 1 if edited in (2, 4) else edited
    if edit_colours not in (colours, 1):
        raise ImagingError(phrase("The edit has colours, the source is grey."))
    pairs = [(slice(colours), slice(edit_colours))]
    return [*pairs, (slice(target - 1, target), slice(edited - 1, edited))] if takes_alpha else pairs


def _channels(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
