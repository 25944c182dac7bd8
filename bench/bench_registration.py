# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration: drift found and undone at 2K, against plain phase correlation; fitting and un-fitting.

Twenty textures have five edits each (repainted, blurred, up to 40 % painted over, noisy, all at once),
shifted by up to 64 pixels and scaled by up to 3 %. Takes about four minutes.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import PIL.Image
import quiet_textures
import synthetic_edits as synthetic

from bench.holds import watched
from bench.table import Row
from easel.imaging.compositing import composite
from easel.imaging.fit import apply_fit, plan_fit, unfit
from easel.imaging.lineup.registration import Registration, register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

SIZE = 2048
TINY = {"size": 128, "textures": 2}
MAX_SHIFT = 64  # pixels of SIZE
MAX_GROWTH = 0.03
GOOD_PIXELS = 1.0

Result = TypeVar("Result")


def rows(size: int = SIZE, textures: int = len(synthetic.TEXTURES)) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    names = synthetic.TEXTURES[-textures:]
    yield from _accuracy(names, size)
    yield from _refusals(names, size // 2)
    yield from _quiet(tuple(quiet_textures.QUIET.values())[-textures:], size)
    side = max(size, 512)  # the canvas of a smaller source would be larger
    yield from _fitting(15 * side // 8, 135 * side // 128)  # 3840 × 2160


def _accuracy(names: Sequence[str], size: int) -> Iterator[Row]:
    rng = np.random.default_rng(2026)
    errors: dict[str, list[float]] = {edit: [] for edit in synthetic.EDITS}
    naive_errors: list[float] = []
    seen_errors: list[float] = []
    times: list[float] = []
    spent: list[float] = []
    naive_times: list[float] = []
    drifts: list[float] = []
    mistrusted = blind = 0
    freezes: list[float] = []
    for name in names:
        source = synthetic.texture(name, size)
        for number, edit in enumerate(synthetic.EDITS):
            drift = _random_drift(rng, size)
            result = synthetic.drifted(synthetic.edited(source, edit, int(rng.integers(1 << 30))), drift)
            begun = time.process_time()
            found, seconds, frozen = _watched(lambda: register(source, result))  # noqa: B023
            spent.append(time.process_time() - begun)
            times.append(seconds)
            freezes.append(frozen)
            mistrusted += not found.is_trusted
            blind += found.blind is not None
            drifts.append(_left(drift, None, size))
            errors[edit].append(_left(drift, found if found.is_trusted else None, size))
            if found.is_trusted and found.blind is None:
                seen_errors.append(errors[edit][-1])
            if number % 2 == 0:
                start = time.perf_counter()
                dx, dy = _naive(source, result)
                naive_times.append(time.perf_counter() - start)
                naive_errors.append(
                    synthetic.corner_error(drift, dx=dx, dy=dy, scale_x=1, scale_y=1, size=size)
                )
    every = [error for some in errors.values() for error in some]
    yield Row(
        what="edits not brought back within 1 px",
        naive=_bad_percent(naive_errors),
        ours=_bad_percent(every),
        promised=2.0,
        unit="%",
        note=f"of {len(every)}; {mistrusted} placed as they came, not found",
    )
    for edit, some in errors.items():
        yield Row(what=f"- {edit}", naive=None, ours=_bad_percent(some), unit="%")
    yield Row(
        what="corner error, median",
        naive=statistics.median(naive_errors),
        ours=statistics.median(every),
        promised=GOOD_PIXELS,
        unit="px",
        note=f"uncorrected {statistics.median(drifts):.0f}",
    )
    yield Row(
        what="corner error, worst",
        naive=max(naive_errors),
        ours=max(every),
        unit="px",
        note=f"{blind} have grain along which none can be seen, and say so",
    )
    yield Row(
        what="- of those that don't say so",
        naive=None,
        ours=max(seen_errors),
        promised=8.0,
        unit="px",
    )
    yield Row(
        what="registration, median",
        naive=statistics.median(naive_times),
        ours=statistics.median(times),
        promised=1.0,
        unit="s",
        note="naive: full size, shift only",
    )
    yield Row(what="registration, longest", naive=max(naive_times), ours=max(times), promised=1.0, unit="s")
    yield Row(
        what="registration, of a processor, median",
        naive=None,
        ours=statistics.median(spent),
        unit="s",
        note=f"longest {max(spent):.2f}; what the machine does beside it is left out",
    )
    yield Row(
        what="registration, longest freeze each, median",
        naive=None,
        ours=1000 * statistics.median(freezes),
        promised=10.0,
        unit="ms",
        note=f"of a thread that ticks each ms; worst {1000 * max(freezes):.0f}, where other "
        "programs have their part",
    )


def _refusals(names: Sequence[str], size: int) -> Iterator[Row]:
    """Measure re-framed or other pictures: a "correction" would make them worse."""
    wrongly = 0
    count = 0
    for index, name in enumerate(names):
        source = synthetic.texture(name, size)
        for other in (
            synthetic.texture(names[(index + 7) % len(names)], size),
            synthetic.drifted(source, synthetic.Drift(dx=100, dy=-75, scale=1.3)),
            synthetic.drifted(source, synthetic.Drift(scale=0.7)),
        ):
            wrongly += register(source, other).is_trusted
            count += 1
    yield Row(
        what="re-framed or other pictures taken for drifted",
        naive=100.0,
        ours=100 * wrongly / count,
        unit="%",
        note=f"of {count}; naive: always corrects",
    )


def _quiet(drawn: Sequence[Callable[[int, int], NDArray[np.uint8]]], size: int) -> Iterator[Row]:
    """Measure textures with little detail: none may be "corrected" by a wrong drift."""
    rng = np.random.default_rng(2027)
    errors: list[float] = []
    times: list[float] = []
    whole = across = plain = 0
    for number, draw in enumerate(drawn):
        source = draw(size, number)
        for edit in synthetic.EDITS:
            drift = _random_drift(rng, size)
            result = synthetic.drifted(synthetic.edited(source, edit, int(rng.integers(1 << 30))), drift)
            start = time.perf_counter()
            found = register(source, result)
            times.append(time.perf_counter() - start)
            if not found.is_trusted:
                plain += found.is_plain
                continue
            whole += found.blind is None
            across += found.blind is not None
            errors.append(
                quiet_textures.visible_error(
                    drift,
                    dx=found.dx,
                    dy=found.dy,
                    scale_x=found.scale_x,
                    scale_y=found.scale_y,
                    size=size,
                    blind=found.blind,
                )
            )
    yield Row(
        what="edits of little texture, corrected wrongly by 1 px or more",
        naive=None,
        ours=sum(error >= GOOD_PIXELS for error in errors),
        promised=0,
        unit="of " + str(len(times)),
        note=f"{whole} corrected, {across} but for the blind direction, {plain} told to have too little",
    )
    yield Row(what="- worst of those corrected", naive=None, ours=max(errors), unit="px")
    yield Row(what="- longest", naive=None, ours=max(times), unit="s")


def _fitting(width: int, height: int) -> Iterator[Row]:
    size = width, height
    source = np.ascontiguousarray(synthetic.clouds(width, 1)[:height])
    image = PIL.Image.fromarray(source)
    ratios = ("1:1", "4:3", "3:2")
    fit = plan_fit(size, ratios)
    canvas, apply_s = _timed(lambda: apply_fit(source, fit))
    copy_s = _timed(lambda: canvas.copy())[1]
    yield Row(
        what=f"fit {width} × {height} to 3:2, padded",
        naive=1000 * _timed(lambda: image.resize(fit.canvas, PIL.Image.Resampling.LANCZOS))[1],
        ours=1000 * apply_s,
        limit=1000 * copy_s,
        unit="ms",
        note="naive: stretched by Pillow; limit: a copy",
    )
    back, unfit_s = _timed(lambda: unfit(canvas, fit))
    assert (back == source).all()
    yield Row(what="- and back", naive=None, ours=1000 * unfit_s, limit=1000 * copy_s, unit="ms")
    answer = np.asarray(PIL.Image.fromarray(canvas).resize((8 * width // 15, 16 * width // 45)))
    drift = Registration(dx=3.3, dy=-2.2, scale_x=1.01, scale_y=1.01, confidence=1, corner_error=0)
    pillow_s = _timed(lambda: PIL.Image.fromarray(answer).resize(size, PIL.Image.Resampling.LANCZOS))[1]
    _, unfit_s, frozen = _watched(lambda: unfit(answer, fit, drift))
    yield Row(
        what=f"a 2K answer back to {width} × {height}, drift undone",
        naive=1000 * pillow_s,
        ours=1000 * unfit_s,
        unit="ms",
        note=f"naive: no linear light; longest freeze {1000 * frozen:.1f} ms",
    )
    mask = np.zeros(source.shape[:2], np.bool_)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = True
    _, composite_s, frozen = _watched(lambda: composite(source, back[::-1], mask, 32))
    yield Row(
        what=f"composite in a quarter of {width} × {height}, feather 32",
        naive=None,
        ours=1000 * composite_s,
        unit="ms",
        note=f"longest freeze {1000 * frozen:.1f} ms",
    )


def _naive(source: NDArray[np.uint8], result: NDArray[np.uint8]) -> tuple[float, float]:
    """Find the shift by phase correlation of the whole brightness, the textbook way."""
    first, second = (np.fft.rfft2(pixels.mean(2)) for pixels in (source, result))
    cross = np.conj(first) * second
    surface = np.fft.irfft2(cross / (np.abs(cross) + 1e-9), s=source.shape[:2])
    row, column = np.unravel_index(surface.argmax(), surface.shape)
    height, width = surface.shape
    return (
        float((column + width // 2) % width - width // 2),
        float((row + height // 2) % height - height // 2),
    )


def _random_drift(rng: np.random.Generator, size: int) -> synthetic.Drift:
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0, MAX_SHIFT * size / SIZE)
    return synthetic.Drift(
        dx=float(distance * np.cos(angle)),
        dy=float(distance * np.sin(angle)),
        scale=float(rng.uniform(1 - MAX_GROWTH, 1 + MAX_GROWTH)),
    )


def _left(drift: synthetic.Drift, found: Registration | None, size: int) -> float:
    """Return the rest of a drift after the correction, or without one."""
    if found is None:
        return synthetic.corner_error(drift, dx=0, dy=0, scale_x=1, scale_y=1, size=size)
    return synthetic.corner_error(
        drift, dx=found.dx, dy=found.dy, scale_x=found.scale_x, scale_y=found.scale_y, size=size
    )


def _bad_percent(errors: list[float]) -> float:
    return 100 * sum(error >= GOOD_PIXELS for error in errors) / len(errors)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result and seconds, the best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return result, min(times)


def _watched(call: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return the result, its seconds, and the longest wait (s) of another thread for the interpreter."""
    result, held = watched(call)
    return result, held.seconds, held.longest_s
