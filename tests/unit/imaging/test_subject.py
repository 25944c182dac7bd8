# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel finds the object in a picture, and sends it as the engine wants it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from easel.imaging.model_input import InputRule, make_model_input
from easel.imaging.subject import Subject, find_subject

Box = tuple[int, int, int, int]


def picture(*boxes: Box, size: tuple[int, int] = (400, 300), backdrop: object = "white") -> Image.Image:
    image = Image.new("RGB", size, backdrop)  # pyright: ignore[reportArgumentType]
    pen = ImageDraw.Draw(image)
    for box in boxes:
        pen.rectangle(box, fill=(150, 70, 30))
        pen.rectangle((box[0] + 5, box[1] + 5, box[0] + 12, box[1] + 12), fill="white")  # an eye
    return image


def seen(image: Image.Image) -> Subject:
    return find_subject(np.asarray(image))


def test_one_object_on_a_plain_backdrop() -> None:
    subject = seen(picture((100, 50, 300, 250)))
    assert (subject.is_plain, subject.parts, subject.is_cut, subject.has_alpha) == (True, 1, False, False)
    assert subject.share == pytest.approx(200 * 200 / 400 / 300, rel=0.05), "the eye is no hole"
    grey = seen(picture((100, 50, 300, 250), backdrop=(120, 122, 119)))
    assert (grey.is_plain, grey.parts) == (True, 1)


@pytest.mark.parametrize(
    "box", [(0, 50, 200, 250), (100, 0, 300, 250), (200, 50, 400, 250), (100, 99, 300, 299)]
)
def test_an_object_that_a_border_cuts_off(box: Box) -> None:
    assert seen(picture(box)).is_cut


def test_several_objects_and_a_small_one() -> None:
    two = seen(picture((30, 50, 150, 250), (250, 50, 370, 250)))
    assert (two.parts, two.is_cut) == (2, False)
    crumb = seen(picture((100, 50, 300, 250), (350, 20, 354, 24)))
    assert crumb.parts == 1, "a crumb is no object"
    assert seen(picture((180, 140, 215, 170))).is_small


def test_a_busy_backdrop_is_not_taken_for_plain() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (300, 400, 3), np.uint8)
    assert not find_subject(noise).is_plain
    assert find_subject(np.full((50, 60), 255, np.uint8)).share == 0, "an empty one has no object"


def test_alpha_tells_the_object() -> None:
    image = picture((100, 50, 300, 250), backdrop="black").convert("RGBA")
    alpha = Image.new("L", image.size, 0)
    ImageDraw.Draw(alpha).rectangle((100, 50, 300, 250), fill=255)
    image.putalpha(alpha)
    subject = seen(image)
    assert (subject.has_alpha, subject.is_plain, subject.parts) == (True, True, 1)


@pytest.mark.parametrize("cuts", [True, False])
def test_what_is_sent_is_as_the_engine_wants_it(tmp_path: Path, cuts: bool) -> None:
    image = picture((500, 250, 1500, 1250), size=(2000, 1500))
    image.save(tmp_path / "in.png")
    rule = InputRule(cuts=cuts, max_side=1000, max_bytes=6_000_000)
    sent = make_model_input(tmp_path / "in.png", tmp_path, "sent", rule)
    with Image.open(sent.path) as opened:
        assert opened.size == (1000, 750)
        if cuts:
            alpha = np.asarray(opened.getchannel("A"))
            assert alpha[375, 500] == 255
            assert alpha[130, 255] == 255, "the eye is no hole"
            assert alpha[:100].max() == 0
        else:
            assert (opened.format, opened.mode) == ("JPEG", "RGB")


def test_transparency_becomes_white_and_a_small_picture_larger(tmp_path: Path) -> None:
    Image.new("RGBA", (60, 40), (0, 0, 0, 0)).save(tmp_path / "in.png")
    rule = InputRule(cuts=False, max_side=1536, max_bytes=6_000_000)
    sent = make_model_input(tmp_path / "in.png", tmp_path, "sent", rule)
    with Image.open(sent.path) as opened:
        assert min(opened.size) >= 128, "the provider refuses less"
        assert opened.convert("L").getextrema()[0] > 250


def test_the_bytes_stay_within_the_limit(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (600, 600, 3), np.uint8)
    image = Image.fromarray(noise).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 128))
    image.save(tmp_path / "in.png")
    rule = InputRule(cuts=True, max_side=1536, max_bytes=600_000)
    assert make_model_input(tmp_path / "in.png", tmp_path, "sent", rule).path.stat().st_size <= 600_000
