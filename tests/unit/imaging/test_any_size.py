# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources with sides of 16 to 8192 pixels, up to 1:8. `bench/bench_any_size.py` has the largest square."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from walls import FEATHER, assert_kept, assert_whole, wall

from easel.client.models import ASPECT_RATIOS, WIDE_ASPECT_RATIOS
from easel.imaging.depth import read_deep
from easel.imaging.fit import plan_fit
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.restore import restore_edit, write_canvas


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("ratios", [ASPECT_RATIOS, WIDE_ASPECT_RATIOS, ("auto",)])
@pytest.mark.parametrize("size", [(16, 16), (16, 128), (128, 16)])
def test_small_sources(size: tuple[int, int], ratios: tuple[str, ...], kind: type, tmp_path: Path) -> None:
    check(size, ratios, kind, tmp_path)


@pytest.mark.parametrize(
    ("size", "ratios"), [((8192, 1024), WIDE_ASPECT_RATIOS), ((1024, 8192), ASPECT_RATIOS)]
)
def test_the_longest_sources(size: tuple[int, int], ratios: tuple[str, ...], tmp_path: Path) -> None:
    check(size, ratios, np.uint8, tmp_path)


def check(size: tuple[int, int], ratios: tuple[str, ...], kind: type, folder: Path) -> None:
    source, sent, answer = wall(size, kind), folder / "sent.png", folder / "answer.png"
    with (folder / "wall.png").open("wb") as file:
        write_png(file, ArrayRows(source))
    fit = write_canvas(folder / "wall.png", sent, plan_fit(size, ratios))
    with Image.open(sent) as image:
        assert_whole(np.asarray(image.convert("RGB")), source, fit)
        image.thumbnail((1024, 1024))
        image.convert("RGB").point(lambda value: value // 2 + 20).save(answer)
    mask = np.zeros(size[::-1], np.bool_)
    mask[:, : size[0] // 2] = True
    done = restore_edit(
        folder / "wall.png",
        answer,
        folder / "done.png",
        fit,
        mask=mask,
        feather=FEATHER,
        deep=read_deep(folder / "wall.png"),
    )
    assert_kept(read_deep(done.path), source)
