# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight textures like photographs, with relief, dirt and wear. Each is a cut-out, so it has seams.

They are drawn: heights first, then colours, then light from the upper left that falls off over the picture,
like a lamp beside a wall. Everything is the same in every run.
"""

import zlib
from collections.abc import Callable, Mapping

import numpy as np
from synthetic_edits import Pixels, Plane, clouded

_CUT = 1.37  # the larger picture's side, as a multiple of the cut-out's
Colour = tuple[float, float, float]  # of 255


def natural(name: str, size: int = 512) -> Pixels:
    """Draw one of `NATURAL`, cut out of a larger picture."""
    large = round(size * _CUT)
    height, colours = NATURAL[name](large, zlib.crc32(name.encode()) % 1000)
    lit = _lit(height, colours)
    first = size // 9
    picture = lit[first : first + size, first + 5 : first + 5 + size]
    y, x = np.mgrid[:size, :size] / size
    fall = 1.06 - 0.16 * x - 0.1 * y  # of the lamp
    noise = np.random.default_rng(7).normal(0, 2.0, picture.shape)
    return np.clip(picture * fall[..., None] + noise, 0, 255).astype(np.uint8)


# How they are drawn ----------------------------------------------------------------------------------------


def _lit(height: Plane, colours: Plane) -> Plane:
    """Light a relief (height in pixels) from the upper left, with darker hollows."""
    across = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    down = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 2
    length = np.sqrt(1 + across**2 + down**2)
    light = np.clip((0.45 * across + 0.55 * down + 0.75) / length / 0.75, 0.25, 1.7)
    deep = np.clip((_blurred(height, 6) - height) / 9, 0, 0.55)
    return colours * (0.35 + 0.65 * light)[..., None] * (1 - deep)[..., None]


def _blurred(plane: Plane, reach: float) -> Plane:
    y, x = np.fft.fftfreq(len(plane))[:, None], np.fft.rfftfreq(plane.shape[1])[None]
    return np.fft.irfft2(
        np.fft.rfft2(plane) * np.exp(-2 * (np.pi * reach) ** 2 * (x**2 + y**2)), s=plane.shape
    )


def _ramp(share: Plane, *stops: Colour) -> Plane:
    """Colour values from 0 to 1 by evenly spaced stops."""
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(share, at, [stop[c] for stop in stops]) for c in range(3)], -1)


def _over(under: Plane, over: Plane, share: Plane) -> Plane:
    return under + (over - under) * share[..., None]


def _share(values: Plane, low: float, high: float) -> Plane:
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _cells(size: int, seed: int, count: int) -> tuple[Plane, Plane, Plane]:
    """Return, for points on a torus, the distances to the nearest border and point, and the point's tone."""
    rng = np.random.default_rng(seed)
    side = round(count**0.5)
    points = _scattered(rng, count)
    warp = 0.012 * np.stack((clouded(size, seed + 1, 1.4), clouded(size, seed + 2, 1.4)))
    y, x = np.mgrid[:size, :size] / size
    x, y = x + warp[0], y + warp[1]
    near, second, tone = np.full((size, size), 9.0), np.full((size, size), 9.0), np.zeros((size, size))
    reach = int(size * 2.4 / side) + 4
    for (px, py), value in zip(points, rng.standard_normal(count), strict=True):
        rows, columns = (np.arange(round(p * size) - reach, round(p * size) + reach) for p in (py, px))
        if 2 * reach >= size:
            rows = columns = np.arange(size)
        part = np.ix_(rows % size, columns % size)
        dx, dy = (np.abs((a - b + 0.5) % 1 - 0.5) for a, b in ((x[part], px), (y[part], py)))
        distance = np.hypot(dx, dy) * side
        is_near = distance < near[part]
        tone[part] = np.where(is_near, value, tone[part])
        second[part] = np.where(is_near, near[part], np.minimum(second[part], distance))
        near[part] = np.minimum(near[part], distance)
    return second - near, near, tone


def _scattered(rng: np.random.Generator, count: int) -> Plane:
    """Return well-spaced places on a torus: each is the farthest of a few candidates."""
    points = rng.random((1, 2))
    while len(points) < count:
        some = rng.random((8, 2))
        apart = np.abs((some[:, None] - points[None] + 0.5) % 1 - 0.5)
        points = np.append(points, some[[np.hypot(*apart.T).min(0).argmax()]], axis=0)
    return points


def _courses(size: int, seed: int, across: int, down: int, shift: float) -> tuple[Plane, Plane, Plane, Plane]:
    """Return, for courses of bricks, pixels to the nearest joint, the brick's two tones, and height in it."""
    wave = clouded(size, seed + 9, 1.8)
    y = ((np.arange(size)[:, None] + 0.5) / size * down + 0.03 * wave) % down
    row = y.astype(int) % down
    x = ((np.arange(size)[None] + 0.5) / size * across + shift * (row % 2) + 0.02 * wave.T) % across
    column = x.astype(int) % across
    rng = np.random.default_rng(seed)
    tones = rng.standard_normal((2, down, across))
    edge_x = np.minimum(x % 1, 1 - x % 1) * size / across
    edge_y = np.minimum(y % 1, 1 - y % 1) * size / down
    return np.minimum(edge_x, edge_y), tones[0][row, column], tones[1][row, column], y % 1


def _bricks(size: int, seed: int) -> tuple[Plane, Plane]:
    edge, tone, other, _ = _courses(size, seed, 5, 12, 0.5)
    rough, grain = clouded(size, seed + 1, 1.0), clouded(size, seed + 2, 0.5)
    edge = edge + 1.6 * rough
    face = _share(edge, 3.0, 7.0)
    worn = _share(clouded(size, seed + 3, 1.3) + 0.4 * rough, 1.2, 2.0)
    height = 7 * face * (1 - 0.5 * worn) + 0.8 * grain + 0.9 * rough + 0.8 * tone * face
    clay = _ramp(
        0.5 + 0.17 * tone + 0.1 * rough, (74, 34, 26), (146, 66, 46), (186, 100, 70), (206, 142, 106)
    )
    clay = _over(clay, np.broadcast_to((70.0, 58, 56), clay.shape), _share(other, 1.0, 1.4) * 0.7)  # burnt
    mortar = _ramp(0.5 + 0.2 * grain, (132, 124, 112), (184, 176, 162))
    colours = _over(mortar, clay, face)
    salt = _share(clouded(size, seed + 4, 1.5) + 0.5 * grain, 1.3, 2.6)
    return height, _over(colours, np.broadcast_to((214.0, 208, 198), colours.shape), 0.6 * salt)


def _planks(size: int, seed: int) -> tuple[Plane, Plane]:
    count = 6
    rng = np.random.default_rng(seed)
    y = (np.arange(size)[:, None] + 0.5) / size * count
    row = y.astype(int)
    shifts, tones = rng.integers(0, size, (count, 2)), rng.standard_normal(count)
    fibre = _drawn_out(size, seed + 1, 26, 0.9)
    wave = _drawn_out(size, seed + 2, 9, 1.7)
    columns = (np.arange(size)[None] + shifts[row, 0]) % size
    rows = (np.arange(size)[:, None] + shifts[row, 1]) % size
    fibre, wave = fibre[rows, columns], wave[rows, columns]
    rings = np.sin(2 * np.pi * (y * 2.2 + 1.1 * wave))
    gap = np.minimum(y % 1, 1 - y % 1) * size / count + 0.5 * wave
    board = _share(gap, 0.5, 3.5)
    cracks = _share(-fibre + 0.3 * rings, 1.9, 2.6)
    height = 5 * board + 0.5 * fibre + 0.5 * rings - 2.5 * cracks
    value = 0.48 + 0.11 * rings + 0.09 * fibre + 0.13 * tones[row]
    colours = _ramp(value, (62, 40, 24), (122, 82, 50), (170, 126, 82), (206, 168, 120))
    grey = _share(clouded(size, seed + 5, 1.6), -0.6, 2.2)
    weathered = _over(colours, colours.mean(2, keepdims=True) * np.array((1.02, 1.0, 0.97)), 0.7 * grey)
    return height, weathered * (1 - 0.5 * cracks)[..., None] * (0.35 + 0.65 * board)[..., None]


def _drawn_out(size: int, seed: int, times: float, fall: float) -> Plane:
    y, x = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    frequency = np.hypot(x * times, y)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(np.random.default_rng(seed).standard_normal((size, size))) / frequency**fall
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, s=(size, size))
    return values / values.std()


def _cobbles(size: int, seed: int) -> tuple[Plane, Plane]:
    border, near, tone = _cells(size, seed, 49)
    rough, grain = clouded(size, seed + 3, 1.1), clouded(size, seed + 4, 0.6)
    stone = _share(border + 0.02 * rough, 0.05, 0.3)
    height = 13 * stone - 4 * near**2 + 0.9 * grain + 0.8 * rough
    rock = _ramp(
        0.5 + 0.16 * tone + 0.12 * rough + 0.05 * grain, (66, 66, 68), (128, 124, 118), (176, 170, 160)
    )
    earth = _ramp(0.5 + 0.2 * grain, (36, 30, 24), (72, 62, 48))
    moss = _ramp(0.5 + 0.2 * grain + 0.1 * rough, (38, 52, 18), (84, 106, 40), (136, 152, 70))
    wet = _share(clouded(size, seed + 5, 1.5) - 2.5 * (border - 0.1), -0.4, 0.9)
    return height + 1.5 * wet * (1 - stone) * 3, _over(
        _over(earth, rock, stone), moss, wet * (1 - 0.6 * stone)
    )


def _rust(size: int, seed: int) -> tuple[Plane, Plane]:
    grain, rough = clouded(size, seed, 0.6), clouded(size, seed + 1, 1.2)
    place = clouded(size, seed + 2, 1.5) + 0.35 * rough + 0.1 * grain
    paint = _share(place, -0.35, -0.2)
    rim = _share(place, -0.75, -0.3) * (1 - paint)
    scratches = _share(_drawn_out(size, seed + 3, 30, 0.7), 2.5, 3.2)
    height = 3.2 * paint + 1.3 * grain * (1 - paint) + 0.5 * rough + 0.25 * grain
    green = _ramp(0.5 + 0.14 * rough + 0.04 * grain, (58, 92, 92), (92, 130, 124), (132, 164, 152))
    rust = _ramp(0.5 + 0.2 * rough + 0.13 * grain, (58, 26, 16), (120, 54, 24), (172, 90, 38), (206, 138, 74))
    colours = _over(_over(rust, np.broadcast_to((64.0, 30, 20), rust.shape), 0.6 * rim), green, paint)
    streaks = _share(_drawn_out(size, seed + 4, 14, 1.2).T, 0.9, 2.4) * paint
    colours = _over(colours, np.broadcast_to((140.0, 84, 48), colours.shape), 0.55 * streaks)
    return height - 2 * scratches, _over(
        colours, np.broadcast_to((178.0, 176, 170), colours.shape), 0.7 * scratches
    )


def _plaster(size: int, seed: int) -> tuple[Plane, Plane]:
    border, _, _ = _cells(size, seed, 16)
    grain, rough = clouded(size, seed + 3, 0.7), clouded(size, seed + 4, 1.4)
    broken = _share(clouded(size, seed + 6, 1.6), -0.4, 0.8)
    crack = (1 - _share(border + 0.004 * grain, 0.004, 0.022)) * broken
    trowel = _drawn_out(size, seed + 5, 5, 1.3)
    height = 0.9 * grain + 2.0 * rough + 0.7 * trowel - 5 * crack
    colours = _ramp(
        0.5 + 0.1 * rough + 0.05 * grain + 0.05 * trowel, (190, 176, 152), (220, 208, 186), (240, 232, 216)
    )
    stain = _share(clouded(size, seed + 7, 1.7), 0.5, 2.4)
    colours = _over(colours, np.broadcast_to((168.0, 146, 112), colours.shape), 0.5 * stain)
    return height, colours * (1 - 0.6 * crack)[..., None]


def _gravel(size: int, seed: int) -> tuple[Plane, Plane]:
    border, near, tone = _cells(size, seed, 324)
    _, fine_near, fine_tone = _cells(size, seed + 20, 900)
    grain = clouded(size, seed + 3, 0.6)
    stone = _share(border, 0.06, 0.4) * (tone > -1.1)
    height = 9 * np.sqrt(np.clip(1 - near**2, 0, 1)) * stone + 3.5 * np.sqrt(
        np.clip(1 - fine_near**2, 0, 1)
    ) * (1 - stone)
    height = height + 0.35 * grain
    kind = _ramp(0.5 + 0.22 * tone, (84, 78, 74), (150, 140, 126), (196, 184, 166), (224, 216, 204))
    warm = _over(kind, kind * np.array((1.05, 0.9, 0.76)), _share(np.sin(9 * tone), 0.2, 0.9))
    sand = _ramp(0.5 + 0.2 * fine_tone, (104, 90, 70), (152, 134, 108))
    return height, _over(sand, warm, stone) * (1 + 0.05 * grain)[..., None]


def _linen(size: int, seed: int) -> tuple[Plane, Plane]:
    threads = 61
    slub_x, slub_y = _drawn_out(size, seed + 1, 30, 0.8), _drawn_out(size, seed + 2, 30, 0.8).T
    turn = (np.arange(size) + 0.5) / size * threads
    u, v = turn[None] + 0.16 * slub_y, turn[:, None] + 0.16 * slub_x
    over = (np.floor(u) + np.floor(v)) % 2 == 0
    weft = np.sin(np.pi * (v % 1)) * (1 + 0.16 * slub_x)
    warp = np.sin(np.pi * (u % 1)) * (1 + 0.16 * slub_y)
    height = 1.8 * np.where(over, weft, 0.55 * warp) + 1.8 * np.where(over, 0.45 * warp, warp)
    value = 0.5 + 0.12 * np.where(over, slub_x, slub_y) + 0.09 * clouded(size, seed + 3, 1.5)
    return height, _ramp(value, (116, 98, 72), (172, 154, 122), (206, 192, 164), (228, 218, 198))


def _slates(size: int, seed: int) -> tuple[Plane, Plane]:
    edge, tone, other, place = _courses(size, seed, 6, 9, 0.5)
    grain, rough = clouded(size, seed + 1, 0.6), _drawn_out(size, seed + 2, 0.35, 1.1)
    lap = 8 * (place - 0.5) + 0.9 * rough + 0.4 * grain + 0.8 * other
    height = lap - 6 * (1 - _share(edge + 0.7 * rough, 0.4, 2.6))
    colours = _ramp(
        0.5 + 0.16 * tone + 0.07 * rough + 0.04 * grain,
        (52, 58, 66),
        (88, 96, 106),
        (126, 132, 138),
        (150, 144, 136),
    )
    lichen = _share(clouded(size, seed + 4, 1.0) + 0.5 * clouded(size, seed + 5, 1.7), 1.7, 2.3)
    return height, _over(colours, np.broadcast_to((172.0, 168, 116), colours.shape), 0.8 * lichen)


NATURAL: Mapping[str, Callable[[int, int], tuple[Plane, Plane]]] = {
    "old bricks": _bricks,
    "oak planks": _planks,
    "mossy cobbles": _cobbles,
    "rusty paint": _rust,
    "cracked plaster": _plaster,
    "gravel": _gravel,
    "linen": _linen,
    "roof slates": _slates,
}
