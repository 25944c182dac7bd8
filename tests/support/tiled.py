# SPDX-License-Identifier: GPL-3.0-or-later
"""UDIM images with known pixels, and edits of their tiles. For the tests with bpy."""

from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from easel.imaging.exr import write_exr
from easel.scene.session import session
from easel.scene.sources.saving import save_tiles

SIDE = 64
NUMBERS = (1001, 1002, 1011)


def picture(number: int) -> NDArray[np.uint8]:
    """Return a tile's known pixels, top row first: 16 opaque blocks."""
    blocks = np.random.default_rng(number).integers(40, 216, (4, 4, 4), np.uint8)
    blocks[..., 3] = 255
    return np.kron(blocks, np.ones((SIDE // 4, SIDE // 4, 1), np.uint8))


def linear(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    stored = values / 255
    decoded = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    decoded[..., 3] = stored[..., 3]
    return decoded.astype(np.float32)


def open_tiled(first: Path) -> bpy.types.Image:
    image = bpy.data.images.load(str(first))
    image.source = "TILED"
    image.filepath_raw = str(first).replace("1001", "<UDIM>")
    assert [tile.number for tile in image.tiles] == list(NUMBERS)
    return image


def load_tiled(folder: Path, suffix: str = "png", mode: str = "RGBA") -> bpy.types.Image:
    """Write the tiles to files, and open them as one image."""
    folder.mkdir()
    for number in NUMBERS:
        path = folder / f"skin.{number}.{suffix}"
        if suffix == "exr":
            with path.open("w+b") as file:
                write_exr(file, linear(picture(number)))
        else:
            Image.fromarray(picture(number)).convert(mode).save(path)
    return open_tiled(folder / f"skin.1001.{suffix}")


def paint(image: bpy.types.Image, number: int = 7) -> NDArray[np.uint8]:
    """Paint a picture into the first tile, unsaved. Returns the picture."""
    painted = picture(number)
    image.pixels.foreach_set((painted[::-1] / 255).astype(np.float32).ravel())
    image.update()
    assert image.is_dirty
    return painted


def edit(image: bpy.types.Image, tiles: str = "", **settings: object) -> bpy.types.Image:
    """Edit tiles of an image. Returns the one new image."""
    before = set(bpy.data.images)
    settings = {"placement": "IMAGE", "sizing": "KEEP_SIZE"} | settings
    sources = [{"name": image.name}]
    assert bpy.ops.easel.edit(prompt="older", sources=sources, tiles=tiles, wait=True, **settings) == {
        "FINISHED"
    }
    (result,) = set(bpy.data.images) - before
    assert result.source == "TILED"
    assert [tile.number for tile in result.tiles] == list(NUMBERS)
    return result


def shown(image: bpy.types.Image, number: int) -> NDArray[np.uint8]:
    """Return a tile as Blender shows it, top row first, as sRGB bytes."""
    saved = save_tiles(image)[number]
    with Image.open(saved.path) as file:
        return np.asarray(file.convert("RGBA"))


def sent() -> dict[int, NDArray[np.uint8]]:
    """Return the sent pixels by tile."""
    pictures = {}
    for row in bpy.context.window_manager.easel.jobs:
        job = session.engine().job(row.name)
        with Image.open(job.preparation.original) as file:
            pictures[job.placement.tile.number] = np.asarray(file.convert("RGBA"))
    return pictures
