# SPDX-License-Identifier: GPL-3.0-or-later
"""Later rounds: put more views onto an already painted texture, and keep the rest. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...texts.phrases import phrase
from ..bands import in_bands
from ..errors import SurfaceUnusable
from .filling import bleed
from .mesh import on_texture
from .painted import Painted, usual_margin
from .project import Kind, ViewPicture, project
from .sampling import packed, take_off
from .texels import CHUNK, Texels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .mesh import Mesh
    from .views import View

_CELLS: Final = 32
"""Cells along a view's side, over which a difference of colour is evened out."""
_STEP: Final = 4
"""An answer is compared with the sent view at every so many-th pixel each way."""
_ALL: Final = 0.02
"""The weight of the whole view's mean, in cells, where nothing else is known."""
_NOT, _WHOLLY = 0.25, 0.55
"""The view's scores from which a place is repainted, and from which nothing of the earlier paint remains."""


def paint_over(
    mesh: Mesh,
    part: int,
    tile: int | None,
    base: NDArray[Any],
    pictures: Sequence[ViewPicture],
    earlier: Sequence[View] | None,
    *,
    margin: int | None = None,
) -> Painted:
    """Return a texture with more views on the parts that no earlier view sees, or that new ones see well.

    Args:
        mesh: everything that the views show.
        part: the material.
        tile: the UDIM tile, None: repeating.
        base: the current texture, (height, width, 3), uint8 or uint16.
        pictures: the new views' pictures.
        earlier: the views that it was painted from: what they see stays bit by bit. None: the new ones
            repaint what they see well.
        margin: how many texels islands bleed; None: the default.

    Raises:
        SurfaceUnusable: nothing of the mesh lies on this texture.
    """
    height, width = base.shape[:2]
    texels = Texels(mesh, on_texture(mesh, part, tile), (width, height))
    if not (texels.triangles >= 0).any():
        raise SurfaceUnusable(
            phrase("No part of the mesh lies on the texture. Unwrap it, and choose its UV map.")
        )
    pixels, kinds, coverage = project(texels, pictures, is_deep=base.dtype == np.uint16)
    if earlier is None:
        share = _scores(texels, [picture.view for picture in pictures])
        share = np.clip((share - np.float32(_NOT)) / np.float32(_WHOLLY - _NOT), 0, 1)
        share = share * share * (np.float32(3) - np.float32(2) * share)
    else:
        seen = _scores(texels, earlier)
        coverage = _covered(texels, (kinds == Kind.SEEN) | (seen > 0))
        share = (seen <= 0).astype(np.float32)
    share[kinds != Kind.SEEN] = 0
    is_new = share > 0

    def blend(rows: slice) -> None:
        part_of = share[rows, :, np.newaxis]
        mixed = pixels[rows] * part_of + base[rows, :, :3] * (1 - part_of)
        pixels[rows] = np.where(
            is_new[rows, :, np.newaxis], (mixed + np.float32(0.5)).astype(base.dtype), base[rows, :, :3]
        )

    in_bands(blend, [slice(top, min(top + 128, height)) for top in range(0, height, 128)])
    margin = usual_margin((width, height)) if margin is None else margin
    bleed(pixels, kinds != Kind.EMPTY, margin)
    kept = ~_around(is_new, margin) & (kinds == Kind.EMPTY)
    np.copyto(pixels, base[..., :3], where=kept[..., np.newaxis])
    return Painted(pixels, kinds, coverage, texels.is_overlapping)


def evened(
    answer: NDArray[np.uint8], sent: NDArray[np.uint8], view: View, earlier: Sequence[View]
) -> NDArray[np.uint8]:
    """Return an answer in the tint of the sent view, judged by parts that earlier views have seen.

    Args:
        answer: (height, width, 3), aligned with the view.
        sent: the sent picture of the same view, with the earlier textures.
        view: its depth.
        earlier: the views that the textures were painted from.
    """
    rows, columns = np.nonzero(view.steps[_STEP // 2 :: _STEP, _STEP // 2 :: _STEP])
    rows, columns = rows * _STEP + _STEP // 2, columns * _STEP + _STEP // 2
    x, y = columns.astype(np.float32) + np.float32(0.5), rows.astype(np.float32) + np.float32(0.5)
    points = view.camera.unproject(x, y, view.depth[rows, columns])
    triangles = view.triangles[rows, columns]
    known = np.zeros(len(points), np.bool_)
    for one in earlier:
        for start in range(0, len(points), CHUNK):
            some, _looks = one.look(points[start : start + CHUNK], triangles[start : start + CHUNK])
            known[start + some] = True
    if not known.any():
        return answer
    rows, columns = rows[known], columns[known]
    apart = answer[rows, columns, :3].astype(np.float64) - sent[rows, columns, :3]
    height, width = view.depth.shape
    cell = np.minimum(rows * _CELLS // height, _CELLS - 1) * _CELLS + np.minimum(
        columns * _CELLS // width, _CELLS - 1
    )
    sums = np.zeros((_CELLS * _CELLS, 5))
    for channel in range(3):
        sums[:, channel] = np.bincount(cell, apart[:, channel], _CELLS * _CELLS)
    sums[:, 4] = np.bincount(cell, minlength=_CELLS * _CELLS)
    usual = sums.sum(0) / max(float(sums[:, 4].sum()), 1.0)
    smooth = _smoothed(sums.reshape(_CELLS, _CELLS, 5)) + _ALL * usual
    shift = np.concatenate((smooth[..., :3] / smooth[..., 4:], np.zeros((_CELLS, _CELLS, 1))), 2)
    found = packed(answer)
    take_off(found, shift.astype(np.float32))
    return found.view(np.uint8).reshape(height, width, 4)[..., :3]


def _smoothed(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    for _ in range(3):
        for axis in (0, 1):
            wide = np.pad(sums, [(1, 1) if at == axis else (0, 0) for at in range(3)])
            low, middle, high = (
                np.take(wide, range(start, start + sums.shape[axis]), axis) for start in range(3)
            )
            sums = low / 4 + middle / 2 + high / 4
    return sums


def _scores(texels: Texels, views: Sequence[View]) -> NDArray[np.float32]:
    """Return the best view's score for each texel, 0–1; 0 if no view sees it."""
    found = np.zeros((texels.height, texels.width), np.float32)
    flat = found.reshape(-1)

    def look(rows: slice) -> None:
        for points in texels.points(rows):
            best = np.zeros(len(points.texel), np.float32)
            for view in views:
                some, looks = view.look(points.place, points.triangle)
                best[some] = np.maximum(best[some], looks.facing * looks.inside)
            flat[points.texel] = best

    in_bands(look, texels.bands())
    return found


def _covered(texels: Texels, is_seen: NDArray[np.bool_]) -> float:
    """Return the visible share of the surface on a texture, by area."""
    flat, bands = is_seen.reshape(-1), texels.bands()
    sums = np.zeros((len(bands), 2))
    numbers = {rows.start: number for number, rows in enumerate(bands)}

    def add(rows: slice) -> None:
        for points in texels.points(rows):
            sums[numbers[rows.start]] += (
                points.area.sum(dtype=np.float64),
                points.area[flat[points.texel]].sum(dtype=np.float64),
            )

    in_bands(add, bands)
    whole, seen = sums.sum(0)
    return float(seen / whole) if whole else 0.0


def _around(is_there: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """Return everything within so many texels, each way."""
    wide = is_there
    for axis in (0, 1):
        sums = np.cumsum(np.pad(wide, [(1, 0) if at == axis else (0, 0) for at in (0, 1)]), axis, np.int32)
        length = wide.shape[axis]
        low = np.maximum(np.arange(length) - margin, 0)
        high = np.minimum(np.arange(length) + margin + 1, length)
        wide = np.take(sums, high, axis) > np.take(sums, low, axis)
    return wide
