# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures follow their order and prompt, repeat for the same order, and edits resemble their source."""

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from api_user import ApiUser, data_uri, encoded, png
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from easel.simulator.drawing import draw_prompt

FLASH = "GEMINI_3_1_FLASH"
PRO = "GEMINI_3_PRO"
FLASH_2_5 = "GEMINI_2_5_FLASH"
SEEDREAM = "SEEDREAM_V5_LITE"


def _array(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.convert("RGB"), np.float64)


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference between two pictures, 0–255."""
    return float(np.abs(_array(one) - _array(other)).mean())


def _mean(prompt: str) -> tuple[float, float, float]:
    red, green, blue = _array(draw_prompt(prompt, None, 0, (256, 256))).mean(axis=(0, 1))
    return float(red), float(green), float(blue)


@pytest.mark.parametrize(
    ("model", "fields", "size"),
    [
        (FLASH, {}, (1024, 1024)),
        (FLASH, {"resolution": "512px", "aspect_ratio": "1:1"}, (512, 512)),
        (FLASH, {"resolution": "512px", "aspect_ratio": "8:1"}, (1536, 192)),
        (FLASH, {"aspect_ratio": "16:9"}, (1376, 768)),
        (PRO, {"aspect_ratio": "9:16", "resolution": "2K"}, (1536, 2752)),
        (PRO, {"aspect_ratio": "1:1", "resolution": "4K"}, (4096, 4096)),
        (FLASH_2_5, {"aspect_ratio": "16:9"}, (1344, 768)),
        (SEEDREAM, {}, (2048, 2048)),
        (SEEDREAM, {"image_size": "portrait_4_3"}, (1728, 2304)),
        (SEEDREAM, {"image_size": "auto_3K"}, (3072, 3072)),
    ],
)
def test_sizes(user: ApiUser, model: str, fields: dict[str, Any], size: tuple[int, int]) -> None:
    (image,) = user.images(user.generate(model, "wood", **fields))
    assert image.size == size
    assert image.format == "PNG"
    assert image.mode == "RGB"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_formats(user: ApiUser, kind: str) -> None:
    response = user.generate(FLASH, resolution="512px", output_format=kind)
    result = user.wait(response.json()["task_id"])["results"][0]
    file = user.download(result["asset"])
    assert file.headers["Content-Type"] == f"image/{kind}"
    assert Image.open(io.BytesIO(file.content)).format == kind.upper()
    assert f".{kind}?" in result["asset"]


def test_as_many_as_asked_and_all_different(user: ApiUser) -> None:
    files = user.files(user.generate(FLASH, resolution="512px", num_images=4))
    assert len(set(files)) == 4


def test_the_same_order_gives_the_same_bytes(user: ApiUser) -> None:
    orders = [("a tower", 7), ("a tower", 7), ("a tower", 8), ("a tower", None), ("two towers", 7)]
    files = []
    for prompt, seed in orders:
        fields = {} if seed is None else {"seed": seed}
        files += user.files(user.generate(SEEDREAM, prompt, image_size="square", **fields))
    assert files[0] == files[1]
    assert len(set(files)) == 4


def test_prompts_look_different() -> None:
    prompts = ["copper", "wood", "brick", "marble", "grass", "a robot", "a castle", "a blue robot", ""]
    images = [draw_prompt(prompt, None, 0, (256, 256)) for prompt in prompts]
    for number, one in enumerate(images):
        for other in images[number + 1 :]:
            assert _difference(one, other) > 15


def test_materials_have_their_colours() -> None:
    for prompt in (
        "brushed copper",
        "red bricks",
        "oak planks",
        "rusty",
        "desert sand",
        "old leather",
        "gold",
    ):
        red, green, blue = _mean(prompt)
        assert red > green > blue, prompt
    for prompt in ("lush grass", "moss"):
        red, green, blue = _mean(prompt)
        assert green > red > blue, prompt
    for prompt in ("ocean water", "fresh snow", "a cloudy sky"):
        red, green, blue = _mean(prompt)
        assert blue > red, prompt
    assert min(_mean("white marble")) > 200
    assert max(_mean("grey concrete")) - min(_mean("grey concrete")) < 12


def test_colour_words_colour() -> None:
    red, green, blue = _mean("blue brick wall")
    assert blue > red
    red, green, blue = _mean("a green robot")
    assert green > max(red, blue)


def test_light_comes_from_above_and_the_mark_is_below() -> None:
    image = draw_prompt("concrete", None, 0, (512, 512))
    rows = _array(image).mean(axis=(1, 2))
    assert rows[:64].mean() > rows[-64:].mean() + 10


@pytest.mark.parametrize("size", [(512, 512), (1536, 192), (192, 1536)])
def test_the_mark_stands_in_the_lower_left_corner(user: ApiUser, size: tuple[int, int]) -> None:
    ratio = {(512, 512): "1:1", (1536, 192): "8:1", (192, 1536): "1:8"}[size]
    (image,) = user.images(user.generate(FLASH, "concrete", resolution="512px", aspect_ratio=ratio))
    plain = draw_prompt("concrete", None, 0, size)
    changed = np.abs(_array(image) - _array(plain)).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    assert image.size == size
    assert columns.min() < 12
    assert columns.max() < 120
    assert rows.min() > size[1] - 32
    corner = _array(image)[rows.min() : rows.max(), columns.min() : columns.max()]
    assert corner.max() > 240
    assert corner.min() < 8


# Edits


def _checkers(width: int, height: int) -> Image.Image:
    """Return a picture with edges that can be found again."""
    image = Image.new("RGB", (width, height), (90, 90, 90))
    pen = ImageDraw.Draw(image)
    pen.rectangle((width // 4, height // 4, width * 3 // 4, height * 3 // 4), (220, 220, 220))
    pen.ellipse((width // 3, height // 3, width // 2, height // 2), (20, 20, 20))
    return image


def _shift(source: Image.Image, result: Image.Image, reach: int = 8) -> tuple[int, int]:
    """Return the shift right and down, in pixels, at which the edges of both pictures fit best."""
    before, after = (
        np.hypot(*np.gradient(_array(image).mean(axis=2)))[reach:-reach, reach:-reach]
        for image in (source, result)
    )

    def score(right: int, down: int) -> float:
        moved = np.roll(before, (down, right), (0, 1))[reach:-reach, reach:-reach]
        return float((moved * after[reach:-reach, reach:-reach]).sum())

    steps = range(-reach + 1, reach)
    return max(((right, down) for right in steps for down in steps), key=lambda at: score(*at))


@pytest.mark.parametrize("drift", [(3.0, -2.0, 1.0), (0.0, 0.0, 1.0), (-5.0, 4.0, 1.0)])
def test_an_edit_comes_back_a_little_shifted(user: ApiUser, drift: tuple[float, float, float]) -> None:
    user.simulator.drift = drift
    source = _checkers(512, 512)
    (result,) = user.images(
        user.edit(FLASH, "make it concrete", resolution="512px", images=[data_uri(encoded(source))])
    )
    assert _shift(source, result) == (drift[0], drift[1])
    assert _difference(source, result) > 8


def test_an_edit_can_come_back_larger(user: ApiUser) -> None:
    user.simulator.drift = (0.0, 0.0, 1.1)
    source = _checkers(512, 512)
    (result,) = user.images(
        user.edit(FLASH, "concrete", resolution="512px", images=[data_uri(encoded(source))])
    )
    row = _array(result).mean(axis=2)[200]
    edge = int(np.argmax(np.abs(np.gradient(row))[:150]))
    assert abs(edge - (256 - 128 * 1.1)) <= 2


def test_edits_follow_the_prompt_and_the_second_source(user: ApiUser) -> None:
    source, mood = data_uri(png(300, 300)), data_uri(png(50, 50, (250, 20, 20)))
    orders = [("wood", [source]), ("grass", [source]), ("wood", [source, mood])]
    images = [
        image
        for prompt, sources in orders
        for image in user.images(user.edit(FLASH, prompt, resolution="512px", images=sources))
    ]
    for one, other in pairwise(images):
        assert _difference(one, other) > 4
    assert _array(images[2])[..., 0].mean() > _array(images[0])[..., 0].mean() + 5


@pytest.mark.parametrize(
    ("model", "field", "source", "size"),
    [
        (FLASH_2_5, "images", (800, 600), (1184, 864)),
        (FLASH_2_5, "images", (600, 800), (864, 1184)),
        (FLASH_2_5, "images", (500, 510), (1024, 1024)),
        (FLASH, "images", (2000, 250), (3072, 384)),
        (SEEDREAM, "image_urls", (800, 600), (2368, 1776)),
    ],
)
def test_auto_is_nearest_to_the_source(
    user: ApiUser, model: str, field: str, source: tuple[int, int], size: tuple[int, int]
) -> None:
    (image,) = user.images(user.edit(model, "wood", **{field: [data_uri(png(*source))]}))
    assert image.size == size


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG"), ("I;16", "PNG"), ("RGB", "JPEG"), ("RGBA", "WEBP")],
)
def test_sources_of_all_kinds(user: ApiUser, mode: str, kind: str) -> None:
    source = data_uri(encoded(Image.new(mode, (96, 64)), kind), f"image/{kind.lower()}")
    response = user.edit(FLASH, resolution="512px", images=[source])
    assert user.wait(response.json()["task_id"])["status"] == "FINISHED"


def test_a_source_that_is_broken_inside_fails_the_task(user: ApiUser) -> None:
    noise = Image.effect_noise((256, 256), 90).convert("RGB")
    response = user.edit(FLASH, resolution="512px", images=[data_uri(encoded(noise)[:20000])])
    status = user.wait(response.json()["task_id"])
    assert status["status"] == "FAILED"
    assert status["failure_reason"]
    assert user.balance() == "1000.00"
