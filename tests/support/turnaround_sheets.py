# SPDX-License-Identifier: GPL-3.0-or-later
"""Turnaround sheets with known views: figures on a line, with and without gaps, shadows, noise."""

import io
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

COLOURS = {"white": (255, 255, 255), "grey": (186, 188, 190), "dark": (52, 54, 60)}


class Truth(NamedTuple):
    """The box of a figure, in pixels from the upper left corner; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class DrawnSheet:
    pixels: NDArray[np.uint8]
    figures: tuple[Truth, ...]


def draw_sheet(
    count: int = 4,
    *,
    size: tuple[int, int] = (1376, 768),
    backdrop: str = "white",
    gap: float = 0.25,
    widths: tuple[float, ...] = (),
    shadow: bool = False,
    noise: bool = False,
    bent: bool = False,
    seed: int = 1,
) -> DrawnSheet:
    """Draw figures of one height side by side on one line.

    Args:
        backdrop: one of COLOURS, or "alpha".
        gap: between two figures, in mean widths of a figure; 0: their hands touch.
        widths: relative widths; a front with its arms out is wide, a side is narrow.
        shadow: soft shadows under the feet, which touch each other.
        noise: like JPEG's.
        bent: the backdrop is lighter in the middle and darker below.
    """
    random = np.random.default_rng(seed)
    width, height = size
    widths = widths or tuple(1.0 + 0.1 * float(random.random()) for _ in range(count))
    unit = width * 0.9 / (sum(widths) + gap * (count - 1) * sum(widths) / count)
    top, feet = round(height * 0.12), round(height * 0.88)
    left = width * 0.05
    figures = []
    for share in widths:
        figures.append(Truth(round(left), top, round(left + share * unit), feet))
        left += share * unit + gap * unit * sum(widths) / count
    is_alpha = backdrop == "alpha"
    picture = Image.new("RGB", size, (0, 0, 0) if is_alpha else COLOURS[backdrop])
    if bent:
        picture = _bent(picture)
    cover = Image.new("L", size, 0)
    if shadow:
        picture, cover = _with_shadows(picture, cover, figures, is_alpha=is_alpha)
    draw, opaque = ImageDraw.Draw(picture), ImageDraw.Draw(cover)
    for index, figure in enumerate(figures):
        for canvas, is_cover in ((draw, False), (opaque, True)):
            _draw_figure(canvas, figure, index, is_cover=is_cover)
    if noise:
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=75)
        picture = Image.open(data).convert("RGB")
    pixels = np.asarray(picture)
    if is_alpha:
        pixels = np.dstack((pixels, np.asarray(cover)))
    return DrawnSheet(pixels.copy(), tuple(figures))


def _draw_figure(draw: ImageDraw.ImageDraw, box: Truth, index: int, *, is_cover: bool) -> None:
    """Draw a person who fills a box: head, body, arms to both sides, two striped legs."""

    def colour(red: int, green: int, blue: int) -> object:
        return 255 if is_cover else (red, green, blue)

    left, top, right, feet = box
    width, height = right - left, feet - top
    middle = (left + right) // 2
    head, body = max(6, min(width // 3, height // 7)), max(4, min(width // 2, height // 4))
    draw.ellipse((middle - head // 2, top, middle + head // 2, top + height // 6), fill=colour(170, 110, 80))
    draw.rectangle(
        (middle - body // 2, top + height // 7, middle + body // 2, top + height * 6 // 10),
        fill=colour(60, 90, 40 + 20 * index),
    )
    arm = top + height // 4
    draw.rectangle((left, arm, right - 1, arm + height // 20), fill=colour(150, 60, 40))
    leg = max(3, body // 3)
    for x in (middle - body // 2, middle + body // 2 - leg):
        draw.rectangle((x, top + height * 55 // 100, x + leg, feet - 1), fill=colour(90, 60, 40))
        for y in range(top + height * 6 // 10, feet - 1, 12):
            draw.rectangle((x, y, x + leg, y + 5), fill=colour(40, 30, 30))


def _bent(picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture).astype(float)
    height, width = pixels.shape[:2]
    across = 1 - 0.06 * np.abs(np.linspace(-1, 1, width))[np.newaxis, :, np.newaxis]
    down = np.linspace(1, 0.86, height)[:, np.newaxis, np.newaxis]
    return Image.fromarray((pixels * across * down).astype(np.uint8))


def _with_shadows(
    picture: Image.Image, cover: Image.Image, figures: list[Truth], *, is_alpha: bool
) -> tuple[Image.Image, Image.Image]:
    """Draw soft ellipses under the feet, so wide that they meet."""
    dark = Image.new("L", picture.size, 0)
    draw = ImageDraw.Draw(dark)
    for figure in figures:
        reach = (figure.right - figure.left) * 0.7
        middle = (figure.left + figure.right) / 2
        draw.ellipse((middle - reach, figure.bottom - 14, middle + reach, figure.bottom + 22), fill=110)
    dark = dark.filter(ImageFilter.GaussianBlur(picture.height / 60))
    if is_alpha:
        return picture, dark
    shaded = np.asarray(picture) * (1 - np.asarray(dark)[..., np.newaxis] / 255 * 0.8)
    return Image.fromarray(shaded.astype(np.uint8)), cover
