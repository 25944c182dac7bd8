# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits back in place: drift found and undone at 2K, against plain phase correlation; fitting and un-fitting.

Twenty textures, five edits of each (repainted, blurred, up to 40 % painted over, noisy, all at once), each
shifted by up to 64 pixels and scaled by up to 3 %. Takes about four minutes.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import PIL.Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

import quiet_textures  # noqa: E402
import synthetic_edits as synthetic  # noqa: E402

from bench.holds import watched  # noqa: E402
from bench.table import Row, print_table  # noqa: E402
from easel.imaging.compositing import composite  # noqa: E402
from easel.imaging.fit import apply_fit, plan_fit, unfit  # noqa: E402
from easel.imaging.lineup.registration import Registration, register  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SIZE = 2048
MAX_SHIFT = 64  # pixels
MAX_GROWTH = 0.03
GOOD_PIXELS = 1.0

Result = TypeVar("Result")


def rows() -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    yield from _accuracy()
    yield from _refusals()
    yield from _quiet()
    yield from _fitting()


def _accuracy() -> Iterator[Row]:
    rng = np.random.default_rng(2026)
    errors: dict[str, list[float]] = {edit: [] for edit in synthetic.EDITS}
    naive_errors: list[float] = []
    times: list[float] = []
    naive_times: list[float] = []
    drifts: list[float] = []
    mistrusted = blind = 0
    freezes: list[float] = []
    for name in synthetic.TEXTURES:
        source = synthetic.texture(name, SIZE)
        for number, edit in enumerate(synthetic.EDITS):
            drift = _random_drift(rng)
            result = synthetic.drifted(synthetic.edited(source, edit, int(rng.integers(1 << 30))), drift)
            found, seconds, frozen = _watched(lambda: register(source, result))  # noqa: B023
            times.append(seconds)
            freezes.append(frozen)
            mistrusted += not found.is_trusted
            blind += found.blind is not None
            drifts.append(_left(drift, None))
            errors[edit].append(_left(drift, found if found.is_trusted else None))
            if number % 2 == 0:
                start = time.perf_counter()
                dx, dy = _naive(source, result)
                naive_times.append(time.perf_counter() - start)
                naive_errors.append(
                    synthetic.corner_error(drift, dx=dx, dy=dy, scale_x=1, scale_y=1, size=SIZE)
                )
    every = [error for some in errors.values() for error in some]
    yield Row(
        what="edits not brought back within 1 px",
        naive=_bad_percent(naive_errors),
        ours=_bad_percent(every),
        limit=5.0,
        unit="%",
        note=f"of {len(every)}; limit: promised; {mistrusted} placed as they came, not found",
    )
    for edit, some in errors.items():
        yield Row(what=f"- {edit}", naive=None, ours=_bad_percent(some), unit="%")
    yield Row(
        what="corner error, median",
        naive=statistics.median(naive_errors),
        ours=statistics.median(every),
        limit=GOOD_PIXELS,
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
        what="registration, median",
        naive=statistics.median(naive_times),
        ours=statistics.median(times),
        limit=1.0,
        unit="s",
        note="naive: full size, shift only; limit: promised",
    )
    yield Row(what="registration, longest", naive=max(naive_times), ours=max(times), limit=1.0, unit="s")
    yield Row(
        what="registration, longest freeze each, median",
        naive=None,
        ours=1000 * statistics.median(freezes),
        limit=10.0,
        unit="ms",
        note=f"of a thread that ticks each ms; limit: promised; worst {1000 * max(freezes):.0f}, where other "
        "programs have their part",
    )


def _refusals() -> Iterator[Row]:
    """Pictures that were framed anew, or are others: what is 'corrected' there is made worse."""
    wrongly = 0
    count = 0
    names = synthetic.TEXTURES
    for index, name in enumerate(names):
        source = synthetic.texture(name, SIZE // 2)
        for other in (
            synthetic.texture(names[(index + 7) % len(names)], SIZE // 2),
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


def _quiet() -> Iterator[Row]:
    """Textures that tell little: none may be "corrected" by a wrong figure."""
    rng = np.random.default_rng(2027)
    errors: list[float] = []
    times: list[float] = []
    whole = across = plain = 0
    for number, draw in enumerate(quiet_textures.QUIET.values()):
        source = draw(SIZE, number)
        for edit in synthetic.EDITS:
            drift = _random_drift(rng)
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
                    size=SIZE,
                    blind=found.blind,
                )
            )
    yield Row(
        what="edits of little texture, corrected wrongly by 1 px or more",
        naive=None,
        ours=sum(error >= GOOD_PIXELS for error in errors),
        limit=0,
        unit="of " + str(len(times)),
        note=f"{whole} corrected, {across} but for the blind direction, {plain} told to have too little",
    )
    yield Row(what="- worst of those corrected", naive=None, ours=max(errors), unit="px")
    yield Row(what="- longest", naive=None, ours=max(times), unit="s")


def _fitting() -> Iterator[Row]:
    size = 3840, 2160
    source = np.ascontiguousarray(synthetic.clouds(3840, 1)[:2160])
    image = PIL.Image.fromarray(source)
    ratios = ("1:1", "4:3", "3:2")
    fit = plan_fit(size, ratios)
    canvas, apply_s = _timed(lambda: apply_fit(source, fit))
    copy_s = _timed(lambda: canvas.copy())[1]
    yield Row(
        what="fit 3840 × 2160 to 3:2, padded",
        naive=1000 * _timed(lambda: image.resize(fit.canvas, PIL.Image.Resampling.LANCZOS))[1],
        ours=1000 * apply_s,
        limit=1000 * copy_s,
        unit="ms",
        note="naive: stretched by Pillow; limit: a copy",
    )
    back, unfit_s = _timed(lambda: unfit(canvas, fit))
    assert (back == source).all()
    yield Row(what="- and back", naive=None, ours=1000 * unfit_s, limit=1000 * copy_s, unit="ms")
    answer = np.asarray(PIL.Image.fromarray(canvas).resize((2048, 1365)))
    drift = Registration(dx=3.3, dy=-2.2, scale_x=1.01, scale_y=1.01, confidence=1, corner_error=0)
    pillow_s = _timed(lambda: PIL.Image.fromarray(answer).resize(size, PIL.Image.Resampling.LANCZOS))[1]
    _, unfit_s, frozen = _watched(lambda: unfit(answer, fit, drift))
    yield Row(
        what="a 2K answer back to 3840 × 2160, drift undone",
        naive=1000 * pillow_s,
        ours=1000 * unfit_s,
        unit="ms",
        note=f"naive: no linear light; longest freeze {1000 * frozen:.1f} ms",
    )
    mask = np.zeros(source.shape[:2], np.bool_)
    mask[500:1500, 1000:3000] = True
    _, composite_s, frozen = _watched(lambda: composite(source, back[::-1], mask, 32))
    yield Row(
        what="composite in a quarter of 3840 × 2160, feather 32",
        naive=None,
        ours=1000 * composite_s,
        unit="ms",
        note=f"longest freeze {1000 * frozen:.1f} ms",
    )


def _naive(source: NDArray[np.uint8], result: NDArray[np.uint8]) -> tuple[float, float]:
    """Find the shift by phase correlation of the whole brightness, as every textbook has it."""
    first, second = (np.fft.rfft2(pixels.mean(2)) for pixels in (source, result))
    cross = np.conj(first) * second
    surface = np.fft.irfft2(cross / (np.abs(cross) + 1e-9), s=source.shape[:2])
    row, column = np.unravel_index(surface.argmax(), surface.shape)
    height, width = surface.shape
    return (
        float((column + width // 2) % width - width // 2),
        float((row + height // 2) % height - height // 2),
    )


def _random_drift(rng: np.random.Generator) -> synthetic.Drift:
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0, MAX_SHIFT)
    return synthetic.Drift(
        dx=float(distance * np.cos(angle)),
        dy=float(distance * np.sin(angle)),
        scale=float(rng.uniform(1 - MAX_GROWTH, 1 + MAX_GROWTH)),
    )


def _left(drift: synthetic.Drift, found: Registration | None) -> float:
    """Return what is left of a drift after it was corrected, or not."""
    if found is None:
        return synthetic.corner_error(drift, dx=0, dy=0, scale_x=1, scale_y=1, size=SIZE)
    return synthetic.corner_error(
        drift, dx=found.dx, dy=found.dy, scale_x=found.scale_x, scale_y=found.scale_y, size=SIZE
    )


def _bad_percent(errors: list[float]) -> float:
    return 100 * sum(error >= GOOD_PIXELS for error in errors) / len(errors)


def _timed(call: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result, and seconds: the best of three."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return result, min(times)


def _watched(call: Callable[[], Result]) -> tuple[Result, float, float]:
    """Return the result, its seconds, and the longest (s) that another thread waited for the interpreter."""
    result, held = watched(call)
    return result, held.seconds, held.longest_s


if __name__ == "__main__":
    print_table(__doc__.splitlines()[0], rows())
