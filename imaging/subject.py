# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the object of a picture: what differs from its backdrop. Pure; worker threads.

An engine makes a model of what it sees. Problems can be found before the model is paid for: an object cut off
by the border, several objects, a backdrop that can't be separated from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..texts.phrases import phrase
from .bands import in_three
from .parts import find_parts
from .resample import Border, Box, has_alpha, resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOKED_AT: Final = 256
"""Pixels of the longer side at which the object is searched."""
_NEAR: Final = 26.0
"""The largest distance of colours that count as the backdrop's, of 255 in each channel together."""
_CLEAR: Final = 60.0
"""From this distance on a colour is certainly not the backdrop's."""
_PLAIN: Final = 0.6
"""The least share of the border with a plain backdrop's colour: an object may cover the rest."""
_EVEN: Final = 0.9
"""The least share of that which must be close to the colour."""
_FADES: Final = 4.0
"""Fading light over a backdrop changes by less than this from one pixel to the next, out of 255."""
_STEP: Final = 24.0
"""A step of this size, out of 255, is an edge."""
_PART: Final = 0.04
"""A part smaller than this, compared to the largest part's area, is not an object of its own."""
_AT_BORDER: Final = 0.02
"""Share of a side that the object must touch to be cut off by it."""
_SMALL: Final = 0.04
"""Share of the picture below which an object is small."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The object and its backdrop."""

    mask: NDArray[np.bool_]
    """Where the object is, in a small picture: height × width, top row first."""
    colour: tuple[float, float, float]
    """The backdrop's colour, 0-255, as stored."""
    is_plain: bool
    """The backdrop is of one colour, or transparent, so that the object can be told from it."""
    is_busy: bool
    """Something is seen behind the object: neither a plain backdrop, nor light that fades over one."""
    has_alpha: bool
    """The picture has transparency."""
    parts: int
    """The number of separate objects."""
    is_cut: bool
    """The picture's border cuts the object off."""
    share: float
    """The part of the picture that it covers."""

    @property
    def is_small(self) -> bool:
        """Whether the object covers so little that few pixels show it."""
        return 0 < self.share < _SMALL


def find_subject(pixels: NDArray[np.uint8]) -> Subject:
    """Find the object of a picture: height × width (× 1, 3 or 4), sRGB, top row first."""
    small = small_view(pixels)
    colours = small[..., :3].astype(np.float32) if small.ndim == 3 else small[..., None].astype(np.float32)
    if colours.shape[2] < 3:
        colours = in_three(colours[..., 0])
    transparent = small[..., -1] < 128 if has_alpha(small) else np.zeros(small.shape[:2], np.bool_)
    if transparent.any():
        mask, is_plain, colour = ~transparent, True, np.zeros(3, np.float32)
        is_busy = False
    else:
        edge = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
        colour = np.median(edge, axis=0)
        away = _distance(edge, colour)
        like_it = away[away < _CLEAR]
        is_plain = len(like_it) >= _PLAIN * len(away) and bool((like_it < _NEAR).mean() >= _EVEN)
        is_busy = not is_plain and _is_rough(colours)
        mask = ~_reached(_distance(colours, colour) < _NEAR)
    areas = _areas(mask)
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return Subject(
        mask=mask,
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
        is_plain=is_plain,
        is_busy=is_busy,
        has_alpha=bool(transparent.any()),
        parts=sum(area >= areas[0] * _PART for area in areas) if areas else 0,
        is_cut=is_plain and any(side.mean() > _AT_BORDER for side in sides),
        share=float(mask.mean()),
    )


def advice_on(subject: Subject) -> list[str]:
    """Return what may spoil a model of the picture; one sentence each, without a final period."""
    advice: list[str] = []
    if subject.is_busy:
        advice.append(phrase("The background is busy: remove it first, or it may become a part of the model"))
    elif subject.is_plain and not subject.share:
        advice.append(phrase("No object stands out from the background"))
    if subject.is_plain and subject.is_cut:
        advice.append(phrase("The border cuts the object off: show all of it, or the model will end there"))
    if subject.is_plain and subject.parts > 1:
        advice.append(phrase("There are {count} objects: show only the one to model", count=subject.parts))
    if subject.is_plain and subject.is_small:
        advice.append(phrase("The object is small in the picture: crop it, so that more of it is seen"))
    return advice


def cut_out_subject(pixels: NDArray[np.uint8], subject: Subject) -> NDArray[np.uint8]:
    """Return a picture with its plain backdrop made transparent: height × width × RGBA.

    Enclosed parts of the backdrop stay: only parts connected to the border are removed.
    """
    height, width = pixels.shape[:2]
    colours = pixels[..., :3] if pixels.ndim == 3 and pixels.shape[2] >= 3 else _grey3(pixels)
    grown, inner = subject.mask.copy(), subject.mask.copy()
    for target, merge in ((grown, np.logical_or), (inner, np.logical_and)):
        source = subject.mask
        merge(target[1:], source[:-1], out=target[1:])
        merge(target[:-1], source[1:], out=target[:-1])
        merge(target[:, 1:], source[:, :-1], out=target[:, 1:])
        merge(target[:, :-1], source[:, 1:], out=target[:, :-1])
    small_height, small_width = subject.mask.shape[:2]
    rows = [row * small_height // height for row in range(height)]
    columns = [column * small_width // width for column in range(width)]
    cut = np.empty((height, width, 4), np.uint8)
    cut[..., :3] = colours
    cut[..., 3] = np.where(inner, np.uint8(255), np.uint8(0))[rows][:, columns]
    edge = (grown & ~inner)[rows][:, columns]
    far = _distance(colours[edge].astype(np.float32), np.asarray(subject.colour, np.float32))
    cut[..., 3][edge] = np.rint(np.clip((far - _NEAR / 2) / (_CLEAR - _NEAR / 2), 0, 1) * 255)
    return cut


def small_view(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture at the size for analysis: 256 pixels on the longer side."""
    height, width = pixels.shape[:2]
    factor = _LOOKED_AT / max(height, width)
    if factor >= 1:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return resample(pixels, Box(0, 0, width, height), size, is_data=True, border=Border.MIRROR)


def _is_rough(colours: NDArray[np.float32]) -> bool:
    """Return whether colours change in steps along the border; fading light does not."""
    lines = (colours[0], colours[-1], colours[:, 0], colours[:, -1])
    steps = np.concatenate([np.abs(np.diff(line, axis=0)).max(1) for line in lines])
    return bool(np.median(steps) > _FADES or (steps > _STEP).sum() >= 2)


def _grey3(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    return in_three(grey)


def _distance(colours: NDArray[np.float32], colour: NDArray[np.float32]) -> NDArray[np.float32]:
    away = colours - colour.astype(np.float32)
    return np.sqrt(np.einsum("...i,...i->...", away, away))


def _reached(backdrop: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the part of a backdrop that is connected to the border of the picture."""
    parts = find_parts(backdrop)
    height, width = backdrop.shape
    at_border = (parts.rows == 0) | (parts.rows == height - 1) | (parts.starts == 0) | (parts.ends == width)
    touches = np.zeros(len(parts.areas), np.bool_)
    touches[parts.index[at_border]] = True
    return parts.where(touches)


def _areas(mask: NDArray[np.bool_]) -> list[int]:
    """Return the areas of the parts of a mask, the largest first."""
    return np.sort(find_parts(mask).areas)[::-1].tolist()
