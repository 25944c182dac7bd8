# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the models that painting is measured on: bare, painted, a detail of that, and the true detail.

`python tools/picture_surfaces.py` (in .venv/blender52) writes docs/pictures/painting-test-models.png. Takes a
minute. The viewpoint was not sent and is in the middle of three views, where the seams are. The answer has
the true colours, with a different tint per view, moved, scaled, and as a JPEG.
"""

import io
import sys
import types
from pathlib import Path
from typing import Any

import bpy  # noqa: F401 (numpy is the one that comes with it)
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support")]
package = types.ModuleType("easel")  # without its __init__, which is for Blender
package.__path__ = [str(ROOT)]
sys.modules.setdefault("easel", package)

import surface_meshes  # noqa: E402 (only now is it found)

from easel.imaging.resample import Box, resample  # noqa: E402
from easel.imaging.surface.aligned import views_off  # noqa: E402
from easel.imaging.surface.cameras import cameras_from  # noqa: E402
from easel.imaging.surface.draw import Look, draw  # noqa: E402
from easel.imaging.surface.filling import bleed  # noqa: E402
from easel.imaging.surface.layout import compose, grid_of  # noqa: E402
from easel.imaging.surface.mesh import Mesh, on_texture, tiles_of  # noqa: E402
from easel.imaging.surface.painted import paint_texture  # noqa: E402
from easel.imaging.surface.project import ViewPicture  # noqa: E402
from easel.imaging.surface.texels import Texels  # noqa: E402
from easel.imaging.surface.viewpoints import SheetPlan, Viewpoint, around, direction_of  # noqa: E402
from easel.imaging.surface.views import views_of  # noqa: E402

PATH = ROOT / "docs" / "pictures" / "painting-test-models.png"
PLAN = SheetPlan(viewpoints=around(6), side=4096)
UNSENT = Viewpoint(towards=direction_of(45, 35))
TEXTURE, SHOWN = 2048, 180  # pixels of a side
COARSE, FINE = 0.6, 0.09  # pitches of the two patterns, for a mesh of size 2
TINT = 10  # of 255: the difference between views of an answer
COLOURS = 192


def main() -> None:
    """Draw a column for each model, and write the picture."""
    models = {**surface_meshes.MESHES, "head": surface_meshes.suzanne}
    columns = [_column(make()) for make in models.values()]
    few = Image.fromarray(np.concatenate(columns, 1)).quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    few.save(PATH, optimize=True)


def _column(mesh: Mesh) -> Any:
    (camera,) = cameras_from(mesh, [UNSENT], (4 * SHOWN, 4 * SHOWN))
    true = _true_textures(mesh)
    painted = _painted(mesh, true)
    bare, made, known = (
        draw(mesh, camera, look, textures)
        for look, textures in ((Look.CLAY, {}), (Look.LIT, painted), (Look.LIT, true))
    )
    middle = slice(2 * SHOWN - SHOWN // 2, 2 * SHOWN + SHOWN // 2)
    small = [np.asarray(Image.fromarray(one).resize((SHOWN, SHOWN))) for one in (bare, made)]
    return np.concatenate((*small, made[middle, middle], known[middle, middle]))


def _painted(mesh: Mesh, true: dict[tuple[int, int | None], Any]) -> dict[tuple[int, int | None], Any]:
    layout = grid_of(len(PLAN.viewpoints), PLAN.size)
    cell = layout.cells[0]
    cameras = cameras_from(mesh, PLAN.viewpoints, (cell.width, cell.height))
    drawn = [draw(mesh, camera, Look.TEXTURE, true) for camera in cameras]
    found = views_off(_answer(compose(_tinted(drawn), layout)), compose(drawn, layout), layout)
    pictures = [
        ViewPicture(view=view, pixels=off.pixels, confidence=off.confidence)
        for view, off in zip(views_of(mesh, cameras), found, strict=True)
        if off.is_found
    ]
    return {(0, tile): paint_texture(mesh, 0, tile, (TEXTURE, TEXTURE), pictures).pixels for _, tile in true}


def _tinted(drawn: list[Any]) -> list[Any]:
    rng = np.random.default_rng(20)
    return [np.clip(one + rng.uniform(-TINT, TINT, 3), 0, 255).astype(np.uint8) for one in drawn]


def _answer(sheet: Any) -> Any:
    width, height = PLAN.size
    box = Box(5.4, -3.2, width * 1.01 + 5.4, height * 1.01 - 3.2)
    file = io.BytesIO()
    Image.fromarray(resample(sheet, box, PLAN.size, is_data=False)).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file).convert("RGB"))


def _true_textures(mesh: Mesh) -> dict[tuple[int, int | None], Any]:
    tiles = tiles_of(mesh, 0)
    return {(0, tile): _true_colours(mesh, tile) for tile in (tiles if len(tiles) > 1 else [None])}


def _true_colours(mesh: Mesh, tile: int | None) -> Any:
    texels = Texels(mesh, on_texture(mesh, 0, tile), (TEXTURE, TEXTURE))
    pixels = np.zeros((TEXTURE * TEXTURE, 3), np.uint8)
    for rows in texels.bands():
        for points in texels.points(rows):
            coarse, fine = (surface_meshes.pattern(points.place, pitch) for pitch in (COARSE, FINE))
            pixels[points.texel] = 0.6 * coarse + 0.4 * fine + 0.5
    whole = pixels.reshape(TEXTURE, TEXTURE, 3)
    bleed(whole, texels.triangles >= 0, 4)
    return whole


if __name__ == "__main__":
    main()
