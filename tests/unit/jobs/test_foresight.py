# SPDX-License-Identifier: GPL-3.0-or-later
"""The result has the size that Easel shows before the click."""

import dataclasses
import itertools
from pathlib import Path

import pytest
from PIL import Image

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.models import MODELS, ModelId
from easel.client.requests import EditRequest, Sizing, Source
from easel.imaging.brought import brought_size
from easel.imaging.fit import plan_fit
from easel.imaging.snapshot import FileSnapshot
from easel.jobs.foresight import Wanted, enough, foresee_size
from easel.jobs.job import JobState
from easel.jobs.rows import request_of, values_of
from easel.simulator.models import BY_KEY

from .conftest import Bench
from .test_fit_edits import wall

SOURCES = [(1024, 1024), (1920, 1080), (300, 900), (4096, 4096), (2000, 200)]


def request_for(sizing: Sizing, **options: str) -> EditRequest:
    return EditRequest(
        model=ModelId.GEMINI_3_1_FLASH,
        prompt="more moss",
        sources=(Source(name="wall"),),
        keeps_place=sizing is not Sizing.AS_IT_CAME,
        keeps_size=sizing is not Sizing.NEW_SIZE,
        **options,
    )


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id.value)
def test_the_tables_of_sizes_are_the_simulators(model: object) -> None:
    simulated = BY_KEY[model.id.value]
    shapes = itertools.product(
        model.resolutions or ("",), model.aspect_ratios or ("",), model.image_sizes or ("",)
    )
    for (resolution, ratio, size), source in itertools.product(shapes, [None, *SOURCES]):
        told = model.answer_size(resolution=resolution, aspect_ratio=ratio, image_size=size, source=source)
        made = simulated.pixel_size(resolution=resolution, aspect_ratio=ratio, image_size=size, source=source)
        assert told.size == made, (resolution, ratio, size, source)
        assert told.is_about == ("auto" in f"{ratio}{size}")


@pytest.mark.parametrize("sizing", Sizing)
@pytest.mark.parametrize(
    ("size", "resolution"), [((300, 200), "512px"), ((700, 700), "512px"), ((90, 300), "1K")]
)
def test_what_is_foreseen_comes_out(
    bench: Bench, tmp_path: Path, sizing: Sizing, size: tuple[int, int], resolution: str
) -> None:
    request = request_for(sizing, resolution=resolution, aspect_ratio="1:1")
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=wall(tmp_path, size))})
    assert job.state is JobState.DONE, job.message
    wanted = Wanted(model=MODELS[request.model], aspect_ratio="1:1", source=size, sizing=sizing)
    foreseen = foresee_size(wanted, resolution)
    (placed,) = job.results_to_place
    assert (placed.width, placed.height) == foreseen.size
    with Image.open(placed.path) as image:
        assert image.size == foreseen.size
    (result,) = job.results
    assert (result.width, result.height) == foreseen.answer, "what was paid for stays as it came"
    if sizing is not Sizing.AS_IT_CAME:
        assert result.fit_note.startswith(f"{placed.width} × {placed.height} · ")


def test_a_new_size_lines_up_and_keeps_the_sources_alpha(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.drift = (9.0, -6.0, 1.0)
    path = wall(tmp_path, (512, 512))
    with Image.open(path) as image:
        image.putalpha(Image.linear_gradient("L").resize((512, 512)))
        image.save(path)
    request = request_for(Sizing.NEW_SIZE, resolution="1K")
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=path)})
    (placed,) = job.results_to_place
    assert "Shift undone" in placed.fit_note
    with Image.open(placed.path) as image:
        assert (image.mode, image.size) == ("RGBA", (1024, 1024))
        alpha = image.getchannel("A")
        assert [abs(alpha.getpixel((500, y)) - y / 4) < 3 for y in (100, 500, 900)] == [True] * 3


def test_a_mask_keeps_the_sources_size(bench: Bench, tmp_path: Path) -> None:
    request = dataclasses.replace(
        request_for(Sizing.NEW_SIZE, resolution="1K"), mask=EditMask(kind=MaskKind.ALPHA)
    )
    request = dataclasses.replace(request, sources=(*request.sources, Source(name="Mask")))
    path = wall(tmp_path, (256, 256))
    with Image.open(path) as image:
        image.putalpha(Image.linear_gradient("L"))
        image.save(path)
    job = bench.run(bench.engine(), request, {0: FileSnapshot(path=path)})
    (placed,) = job.results_to_place
    assert (placed.width, placed.height) == (256, 256)
    with Image.open(placed.path) as image:
        assert image.size == (256, 256)


def test_what_comes_out_is_never_less_than_the_source() -> None:
    for source, model in itertools.product(SOURCES, MODELS.values()):
        for resolution in model.resolutions or ("",):
            wanted = Wanted(
                model=model, image_size=model.default_image_size, source=source, sizing=Sizing.NEW_SIZE
            )
            foreseen = foresee_size(wanted, resolution)
            assert foreseen.size >= source
            assert (
                abs(foreseen.size[0] / foreseen.size[1] - source[0] / source[1])
                < 0.02 * source[0] / source[1]
            )
            assert not foreseen.is_less


def test_four_k_of_a_small_source_is_paid_for_nothing() -> None:
    wanted = Wanted(model=MODELS[ModelId.GEMINI_3_PRO], source=(1024, 1024), sizing=Sizing.KEEP_SIZE)
    foreseen = foresee_size(wanted, "4K")
    assert (foreseen.size, foreseen.answer, foreseen.is_less) == ((1024, 1024), (4096, 4096), True)
    assert enough(wanted, "4K") == "1K"
    assert not enough(wanted, "1K")
    larger = dataclasses.replace(wanted, sizing=Sizing.NEW_SIZE)
    foreseen = foresee_size(larger, "4K")
    assert (foreseen.size, foreseen.is_less) == ((4096, 4096), False)
    assert not enough(larger, "4K")
    assert foresee_size(dataclasses.replace(wanted, source=(4096, 4096)), "1K").is_enlarged


def test_an_answer_that_is_hardly_larger_is_no_reason_for_another_size() -> None:
    fit = plan_fit((1000, 1000), ("1:1",)).to_dict()
    assert brought_size(fit, (1010, 1010)) == (1000, 1000)
    assert brought_size(fit, (2000, 2000)) == (2000, 2000)
    assert brought_size(fit, (0, 0)) == (1000, 1000)


def test_a_request_of_before_keeps_size_and_place() -> None:
    values = values_of(request_for(Sizing.KEEP_SIZE))
    del values["keeps_size"]
    request = request_of(values)
    assert isinstance(request, EditRequest)
    assert (request.keeps_place, request.keeps_size) == (True, True)
    assert request_of(values_of(request_for(Sizing.NEW_SIZE))) == request_for(Sizing.NEW_SIZE)
