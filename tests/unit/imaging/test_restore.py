# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's answer becomes a file that fits its source."""

import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic_edits as synthetic
from numpy.typing import NDArray
from PIL import Image
from quiet_textures import PATTERNS
from synthetic_edits import Drift

from easel.client.models import ASPECT_RATIOS
from easel.imaging.depth import read_deep
from easel.imaging.errors import ImagingError, NotAnImage
from easel.imaging.fit import apply_fit, plan_fit, unfit
from easel.imaging.lineup.registration import Registration
from easel.imaging.masks import feathered
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.resample import Border
from easel.imaging.restore import (
    DecodedSource,
    _has_drifted,
    decode_source,
    restore_edit,
    write_canvas,
    write_ready,
)

SIZE = (600, 400)


@pytest.fixture(scope="module")
def source() -> NDArray[np.uint8]:
    return np.ascontiguousarray(synthetic.clouds(600, 3)[:400])


def answer_to(source: NDArray[Any], folder: Path, drift: Drift, size: tuple[int, int] | None = None) -> Path:
    """Write a model's answer: repainted, drifted, and possibly resized."""
    canvas = apply_fit(source, plan_fit(SIZE, ("1:1",)))
    image = Image.fromarray(synthetic.drifted(synthetic.edited(canvas, "recolour", 5), drift))
    path = folder / "answer.png"
    (image if size is None else image.resize(size, Image.Resampling.LANCZOS)).save(path)
    return path


@pytest.mark.parametrize("size", [None, (1024, 1024), (512, 512)])
def test_an_answer_comes_back_in_place(
    source: NDArray[np.uint8], tmp_path: Path, size: tuple[int, int] | None
) -> None:
    answer = answer_to(source, tmp_path, Drift(dx=6, dy=-4, scale=1.02), size)
    fit = plan_fit(SIZE, ("1:1",))
    done = restore_edit(source, answer, tmp_path / "done.png", fit)
    assert abs(done.dx - 6) < 0.2
    assert abs(done.dy + 4) < 0.2
    assert abs(done.scale - 1.02) < 0.001
    assert re.fullmatch(
        r"Shift undone: [56]\.\d px, [34]\.\d px · Scaled down by 2\.0% · \d\d% of the picture agrees",
        done.text,
    )
    edit = synthetic.edited(apply_fit(source, fit), "recolour", 5)[100:500]
    with Image.open(done.path) as image:
        assert image.size == SIZE
        difference = np.abs(np.asarray(image)[20:-20, 20:-20].astype(int) - edit[20:-20, 20:-20])
    assert difference.mean() < 4  # from resampling twice or more; without correction it would be 15


def test_an_answer_that_lines_up_is_not_resampled(source: NDArray[np.uint8], tmp_path: Path) -> None:
    answer = answer_to(source, tmp_path, Drift())
    done = restore_edit(source, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)))
    assert done.text.startswith("Lines up with the source: nothing to correct · ")
    with Image.open(answer) as came, Image.open(done.path) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(came)[100:500])


@pytest.mark.parametrize(
    ("size", "scale", "dx", "has_drifted"),
    [
        ((16, 16), 1.0004, 0.0, False),
        ((16, 16), 0.97, 0.0, True),
        ((16, 16), 1.0, 8.0, True),
        ((4096, 4096), 1.0004, 0.0, True),
        ((4096, 4096), 1.0002, 0.2, False),
    ],
)
def test_a_drift_counts_in_the_sources_pixels(
    size: tuple[int, int], scale: float, dx: float, has_drifted: bool
) -> None:
    """An icon's drift that its corners don't show is neither corrected nor mentioned."""
    found = Registration(dx=dx, dy=0.0, scale_x=scale, scale_y=scale, confidence=0.9, corner_error=0.1)
    assert _has_drifted(found, plan_fit(size, ("1:1",))) == has_drifted


def test_another_picture_is_placed_as_it_came(source: NDArray[np.uint8], tmp_path: Path) -> None:
    answer = tmp_path / "answer.png"
    Image.fromarray(synthetic.texture("leather", 600)).save(answer)
    done = restore_edit(source, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)))
    assert done.text == "The model re-framed the picture: it has the source's size, but is not aligned"
    assert (done.dx, done.dy, done.scale) == (0, 0, 1)
    with Image.open(answer) as came, Image.open(done.path) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(came)[100:500])


@pytest.mark.parametrize("name", ["checks", "dots"])
@pytest.mark.parametrize("side", [384, 768])
def test_a_pattern_that_may_be_a_repeat_off_is_said_to(name: str, side: int, tmp_path: Path) -> None:
    """The text doesn't call the answer re-framed: asking for the same framing would not help."""
    source = PATTERNS[name](384, 0, period=24.0, turn=0.0, roughness=0.0)
    answer = tmp_path / "answer.png"
    Image.fromarray(synthetic.drifted(source, Drift(dx=13, dy=-9))).resize((side, side)).save(answer)
    fit = plan_fit((384, 384), ("1:1",))
    done = restore_edit(source, answer, tmp_path / "done.png", fit, keeps_size=False)
    assert done.size == (side, side)
    assert done.text.startswith("Not aligned: the pattern repeats")
    assert (done.dx, done.dy, done.scale) == (0, 0, 1)


def test_nothing_is_corrected_where_the_artist_says_so(source: NDArray[np.uint8], tmp_path: Path) -> None:
    answer = answer_to(source, tmp_path, Drift(dx=6))
    fit = plan_fit(SIZE, ("1:1",))
    done = restore_edit(source, answer, tmp_path / "done.png", fit, corrects_drift=False)
    assert (done.text, done.dx) == ("Resized to the source's size", 0)


def test_what_tiles_goes_on_in_its_padding(tmp_path: Path) -> None:
    columns = np.arange(600)
    row = 128 + 100 * np.sin(2 * np.pi * columns / 200)
    source = np.repeat(np.tile(row, (1024, 1))[..., np.newaxis], 3, 2).astype(np.uint8)
    Image.fromarray(source).save(tmp_path / "source.png")
    plan = plan_fit((600, 1024), ("1:1",))
    fit = write_canvas(tmp_path / "source.png", tmp_path / "canvas.png", plan)
    assert fit.border is Border.WRAP
    with Image.open(tmp_path / "canvas.png") as image:
        canvas = np.asarray(image)
    assert np.array_equal(canvas[:, 812:1012], source[:, :200])  # the left edge goes on at the right
    half = plan_fit((550, 1024), ("1:1",))
    Image.fromarray(source[:, :550]).save(tmp_path / "half.png")
    assert write_canvas(tmp_path / "half.png", tmp_path / "canvas.png", half).border is Border.MIRROR


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_beyond_the_mask_the_file_holds_the_source(
    source: NDArray[np.uint8], tmp_path: Path, kind: type
) -> None:
    answer = answer_to(source, tmp_path, Drift(dx=3))
    given = source if kind is np.uint8 else source.astype(np.uint16) * 257 - (source[..., ::-1] >> 3)
    mask = np.zeros(SIZE[::-1], np.bool_)
    mask[100:200, 200:400] = True
    done = restore_edit(given, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)), mask=mask, feather=10)
    stored = decoded(done.path)
    assert stored.dtype == kind
    outside = np.ones_like(mask)
    outside[90:210, 190:410] = False
    np.testing.assert_array_equal(stored[outside], given[outside])
    assert (stored[mask] != given[mask]).any(1).mean() > 0.9


def test_alpha_comes_from_the_source(source: NDArray[np.uint8], tmp_path: Path) -> None:
    alpha = np.linspace(0, 255, 400).astype(np.uint8)[:, None].repeat(600, 1)
    given = np.dstack((source, alpha))
    answer = answer_to(source, tmp_path, Drift())
    done = restore_edit(given, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)))
    np.testing.assert_array_equal(decoded(done.path)[..., 3], alpha)


def test_a_source_may_be_a_file_or_its_bytes(source: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "source.tiff"
    Image.fromarray(source).save(path)
    answer = answer_to(source, tmp_path, Drift(dx=6))
    for given in (path, path.read_bytes()):
        done = restore_edit(given, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)))
        assert abs(done.dx - 6) < 0.2


def test_a_grey_source_takes_a_colourful_edit(source: NDArray[np.uint8], tmp_path: Path) -> None:
    mask = np.zeros(SIZE[::-1], np.bool_)
    mask[:50] = True
    grey = source[..., 1]
    answer = answer_to(source, tmp_path, Drift())
    done = restore_edit(grey, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)), mask=mask)
    assert (decoded(done.path)[50:] == grey[50:, :, None]).all()


def test_a_linear_source_is_stored_as_srgb(source: NDArray[np.uint8], tmp_path: Path) -> None:
    linear = np.full((400, 600, 3), 0.5, np.float32)
    mask = np.zeros(SIZE[::-1], np.bool_)
    mask[:50] = True
    answer = answer_to(source, tmp_path, Drift())
    done = restore_edit(linear, answer, tmp_path / "done.png", plan_fit(SIZE, ("1:1",)), mask=mask)
    stored = decoded(done.path)
    assert stored.dtype == np.uint16
    assert (np.abs(stored[50:] / 65535 - 0.7354) < 0.0001).all()
    with Image.open(answer) as came:
        edit = np.asarray(came)[100:150]
    assert (np.abs(stored[:50] / 257 - edit) < 0.6).all()


def test_what_can_not_be_restored_says_so(source: NDArray[np.uint8], tmp_path: Path) -> None:
    fit = plan_fit(SIZE, ASPECT_RATIOS)
    answer = answer_to(source, tmp_path, Drift())
    with pytest.raises(ImagingError, match="size changed"):
        restore_edit(source[:-1], answer, tmp_path / "done.png", fit)
    page = tmp_path / "page.png"
    page.write_text("<html>")
    with pytest.raises(NotAnImage):
        restore_edit(source, page, tmp_path / "done.png", fit)
    with pytest.raises(ImagingError, match="can't be read"):
        restore_edit(page, answer, tmp_path / "done.png", fit)
    assert not (tmp_path / "done.png").exists()


def decoded(path: Path) -> NDArray[Any]:
    """Read a PNG, but 16-bit colours without Pillow, which keeps only 8 bits of them."""
    data = path.read_bytes()
    if data[24] == 8:
        with Image.open(path) as image:
            return np.asarray(image)
    import struct
    import zlib

    width, height, _, colour_type = struct.unpack(">IIBB", data[16:26])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    packed, place = b"", 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += length + 12
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    above = np.zeros(lines.shape[1] - 1, np.uint8)
    rows = []
    for line in lines:
        row = line[1:].copy()
        step = 2 * channels
        if line[0] == 2:
            row += above
        elif line[0] in (1, 3):
            for index in range(len(row)):
                left = int(row[index - step]) if index >= step else 0
                add = left if line[0] == 1 else (left + int(above[index])) // 2
                row[index] = (int(row[index]) + add) & 255
        rows.append(row)
        above = row
    return np.stack(rows).view(">u2").astype(np.uint16).reshape(height, width, channels)


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("kind", ["RGB", "RGBA", "L"])
def test_a_masked_edit_is_what_plain_arithmetic_makes_of_it(tmp_path: Path, kind: str, is_ours: bool) -> None:
    size = 1100, 700  # several areas and bands
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (40, 60, 4), np.uint8))
    source = np.asarray(small.resize(size, Image.Resampling.BICUBIC).convert(kind))
    path, answer = tmp_path / "source.png", tmp_path / "answer.png"
    if is_ours:
        with path.open("wb") as file:
            write_png(file, ArrayRows(source))
    else:
        Image.fromarray(source).save(path)
    Image.fromarray(rng.integers(0, 256, (350, 550, 3), np.uint8)).save(answer)
    mask = np.zeros(source.shape[:2], np.uint8)
    mask[100:300, 400:700] = 255
    mask[120:160, 380:400] = 128
    fit = plan_fit(size, ())
    done = restore_edit(path, answer, tmp_path / "done.png", fit, corrects_drift=False, mask=mask, feather=9)
    found = read_deep(done.path).astype(int)
    under = (source if kind != "L" else np.repeat(source[..., np.newaxis], 3, 2)).astype(np.float64)
    edited = unfit(read_deep(answer), fit).astype(np.float64)
    share = feathered(mask, 9)[..., np.newaxis] / 65535
    expected = under.copy()
    expected[..., :3] += (edited - under[..., :3]) * share
    assert np.abs(found - expected).max() <= 1.51  # resampling counts places from an area's own corner
    is_beyond = share[..., 0] == 0
    np.testing.assert_array_equal(found[is_beyond], under[is_beyond])
    np.testing.assert_array_equal(found[..., 3:], under[..., 3:])


@pytest.mark.parametrize("is_masked", [True, False])
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_source_that_was_decoded_meanwhile_gives_the_same(
    source: NDArray[np.uint8], tmp_path: Path, is_ours: bool, is_masked: bool
) -> None:
    path, answer = tmp_path / "source.png", answer_to(source, tmp_path, Drift(dx=4))
    fit = plan_fit(SIZE, ("1:1",))
    mask = np.zeros(source.shape[:2], np.uint8)
    mask[100:200, 100:300] = 255
    Image.fromarray(source).save(path)
    if is_ours:
        write_ready(path, path, lambda: None)
    begun: Future[DecodedSource] = Future()
    begun.set_result(decode_source(path, is_deep=is_masked))
    options = {"mask": mask if is_masked else None}
    alone = restore_edit(path, answer, tmp_path / "alone.png", fit, **options)
    told = restore_edit(path, answer, tmp_path / "told.png", fit, **options, begun=begun)
    assert told.path.read_bytes() == alone.path.read_bytes()
    assert told.text == alone.text


def test_a_source_is_made_ready_only_as_long_as_it_is_wanted(tmp_path: Path) -> None:
    class Unwanted(Exception):
        pass

    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) > 3:
            raise Unwanted

    source = tmp_path / "original.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (1500, 1500, 3), np.uint8)).save(source)
    before = source.read_bytes()
    with pytest.raises(Unwanted):
        write_ready(source, source, check)
    assert len(calls) < 10
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [source]
    write_ready(source, source, lambda: None)
    assert read_deep(source).tobytes() == np.asarray(Image.open(source)).tobytes()
    ready = source.read_bytes()
    write_ready(source, source, check)  # it is ready: nothing to do
    assert source.read_bytes() == ready
