# SPDX-License-Identifier: GPL-3.0-or-later
"""WebP files are decoded as Pillow decodes them, and left to it if anything is wrong."""

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from easel.imaging.check import check_and_decode, check_image
from easel.imaging.eight_bit import read_eight_bit
from easel.imaging.errors import ImageDamaged
from easel.imaging.opening import open_picture
from easel.imaging.webp import decode_webp

SIZES = [(1, 1), (61, 40), (700, 501)]
KINDS: dict[str, Mapping[str, Any]] = {
    "lossy": {"quality": 80},
    "lossless": {"lossless": True},
    "with metadata": {"exif": b"Exif\0\0secret", "icc_profile": b"no profile", "xmp": b"<x:xmpmeta/>"},
}
has_libwebp = pytest.mark.skipif(sys.platform == "win32", reason="Pillow hides libwebp's functions there")


def picture(mode: str, size: tuple[int, int]) -> PIL.Image.Image:
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    grain = np.random.default_rng(0).integers(0, 30, (height, width))
    planes = (columns + grain, rows, (rows * columns) // 9, rows + columns)
    return PIL.Image.fromarray(np.stack(planes[: len(mode)], 2).astype(np.uint8))


def saved(image: PIL.Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "WEBP", **options)
    return file.getvalue()


def animated() -> bytes:
    frames = [picture("RGB", (60, 40)), picture("RGB", (60, 40)).rotate(180)]
    return saved(frames[0], save_all=True, append_images=frames[1:])


def decoded(data: bytes) -> NDArray[np.uint8] | None:
    with open_picture(data, is_lenient=False) as image:
        return decode_webp(data, image)


@has_libwebp
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_those_of_pillow(kind: str, mode: str, size: tuple[int, int]) -> None:
    data = saved(picture(mode, size), **KINDS[kind])
    with PIL.Image.open(io.BytesIO(data)) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(decoded(data), np.asarray(image))


@pytest.mark.parametrize("kind", [*KINDS, "animated"])
def test_a_check_and_a_source_have_pillows_pixels(kind: str, tmp_path: Path) -> None:
    path, small = tmp_path / "result.webp", tmp_path / "small.png"
    path.write_bytes(animated() if kind == "animated" else saved(picture("RGBA", (61, 40)), **KINDS[kind]))
    pixels = check_and_decode(path, thumbnail=small)[1]
    with PIL.Image.open(path) as image:
        np.testing.assert_array_equal(pixels, np.asarray(image))
        np.testing.assert_array_equal(read_eight_bit(path, image), pixels)


@pytest.mark.parametrize("size", [(1024, 1024), (1999, 1000), (512, 256), (200, 100), (3000, 90)])
@pytest.mark.parametrize("kind", ["lossy", "lossless"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_thumbnail_is_like_pillows(mode: str, kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    path, small = tmp_path / "result.webp", tmp_path / "small.png"
    path.write_bytes(saved(smooth(mode, size), **KINDS[kind]))
    check_image(path, thumbnail=small)
    with PIL.Image.open(path) as image, PIL.Image.open(small) as found:
        image.thumbnail((256, 256))
        assert (found.mode, found.size) == (image.mode, image.size)
        off = np.abs(as_seen(found) - as_seen(image))
    assert off.mean() < 0.8  # of 255
    assert off.max() < 8


def smooth(mode: str, size: tuple[int, int]) -> PIL.Image.Image:
    """Return gradients with grain; the left part is see-through if there is alpha."""
    width, height = size
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    planes = (columns, rows, rows * columns, np.clip(3 * columns - 1, 0, 1))
    grain = np.random.default_rng(0).integers(0, 8, (height, width, 1))
    return PIL.Image.fromarray((np.stack(planes[: len(mode)], 2) * 247 + grain).astype(np.uint8))


def as_seen(image: PIL.Image.Image) -> NDArray[np.float64]:
    """Return colours 0 to 255 over black; what is see-through has none."""
    pixels = np.asarray(image).astype(np.float64)
    return pixels[..., :3] * pixels[..., 3:] / 255 if image.mode == "RGBA" else pixels


@pytest.mark.parametrize("kind", ["lossy", "lossless"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_damaged_file_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    whole = saved(picture("RGB", (700, 501)), **KINDS[kind])
    data = whole[: int(share * len(whole))]
    size = len(data) - 20
    data = data[:4] + (size + 12).to_bytes(4, "little") + data[8:16] + size.to_bytes(4, "little") + data[20:]
    path = tmp_path / "result.webp"
    path.write_bytes(data)
    with pytest.raises(ImageDamaged):
        check_image(path)


def test_other_files_are_left_to_pillow() -> None:
    assert decoded(animated()) is None
    file = io.BytesIO()
    picture("RGB", (9, 9)).save(file, "PNG")
    assert decoded(file.getvalue()) is None


@has_libwebp
def test_one_way_up_at_every_size() -> None:
    data = saved(picture("RGB", (700, 501)))
    with open_picture(data) as image:
        small = decode_webp(data, image, (70, 50))
        assert small is not None
        assert small.shape == (50, 70, 3)
        wanted = np.asarray(image.reduce(10))[:50]
    assert np.abs(small.astype(float) - wanted).mean() < 2.0


def test_a_file_of_another_size_is_left_to_pillow() -> None:
    with open_picture(saved(picture("RGB", (60, 40)))) as image:
        assert decode_webp(saved(picture("RGB", (61, 40))), image) is None
