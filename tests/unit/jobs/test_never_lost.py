# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails after an image has arrived, its bytes are kept, the job ends, and Easel says what failed."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.check import check_image
from easel.imaging.formats import picture_suffix
from easel.imaging.snapshot import MASK_INDEX, FileSnapshot, UVShapes
from easel.jobs.job import Job, JobState
from easel.jobs.recipe import read_recipe
from easel.simulator import catalogue
from easel.simulator.faults import Spoilt

from .conftest import DRAFT, Bench

LEFT_HALF = UVShapes(polygons=(((0, 0), (0.5, 0), (0.5, 1), (0, 1)),))
AN_ERROR = re.compile(r"Error\(|Traceback|Errno|\{\"|object at 0x")
"""Technical texts that an artist must never read."""


def wood(folder: Path, name: str = "wood.png") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise((96, 64), 60).convert("RGB").save(path, "PNG")
    return path


def edit(name: str = "wood.png", mask: EditMask | None = None) -> EditRequest:
    mask = mask or EditMask()
    sources = (Source(name=name), *([Source(name="Mask", role=mask.role)] if mask.is_set else []))
    return EditRequest(
        model=ModelId.GEMINI_3_1_FLASH, prompt="older", sources=sources, keeps_place=True, mask=mask
    )


def check_kept(bench: Bench, job: Job) -> None:
    assert job.state is JobState.DONE, job.message
    for result in job.results:
        assert result.path.stat().st_size == result.byte_count > 0
        assert not AN_ERROR.search(result.fit_note), result.fit_note
    assert not AN_ERROR.search(job.message), job.message
    assert bench.ends(job.id) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are Unicode there")
@pytest.mark.parametrize("name", [b"bois\xe9.png", b"\x93\xfa\x96\xb1.png", b"\xff\xfe/\xf0.png"])
def test_names_that_are_no_utf8_cost_nothing(bench: Bench, tmp_path: Path, name: bytes) -> None:
    path = wood(tmp_path, os.fsdecode(name))
    job = bench.run(bench.engine(), edit(path.name), {0: FileSnapshot(path=path)})
    check_kept(bench, job)
    (result,) = job.results
    if result.path.suffix == ".png":
        request = read_recipe(result.path).request
        assert isinstance(request, EditRequest)
        assert request.sources[0].name.encode() == path.name.encode("utf-8", "replace")


@pytest.mark.parametrize("prompt", ["a \udce9 half", "\ud83d", "\x00 zero", "a" * 30_000])
def test_a_recipe_that_can_not_be_written_costs_no_image(bench: Bench, prompt: str) -> None:
    job = bench.run(bench.engine(), replace(DRAFT, prompt="stone", written=prompt))
    check_kept(bench, job)


@pytest.mark.parametrize("folder", ["thumbnails", "fitted"])
def test_a_folder_that_can_not_be_made_costs_no_image(bench: Bench, tmp_path: Path, folder: str) -> None:
    engine = bench.engine()
    (bench.library.root / folder).write_text("in the way")
    job = bench.run(engine, edit(), {0: FileSnapshot(path=wood(tmp_path))})
    check_kept(bench, job)
    assert check_image(job.results[0].path).width
    assert bool(job.results[0].fitted) == (folder != "fitted")
    assert not job.mask_loss


@pytest.mark.parametrize("kind", [MaskKind.AREA, MaskKind.IMAGE, MaskKind.FACES])
def test_an_edit_whose_mask_is_lost_is_never_placed_by_itself(
    bench: Bench, tmp_path: Path, kind: MaskKind
) -> None:
    engine = bench.engine()
    (bench.library.root / "fitted").write_text("in the way")
    path = wood(tmp_path)
    made_of = {
        MaskKind.AREA: LEFT_HALF,
        MaskKind.FACES: LEFT_HALF,
        MaskKind.IMAGE: FileSnapshot(path=path),
    }
    taken = {0: FileSnapshot(path=path), MASK_INDEX: made_of[kind]}
    job = bench.run(engine, edit(mask=EditMask(kind=kind)), taken)
    check_kept(bench, job)
    assert job.mask_loss.startswith("The mask can't be kept")
    as_it_came = replace(job, placement=replace(job.placement, as_it_came=True))
    assert not as_it_came.mask_loss, "the artist's own choice"


@pytest.mark.parametrize("way", [Spoilt.CORRUPT, Spoilt.BOMB])
def test_a_picture_that_can_never_be_read_is_kept_as_it_came(bench: Bench, way: Spoilt) -> None:
    bench.schedule = replace(bench.schedule, fetch_pause_s=0.01)
    bench.simulator.script(*[catalogue.spoilt(way)] * 20)
    job = bench.run(bench.engine())
    check_kept(bench, job)
    (result,) = job.results
    assert (result.width, result.fitted) == (0, None)
    assert "kept unchanged" in result.fit_note
    assert picture_suffix(result.path.read_bytes()[:16]) == result.path.suffix


def test_a_page_in_place_of_a_picture_is_asked_for_again_later(bench: Bench) -> None:
    bench.schedule = replace(bench.schedule, fetch_pause_s=0.01)
    bench.simulator.script(*[catalogue.spoilt(Spoilt.WRONG_MAGIC)] * 20)
    engine = bench.engine()
    job = bench.run(engine)
    assert job.parked
    assert not job.results
    assert not AN_ERROR.search(job.message)


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\0\0\0\x1cftypavif", ".avif"),
        (b"GIF89a", ".gif"),
        (b"II*\0", ".tif"),
        (b"<!DOCTYPE html>", ""),
        (b'{"error": "gone"}', ""),
        (b"\0\0\0\x1cftypmp42", ""),
        (b"", ""),
    ],
)
def test_pictures_are_told_from_pages(head: bytes, suffix: str) -> None:
    assert picture_suffix(head) == suffix
