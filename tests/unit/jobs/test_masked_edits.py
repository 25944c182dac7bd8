# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits inside a mask work from the snapshots of a click to the file that is placed."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from easel.client.edit_mask import AREA_ROLE, MARKERS_ROLE, EditMask, Marker, MaskKind
from easel.client.errors import RequestInvalid
from easel.client.models import MODELS, ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.depth import read_deep
from easel.imaging.outgoing import UploadRule
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.png_decoding import decode_png
from easel.imaging.snapshot import (
    MASK_INDEX,
    BytesSnapshot,
    Encoding,
    FileSnapshot,
    PixelsSnapshot,
    Snapshot,
    Taken,
    UVShapes,
)
from easel.jobs.job import Job, JobState
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import QUICK, Bench

SIZE = (96, 64)
FEATHER = 3
READYING = dataclasses.replace(QUICK, first_fraction=0.1)
"""There is time before the first status request."""
LEFT_HALF = UVShapes(polygons=(((0, 0), (0.5, 0), (0.5, 1), (0, 1)),))


def request(mask: EditMask, **options: Any) -> EditRequest:
    return EditRequest(
        model=ModelId.GEMINI_3_1_FLASH,
        prompt="more moss",
        sources=(Source(name="wall"), Source(name="Mask", role=mask.role)),
        keeps_place=True,
        mask=mask,
        **options,
    )


AREA = EditMask(kind=MaskKind.AREA, feather=FEATHER)


def picture(depth: type, channels: int) -> NDArray[Any]:
    """Return a picture with enough detail to line it up, and with soft alpha if it has four channels."""
    chance = np.random.default_rng(5)
    values = chance.random((SIZE[1] // 4, SIZE[0] // 4, channels)).repeat(4, 0).repeat(4, 1)
    values += chance.random(values.shape) / 20
    if depth is np.float32:
        return (values * 2).astype(np.float32)
    return (values / 1.05 * np.iinfo(depth).max).astype(depth)


def stored(pixels: NDArray[Any], path: Path) -> FileSnapshot:
    with path.open("wb") as file:
        write_png(file, ArrayRows(pixels))
    return FileSnapshot(path=path)


def run(bench: Bench, asked: EditRequest, source: Snapshot, made_of: Taken | None) -> Job:
    taken: dict[int, Taken] = {0: source}
    if made_of is not None:
        taken[MASK_INDEX] = made_of
    return bench.run(bench.engine(upload_rule=UploadRule(lossless=True)), asked, taken)


def put(job: Job) -> NDArray[Any]:
    """Return the pixels of the one file that a job places."""
    assert job.state is JobState.DONE, job.message
    (result,) = job.results_to_place
    assert result.path == job.results[0].fitted, result.fit_note
    return read_deep(result.path)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_outside_the_mask_every_bit_stays(bench: Bench, tmp_path: Path, depth: type, channels: int) -> None:
    source = picture(depth, channels)
    job = run(bench, request(AREA), stored(source, tmp_path / "wall.png"), LEFT_HALF)
    placed = put(job)
    assert job.results[0].fit_note.endswith("Nothing changed outside the mask")
    assert placed.dtype == depth
    edge = SIZE[0] // 2
    np.testing.assert_array_equal(placed[:, edge + FEATHER :], source[:, edge + FEATHER :])
    np.testing.assert_array_equal(placed[..., 3:], source[..., 3:])
    assert (placed[:, :edge, :3] != source[:, :edge, :3]).any(-1).mean() > 0.9


def test_outside_the_mask_every_bit_of_all_images_stays(bench: Bench, tmp_path: Path) -> None:
    source = picture(np.uint8, 3)
    job = run(bench, request(AREA, count=3), stored(source, tmp_path / "wall.png"), LEFT_HALF)
    assert [result.path for result in job.results_to_place] == [result.fitted for result in job.results]
    edge = SIZE[0] // 2
    placed = [read_deep(result.path) for result in job.results_to_place]
    for pixels in placed:
        np.testing.assert_array_equal(pixels[:, edge + FEATHER :], source[:, edge + FEATHER :])
    assert all((placed[0] != other).any() for other in placed[1:])


@pytest.mark.parametrize(
    ("name", "mode"),
    [("wall.png", "RGB"), ("wall.png", "P"), ("wall.png", "LA"), ("wall.png", "I;16"), ("wall.jpg", "RGB")],
)
def test_the_source_is_ready_before_the_answer_with_the_same_values(
    bench: Bench, tmp_path: Path, name: str, mode: str
) -> None:
    path = tmp_path / name
    grey = picture(np.uint16, 1)[..., 0]
    image = Image.fromarray(picture(np.uint8, 3)).convert(mode) if mode != "I;16" else Image.fromarray(grey)
    image.save(path)
    came = read_deep(path)
    assert decode_png(path) is None  # another program's
    bench.schedule = READYING
    job = run(bench, request(AREA), FileSnapshot(path=path), LEFT_HALF)
    assert job.preparation is not None
    ready = decode_png(Path(job.preparation.original).with_suffix(".png"))
    assert ready is not None
    assert ready.dtype == came.dtype
    np.testing.assert_array_equal(ready, came)
    edge = SIZE[0] // 2 + FEATHER
    colours = np.atleast_3d(came)
    colours = colours if colours.shape[2] > 2 else colours[..., [0, 0, 0]]
    np.testing.assert_array_equal(put(job)[:, edge:, :3], colours[:, edge:, :3])


def test_a_source_that_cannot_be_made_ready_is_used_as_it_is(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "wall.jpg"
    Image.fromarray(picture(np.uint8, 3)).save(path)
    came = read_deep(path)
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine(upload_rule=UploadRule(lossless=True))
    job_id = engine.submit(request(AREA), Placement(), {0: FileSnapshot(path=path), MASK_INDEX: LEFT_HALF})
    bench.wait_state(engine, job_id, JobState.RUNNING)
    engine.stop()
    job = engine.job(job_id)
    assert job.preparation is not None
    Path(job.preparation.original).with_suffix(".png").mkdir()  # nothing can be written there
    bench.schedule = READYING
    again = bench.engine(upload_rule=UploadRule(lossless=True))
    bench.finish(job)
    placed = put(bench.end_of(again, job_id))
    assert "its source is not made ready" in caplog.text
    edge = SIZE[0] // 2 + FEATHER
    np.testing.assert_array_equal(placed[:, edge:], came[:, edge:])


def test_floats_are_kept_until_the_answer_is_there(bench: Bench) -> None:
    source = picture(np.float32, 4)
    snapshot = PixelsSnapshot(
        pixels=source[::-1].ravel(),
        width=SIZE[0],
        height=SIZE[1],
        channels=4,
        encoding=Encoding.LINEAR,
        is_float=True,
    )
    job = run(bench, request(AREA), snapshot, LEFT_HALF)
    assert job.state is JobState.DONE
    (result,) = job.results_to_place
    assert result.path.suffix == ".exr"
    assert job.preparation is not None
    assert read_deep(Path(job.preparation.original_floats)).tobytes() == source.tobytes()


def test_the_model_is_shown_where(bench: Bench, tmp_path: Path) -> None:
    job = run(bench, request(AREA), stored(picture(np.uint8, 3), tmp_path / "wall.png"), LEFT_HALF)
    assert isinstance(job.request, EditRequest)
    assert job.request.full_prompt() == (f"Image 1 is the image to edit. Image 2 is {AREA_ROLE}.\nmore moss")
    made = job.preparation
    assert made is not None
    with Image.open(made.uploads[0].path) as sent, Image.open(made.uploads[1].path) as marked:
        before, after = (np.asarray(image.convert("RGB"), int) for image in (sent, marked))
    assert before.shape == after.shape
    changed = (before != after).any(-1)
    left, right = made.fit["offset"][0], made.fit["offset"][0] + made.fit["content"][0]
    middle, outline = (left + right) // 2, 4
    top, bottom = made.fit["offset"][1], made.fit["offset"][1] + made.fit["content"][1]
    assert changed[top:bottom, left : middle - 1].mean() > 0.99
    assert not changed[:, middle + outline :].any()
    assert not changed[: max(0, top - outline)].any(), "what surrounds the source is not to be changed"
    with Image.open(made.mask) as mask:
        assert mask.mode == "L"
        area = np.asarray(mask)
    assert (area[:, :48] == 255).all()
    assert not area[:, 48:].any()


def test_marks_are_numbered_and_told(bench: Bench, tmp_path: Path) -> None:
    markers = (Marker(place=(0.25, 0.75), text="rust"), Marker(place=(0.75, 0.25), text=" no screw "))
    asked = request(EditMask(kind=MaskKind.MARKERS, markers=markers))
    job = run(bench, asked, stored(picture(np.uint8, 3), tmp_path / "wall.png"), None)
    assert isinstance(job.request, EditRequest)
    assert job.request.full_prompt() == (
        f"Image 1 is the image to edit. Image 2 is {MARKERS_ROLE}.\n"
        "more moss\nAt mark 1: rust\nAt mark 2: no screw"
    )
    made = job.preparation
    assert made is not None
    with Image.open(made.uploads[0].path) as sent, Image.open(made.uploads[1].path) as marked:
        before, after = (np.asarray(image.convert("RGB"), int) for image in (sent, marked))
    x, y = (np.array(made.fit["offset"]) + np.array(made.fit["content"]) * (0.25, 0.25)).astype(int)
    assert tuple(after[y, x - 9]) == (255, 0, 160)
    rows, columns = np.nonzero((before != after).any(-1))
    assert len(rows) < before[..., 0].size / 50
    assert {
        (row > before.shape[0] / 2, column > before.shape[1] / 2)
        for row, column in zip(rows, columns, strict=True)
    } == {
        (False, False),
        (True, True),
    }
    assert put(job).shape == (64, 96, 3)


def test_an_image_or_its_alpha_may_be_the_mask(bench: Bench, tmp_path: Path) -> None:
    grey = np.zeros((32, 48), np.uint8)
    grey[:, 24:] = 255
    given = stored(grey, tmp_path / "grey.png")
    source = stored(picture(np.uint8, 3), tmp_path / "wall.png")
    for kept in (given, BytesSnapshot(data=given.path.read_bytes())):
        job = run(bench, request(EditMask(kind=MaskKind.IMAGE, inverts=True)), source, kept)
        placed = put(job)
        np.testing.assert_array_equal(placed[:, 52:], read_deep(source.path)[:, 52:])
        assert (placed[:, :44] != read_deep(source.path)[:, :44]).any(-1).mean() > 0.9
    clear = picture(np.uint8, 4)
    clear[:, :48, 3] = 0
    clear[:, 48:, 3] = 255
    job = run(
        bench, request(EditMask(kind=MaskKind.ALPHA, bleed=2)), stored(clear, tmp_path / "clear.png"), None
    )
    placed = put(job)
    np.testing.assert_array_equal(placed[:, :46], clear[:, :46])
    np.testing.assert_array_equal(placed[..., 3], clear[..., 3])
    assert (placed[:, 46:, :3] != clear[:, 46:, :3]).any(-1).mean() > 0.9


@pytest.mark.parametrize(
    ("mask", "made_of", "text"),
    [
        (AREA, UVShapes(polygons=(((2, 2), (3, 2), (3, 3)),)), "covers no part"),
        (EditMask(kind=MaskKind.ALPHA), None, "no transparency"),
        (AREA, None, "before the mask was read"),
    ],
)
def test_a_mask_that_is_none_costs_nothing(
    bench: Bench, tmp_path: Path, mask: EditMask, made_of: Taken | None, text: str
) -> None:
    job = run(bench, request(mask), stored(picture(np.uint8, 3), tmp_path / "wall.png"), made_of)
    assert job.state is JobState.FAILED
    assert text in job.message
    assert "Nothing was sent" in job.message
    assert bench.posts() == 0


def test_where_the_mask_is_gone_the_image_is_placed_as_it_came(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.takes(600))
    engine = bench.engine()
    source = stored(picture(np.uint16, 4), tmp_path / "wall.png")
    job_id = engine.submit(request(AREA), Placement(), {0: source, MASK_INDEX: LEFT_HALF})
    bench.wait_state(engine, job_id, JobState.RUNNING)
    made = engine.job(job_id).preparation
    assert made is not None
    Path(made.mask).unlink()
    bench.finish(engine.job(job_id))
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.DONE
    assert job.results_to_place == job.results
    assert job.mask_loss.startswith("The mask can't be kept")


def test_a_masked_edit_can_be_sent_again(bench: Bench, tmp_path: Path) -> None:
    bench.simulator.script(catalogue.failed())
    engine = bench.engine()
    source = stored(picture(np.uint8, 3), tmp_path / "wall.png")
    job = bench.run(engine, request(AREA), {0: source, MASK_INDEX: LEFT_HALF})
    again = bench.end_of(engine, engine.again.send(job.id, ""))
    np.testing.assert_array_equal(put(again)[:, 52:], read_deep(source.path)[:, 52:])


def test_a_mask_needs_a_place_among_the_sources() -> None:
    limit = MODELS[ModelId.GEMINI_3_1_FLASH].max_sources
    full = dataclasses.replace(request(AREA), sources=(Source(name="wall"),) * (limit + 1))
    from easel.client.requests import validate

    with pytest.raises(RequestInvalid, match="the mask needs one of them"):
        validate(full)
    validate(dataclasses.replace(full, sources=full.sources[1:]))
