# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet of a model's views, made while its job waits, and the way back onto textures. Worker only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..texts.phrases import joined, phrase
from .taken import keep_promise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.sheets import Layout
    from ..imaging.snapshot import PendingPixels
    from ..imaging.surface.cameras import Camera
    from ..imaging.surface.mesh import Mesh
    from ..imaging.surface.pieces import Piece
    from ..threads.pace import Pace
    from .chores import Outcome

SHAPES: Final[dict[int, tuple[int, int]]] = {1: (1, 1), 4: (1, 1), 6: (3, 2), 8: (2, 1)}
"""A sheet's width for its height, by its number of views."""


class _Sheet(NamedTuple):
    mesh: Mesh
    cameras: list[Camera]
    layout: Layout
    pixels: NDArray[np.uint8]


def fulfil_views(
    sheet: PendingPixels, pieces: Sequence[Piece], views: int, side: int, _pace: Pace
) -> Outcome:
    """Draw the sheet and hand it over, as `keep_promise`."""
    return keep_promise(
        sheet, lambda: _sheet_of(pieces, views, side).pixels, phrase("The sheet could not be made.")
    )


def painted_textures(
    answer: NDArray[np.uint8],
    pieces: Sequence[Piece],
    views: int,
    side: int,
    sizes: Sequence[int],
    told: str,
    pace: Pace,
) -> Iterator[tuple[NDArray[Any], str]]:
    """Yield each texture, 8 bits RGB, and what is to be said of it. Ends early where it is stopped.

    Args:
        answer: the sheet as it came back, of any size of its shape.
        pieces: the objects, whose parts count the textures from 0.
        views: how many are on the sheet, of `SHAPES`.
        side: pixels of the longer side of the sheet that was sent.
        sizes: of the textures, pixels of a side.
        told: what is to be said before.

    Raises:
        SurfaceUnusable: no view is found, or a texture shows nothing of the mesh.
    """
    from ..imaging.errors import SurfaceUnusable
    from ..imaging.surface.aligned import views_off
    from ..imaging.surface.layout import is_fine_enough
    from ..imaging.surface.mesh import on_texture
    from ..imaging.surface.painted import paint_texture
    from ..imaging.surface.project import ViewPicture
    from ..imaging.surface.views import View

    mesh, cameras, layout, sent = _sheet_of(pieces, views, side)
    found = views_off(answer, sent, layout)
    kept = [(camera, off) for camera, off in zip(cameras, found, strict=True) if off.is_found]
    if not kept:
        raise SurfaceUnusable(
            phrase("The model re-framed all views, so none fits the mesh. The sheet is in the library.")
        )
    pictures = [
        ViewPicture(view=View(mesh, camera), pixels=off.pixels, confidence=off.confidence)
        for camera, off in kept
    ]
    if len(kept) < views:
        left = phrase("{count} of {views} views left out: re-framed", count=views - len(kept), views=views)
        told = joined(told, left, by=" · ")
    for part, size in enumerate(sizes):
        if pace.stop.is_set():
            return
        enough = is_fine_enough(mesh, on_texture(mesh, part), (size, size), cameras)
        made = paint_texture(mesh, part, None, (size, size), pictures)
        seen = phrase("{share:.0%} of the surface seen, the rest filled", share=made.coverage)
        coarse = "" if enough.is_enough else phrase("as fine as {side} × {side}", side=enough.side)
        shared = phrase("faces that share texels look alike") if made.is_overlapping else ""
        yield made.pixels, joined(*filter(None, (told, seen, coarse, shared)), by=" · ")


def _sheet_of(pieces: Sequence[Piece], views: int, side: int) -> _Sheet:
    """Draw the views of objects as clay. The same ones for the same objects. Raises SurfaceUnusable."""
    from ..imaging.surface.cameras import cameras_around
    from ..imaging.surface.draw import Look, draw
    from ..imaging.surface.layout import compose, grid_of
    from ..imaging.surface.pieces import assembled

    mesh = assembled(pieces)
    across, down = SHAPES[views]
    longer = max(across, down)
    layout = grid_of(views, (side * across // longer, side * down // longer))
    cell = layout.cells[0]
    cameras = cameras_around(mesh, views, (cell.width, cell.height))
    return _Sheet(mesh, cameras, layout, compose([draw(mesh, one, Look.CLAY) for one in cameras], layout))
