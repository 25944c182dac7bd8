# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools on images: cut the subject out of its backdrop, and enlarge an image."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

_LOOKED_AT = 512  # pixels of the longer side at which the subject is searched
_APART = 40.0  # how far a colour is from the backdrop's, of 255 a channel, to be the subject's
_SOFT = 0.8  # pixels of the small picture over which the edge fades
_LEAST, _MOST = 0.005, 0.98  # share of the picture that a subject covers


def subject_of(image: Image.Image) -> NDArray[np.float32]:
    """Return the subject, 0 to 1, height × width: by its alpha, else by the colours of its border.

    The backdrop may have two colours (a painted checkerboard). If nothing differs from it, the subject is an
    oval.
    """
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        alpha = np.asarray(image.convert("RGBA").getchannel("A"), np.float32) / 255
        if alpha.min() < 0.5:
            return alpha.astype(np.float32)
    small = image.convert("RGB")
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    first = np.median(border, axis=0)
    others = border[np.linalg.norm(border - first, axis=1) > _APART]
    colours = [first] if len(others) < len(border) * 0.15 else [first, np.median(others, axis=0)]
    away = np.min([np.linalg.norm(pixels - colour, axis=2) for colour in colours], axis=0)
    subject = ~_reached(away < _APART)
    if not _LEAST < subject.mean() < _MOST:
        subject = _oval(*subject.shape)
    mask = Image.fromarray(np.where(subject, 255, 0).astype(np.uint8))
    mask = mask.filter(ImageFilter.GaussianBlur(_SOFT)).resize(image.size, Image.Resampling.BICUBIC)
    return (np.asarray(mask, np.float32) / 255).astype(np.float32)


def cut_out(path: Path) -> Image.Image:
    """Return an image with its backdrop transparent."""
    with Image.open(path) as opened:
        alpha = subject_of(opened)
        image = opened.convert("RGBA")
    image.putalpha(Image.fromarray(np.rint(alpha * 255).astype(np.uint8)))
    return image


def enhanced(path: Path, size: tuple[int, int]) -> Image.Image:
    """Return an image at that size, a little sharper."""
    with Image.open(path) as opened:
        larger = opened.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return larger.filter(ImageFilter.UnsharpMask(radius=2, percent=60))


def main_parts(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask without parts of less than a tenth of the largest, like a sign in a corner."""
    step = max(1, max(mask.shape) // 256)
    left = mask[::step, ::step].copy()
    parts: list[NDArray[np.bool_]] = []
    while left.any() and len(parts) < 20:
        seed = np.zeros_like(left)
        seed.flat[int(left.argmax())] = True
        parts.append(_spread(seed, left))
        left &= ~parts[-1]
    largest = max((int(part.sum()) for part in parts), default=0)
    kept = np.zeros(mask[::step, ::step].shape, np.bool_)
    for part in parts:
        kept |= part if part.sum() >= largest / 10 else False
    whole = np.repeat(np.repeat(kept, step, 0), step, 1)[: mask.shape[0], : mask.shape[1]]
    return mask & whole


def _reached(backdrop: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the part of the backdrop that is connected to the border."""
    start = np.zeros_like(backdrop)
    start[[0, -1]], start[:, [0, -1]] = backdrop[[0, -1]], backdrop[:, [0, -1]]
    return _spread(start, backdrop)


def _spread(seed: NDArray[np.bool_], field: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the part of a field that is connected to a seed."""
    reached = seed & field
    views = [(reached, field), (reached.T, field.T)]
    views += [(part[::-1], where[::-1]) for part, where in views]  # each is swept row by row
    count = -1
    while count != (count := int(reached.sum())):
        for part, where in views:
            for row in range(1, len(part)):
                part[row] |= part[row - 1] & where[row]
    return reached


def _oval(height: int, width: int) -> NDArray[np.bool_]:
    y, x = np.mgrid[0:height, 0:width]
    return np.hypot((x / width - 0.5) / 0.38, (y / height - 0.5) / 0.42) < 1
