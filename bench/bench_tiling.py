# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that tile: accuracy of the seam meter, remaining seams, and the time for a 4K texture with maps.

The naive way to hide a seam fades each end into the picture rolled by half. The naive way at 4K does the same
as ours (light, meter, cut, blend by frequencies, maps), but with the whole picture in float64 and FFTs. Takes
two minutes.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tiling_textures as textures
from drawn_blots import KINDS, blotted

from bench.holds import watched
from bench.table import Row
from easel.imaging.tiling.blots import find_blot
from easel.imaging.tiling.coherence import strangeness
from easel.imaging.tiling.maps import Map, make_maps, normals
from easel.imaging.tiling.seamless import Way, make_seamless
from easel.imaging.tiling.seams import VISIBLE, measure_seams
from easel.imaging.tiling.smooth import Wraps
from easel.imaging.tiling.views import seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from easel.imaging.resample import Pixels

    Plane = NDArray[np.float64]

SIZE = 4096
LARGEST = 8192
SMALL = 256  # pixels of the thirty textures
TINY = {"size": 128, "small": 128, "count": 2, "largest": 256}
PROMISED_MS = 3000.0
PROMISED_HOLD_MS = 10.0
PROMISED_MIB = 600.0
PREVIEW_SIDE, PREVIEW_MS = 512, 80.0
TIMES_FASTER = 5
ROUND = Wraps(across=True, down=True)


def rows(
    size: int = SIZE, small: int = SMALL, count: int = len(textures.TEXTURES), largest: int = LARGEST
) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    yield from _speed(size)
    names = list(textures.TEXTURES)[:count]
    yield from _meter(names, small)
    yield from _blots(names, small)
    yield from _left(names, small)
    yield _bumps(small)
    yield from _largest(largest)


def _speed(size: int) -> Iterator[Row]:
    """Measure the processor time of all threads, or wall time if that is less, for busy machines."""
    pictures = {name: _large(name, size) for name in ("stone", "bricks")}
    before = _memory_before()
    times = {
        f"seamless, {name}": (picture, _watched(lambda: make_seamless(picture)))  # noqa: B023 - called at once
        for name, picture in pictures.items()
    }
    picture = pictures["stone"]
    times["all maps"] = (picture, _watched(lambda: make_maps(picture, set(Map), wraps=ROUND)))
    extra_mib = _memory_mib("VmHWM") - before
    for what, (source, ours) in times.items():
        naive = _naive_maps if what == "all maps" else _naive_seamless
        naive_ms = _cpu_ms(lambda: naive(source))  # noqa: B023
        yield Row(
            what=what,
            naive=naive_ms,
            ours=min(ours.ms, ours.cpu_ms),
            promised=min(PROMISED_MS, naive_ms / TIMES_FASTER),
            unit="ms",
            note=f"by the clock {ours.ms:,.0f}",
        )
        yield Row(
            what="- longest freeze",
            naive=None,
            ours=ours.hold_ms,
            promised=PROMISED_HOLD_MS,
            unit="ms",
            note="of a thread that ticks each ms",
        )
    view = _large("stone", min(size, PREVIEW_SIDE))
    yield Row(
        what=f"all maps at {len(view)} px, while a slider moves",
        naive=_cpu_ms(lambda: _naive_maps(view)),
        ours=_watched(lambda: make_maps(view, set(Map), wraps=ROUND)).cpu_ms,
        promised=PREVIEW_MS,
        unit="ms",
        note="processor time",
    )
    yield Row(what="extra memory at most", naive=None, ours=extra_mib, promised=PROMISED_MIB, unit="MiB")


def _largest(size: int) -> Iterator[Row]:
    """Process the largest allowed picture once; it has to succeed."""
    picture = _large("bricks", size)
    before = _memory_before()
    start = time.process_time()
    made = make_seamless(picture)
    maps = make_maps(made.pixels, set(Map), wraps=ROUND)
    assert {one.shape[:2] for one in maps.values()} == {(size, size)}
    yield Row(
        what=f"seamless and all maps, {size} px",
        naive=None,
        ours=1000 * (time.process_time() - start),
        promised=None,
        unit="ms",
        note="processor time",
    )
    extra_mib = max(0.0, _memory_mib("VmHWM") - before)
    yield Row(what="- extra memory, its maps kept", naive=None, ours=extra_mib, promised=None, unit="MiB")
    yield Row(
        what="- seam that is left",
        naive=100 * (made.before.worst - 1),
        ours=100 * (made.after.worst - 1),
        promised=100 * (VISIBLE - 1),
        unit="%",
        note="naive: as it was",
    )


def _cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def _meter(names: Sequence[str], small: int) -> Iterator[Row]:
    rng = np.random.default_rng(2026)
    whole, cut = (
        np.array([_seen(draw(name, small)) for name in names]).ravel()
        for draw in (textures.tiling, textures.cut)
    )
    wrong = (cut[:, None] < whole).mean() + (cut[:, None] == whole).mean() / 2
    yield Row(
        what="seams and none that the meter can't tell apart (1 - AUC)",
        naive=None,
        ours=100 * float(wrong),
        promised=3.0,
        unit="%",
        note=f"of {len(whole)} borders each",
    )
    rolled = [
        _seen(np.roll(textures.tiling(name, small), rng.integers(0, small, 2), (0, 1)))
        for name in names
        for _ in range(4)
    ]
    yield Row(
        what="a tiling picture, rolled: off by at most",
        naive=None,
        ours=100 * (float(np.max(rolled)) - 1),
        promised=1.0,
        unit="%",
    )


def _blots(names: Sequence[str], small: int) -> Iterator[Row]:
    rng = np.random.default_rng(3)
    plain = np.array([find_blot(textures.tiling(name, small)).visibility for name in names])
    pictures = [blotted(textures.tiling(name, small), kind, rng)[0] for name in names for kind in KINDS]
    spoilt = np.array([find_blot(picture).visibility for picture in pictures])
    wrong = (spoilt[:, None] < plain).mean() + (spoilt[:, None] == plain).mean() / 2
    yield Row(
        what="textures with a blot and without that can't be told apart (1 - AUC)",
        naive=None,
        ours=100 * float(wrong),
        promised=None,
        unit="%",
        note=f"{len(plain)} without, {len(spoilt)} with a spot, a stain or a scratch",
    )
    moved = [find_blot(np.roll(picture, rng.integers(0, small, 2), (0, 1))) for picture in pictures]
    off = 100 * float(np.abs(np.array([blot.visibility for blot in moved]) / spoilt - 1).max())
    yield Row(what="its blot, rolled: off by at most", naive=None, ours=off, promised=1.0, unit="%")


def _left(names: Sequence[str], small: int) -> Iterator[Row]:
    visible: list[bool] = []
    before: list[bool] = []
    strange: list[float] = []
    fade_strange: list[float] = []
    beyond: list[float] = []
    taken = small // 8
    for name in names:
        picture = textures.cut(name, small)
        made = make_seamless(picture, flatten=0)
        before.append(made.before.worst >= VISIBLE)
        visible.append(made.after.worst >= VISIBLE)
        if made.across.way is not Way.NONE:
            strange.append(made.across.strange)
            changed = np.zeros(small, np.bool_)
            changed[:taken] = changed[-taken:] = True
            fade_strange.append(strangeness(seen(_cross_faded(picture, taken)), seen(picture), changed))
        if Way.PERIODS not in (made.across.way, made.down.way):
            inner = slice(small // 5, small - small // 5)
            apart = np.abs(made.pixels[inner, inner].astype(int) - picture[inner, inner])
            beyond.append(float(apart.mean()))
    yield Row(
        what=f"textures with a seam that shows, of {len(names)}",
        naive=sum(before),
        ours=sum(visible),
        promised=2.0,
        unit="",
        note="naive: as they were",
    )
    yield Row(
        what="what the transition has that the picture has nowhere",
        naive=100 * float(np.mean(fade_strange)),
        ours=100 * float(np.mean(strange)),
        promised=100 * float(np.mean(fade_strange)) / 3,
        unit="%",
        note="naive: a cross-fade",
    )
    yield Row(
        what="mean difference beyond the overlap, of 255",
        naive=None,
        ours=float(np.mean(beyond)) if beyond else 0.0,
        promised=2.0,
        unit="",
        note=f"{len(beyond)} textures; the others are stretched to whole courses",
    )


def _bumps(size: int) -> Row:
    """Measure the normals of a bump with known normals."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    width, depth = size / 8, size / 16
    height = np.exp(-(x**2 + y**2) / (2 * width**2))
    slopes = np.stack((x * height, -y * height), -1) * depth / width**2
    wanted = np.concatenate((slopes, np.ones((size, size, 1))), -1)
    wanted /= np.linalg.norm(wanted, axis=-1, keepdims=True)
    found = normals(height.astype(np.float32), depth, ROUND) / 127.5 - 1
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    angles = np.degrees(np.arccos(np.clip((found * wanted).sum(-1), -1, 1)))
    return Row(
        what="normals of a bump, mean error", naive=None, ours=float(angles.mean()), promised=3.0, unit="°"
    )


def _large(name: str, size: int) -> Pixels:
    """Return an enlarged texture with a seam and fine grain."""
    picture = textures.cut(name, max(64, size // 4)).repeat(4, 0).repeat(4, 1)[:size, :size]
    return picture + np.random.default_rng(1).integers(0, 8, picture.shape, np.uint8)


def _seen(picture: Pixels) -> tuple[float, float]:
    seams = measure_seams(picture)
    return seams.across.visibility, seams.down.visibility


class _Watched(NamedTuple):
    ms: float
    hold_ms: float
    cpu_ms: float
    """Of all threads: an upper bound of the time on idle cores, independent of other load."""


def _watched(work: Callable[[], object]) -> _Watched:
    """Measure the best of three, because other programs affect the longest."""
    seen, spent = [], []
    for _ in range(3):
        before = time.process_time()
        seen.append(watched(work)[1])
        spent.append(time.process_time() - before)
    return _Watched(
        1000 * min(held.seconds for held in seen),
        1000 * min(held.longest_s for held in seen),
        1000 * min(spent),
    )


def _memory_before() -> float:
    """Return the current memory, MiB, and reset its peak if the system allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory_mib("VmRSS")


def _memory_mib(field: str) -> float:
    """Return `VmRSS` (the current memory) or `VmHWM` (the peak of this process); 0 if unknown."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":")), 0.0)


# The naive ways ------------------------------------------------------------------------------------------


def _cross_faded(picture: Pixels, taken: int) -> Pixels:
    width = picture.shape[1]
    place = np.minimum(np.arange(width) + 0.5, width - np.arange(width) - 0.5) / taken
    share = np.clip(place, 0, 1)[None, :, None]
    return np.rint(picture * share + np.roll(picture, width // 2, 1) * (1 - share)).astype(np.uint8)


def _blurred(plane: Plane, reach: float) -> Plane:
    y, x = np.fft.fftfreq(plane.shape[0])[:, None], np.fft.rfftfreq(plane.shape[1])[None]
    return np.fft.irfft2(
        np.fft.rfft2(plane) * np.exp(-2 * (np.pi * reach) ** 2 * (x**2 + y**2)), s=plane.shape
    )


def _naive_seamless(picture: Pixels) -> Pixels:
    """Do light, meter, the best of eight patches, a cut by dynamic programming, and a blend in two bands."""
    values = picture / 255.0
    lightness = values.mean(2)
    values = values * (lightness.mean() / np.maximum(_blurred(lightness, len(values) / 4), 0.01))[..., None]
    for _ in range(2):
        for scale in (1, 4, 16):
            np.abs(values - np.roll(values, scale, 1)).mean((0, 2)).max()
        length, taken = values.shape[1], values.shape[1] // 8
        starts = np.linspace(taken, length - 3 * taken, 8).astype(int)
        rolled = np.roll(values, taken, 1)[:, : 2 * taken]
        errors = [((rolled - values[:, start : start + 2 * taken]) ** 2).sum(2) for start in starts]
        best = int(np.argmin([error.mean() for error in errors]))
        patch = values[:, starts[best] : starts[best] + 2 * taken]
        share = np.zeros(rolled.shape[:2])
        for side in (slice(0, taken), slice(taken, 2 * taken)):
            share[:, side] = _cut(errors[best][:, side])
            if side.start:
                share[:, side] = 1 - share[:, side]
        mixed = np.empty_like(rolled)
        wide = _blurred(share, max(1.0, taken / 16))
        for channel in range(3):
            apart = patch[..., channel] - rolled[..., channel]
            low = _blurred(apart, max(1.0, taken / 16))
            mixed[..., channel] = rolled[..., channel] + wide * low + share * (apart - low)
        values = values.copy()
        values[:, :taken] = mixed[:, taken:]
        values[:, length - taken :] = mixed[:, :taken]
        values = values.swapaxes(0, 1)
    for scale in (1, 4, 16):
        np.abs(values - np.roll(values, scale, 1)).mean((0, 2)).max()
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _cut(errors: Plane) -> Plane:
    """Return 1 on one side of the cut of least error, 0 on the other."""
    sums = errors.copy()
    for line in range(1, len(sums)):
        wide = np.pad(sums[line - 1], 1, constant_values=np.inf)
        sums[line] += np.minimum(np.minimum(wide[:-2], wide[1:-1]), wide[2:])
    side = np.zeros_like(errors)
    place = int(sums[-1].argmin())
    for line in range(len(sums) - 1, -1, -1):
        low = max(0, place - 1)
        place = low + int(sums[line, low : place + 2].argmin())
        side[line, place:] = 1
    return side


def _naive_maps(picture: Pixels) -> tuple[NDArray[np.generic], ...]:
    values = picture / 255.0
    lightness = values @ np.array((0.2126, 0.7152, 0.0722))
    even = lightness - _blurred(lightness, 0.1 * len(picture))
    low, high = np.percentile(even, (0.3, 99.7))
    height = np.clip((even - low) / max(high - low, 1e-6), 0, 1)
    depth = 0.02 * len(picture)
    across = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * -depth / 2
    down = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * depth / 2
    normal = np.stack((across, down, np.ones_like(height)), -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    around = sum(
        np.maximum(_blurred(height, reach * len(picture)) - height, 0) for reach in (0.004, 0.016, 0.06)
    )
    chroma = values / np.maximum(values.sum(2, keepdims=True), 0.02)
    far = np.abs(chroma - np.median(chroma, (0, 1))).sum(2)
    return (
        (height * 65535 + 0.5).astype(np.uint16),
        (normal * 127.5 + 128).astype(np.uint8),
        (np.clip(0.7 - 0.5 * even, 0, 1) * 255).astype(np.uint8),
        (np.clip(1 - around * 2 / 3, 0, 1) * 255).astype(np.uint8),
        (np.clip(2 - far / 0.12, 0, 1) * 255).astype(np.uint8),
    )
