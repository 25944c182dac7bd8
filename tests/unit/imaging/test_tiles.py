# SPDX-License-Identifier: GPL-3.0-or-later
"""In a tiled image, kept tiles keep their pixels, and edited tiles have the same encoding as the others."""

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from easel.imaging.errors import Abandoned, ImagingError
from easel.imaging.tiles import TileSet, tile_paths, write_tiles

SIDE = 8
MAGIC = b"\x76\x2f\x31\x01"


def picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(1, 256, (SIDE, SIDE, 4), np.uint8)


def save(path: Path, values: NDArray[np.uint8], mode: str = "RGBA", **options: object) -> Path:
    Image.fromarray(values).convert(mode).save(path, **options)
    return path


def read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as file:
        return np.asarray(file)


def test_kept_pngs_keep_their_bytes_and_others_their_pixels(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    png, jpeg = save(tmp_path / "a.png", picture(1)), save(tmp_path / "b.jpg", picture(2), "RGB")
    edited = save(tmp_path / "edited.png", picture(3))
    tiles = TileSet(kept={1001: png, 1002: jpeg, 1012: png.read_bytes()}, edited={1011: edited})
    paths = tile_paths(folder, "wood", tiles)
    write_tiles(tiles, paths)
    assert [path.name for path in paths.values()] == [
        "wood.1001.png",
        "wood.1002.png",
        "wood.1011.png",
        "wood.1012.png",
    ]
    assert paths[1001].read_bytes() == paths[1012].read_bytes() == png.read_bytes()
    assert paths[1011].read_bytes() == edited.read_bytes()
    np.testing.assert_array_equal(read(paths[1002]), read(jpeg))
    assert tile_paths(folder, "wood", tiles)[1001].name == "wood-2.1001.png"


def test_an_edited_tile_is_premultiplied_like_the_others(tmp_path: Path) -> None:
    edited = save(tmp_path / "edited.png", picture(3))
    tiles = TileSet(kept={}, edited={1001: edited}, is_premultiplied=True)
    paths = tile_paths(tmp_path, "wood", tiles)
    write_tiles(tiles, paths)
    wide = picture(3).astype(float)
    expected = np.round(wide[..., :3] * wide[..., 3:] / 255)
    assert np.abs(read(paths[1001])[..., :3] - expected).max() <= 1
    np.testing.assert_array_equal(read(paths[1001])[..., 3], picture(3)[..., 3])


def test_grey_of_16_bits_stays_so(tmp_path: Path) -> None:
    deep = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 1000
    Image.fromarray(deep).save(tmp_path / "deep.tif")
    tiles = TileSet(kept={1002: tmp_path / "deep.tif"}, edited={1001: save(tmp_path / "e.png", picture(1))})
    paths = tile_paths(tmp_path, "wood", tiles)
    write_tiles(tiles, paths)
    np.testing.assert_array_equal(read(paths[1002]), deep)


def test_what_cannot_be_one_image_leaves_nothing_behind(tmp_path: Path) -> None:
    edited, folder = save(tmp_path / "e.png", picture(1)), tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ImagingError, match="float pixels"):
        tile_paths(folder, "wood", TileSet(kept={1: MAGIC, 2: edited}, edited={}))
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tif")
    tiles = TileSet(kept={1002: tmp_path / "float.tif"}, edited={1001: edited})
    with pytest.raises(ImagingError, match="a PNG can't hold"):
        write_tiles(tiles, tile_paths(folder, "wood", tiles))
    assert not list(folder.iterdir())


def test_what_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    class AfterOne(threading.Event):
        """An event that is set as soon as a tile exists."""

        def is_set(self) -> bool:
            return bool(list(folder.iterdir()))

    folder = tmp_path / "out"
    folder.mkdir()
    tile = save(tmp_path / "a.png", picture(1))
    tiles = TileSet(kept={1001: tile, 1002: tile}, edited={})
    with pytest.raises(Abandoned):
        write_tiles(tiles, tile_paths(folder, "wood", tiles), AfterOne())
    assert not list(folder.iterdir())
