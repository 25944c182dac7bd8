# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty textures, and edits like those of models: repainted, blurred, partly covered, and drifted.

Ten are the simulator's materials (broad shapes, photographic), ten are drawn here at full size: fine grain,
exact repetition, thin lines, flat areas. Everything is the same in every run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from easel.simulator.drawing import draw_prompt

Pixels = NDArray[np.uint8]  # (height, width, 3)
Plane = NDArray[np.float64]

_PROMPTS = ("wood", "brick", "marble", "rust", "cobble", "grass", "water", "leather", "fabric", "copper")


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The drift of a picture: scaled about its middle, then moved right and down."""

    dx: float = 0.0  # pixels
    dy: float = 0.0
    scale: float = 1.0


def corner_error(drift: Drift, *, dx: float, dy: float, scale_x: float, scale_y: float, size: int) -> float:
    """Return the error of a square picture's worst corner after a correction, in pixels."""
    half = size / 2
    return max(
        float(
            np.hypot(
                (drift.scale - scale_x) * x + drift.dx - dx,
                (drift.scale - scale_y) * y + drift.dy - dy,
            )
        )
        for x in (-half, half)
        for y in (-half, half)
    )


def drifted(image: Pixels, drift: Drift) -> Pixels:
    """Move and scale a picture; its mirror image fills the new area."""
    height, width = image.shape[:2]
    margin = 8 + int(max(abs(drift.dx), abs(drift.dy)) + max(width, height) * abs(1 - 1 / drift.scale))
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    inverse = 1 / drift.scale
    left = margin + width / 2 - (width / 2 + drift.dx) * inverse
    top = margin + height / 2 - (height / 2 + drift.dy) * inverse
    moved = Image.fromarray(padded).transform(
        (width, height),
        Image.Transform.AFFINE,
        (inverse, 0, left, 0, inverse, top),
        Image.Resampling.BICUBIC,
    )
    return np.asarray(moved)


# Edits -----------------------------------------------------------------------------------------------------


def recoloured(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Mix the channels, bend the tones, and add a soft light."""
    matrix = rng.dirichlet((1, 1, 1), 3) * rng.uniform(0.7, 1.2)
    colours = (image / 255.0) @ matrix.T
    colours **= rng.uniform(0.6, 1.6)
    if rng.random() < 0.25:
        colours = 1 - colours
    height, width = image.shape[:2]
    shade = np.linspace(rng.uniform(0.7, 1.2), rng.uniform(0.7, 1.2), height)[:, None, None]
    shade = shade * np.linspace(rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.2), width)[None, :, None]
    return (np.clip(colours * shade, 0, 1) * 255 + 0.5).astype(np.uint8)


def blurred(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur with up to 3 pixels (of a 2K picture)."""
    radius = rng.uniform(0.8, 3.0) * max(image.shape) / 2048
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))


def noisy(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Add grain."""
    grain = rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(4, 14))
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def covered(image: Pixels, rng: np.random.Generator, share: float = 0.4) -> Pixels:
    """Cover a share of the area with objects that have their own texture and outline."""
    height, width = image.shape[:2]
    mask = Image.new("L", (width, height))
    pen = ImageDraw.Draw(mask)
    while np.asarray(mask.resize((128, 128))).mean() / 255 < share * 0.9:
        w, h = rng.uniform(0.08, 0.3, 2) * (width, height)
        x, y = rng.uniform(0, 1, 2) * (width - w, height - h)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=255)
    objects = painted(max(width, height), int(rng.integers(1 << 30)))[:height, :width]
    return np.asarray(Image.composite(Image.fromarray(objects), Image.fromarray(image), mask))


EDITS: Mapping[str, tuple[Callable[[Pixels, np.random.Generator], Pixels], ...]] = {
    "recolour": (recoloured,),
    "blur": (recoloured, blurred),
    "objects": (covered,),
    "noise": (recoloured, noisy),
    "all": (covered, recoloured, blurred, noisy),
}


def edited(image: Pixels, edit: str, seed: int) -> Pixels:
    """Return the picture after the named edit."""
    rng = np.random.default_rng(seed)
    for step in EDITS[edit]:
        image = step(image, rng)
    return image


# Textures --------------------------------------------------------------------------------------------------


def texture(name: str, size: int) -> Pixels:
    """Draw one of `TEXTURES`, square."""
    drawn = _DRAWN.get(name)
    if drawn is None:
        return np.asarray(draw_prompt(name, 1, 0, (size, size)))
    return drawn(size, TEXTURES.index(name))


def grain(size: int, seed: int) -> Pixels:
    """Draw only fine noise: sandpaper, asphalt."""
    fine = clouded(size, seed, 0.3)
    return toned(fine, (70, 68, 66), (150, 146, 140))


def clouds(size: int, seed: int) -> Pixels:
    """Draw shapes of every scale, like a photograph's."""
    return toned(clouded(size, seed, 1.4), (40, 60, 90), (230, 220, 190))


def weave(size: int, seed: int) -> Pixels:
    """Draw threads of 16 pixels (at 2K) that repeat exactly, with slight wear."""
    across = np.arange(size) * (2 * np.pi / (16 * size / 2048))
    over = np.sin(across)[None, :] * np.sin(across)[:, None] + 0.5 * np.sin(2 * across)[None, :]
    return toned(over * 0.6 + 0.35 * clouded(size, seed, 0.9), (60, 40, 30), (190, 160, 120))


def tiles(size: int, seed: int) -> Pixels:
    """Draw square tiles of 64 pixels (at 2K) and nearly one tone, with thin joints."""
    edge = 64 * size / 2048
    place = (np.arange(size) + 0.5) / edge
    joint = np.minimum(*np.meshgrid(*2 * (0.5 - np.abs(place % 1 - 0.5),)))
    tone = np.random.default_rng(seed).standard_normal((40, 40))[np.ix_(place.astype(int), place.astype(int))]
    return toned(np.where(joint < 0.05, -2.5, 0.5 + 0.25 * tone), (50, 50, 50), (200, 215, 220))


def running_bond(size: int, seed: int) -> Pixels:
    """Draw bricks of 128 × 48 pixels (at 2K) with different tones, and rough mortar."""
    y = (np.arange(size) + 0.5) / (48 * size / 2048)
    row = y.astype(int)
    x = (np.arange(size)[None] + 0.5) / (128 * size / 2048) + 0.5 * (row % 2)[:, None]
    tone = np.random.default_rng(seed).standard_normal((64, 32))[row[:, None], x.astype(int)]
    gap = (np.abs(x % 1 - 0.5) > 0.47) | (np.abs(y % 1 - 0.5) > 0.42)[:, None]
    values = np.where(gap, -2.2, 0.4 * tone + 0.4) + 0.3 * clouded(size, seed, 0.5)
    return toned(values, (90, 40, 30), (200, 120, 90))


def islands(size: int, seed: int) -> Pixels:
    """Draw a baked atlas: islands of texture on one flat colour."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(np.full((size, size, 3), 64, np.uint8))
    inside = Image.fromarray(clouds(size, seed + 1))
    mask = Image.new("L", (size, size))
    pen = ImageDraw.Draw(mask)
    for _ in range(9):
        x, y = rng.uniform(0.15, 0.85, 2) * size
        reach = rng.uniform(0.05, 0.13, 14) * size
        turn = np.linspace(0, 2 * np.pi, 14, endpoint=False)
        pen.polygon([*zip(x + np.cos(turn) * reach, y + np.sin(turn) * reach, strict=True)], fill=255)
    image.paste(inside, mask=mask)
    return np.asarray(image)


def areas(size: int, seed: int) -> Pixels:
    """Draw only flat colours with sharp borders: an ID map, a cartoon."""
    level = np.digitize(clouded(size, seed, 2.0), (-1.2, -0.5, 0, 0.4, 1.0))
    return np.random.default_rng(seed).integers(0, 256, (6, 3), np.uint8)[level]


def lines(size: int, seed: int) -> Pixels:
    """Draw thin dark lines on white: a blueprint, an ink drawing."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (size, size), (244, 242, 236))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        points = [tuple(point) for point in rng.uniform(-0.1, 1.1, (4, 2)) * size]
        pen.line(points, fill=(30, 34, 60), width=max(1, round(3 * size / 2048)))
    return np.asarray(image)


def painted(size: int, seed: int) -> Pixels:
    """Draw soft strokes over one another."""
    rng = np.random.default_rng(seed)
    small = max(64, size // 4)
    canvas = np.full((small, small, 3), rng.uniform(60, 190, 3))
    y, x = np.mgrid[:small, :small] / small
    for _ in range(90):
        (middle_x, middle_y), radius = rng.uniform(0, 1, 2), rng.uniform(0.02, 0.14)
        distance = np.hypot(x - middle_x, (y - middle_y) * rng.uniform(0.5, 2)) / radius
        opacity = np.clip((1 - distance) * rng.uniform(1, 8), 0, 1)[..., None] * rng.uniform(0.4, 1)
        canvas += (rng.uniform(0, 255, 3) - canvas) * opacity
    image = Image.fromarray(canvas.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(image)


def scratches(size: int, seed: int) -> Pixels:
    """Draw a brushed sheet: lines in one direction, with a few scratches."""
    rng = np.random.default_rng(seed)
    streaks = np.cumsum(rng.standard_normal((size, size)), axis=1)
    lag = max(1, size // 10)
    streaks[:, lag:] -= streaks[:, :-lag].copy()
    image = Image.fromarray(toned(streaks / streaks.std(), (110, 112, 116), (180, 184, 190)))
    pen = ImageDraw.Draw(image)
    for _ in range(40):
        start, way = rng.uniform(0, 1, 2) * size, rng.normal(0, 0.08, 2) * size
        pen.line([tuple(start), tuple(start + way)], fill=(226, 228, 232), width=max(1, size // 1024))
    return np.asarray(image)


_DRAWN: Mapping[str, Callable[[int, int], Pixels]] = {
    function.__name__: function
    for function in (grain, clouds, weave, tiles, running_bond, islands, areas, lines, painted, scratches)
}
TEXTURES = (*_PROMPTS, *_DRAWN)


def clouded(size: int, seed: int, fall: float) -> Plane:
    """Return noise with mean 0 and deviation 1; its spectrum falls with the power `fall` of the frequency."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / frequency**fall
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, s=(size, size))
    return values / values.std()


def toned(values: Plane, low: tuple[int, int, int], high: tuple[int, int, int]) -> Pixels:
    share = np.clip(values / 5 + 0.5, 0, 1)[..., None]
    return (np.array(low) * (1 - share) + np.array(high) * share).astype(np.uint8)
