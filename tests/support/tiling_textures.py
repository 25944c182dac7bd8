# SPDX-License-Identifier: GPL-3.0-or-later
"""Thirty textures, each as a picture that tiles, and as a cut-out of a larger one that does not.

All are drawn on a torus: plaster, bricks, planks, fabric, spots. Everything is the same in every run.
"""

import functools
import zlib
from collections.abc import Callable, Mapping

import numpy as np
from synthetic_edits import Pixels, Plane, clouded, toned

Tone = tuple[int, int, int]
_CUT = 1.41  # the larger picture's side, as a multiple of the cut-out's
_GREY: tuple[Tone, Tone] = (60, 60, 62), (205, 202, 196)
_CLAY: tuple[Tone, Tone] = (80, 40, 30), (205, 125, 95)
_WOOD: tuple[Tone, Tone] = (70, 45, 25), (200, 150, 100)
_WOOL: tuple[Tone, Tone] = (40, 45, 80), (190, 185, 200)
_MOSS: tuple[Tone, Tone] = (30, 50, 25), (170, 180, 110)


def tiling(name: str, size: int = 256) -> Pixels:
    """Draw one of `TEXTURES` so that it tiles in both directions."""
    return _drawn(name, size)


def cut(name: str, size: int = 256, *, across: bool = True, down: bool = True) -> Pixels:
    """Draw one of `TEXTURES` cut out of a larger picture: with a seam across, down, or both."""
    if across and down:
        large = _drawn(name, round(size * _CUT))
        first = size // 7
        picture = large[first : first + size, first + 3 : first + 3 + size]
    else:
        picture = _stretched(_drawn(name, size), across=across, down=down)
    return np.ascontiguousarray(picture)


def lit(picture: Pixels, across: float = 0.4, down: float = 0.2) -> Pixels:
    """Add light that falls off from the left and upper edges."""
    height, width = picture.shape[:2]
    light = 1 - across * np.linspace(0, 1, width)[None] - down * np.linspace(0, 1, height)[:, None]
    return (picture * light[..., None] + 0.5).astype(np.uint8)


@functools.lru_cache(128)
def _drawn(name: str, size: int) -> Pixels:
    return TEXTURES[name](size, zlib.crc32(name.encode()) % 1000)


def _stretched(picture: Pixels, *, across: bool, down: bool) -> Pixels:
    """Enlarge by a quarter along one axis, and cut off the rest."""
    height, width = picture.shape[:2]
    rows = np.arange(height) * 4 // 5 + height // 9 if down else np.arange(height)
    columns = np.arange(width) * 4 // 5 + width // 9 if across else np.arange(width)
    return picture[rows % height][:, columns % width]


# How they are drawn ----------------------------------------------------------------------------------------


def _plaster(size: int, seed: int, fall: float, tones: tuple[Tone, Tone], depth: float = 1.0) -> Pixels:
    return toned(depth * clouded(size, seed, fall), *tones)


def _bricks(
    size: int,
    seed: int,
    across: int,
    down: int,
    *,
    shift: float = 0.5,
    mortar: float = 0.1,
    spread: float = 0.5,
) -> Pixels:
    """Draw bricks or tiles of different tones: `across` per course, `down` courses."""
    y = (np.arange(size)[:, None] + 0.5) / size * down
    x = (np.arange(size)[None] + 0.5) / size * across + shift * (y.astype(int) % 2)
    tone = np.random.default_rng(seed).standard_normal((down, across))[y.astype(int), x.astype(int) % across]
    edge_x = np.minimum(x % 1, 1 - x % 1) * (size / across)
    edge_y = np.minimum(y % 1, 1 - y % 1) * (size / down)
    joint = np.clip(np.minimum(edge_x, edge_y) / (mortar * size / down / 2) - 0.5, 0, 1)
    values = joint * (spread * tone + 0.6) - (1 - joint) * 1.8 + 0.3 * clouded(size, seed + 1, 0.6)
    return toned(values, *_CLAY)


def _planks(size: int, seed: int, count: int, *, is_upright: bool = False, gap: float = 2.0) -> Pixels:
    """Draw boards from end to end, each with its own tone and grain."""
    rng = np.random.default_rng(seed)
    y = (np.arange(size) + 0.5) / size * count
    row = y.astype(int)
    grain = _streaks(size, seed + 1)
    shifts = rng.integers(0, size, (count, 2))
    columns = (np.arange(size)[None] + shifts[row, 0][:, None]) % size
    rows = ((np.arange(size) + shifts[row, 1]) % size)[:, None]
    values = 0.7 * grain[rows, columns] + 0.9 * rng.standard_normal(count)[row][:, None]
    edge = np.minimum(y % 1, 1 - y % 1) * size / count
    values = values - 2.5 * np.clip(1.5 - edge / gap, 0, 1)[:, None]
    return toned(values.T if is_upright else values, *_WOOD)


def _streaks(size: int, seed: int) -> Plane:
    """Return noise that is stretched along the rows."""
    y, x = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    frequency = np.hypot(x * 14, y)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(np.random.default_rng(seed).standard_normal((size, size))) / frequency**1.3
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, s=(size, size))
    return values / values.std()


def _fabric(size: int, seed: int, threads: int, kind: str) -> Pixels:
    turn = (np.arange(size) + 0.5) / size * threads
    x, y = turn[None], turn[:, None]
    if kind == "plain":
        values = np.sin(2 * np.pi * x) * np.sin(2 * np.pi * y) + 0.6 * np.cos(4 * np.pi * x) * np.cos(
            4 * np.pi * y
        )
    elif kind == "twill":
        values = np.sin(2 * np.pi * (x + y)) + 0.5 * np.sin(2 * np.pi * (x * 2 - y))
    else:  # a chequered cloth
        values = (
            1.2 * ((x % 1 < 0.5).astype(float) + (y % 1 < 0.5)) - 1.2 + 0.3 * np.sin(2 * np.pi * 6 * (x + y))
        )
    return toned(0.8 * values + 0.4 * clouded(size, seed, 0.9), *_WOOL)


def _cells(size: int, seed: int, count: int, *, kind: str) -> Pixels:
    """Draw cells around points on a torus: cobbles, pebbles, spots."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1, (count, 2))
    place = (np.arange(size) + 0.5) / size
    down = np.abs(place[:, None] - points[None, :, 1])
    across = np.abs(place[:, None] - points[None, :, 0])
    down, across = np.minimum(down, 1 - down) ** 2, np.minimum(across, 1 - across) ** 2
    distance = np.sqrt(down[:, None] + across[None]) * np.sqrt(count)
    order = np.argpartition(distance, 1, axis=2)
    near = np.take_along_axis(distance, order[..., :2], 2)
    tone = rng.standard_normal(count)[order[..., 0]]
    if kind == "cobbles":
        values = np.where(near[..., 1] - near[..., 0] < 0.12, -2.0, 0.6 * tone + 0.7 - near[..., 0])
    elif kind == "pebbles":
        values = 1.6 - 3 * near[..., 0] + 0.5 * tone
    else:  # spots of different sizes on a ground
        values = np.where(near[..., 0] < 0.3 + 0.08 * tone, -1.8, 0.6)
    return toned(values + 0.25 * clouded(size, seed + 1, 0.8), *_MOSS)


def _patches(size: int, seed: int, tones: tuple[Tone, Tone]) -> Pixels:
    """Draw two grounds with ragged borders: rust on paint, moss on stone."""
    share = np.clip(3 * (clouded(size, seed, 1.6) + 0.2 * clouded(size, seed + 1, 0.6)) + 0.5, 0, 1)
    return toned(3 * share - 1.5 + 0.4 * clouded(size, seed + 2, 0.5), *tones)


def _slates(size: int, seed: int, across: int, down: int) -> Pixels:
    """Draw roof slates in courses, each darker towards the one above."""
    y = (np.arange(size)[:, None] + 0.5) / size * down
    x = (np.arange(size)[None] + 0.5) / size * across + 0.5 * (y.astype(int) % 2)
    tone = np.random.default_rng(seed).standard_normal((down, across))[y.astype(int), x.astype(int) % across]
    return toned(0.5 * tone + 1.2 - 2 * (1 - y % 1) ** 2 + 0.2 * clouded(size, seed + 1, 0.7), *_CLAY)


def _holes(size: int, seed: int, count: int) -> Pixels:
    """Draw a sheet with rows of round holes."""
    place = (np.arange(size) + 0.5) / size * count
    x, y = place[None] % 1 - 0.5, place[:, None] % 1 - 0.5
    return toned(np.clip(20 * (np.hypot(x, y) - 0.3), -2, 0.8) + 0.25 * clouded(size, seed, 1.0), *_GREY)


TEXTURES: Mapping[str, Callable[[int, int], Pixels]] = {
    "plaster": lambda size, seed: _plaster(size, seed, 0.9, ((200, 196, 190), (236, 232, 226)), 0.8),
    "concrete": lambda size, seed: _plaster(size, seed, 1.1, _GREY, 0.7),
    "stone": lambda size, seed: _plaster(size, seed, 1.3, _GREY),
    "clouds": lambda size, seed: _plaster(size, seed, 1.6, ((40, 60, 90), (230, 220, 190))),
    "marble": lambda size, seed: _plaster(size, seed, 2.0, ((120, 110, 110), (245, 240, 235))),
    "soil": lambda size, seed: _plaster(size, seed, 0.8, _WOOD, 1.2),
    "bricks": lambda size, seed: _bricks(size, seed, 4, 8),
    "small bricks": lambda size, seed: _bricks(size, seed, 8, 16, mortar=0.16),
    "flat bricks": lambda size, seed: _bricks(size, seed, 2, 12, spread=0.2),
    "worn bricks": lambda size, seed: _bricks(size, seed, 5, 10, mortar=0.2, spread=0.9),
    "tiles": lambda size, seed: _bricks(size, seed, 6, 6, shift=0, mortar=0.06, spread=0.2),
    "mosaic": lambda size, seed: _bricks(size, seed, 16, 16, shift=0, mortar=0.15, spread=1.0),
    "third bond": lambda size, seed: _bricks(size, seed, 3, 6, shift=0.33),
    "roof slates": lambda size, seed: _slates(size, seed, 6, 8),
    "planks": lambda size, seed: _planks(size, seed, 5),
    "narrow planks": lambda size, seed: _planks(size, seed, 11, gap=1.5),
    "upright planks": lambda size, seed: _planks(size, seed, 6, is_upright=True),
    "grain": lambda size, seed: toned(_streaks(size, seed), *_WOOD),
    "brushed metal": lambda size, seed: toned(0.6 * _streaks(size, seed).T, (110, 112, 116), (190, 194, 200)),
    "plain weave": lambda size, seed: _fabric(size, seed, 12, "plain"),
    "twill": lambda size, seed: _fabric(size, seed, 10, "twill"),
    "chequered cloth": lambda size, seed: _fabric(size, seed, 4, "chequered"),
    "coarse weave": lambda size, seed: _fabric(size, seed, 5, "plain"),
    "cobbles": lambda size, seed: _cells(size, seed, 40, kind="cobbles"),
    "paving": lambda size, seed: _cells(size, seed, 16, kind="cobbles"),
    "pebbles": lambda size, seed: _cells(size, seed, 90, kind="pebbles"),
    "spots": lambda size, seed: _cells(size, seed, 30, kind="spots"),
    "rust": lambda size, seed: _patches(size, seed, ((60, 80, 95), (190, 95, 50))),
    "moss": lambda size, seed: _patches(size, seed, _MOSS),
    "holes": lambda size, seed: _holes(size, seed, 9),
}
