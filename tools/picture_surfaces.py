# SPDX-License-Identifier: GPL-3.0-or-later
"""The models that painting is measured on: bare, painted, and a piece of that at full size.

All are seen from where no view was sent. In place of a model's answer there are the true colours, each view in a
tint of its own, moved, scaled, and as a JPEG.
"""

import io
from typing import Any

import numpy as np
import surface_meshes
from PIL import Image

from easel.imaging.resample import Box, resample
from easel.imaging.surface.aligned import views_off
from easel.imaging.surface.cameras import cameras_from
from easel.imaging.surface.draw import Look, draw
from easel.imaging.surface.filling import bleed
from easel.imaging.surface.layout import compose, grid_of
from easel.imaging.surface.mesh import Mesh, on_texture, tiles_of
from easel.imaging.surface.painted import paint_texture
from easel.imaging.surface.project import ViewPicture
from easel.imaging.surface.texels import Texels
from easel.imaging.surface.viewpoints import SheetPlan, Viewpoint, around, direction_of
from easel.imaging.surface.views import views_of

PLAN = SheetPlan(viewpoints=around(6), side=2048)
UNSENT = Viewpoint(towards=direction_of(40, 28))
TEXTURE, SHOWN = 1024, 180  # pixels of a side
PITCH = 0.24
TINT = 8  # of 255: by how much the views of an answer differ from each other


def table() -> Image.Image:
    """Make the picture: a column for each model."""
    columns = [_column(mesh()) for mesh in surface_meshes.MESHES.values()]
    return Image.fromarray(np.concatenate(columns, 1))


def _column(mesh: Mesh) -> Any:
    (camera,) = cameras_from(mesh, [UNSENT], (4 * SHOWN, 4 * SHOWN))
    textures = _painted(mesh)
    bare, painted = (draw(mesh, camera, look, textures) for look in (Look.CLAY, Look.LIT))
    middle = slice(2 * SHOWN - SHOWN // 2, 2 * SHOWN + SHOWN // 2)
    small = [np.asarray(Image.fromarray(one).resize((SHOWN, SHOWN))) for one in (bare, painted)]
    return np.concatenate((*small, painted[middle, middle]))


def _painted(mesh: Mesh) -> dict[tuple[int, int | None], Any]:
    tiles: list[int | None] = [*tiles_of(mesh, 0)]
    tiles = tiles if len(tiles) > 1 else [None]
    known = {(0, tile): _true_colours(mesh, tile) for tile in tiles}
    layout = grid_of(len(PLAN.viewpoints), PLAN.size)
    cell = layout.cells[0]
    cameras = cameras_from(mesh, PLAN.viewpoints, (cell.width, cell.height))
    drawn = [draw(mesh, camera, Look.TEXTURE, known) for camera in cameras]
    rng = np.random.default_rng(20)
    tinted = [np.clip(one + rng.uniform(-TINT, TINT, 3), 0, 255).astype(np.uint8) for one in drawn]
    box = Box(5.4, -3.2, PLAN.size[0] * 1.01 + 5.4, PLAN.size[1] * 1.01 - 3.2)
    moved = resample(compose(tinted, layout), box, PLAN.size, is_data=False)
    file = io.BytesIO()
    Image.fromarray(moved).save(file, "JPEG", quality=90)
    answer = np.asarray(Image.open(file).convert("RGB"))
    found = views_off(answer, compose(drawn, layout), layout)
    pictures = [
        ViewPicture(view=view, pixels=off.pixels, confidence=off.confidence)
        for view, off in zip(views_of(mesh, cameras), found, strict=True)
        if off.is_found
    ]
    size = TEXTURE, TEXTURE
    return {(0, tile): paint_texture(mesh, 0, tile, size, pictures).pixels for tile in tiles}


def _true_colours(mesh: Mesh, tile: int | None) -> Any:
    texels = Texels(mesh, on_texture(mesh, 0, tile), (TEXTURE, TEXTURE))
    pixels = np.zeros((TEXTURE * TEXTURE, 3), np.uint8)
    for rows in texels.bands():
        for points in texels.points(rows):
            pixels[points.texel] = surface_meshes.pattern(points.place, PITCH) + 0.5
    whole = pixels.reshape(TEXTURE, TEXTURE, 3)
    bleed(whole, texels.triangles >= 0, 4)
    return whole
