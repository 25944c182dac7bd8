# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits inside a mask work for the smallest and the longest sources, from the file to the upload and back."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from walls import FEATHER, assert_kept, assert_whole, wall

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.depth import read_deep
from easel.imaging.fit import Fit
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.snapshot import MASK_INDEX, FileSnapshot, UVShapes
from easel.jobs.job import JobState

from .conftest import Bench

LEFT_HALF = UVShapes(polygons=(((0, 0), (0.5, 0), (0.5, 1), (0, 1)),))
AREA = EditMask(kind=MaskKind.AREA, feather=FEATHER)
EDIT = EditRequest(
    model=ModelId.GEMINI_3_1_FLASH,
    prompt="more moss",
    sources=(Source(name="wall"), Source(name="Mask", role=AREA.role)),
    keeps_place=True,
    mask=AREA,
)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        (ModelId.GEMINI_3_1_FLASH, (16, 16)),
        (ModelId.GEMINI_3_PRO, (16, 128)),
        (ModelId.SEEDREAM_V5_LITE, (128, 16)),
        (ModelId.GEMINI_2_5_FLASH, (4096, 512)),  # its widest ratio is 21:9
    ],
)
def test_any_size_is_sent_whole_and_comes_back_at_its_own(
    bench: Bench, tmp_path: Path, model: ModelId, size: tuple[int, int]
) -> None:
    source, path = wall(size), tmp_path / "wall.png"
    with path.open("wb") as file:
        write_png(file, ArrayRows(source))
    asked = dataclasses.replace(EDIT, model=model)
    job = bench.run(bench.engine(), asked, {0: FileSnapshot(path=path), MASK_INDEX: LEFT_HALF})
    assert job.state is JobState.DONE, job.message
    made = job.preparation
    assert made is not None
    fit = Fit.from_dict(made.fit)
    with Image.open(made.uploads[0].path) as image:
        assert_whole(np.asarray(image.convert("RGB")), source, fit)
    with Image.open(made.uploads[1].path) as marked:
        assert abs(marked.width * fit.canvas[1] - marked.height * fit.canvas[0]) <= max(fit.canvas)
    (placed,) = job.results_to_place
    assert (placed.width, placed.height) == size
    assert_kept(read_deep(placed.path), source)
