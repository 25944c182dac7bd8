# SPDX-License-Identifier: GPL-3.0-or-later
"""An EXR is read back with the same bits that were written."""

from pathlib import Path

import numpy as np
import pytest

from easel.imaging.errors import ImagingError
from easel.imaging.exr import read_exr, write_exr


@pytest.mark.parametrize("shape", [(1, 1, 3), (16, 5, 4), (35, 7, 4), (50, 33, 3)])
@pytest.mark.parametrize("is_rough", [False, True])
@pytest.mark.parametrize("deflates", [True, False])
def test_it_comes_back(tmp_path: Path, shape: tuple[int, int, int], is_rough: bool, deflates: bool) -> None:
    """Rough values don't shrink, so they are stored uncompressed."""
    pixels = np.random.default_rng(2).random(shape, np.float32) * 9 - 1
    pixels = pixels if is_rough else np.round(pixels)
    pixels[0, 0, 0] = np.inf
    path = tmp_path / "light.exr"
    with path.open("w+b") as file:
        write_exr(file, pixels, deflates=deflates)
    assert read_exr(path).tobytes() == pixels.tobytes()


def test_grey_has_three_channels(tmp_path: Path) -> None:
    path = tmp_path / "grey.exr"
    with path.open("w+b") as file:
        write_exr(file, np.full((3, 4), 0.5, np.float32))
    assert (read_exr(path) == np.full((3, 4, 3), 0.5, np.float32)).all()


@pytest.mark.parametrize("cut", [0, 4, 60, 300, -40])
def test_what_is_damaged_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "light.exr"
    with path.open("w+b") as file:
        write_exr(file, np.random.default_rng(2).random((40, 9, 3), np.float32))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ImagingError, match=r"light\.exr can't be read"):
        read_exr(path)
