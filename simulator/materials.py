# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw realistic surfaces: one function each, and the words of a prompt that call for them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from .canvas import Canvas, Pixels, Plane, light, mix, ramp, scale, smooth

Material = Callable[[Canvas], Pixels]
_TAU = 2 * np.pi


def _wood(c: Canvas) -> Pixels:
    boards = 5.0
    lane = (c.y + 8) * boards
    board = np.floor(lane).astype(np.int32)
    tones = c.random.random((128, 2), dtype=np.float32)[board % 128, :]  # (height, 1, 2)
    shift = tones[..., 0] * 7
    warp = c.noise(3, 3, stretch=5)
    rings = np.sin((lane * 1.6 + shift + warp * 2.6) * np.float32(_TAU)) * 0.5 + 0.5
    fibres = c.noise(90, 2, stretch=24)
    value = 0.18 + 0.34 * rings + 0.3 * fibres + 0.26 * tones[..., 1]
    pixels = ramp(value.astype(np.float32), [(66, 38, 20), (118, 72, 38), (164, 108, 60), (204, 152, 96)])
    inside = np.abs(lane - board - 0.5)
    gap = 1 - 0.75 * smooth(0.478, 0.492, inside.astype(np.float32))
    return light(scale(pixels, gap), fibres, 0.5)


def _brick(c: Canvas) -> Pixels:
    rows = 9.0
    v = (c.y + 8) * rows
    row = np.floor(v).astype(np.int32)
    u = (c.x + 8) * (rows / 2.35) + (row % 2) * 0.5
    column = np.floor(u).astype(np.int32)
    tones = c.random.random((64, 64), dtype=np.float32)[row % 64, column % 64]
    wobble = (c.noise(24, 3) - 0.5) * 0.05
    edge_u = (0.5 - np.abs(u - column - 0.5)) * 2.35 + wobble
    edge_v = 0.5 - np.abs(v - row - 0.5) + wobble
    face = smooth(0.055, 0.10, np.minimum(edge_u, edge_v).astype(np.float32))
    grain = c.noise(70, 3, gain=0.7)
    bricks = ramp(0.55 * tones + 0.45 * grain, [(96, 38, 28), (150, 62, 44), (178, 84, 60), (202, 120, 92)])
    mortar = ramp(grain, [(150, 144, 134), (198, 192, 182)])
    return light(mix(mortar, bricks, face), face * 1.2 + grain * 0.25, 0.8)


def _marble(c: Canvas) -> Pixels:
    warp = c.noise(2.5, 5)
    cloud = c.noise(3, 5)
    veins = _vein(c.noise(2.2, 4) + (warp - 0.5) * 0.5, 26.0)
    fine = _vein(c.noise(5, 5) + (cloud - 0.5) * 0.4, 34.0) * 0.45
    body = ramp(cloud, [(212, 210, 208), (236, 235, 233), (250, 249, 247)])
    dark = ramp(warp, [(92, 94, 100), (140, 136, 130), (168, 146, 112)])
    return mix(body, dark, np.clip(np.maximum(veins, fine) * 0.85, 0, 1))


def _vein(values: Plane, sharpness: float) -> Plane:
    return np.exp(-np.abs(values - 0.5) * np.float32(sharpness)).astype(np.float32)


def _brushed(c: Canvas) -> Plane:
    """Return the brightness of a brushed sheet of metal: fine streaks under a broad reflection."""
    streaks = c.noise(260, 2, stretch=90, gain=0.8)
    broad = c.noise(1.6, 2)
    sheen = np.exp(-((c.y * 1.6 + c.x * 0.7 + (broad - 0.5) * 0.7) ** 2) * 5)
    return (0.2 + 0.5 * sheen + 0.3 * streaks + 0.14 * (broad - 0.5)).astype(np.float32)


def _copper(c: Canvas) -> Pixels:
    metal = ramp(_brushed(c), [(74, 32, 18), (150, 76, 44), (206, 122, 78), (248, 190, 150)])
    blotches = c.noise(3.5, 6, gain=0.6)
    patina = ramp(c.noise(16, 4), [(48, 112, 98), (86, 158, 138), (140, 196, 172)])
    dark = scale(metal, 1 - 0.45 * smooth(0.52, 0.68, blotches))
    return mix(dark, patina, smooth(0.64, 0.76, blotches) * 0.88)


def _gold(c: Canvas) -> Pixels:
    border, tone = c.cells(11)
    dents = smooth(0.0, 0.55, border)
    value = _brushed(c) * 0.7 + 0.25 * dents + 0.08 * tone
    metal = ramp(value, [(84, 54, 8), (168, 120, 22), (228, 182, 62), (255, 236, 160)])
    return light(metal, dents, 3.5)


def _steel(c: Canvas) -> Pixels:
    return ramp(_brushed(c), [(52, 56, 62), (112, 118, 126), (172, 178, 186), (236, 240, 244)])


def _rust(c: Canvas) -> Pixels:
    blotches = c.noise(4, 6, gain=0.6)
    grain = c.noise(60, 4, gain=0.7)
    value = 0.6 * blotches + 0.4 * grain
    rust = ramp(value, [(52, 24, 16), (110, 48, 22), (168, 80, 32), (206, 120, 56), (222, 160, 100)])
    metal = ramp(_brushed(c), [(58, 56, 56), (110, 108, 106), (160, 158, 154)])
    flakes = smooth(0.26, 0.36, blotches + (grain - 0.5) * 0.22)
    return light(mix(metal, rust, flakes), flakes * 0.8 + grain * 0.6, 0.7)


def _stone(c: Canvas) -> Pixels:
    border, tone = c.cells(6)
    grain = c.noise(40, 4, gain=0.7)
    broad = c.noise(4, 4)
    joint = smooth(0.04, 0.16, border + (grain - 0.5) * 0.06)
    value = 0.4 * tone + 0.3 * grain + 0.3 * broad
    stones = ramp(value, [(72, 72, 74), (118, 116, 112), (152, 148, 140), (190, 186, 176)])
    earth = ramp(grain, [(38, 34, 30), (66, 58, 48)])
    return light(mix(earth, stones, joint), smooth(0.0, 0.5, border) * 2.5 + grain * 0.5, 2.0)


def _concrete(c: Canvas) -> Pixels:
    value = 0.5 * c.noise(3, 6, gain=0.6) + 0.3 * c.noise(120, 2) + 0.2
    pits = smooth(0.93, 0.97, c.noise(70, 2))
    return scale(ramp(value, [(112, 112, 110), (156, 155, 152), (196, 195, 191)]), 1 - 0.4 * pits)


def _grass(c: Canvas) -> Pixels:
    ground = ramp(c.noise(30, 3), [(26, 34, 12), (48, 56, 20)])
    pixels = ground
    for layer, (cells, share) in enumerate(((60, 0.45), (42, 0.5), (30, 0.56))):
        sway = c.noise(7, 2)
        blades = c.noise(cells, 2, stretch=0.14)
        leaning = np.take_along_axis(blades, _swayed(c, sway, 0.02), axis=1)
        bright = 0.25 * layer
        value = leaning * 0.55 + bright * 0.6
        green = ramp(value, [(28, 58, 14), (62, 108, 26), (112, 160, 48), (176, 206, 92)])
        pixels = mix(pixels, green, smooth(share, share + 0.12, leaning))
    return pixels


def _swayed(c: Canvas, sway: Plane, by: float) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the columns to read from, displaced sideways by noise."""
    shift = (sway - 0.5) * np.float32(by * 2 * min(c.width, c.height))
    columns = np.arange(c.width)[None, :] + shift.astype(np.int64)
    return np.clip(columns, 0, c.width - 1)


def _water(c: Canvas) -> Pixels:
    warp = c.noise(4, 3, stretch=2)
    first = _vein(c.noise(7, 2, stretch=1.8) + (warp - 0.5) * 0.35, 13)
    second = _vein(c.noise(10, 2, stretch=1.8) + (warp - 0.5) * 0.3, 15)
    value = 0.22 + 0.3 * warp + 0.55 * np.maximum(first, second * 0.7)
    return ramp(value, [(4, 32, 66), (12, 80, 122), (44, 142, 176), (150, 214, 224), (244, 254, 255)])


def _sand(c: Canvas) -> Pixels:
    warp = c.noise(2.5, 3, stretch=1.6)
    ripples = np.sin((c.y * 17 + warp * 4.2) * np.float32(_TAU)) * 0.5 + 0.5
    ripples = ripples.astype(np.float32) * (0.5 + 0.5 * c.noise(3, 2))
    grain = c.noise(240, 2, gain=0.9)
    value = 0.3 + 0.3 * ripples + 0.3 * grain
    sand = ramp(value, [(142, 108, 70), (196, 160, 112), (226, 196, 150), (246, 226, 190)])
    return light(sand, ripples * 4 + grain * 0.3, 0.9)


def _leather(c: Canvas) -> Pixels:
    border, tone = c.cells(34)
    folds = c.noise(5, 4)
    bumps = smooth(0.0, 0.4, border)
    value = 0.22 + 0.4 * bumps + 0.14 * tone + 0.3 * (folds - 0.3)
    hide = ramp(value, [(34, 16, 10), (84, 44, 24), (128, 72, 40), (168, 106, 66)])
    return light(hide, bumps, 0.9)


def _fabric(c: Canvas) -> Pixels:
    threads = 56.0
    u, v = (c.x + 8) * threads, (c.y + 8) * threads
    over = (np.floor(u) + np.floor(v)).astype(np.int32) % 2 == 0
    across, along = np.sin((u % 1) * np.pi), np.sin((v % 1) * np.pi)
    relief = np.where(over, along * (0.55 + 0.45 * across), across * (0.55 + 0.45 * along)).astype(np.float32)
    fibre = np.where(over, c.noise(150, 1, stretch=12), c.noise(150, 1, stretch=0.1))
    value = 0.1 + 0.55 * relief + 0.2 * fibre + 0.15 * np.where(over, 1, 0) + 0.12 * (c.noise(3, 3) - 0.5)
    base = c.random.random(3) * 0.55 + 0.35
    stops = [tuple(int(part * level) for part in base) for level in (60, 140, 210, 250)]
    return ramp(value.astype(np.float32), [(s[0], s[1], s[2]) for s in stops])


def _tile(c: Canvas) -> Pixels:
    count = 6.0
    u, v = (c.x + 8) * count, (c.y + 8) * count
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    tones = c.random.random((64, 64), dtype=np.float32)[row % 64, column % 64]
    edge = np.minimum(0.5 - np.abs(u - column - 0.5), 0.5 - np.abs(v - row - 0.5)).astype(np.float32)
    face = smooth(0.018, 0.045, edge)
    glaze = ramp(0.5 * tones + 0.3 * c.noise(9, 3) + 0.1, [(28, 84, 104), (56, 134, 150), (132, 192, 196)])
    grout = ramp(c.noise(80, 2), [(196, 192, 184), (222, 218, 210)])
    return light(mix(grout, glaze, face), smooth(0.0, 0.08, edge), 1.6)


def _snow(c: Canvas) -> Pixels:
    drifts = c.noise(2.5, 4, stretch=1.5)
    sparkle = smooth(0.93, 0.99, c.noise(260, 1))
    snow = ramp(drifts * 0.8 + 0.2 * c.noise(100, 2), [(164, 186, 216), (214, 226, 242), (246, 250, 255)])
    return scale(light(snow, drifts * 12, 1.0), 1 + 0.15 * sparkle)


def _lava(c: Canvas) -> Pixels:
    border, _ = c.cells(5)
    grain = c.noise(30, 4)
    crack = np.exp(-(border + (grain - 0.5) * 0.1) * 9).astype(np.float32)
    value = crack * 0.95 + 0.1 * (grain - 0.5)
    glow = ramp(value, [(20, 14, 14), (58, 18, 12), (186, 42, 8), (255, 140, 20), (255, 236, 140)])
    return light(glow, grain, 0.7)


def _sky(c: Canvas) -> Pixels:
    down = np.clip((c.y - c.y[0]) / (c.y[-1] - c.y[0] + 1e-6), 0, 1)
    blue = ramp(np.broadcast_to(down, (c.height, c.width)), [(36, 92, 172), (96, 156, 216), (190, 216, 236)])
    puffs = c.noise(2.4, 6, stretch=1.8)
    cloud = ramp(puffs, [(184, 194, 210), (255, 255, 255)])
    return mix(blue, cloud, smooth(0.5, 0.78, puffs))


def _moss(c: Canvas) -> Pixels:
    clumps = c.noise(9, 3)
    tufts = c.noise(90, 3, gain=0.8)
    moss = ramp(0.5 * clumps + 0.45 * tufts, [(20, 30, 8), (58, 82, 20), (106, 132, 42), (164, 182, 84)])
    return light(moss, clumps * 5 + tufts, 0.9)


def _paper(c: Canvas) -> Pixels:
    fibres = 0.5 * c.noise(80, 3) + 0.5 * c.noise(4, 4)
    return ramp(fibres, [(206, 192, 160), (232, 222, 196), (246, 240, 222)])


# A word of the prompt, or its start, calls for a material.
BY_WORD: Mapping[str, Material] = MappingProxyType({
    "copper": _copper, "bronze": _copper, "verdigris": _copper,
    "gold": _gold, "brass": _gold,
    "steel": _steel, "metal": _steel, "iron": _steel, "alumin": _steel, "silver": _steel, "chrome": _steel,
    "rust": _rust, "corroded": _rust,
    "wood": _wood, "oak": _wood, "plank": _wood, "timber": _wood, "walnut": _wood, "pine": _wood,
    "parquet": _wood,
    "brick": _brick,
    "marble": _marble, "onyx": _marble,
    "cobble": _stone, "stone": _stone, "rock": _stone, "granite": _stone, "gravel": _stone, "pebble": _stone,
    "concrete": _concrete, "plaster": _concrete, "cement": _concrete, "asphalt": _concrete,
    "grass": _grass, "lawn": _grass, "meadow": _grass,
    "moss": _moss, "lichen": _moss,
    "water": _water, "sea": _water, "ocean": _water, "river": _water, "pool": _water,
    "sand": _sand, "desert": _sand, "dune": _sand,
    "leather": _leather, "skin": _leather, "hide": _leather,
    "fabric": _fabric, "cloth": _fabric, "linen": _fabric, "cotton": _fabric, "denim": _fabric,
    "wool": _fabric, "canvas": _fabric, "carpet": _fabric,
    "tile": _tile, "ceramic": _tile, "mosaic": _tile,
    "snow": _snow, "ice": _snow, "frost": _snow,
    "lava": _lava, "magma": _lava, "fire": _lava, "ember": _lava,
    "sky": _sky, "cloud": _sky,
    "paper": _paper, "parchment": _paper, "cardboard": _paper,
})  # fmt: skip
